"""Findings about the rules of one target, by risk rules that a user can edit as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from fmgstate.errors import ConfigurationError
from fmgstate.policy.effective import Effective
from fmgstate.policy.model import CentralDnat, FirewallObject, Policy
from fmgstate.policy.predicates import Facts, Opening, checked, holds, opening
from fmgstate.policy.resolve import ADDRESS6_TABLES, ADDRESS_TABLES, SERVICE_TABLES
from fmgstate.policy.rule import Rule
from fmgstate.policy.shadowing import Verdict

SEVERITIES = ("critical", "high", "medium", "low", "informational")
COLUMNS = ("id", "severity", "condition", "text", "standard")


@dataclass(frozen=True)
class RiskRule:
    """One row of the table. ``standard``: "CIS FortiGate 3.2; PCI DSS 1.2.1", or empty."""

    id: str
    severity: str
    condition: str
    text: str
    standard: str = ""


@dataclass(frozen=True)
class Finding:
    """A risk rule that holds for one rule. ``id`` stays while it lasts. ``related``: policyids."""

    id: str
    risk: RiskRule
    rule: Rule
    related: tuple[int, ...] = ()

    def row(self, policy: Effective) -> dict[str, Any]:
        """As JSON-able fields."""
        return {
            "id": self.id,
            "risk": self.risk.id,
            "severity": self.risk.severity,
            "description": self.risk.text,
            "standard": self.risk.standard,
            "device": policy.target.device,
            "vdom": policy.target.vdom,
            "package": policy.package,
            "policyid": self.rule.policy.policyid,
            "policy_name": self.rule.policy.name,
            "uuid": self.rule.policy.uuid,
            "related": list(self.related),
            "opens_at_least": self.opens.at_least,
            "opens_at_most": self.opens.at_most,
        }

    @property
    def opens(self) -> Opening:
        """How much its rule matches."""
        return opening(self.rule)


def risk_rules(rows: Iterable[Mapping[str, str]]) -> list[RiskRule]:
    """The table's rows; raises ``ConfigurationError`` that names the row and the cure."""
    found, wrong = sorted_out(rows)
    if wrong:
        raise wrong[0]
    return found


def sorted_out(
    rows: Iterable[Mapping[str, str]],
) -> tuple[list[RiskRule], list[ConfigurationError]]:
    """The rows that can be used, and what is wrong with each of the others, and its cure."""
    found: dict[str, RiskRule] = {}
    wrong = []
    for number, row in enumerate(rows, start=1):
        try:
            one = _risk_rule(row, number)
            if one.id in found:
                raise ConfigurationError(f"Risk rule {one.id} stands twice.", "Rename one.")
            found[one.id] = one
        except ConfigurationError as error:  # noqa: PERF203  each row on its own
            wrong.append(error)
    return list(found.values()), wrong


def _risk_rule(row: Mapping[str, str], number: int) -> RiskRule:
    values = {name: (row.get(name) or "").strip() for name in COLUMNS}
    where = f"Risk rule {values['id'] or number}"
    if not values["id"] or not values["condition"]:
        raise ConfigurationError(f"{where} lacks its id or condition.", "Fill in both.")
    if values["severity"] not in SEVERITIES:
        choice = ", ".join(SEVERITIES)
        raise ConfigurationError(f"{where} has no known severity.", f"Use one of {choice}.")
    checked(values["condition"], where)
    return RiskRule(**values)


def findings(
    policy: Effective,
    risks: Sequence[RiskRule],
    time: Optional[datetime] = None,
    hits: Optional[Mapping[int, int]] = None,
    verdicts: Iterable[Verdict] = (),
) -> Iterator[Finding]:
    """Every risk rule that holds for an enabled rule, in the order of the rules.

    ``time``: now, by the FortiGate's clock. ``hits``: policyid -> sessions, None = not counted.
    ``verdicts``: of ``shadowing``.
    """
    said = {one.rule.place: one for one in verdicts}
    earlier: dict[Any, Rule] = {}
    for rule in policy.rules:
        if not rule.policy.enabled:
            continue
        verdict = said.get(rule.place)
        same = earlier.setdefault(_content(rule.policy), rule)
        facts = Facts(
            rule,
            time,
            None if hits is None else hits.get(rule.policy.policyid),
            "" if verdict is None else verdict.verdict,
            None if same is rule else same,
        )
        for risk in risks:
            if holds(risk.condition, facts):
                yield Finding(_id(risk, rule, policy), risk, rule, _related(facts, verdict))


def unused_objects(
    objects: Iterable[FirewallObject], policies: Iterable[Policy], dnat: Iterable[CentralDnat] = ()
) -> list[FirewallObject]:
    """Addresses, services and virtual IPs that no policy and no central DNAT reaches; give it *all*
    of the ADOM, for those of one package say nothing of the others."""
    tables = (*ADDRESS_TABLES, *ADDRESS6_TABLES, *SERVICE_TABLES)
    listed = [one for one in objects if one.table in tables]
    by_name: dict[str, list[FirewallObject]] = {}
    for one in listed:
        by_name.setdefault(one.name, []).append(one)
    queue = [name for policy in policies for name in _references(policy)]
    queue += [one.name for one in dnat]
    reached: set[str] = set()
    while queue:
        name = queue.pop()
        if name in reached:
            continue
        reached.add(name)
        for one in by_name.get(name, ()):
            for values in (one.values, *(mapping.values for mapping in one.mappings)):
                for key in ("member", "exclude-member", "service"):
                    listed_names = values.get(key, [])
                    queue += [listed_names] if isinstance(listed_names, str) else listed_names
    return [one for one in listed if one.name not in reached]


def _references(policy: Policy) -> Iterator[str]:
    for names in (policy.srcaddr, policy.dstaddr, policy.srcaddr6, policy.dstaddr6):
        yield from names
    yield from policy.service
    for key in ("srcaddr4", "dstaddr4"):
        yield from policy.other.get(key, ())


def _content(policy: Policy) -> tuple[Any, ...]:
    """What makes two rules duplicates: all that decides, in any order of names."""
    names = (
        policy.srcintf, policy.dstintf, policy.srcaddr, policy.dstaddr, policy.srcaddr6,
        policy.dstaddr6, policy.service, policy.schedule, policy.internet_service,
        policy.internet_service_src, policy.users, policy.groups, policy.fsso_groups,
        policy.negated,
    )  # fmt: skip
    return (policy.action, policy.expires, *(frozenset(one) for one in names))


def _related(facts: Facts, verdict: Optional[Verdict]) -> tuple[int, ...]:
    blockers = () if verdict is None else verdict.blockers
    others = (*blockers, *(() if facts.duplicates is None else (facts.duplicates,)))
    return tuple(dict.fromkeys(one.policy.policyid for one in others))


def _id(risk: RiskRule, rule: Rule, policy: Effective) -> str:
    of = rule.policy
    lasting = of.uuid or f"{of.table}:{of.policyid}"
    return f"{risk.id}:{policy.target.device}:{policy.target.vdom}:{lasting}"
