"""Runs in the environment of fwshift alone: a question on stdin, its answers on stdout, as JSON.

Question: {"config": text, "points": [[in, out, source, destination, protocol, port], …], "audit",
"audits": [[checks that are on …] …]}.
Answer: {"decisions": [[certain or null, [possible …]], …], "seconds", "audit_seconds", "dead",
"audits": [seconds …]}.
"""

from __future__ import annotations

import gc
import json
import sys
import time

from fwshift import audit
from fwshift.parsers import fortios
from fwshift.report import Report
from fwshift.simulate import Simulator


def policyid(rule: object) -> int:
    ids = getattr(rule, "source_ids", {})
    return int(next(value for key, value in ids.items() if key.endswith("policyid")))


def audit_seconds(policy: object, checks: list[str]) -> float:
    """An audit with these checks on and no others."""
    config = audit.AuditConfig()
    for name in audit.CHECKS:
        if name not in checks:
            config.set_action(name, "off")
    begun = time.process_time()
    audit.run(policy, config)
    return time.process_time() - begun


def main() -> None:
    question = json.load(sys.stdin)
    report = Report()
    policy = fortios.parse(question["config"].encode(), report)
    simulator = Simulator(policy)
    gc.disable()  # as where ours is timed
    begun = time.process_time()
    found = [simulator.attribute(tuple(point)) for point in question["points"]]
    seconds = time.process_time() - begun
    answer = {
        "decisions": [
            [
                None if one.certain is None else policyid(one.certain),
                [policyid(r) for r in one.possible],
            ]
            for one in found
        ],
        "seconds": seconds,
    }
    if question.get("audit"):
        begun = time.process_time()
        result = audit.run(policy)
        answer["audit_seconds"] = time.process_time() - begun
        answer["dead"] = sorted(
            {f"{finding.check} {finding.name}" for finding in result.before if finding.dead}
        )
    answer["audits"] = [audit_seconds(policy, checks) for checks in question.get("audits", ())]
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
