"""Our look-ups beside those of an independent reader of FortiOS: ``python tests/peers/run.py``.

Random rule bases go to both, ours as FortiManager's objects, theirs as FortiOS configuration.
Where the two are known to differ, ``docs/policy-engine.md`` says why, and the case is left out
here by name. Ends with "N passed, N failed"; exits 1 when anything failed.
"""

from __future__ import annotations

import sys
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "bin"), str(ROOT)]

from benchmarks.rule_bases import TARGET, RuleBase, rule_base  # noqa: E402
from fmgstate.policy.compiled import compiled  # noqa: E402
from fmgstate.policy.effective import effective  # noqa: E402
from fmgstate.policy.flow import Flow  # noqa: E402
from fmgstate.policy.lookup import Answer  # noqa: E402
from fmgstate.policy.shadowing import Shadowing  # noqa: E402
from tests.peers.environment import ask_fwshift  # noqa: E402
from tests.peers.fortios_config import config  # noqa: E402

RULES, FLOWS = 120, 400
AUDITED, AUDITED_RULES = (3, 4), 1500
CASES = [(seed, plain) for seed in range(1, 9) for plain in (True, False)]


def point(flow: Flow) -> list[object]:
    make = IPv6Address if flow.v6 else IPv4Address
    number, port = flow.place >> 16, flow.place & 65535
    return [flow.srcintf, flow.dstintf, str(make(flow.src)), str(make(flow.dst)), number, port]


def as_peer_says(answer: Answer) -> tuple[object, list[int]]:
    """A decider without doubt, or all that are possible, the decider last."""
    decider = answer.decider.policy.policyid if answer.decider else None
    may = [rule.policy.policyid for rule, _ in answer.may]
    if not may:
        return decider, []
    return None, [*may, *([] if decider is None else [decider])]


def compare(base: RuleBase) -> tuple[int, list[str]]:
    """Flows that agree, and a line for each that does not."""
    policy = effective(TARGET, base.state, base.objects)
    quick = compiled(policy)
    flows = [flow for flow in base.flows if not _beside_forwarded_port(flow)]
    question = {"config": config(base.state, base.objects), "points": [point(f) for f in flows]}
    theirs = ask_fwshift(question)["decisions"]
    failed = []
    for flow, (certain, possible) in zip(flows, theirs):
        ours = as_peer_says(quick.answer(flow))
        if ours != (certain, possible):
            failed.append(f"{flow}: ours {ours}, fwshift {(certain, possible)}")
    return len(flows) - len(failed), failed


def compare_audit(base: RuleBase) -> set[str]:
    """Names of rules that only one of us takes for dead."""
    policy = effective(TARGET, base.state, base.objects)
    ours = {one.rule.policy.name for one in Shadowing(policy).verdicts()}
    question = {"config": config(base.state, base.objects), "points": [], "audit": True}
    theirs = {line.partition(" ")[2] for line in ask_fwshift(question)["dead"]}
    return ours ^ theirs


def _beside_forwarded_port(flow: Flow) -> bool:
    """To the outside of a virtual IP, but to a port that it does not forward: fwshift counts its
    policy as possible; no FortiGate translates such a flow, so the policy is not met."""
    return flow.dst >> 24 == 203 and flow.place != 6 << 16 | 443


def main() -> int:
    passed = failed = 0
    for seed, plain in CASES:
        base = rule_base(RULES, FLOWS, seed, plain)
        agreed, differing = compare(base)
        passed, failed = passed + agreed, failed + len(differing)
        for line in differing[:5]:
            print(f"rule base {seed}{' (plain)' if plain else ''}: {line}")
    for seed in AUDITED:
        differing = compare_audit(rule_base(AUDITED_RULES, 1, seed, plain=True))
        passed, failed = passed + AUDITED_RULES - len(differing), failed + len(differing)
        for name in sorted(differing)[:5]:
            print(f"rule base {seed}: only one of us says that {name} never matches")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
