"""From one policy to the rule it is on one target: names resolved, negations applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fmgstate.policy import bounds, conditions, ports, space
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.conditions import Conditions
from fmgstate.policy.interfaces import Interfaces, LocalInterfaces
from fmgstate.policy.model import Policy
from fmgstate.policy.ports import Ports
from fmgstate.policy.reasons import Reason
from fmgstate.policy.resolve import Book
from fmgstate.policy.rule import Rule

IPV6_TABLES = ("firewall/policy6",)
UNDECIDABLE = {
    "application": Reason.APPLICATION,
    "app-category": Reason.APPLICATION_CATEGORY,
    "app-group": Reason.APPLICATION_GROUP,
    "url-category": Reason.URL_CATEGORY,
    "ztna-ems-tag": Reason.ZTNA_TAG,
    "ztna-geo-tag": Reason.ZTNA_GEOGRAPHY,
}
"""Attributes of a policy that no flow can decide."""
EVERYWHERE = Interfaces(everything=True)


@dataclass
class Ruling:
    """Makes rules of one target; equal lists of names are resolved once."""

    book: Book
    interfaces: LocalInterfaces
    central_nat: bool = False
    _known: dict[Any, Any] = field(default_factory=dict, repr=False)

    def rule(
        self, place: int, policy: Policy, block: str, doubts: tuple[str, ...], opaque: bool
    ) -> Rule:
        """``doubts``: why it may not be in force; ``opaque``: nothing of its content is known."""
        if opaque:
            return _opaque(place, policy, block, doubts)
        local_in = policy.table == "firewall/local-in-policy"
        v6_only = policy.table in IPV6_TABLES
        internet = internet_services(policy, "dst")
        names = policy.dstaddr6 if not v6_only else policy.dstaddr
        return Rule(
            place=place,
            policy=policy,
            srcintf=self.interfaces.resolve(policy.srcintf or tuple(policy.other.get("intf", ()))),
            dstintf=EVERYWHERE if local_in else self.interfaces.resolve(policy.dstintf),
            source=self._side(policy, "src", False),
            dest=self._side(policy, "dst", False),
            source6=self._side(policy, "src", True),
            dest6=self._side(policy, "dst", True),
            ports=self._ports(policy),
            vips=self._vips(() if v6_only or internet else policy.dstaddr, False),
            vips6=self._vips(() if internet else names, True),
            conditions=self._conditions(policy, doubts),
            block=block,
        )

    def _side(self, policy: Policy, side: str, v6: bool) -> Bounds:
        """Source or destination of one IP version. Names of neither version: nobody knows."""
        if policy.table in IPV6_TABLES:
            names = getattr(policy, f"{side}addr") if v6 else ()
            others: tuple[str, ...] = getattr(policy, f"{side}addr")
            negation = f"{side}addr"
        else:
            negation = f"{side}addr6" if v6 else f"{side}addr"
            both = {
                False: getattr(policy, f"{side}addr")
                or tuple(policy.other.get(f"{side}addr4", ())),
                True: getattr(policy, f"{side}addr6"),
            }
            names, others = both[v6], both[not v6]
        whole = space.ALL_IPV6 if v6 else space.ALL_IPV4
        internet = internet_services(policy, side)
        if internet:
            reasons = tuple(sorted(Reason.INTERNET_SERVICE(name) for name in internet))
            return Bounds(space.NONE, whole, reasons)
        if not names:
            return bounds.NOTHING if others else bounds.unknown(Reason.NO_ADDRESS_NAMED(), whole)
        return self._addresses(names, v6, negation in policy.negated)

    def _addresses(self, names: tuple[str, ...], v6: bool, negated: bool) -> Bounds:
        key = ("addresses", names, v6, negated)
        if key not in self._known:
            self._known[key] = self._read_addresses(names, v6, negated)
        return self._known[key]  # type: ignore[no-any-return]

    def _read_addresses(self, names: tuple[str, ...], v6: bool, negated: bool) -> Bounds:
        """Virtual IPs count by name, not by address; one with no fixed outside may be anything."""
        whole = space.ALL_IPV6 if v6 else space.ALL_IPV4
        plain: Sequence[str] = names
        if self.book.has_vip(names, v6):
            plain = [name for name in names if not self.book.is_vip(name, v6)]
        found = self.book.addresses(plain, v6).bounds if plain else bounds.NOTHING
        for one in self.book.vips(names, v6) if len(plain) < len(names) else ():
            outside = self.book.addresses([one.name], v6).bounds
            if negated or self.central_nat:
                why = Reason.VIP_NEGATED if negated else Reason.VIP_BESIDE_CENTRAL_NAT
                found = bounds.united([found, bounds.unknown(why(one.name), whole)])
            elif outside.unknown:
                found = bounds.united([found, outside])
        return found.negated(whole) if negated else found

    def _vips(self, names: tuple[str, ...], v6: bool) -> tuple[str, ...]:
        if not names or self.central_nat:
            return ()
        key = ("vips", names, v6)
        if key not in self._known:
            self._known[key] = tuple(one.name for one in self.book.vips(names, v6))
        return self._known[key]  # type: ignore[no-any-return]

    def _ports(self, policy: Policy) -> Ports:
        internet = internet_services(policy, "dst")
        if internet:
            reasons = tuple(sorted(Reason.INTERNET_SERVICE(name) for name in internet))
            return Ports(Bounds(space.NONE, ports.WHOLE, reasons))
        negated = "service" in policy.negated
        key = ("service", policy.service, negated)
        if key not in self._known:
            found = _unnamed_service(policy)
            if policy.service:
                found = ports.ports(self.book.services(policy.service))
            self._known[key] = found.negated() if negated else found
        return self._known[key]  # type: ignore[no-any-return]

    def _conditions(self, policy: Policy, doubts: tuple[str, ...]) -> Conditions:
        more = [
            reason(", ".join(policy.other[key]))
            for key, reason in UNDECIDABLE.items()
            if policy.other.get(key)
        ]
        if policy.other.get("ztna-status") == "enable" and "ztna-ems-tag" not in policy.other:
            more.append(Reason.ZTNA())
        key = (
            "conditions", policy.schedule, policy.expires, policy.other.get("policy-expiry"),
            policy.users, policy.groups, policy.fsso_groups, doubts, *more,
        )  # fmt: skip
        if key not in self._known:
            self._known[key] = Conditions(
                schedule=policy.schedule,
                windows=self._windows(policy.schedule) if policy.schedule else None,
                expires=policy.expires,
                expiry_sure=policy.other.get("policy-expiry") == "enable",
                users=policy.users,
                groups=(*policy.groups, *policy.fsso_groups),
                doubts=(*doubts, *more),
            )
        return self._known[key]  # type: ignore[no-any-return]

    def _windows(self, names: tuple[str, ...]) -> Any:
        key = ("schedule", names)
        if key not in self._known:
            self._known[key] = conditions.windows(names, self.book)
        return self._known[key]


def internet_services(policy: Policy, side: str) -> tuple[str, ...]:
    """The internet services that stand for one side ("src", "dst") of a policy."""
    names = policy.internet_service if side == "dst" else policy.internet_service_src
    if not policy.other:
        return names
    flag = "internet-service" if side == "dst" else "internet-service-src"
    on = any(policy.other.get(key) == "enable" for key in (flag, flag.replace("vice", "vice6")))
    return names or (("an internet service",) if on else ())


def _unnamed_service(policy: Policy) -> Ports:
    """Security policies without a service take the applications' default; others must have one."""
    if policy.table == "firewall/security-policy":
        reason = Reason.DEFAULT_PORTS()
    else:
        reason = Reason.NO_SERVICE_NAMED()
    return Ports(bounds.unknown(reason, ports.WHOLE))


def _opaque(place: int, policy: Policy, block: str, doubts: tuple[str, ...]) -> Rule:
    v4, v6 = (bounds.unknown(doubts[0], whole) for whole in (space.ALL_IPV4, space.ALL_IPV6))
    return Rule(
        place=place,
        policy=replace(policy, action="unknown"),
        srcintf=EVERYWHERE,
        dstintf=EVERYWHERE,
        source=bounds.exactly(space.ALL_IPV4),
        dest=v4,
        source6=bounds.exactly(space.ALL_IPV6),
        dest6=v6,
        ports=ports.ANY,
        conditions=Conditions(doubts=doubts),
        block=block,
    )
