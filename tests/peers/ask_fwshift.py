"""Runs in the environment of fwshift alone: a question on stdin, its answers on stdout, as JSON.

Question: {"config": text, "points": [[in, out, source, destination, protocol, port], …], "audit"}.
Answer: {"decisions": [[certain or null, [possible …]], …], "seconds", "audit_seconds", "dead"}.
"""

from __future__ import annotations

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


def main() -> None:
    question = json.load(sys.stdin)
    report = Report()
    policy = fortios.parse(question["config"].encode(), report)
    simulator = Simulator(policy)
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
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
