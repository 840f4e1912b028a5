"""Which rule decides a flow: the first that certainly matches, and what may match before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

from fmgstate.lean_dataclass import dataclass
from fmgstate.policy import ports, space
from fmgstate.policy.flow import HIT, MAY, Flow, Reasons
from fmgstate.policy.rule import Rule, judge

if TYPE_CHECKING:
    from fmgstate.policy.effective import Effective

IMPLICIT = -1
"""In place of a rule: the implicit deny."""

ACCEPT, DENY, UNCERTAIN = "accept", "deny", "uncertain"


@dataclass(frozen=True)
class Answer:
    """``decider``: the first rule that certainly matches, None = the implicit deny. ``may``: rules
    before it that may match, each with its reasons; any of them would decide in its stead."""

    flow: Flow
    decider: Optional[Rule]
    may: tuple[tuple[Rule, Reasons], ...] = ()

    @property
    def action(self) -> str:
        """What happens: accept or deny where every rule that may decide agrees on it."""
        outcomes = {False if self.decider is None else self.decider.allows}
        outcomes.update(rule.allows for rule, _ in self.may)
        if len(outcomes) != 1 or None in outcomes:
            return UNCERTAIN
        return ACCEPT if outcomes == {True} else DENY


def look_up(policy: Effective, flow: Flow) -> Answer:
    """The answer by reading the rules one after another: the meaning that all else is held to."""
    packets = policy.translation.packets(flow)
    may: list[tuple[Rule, Reasons]] = []
    for rule in policy.rules:
        state, reasons = judge(rule, packets, policy.interfaces)
        if state == HIT:
            return Answer(flow, rule, tuple(may))
        if state == MAY:
            may.append((rule, reasons))
    return Answer(flow, None, tuple(may))


def explanation(policy: Effective, answer: Answer) -> list[str]:
    """The answer in sentences, with the names that matched."""
    lines = [f"{rule.title} may match: {'; '.join(reasons)}." for rule, reasons in answer.may]
    rule = answer.decider
    if rule is None:
        return [*lines, f"No rule of {policy.package} matches for certain: implicit deny."]
    named = "; ".join(f"{what} {', '.join(names)}" for what, names in matched(policy, answer))
    names_it = f": {named}" if named else ""  # a compiled rule knows no names
    return [*lines, f"{rule.title} of {_origin(policy, rule)} matches{names_it}."]


def matched(policy: Effective, answer: Answer) -> list[tuple[str, list[str]]]:
    """For each dimension of the decider, which of the names in it hold the flow."""
    rule, flow = answer.decider, answer.flow
    if rule is None:
        return []
    book, of = policy.interfaces.book, rule.policy
    packet = policy.translation.packets(flow)[0]
    v6_names = flow.v6 and of.table != "firewall/policy6"
    source = of.srcaddr6 if v6_names else of.srcaddr
    dest = of.dstaddr6 if v6_names else of.dstaddr
    where = flow.place if packet.place is None else packet.place

    def holds(value: Optional[int]) -> Callable[[str], bool]:
        return lambda name: (
            value is not None
            and space.contains(book.addresses([name], flow.v6).bounds.possible, value)
        )

    def leads_there(name: str) -> bool:
        if packet.vip and book.is_vip(name, flow.v6):
            return packet.vip in {one.name for one in book.vips([name], flow.v6)}
        return holds(packet.dst)(name) or holds(flow.dst)(name)

    def serves(name: str) -> bool:
        found = ports.ports(book.services([name]))
        return space.contains(found.bounds.possible, where)

    found = [
        ("source interface", _chosen(of.srcintf, policy, flow.srcintf)),
        ("destination interface", _chosen(of.dstintf, policy, flow.dstintf)),
        ("source", _named(source, holds(flow.src), _no(rule, "srcaddr", flow.v6))),
        ("destination", _named(dest, leads_there, _no(rule, "dstaddr", flow.v6))),
        ("service", _named(of.service, serves, "service" in of.negated)),
    ]
    return [(what, names) for what, names in found if names]


def row(policy: Effective, answer: Answer) -> dict[str, Any]:
    """The answer as JSON-able fields."""
    return {
        "device": policy.target.device,
        "vdom": policy.target.vdom,
        "package": policy.package,
        "flow": str(answer.flow),
        "action": answer.action,
        **fields(answer.decider),
        "may_hit": [
            {**fields(rule), "rule_action": rule.policy.action, "reasons": list(reasons)}
            for rule, reasons in answer.may
        ],
        "explanation": explanation(policy, answer),
    }


def fields(rule: Optional[Rule]) -> dict[str, Any]:
    """What names a rule; the implicit deny is policy 0."""
    if rule is None:
        return {"policyid": 0, "policy_name": "Implicit Deny", "uuid": "", "place": IMPLICIT}
    return {
        "policyid": rule.policy.policyid,
        "policy_name": rule.policy.name,
        "uuid": rule.policy.uuid,
        "place": rule.place,
    }


def _chosen(names: tuple[str, ...], policy: Effective, given: Optional[str]) -> list[str]:
    if "any" in names or given is None:
        return [name for name in names if name == "any"] or list(names)
    members = policy.interfaces.members(given) or frozenset()
    return [name for name in names if policy.interfaces.resolve([name]).names & members]


def _named(names: tuple[str, ...], holds: Callable[[str], bool], negated: bool) -> list[str]:
    if negated:
        return [f"not {name}" for name in names]
    return [name for name in names if holds(name)]


def _no(rule: Rule, field: str, v6: bool) -> bool:
    key = f"{field}6" if v6 and rule.policy.table != "firewall/policy6" else field
    return key in rule.policy.negated


def _origin(policy: Effective, rule: Rule) -> str:
    if rule.block:
        return f"policy block {rule.block} in {policy.package}"
    return policy.package if rule.policy.part == "package" else f"the global {rule.policy.part}"
