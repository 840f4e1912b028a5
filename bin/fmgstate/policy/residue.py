"""What is left to ask of a rule once the masks have said that it may match.

An untranslated flow that is inside every possible set of a rule misses it only by its conditions
or source ports, and only the dimensions that hold an unknown can turn a hit into a may-hit.
"""

from __future__ import annotations

from collections.abc import Callable

from fmgstate.policy.bounds import Bounds
from fmgstate.policy.flow import HIT, MAY, MISS, Flow, Judgement
from fmgstate.policy.interfaces import LocalInterfaces
from fmgstate.policy.rule import Rule, inside
from fmgstate.policy.translation import plain

Check = Callable[[Flow], Judgement]


def checks(rule: Rule, interfaces: LocalInterfaces, v6: bool) -> tuple[Check, ...]:
    """The questions that are left, in the order in which ``Rule.judge`` asks them."""
    found: list[Check] = []
    source, dest = (rule.source6, rule.dest6) if v6 else (rule.source, rule.dest)
    if not source.exact:
        found.append(_address(source, "source", lambda flow: flow.src))
    if not dest.exact:
        found.append(_address(dest, "destination", lambda flow: flow.dst))
    if not rule.ports.bounds.exact or rule.ports.by_source:
        found.append(lambda flow: rule.judge_service(plain(flow)))
    if rule.srcintf.unknown:
        found.append(lambda flow: interfaces.judge(rule.srcintf, flow.srcintf, "source interface"))
    if rule.dstintf.unknown:
        found.append(
            lambda flow: interfaces.judge(rule.dstintf, flow.dstintf, "destination interface")
        )
    if not rule.conditions.trivial:
        found.append(rule.conditions.judge)
    return tuple(found)


def ask(left: tuple[Check, ...], flow: Flow) -> Judgement:
    """All of them together."""
    if len(left) == 1:
        return left[0](flow)
    doubts: list[str] = []
    for check in left:
        state, reasons = check(flow)
        if state == MISS:
            return MISS, ()
        doubts += reasons
    return (MAY, tuple(dict.fromkeys(doubts))) if doubts else (HIT, ())


def _address(found: Bounds, what: str, of: Callable[[Flow], int]) -> Check:
    if found.certain:
        return lambda flow: inside(found, of(flow), what)
    always = (MAY, tuple(f"{what} {reason}" for reason in found.unknown))
    return lambda _: always
