"""The compiled form as plain data: small to keep, quick to read, the same for equal rules.

Nothing but numbers, texts, lists and tuples, so that ``marshal`` can write and read it. Sets that
several rules share stand once, in ``shared``, and rules point at them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from fmgstate.inventory.model import Target
from fmgstate.policy import axis, space
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.conditions import Conditions
from fmgstate.policy.effective import Effective
from fmgstate.policy.interfaces import Interfaces
from fmgstate.policy.model import Policy
from fmgstate.policy.ports import Ports
from fmgstate.policy.rule import Rule
from fmgstate.policy.translation import Vip

FORMAT = 1
"""Raised when the form changes: an older one is compiled anew."""


class Form(NamedTuple):
    """``axes``: source and destination of IPv4, of IPv6, then services. ``into``, ``out``:
    interface -> the rules that may match it. ``judged``: the rules that are not plain."""

    format: int
    target: tuple[str, str]
    package: str
    rows: list[tuple[Any, ...]]
    shared: tuple[list[Any], ...]
    axes: tuple[axis.Axis, ...]
    into: dict[str, bytes]
    out: dict[str, bytes]
    judged: bytes
    named_vips: list[tuple[bool, str, bytes]]
    match_vip: bytes
    vips: list[tuple[Any, ...]]
    central_nat: bool
    known: list[str]
    aliases: dict[str, list[str]]


def form(policy: Effective) -> Form:
    """The rules of one target as plain data."""
    rules, size = policy.rules, len(policy.rules)
    enabled = [rule for rule in rules if rule.policy.enabled]
    shared = _Shared()
    cuts = {v6: _cuts(policy.translation.vips, v6) for v6 in (False, True)}
    return Form(
        format=FORMAT,
        target=(policy.target.device, policy.target.vdom),
        package=policy.package,
        rows=[shared.row(rule) for rule in rules],
        shared=shared.tables(),
        axes=(
            _axis(enabled, lambda rule: rule.source, size),
            _axis(enabled, lambda rule: rule.dest, size, cuts[False]),
            _axis(enabled, lambda rule: rule.source6, size),
            _axis(enabled, lambda rule: rule.dest6, size, cuts[True]),
            _axis(enabled, lambda rule: rule.ports, size),
        ),
        into=_by_name(policy, enabled, lambda rule: rule.srcintf),
        out=_by_name(policy, enabled, lambda rule: rule.dstintf),
        judged=axis.octets([rule.place for rule in enabled if not is_plain(rule)], size),
        named_vips=_named_vips(enabled, size),
        match_vip=axis.octets([rule.place for rule in enabled if rule.match_vip], size),
        vips=[_vip(vip) for vip in policy.translation.vips],
        central_nat=policy.translation.central_nat,
        known=sorted(policy.interfaces.known),
        aliases={name: sorted(found) for name, found in policy.interfaces.aliases.items()},
    )


def is_plain(rule: Rule) -> bool:
    """Does it match every flow that its sets hold, for certain?"""
    return (
        rule.source.exact
        and rule.dest.exact
        and rule.source6.exact
        and rule.dest6.exact
        and rule.ports.bounds.exact
        and not rule.ports.by_source
        and not rule.srcintf.unknown
        and not rule.dstintf.unknown
        and rule.conditions.trivial
    )


class _Shared:
    """Numbers for sets that rules share, told apart by identity."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._bounds: list[Any] = []
        self._ports: list[Any] = []
        self._interfaces: list[Any] = []
        self._conditions: list[Any] = []

    def tables(self) -> tuple[list[Any], ...]:
        return self._bounds, self._ports, self._interfaces, self._conditions

    def row(self, rule: Rule) -> tuple[Any, ...]:
        of, number = rule.policy, self._number
        return (
            (of.policyid, of.table, of.part, of.sequence, of.uuid, of.name, of.enabled, of.action),
            rule.match_vip,
            number(rule.srcintf, self._interfaces, _interfaces),
            number(rule.dstintf, self._interfaces, _interfaces),
            number(rule.source, self._bounds, _bounds),
            number(rule.dest, self._bounds, _bounds),
            number(rule.source6, self._bounds, _bounds),
            number(rule.dest6, self._bounds, _bounds),
            number(rule.ports, self._ports, _ports),
            rule.vips,
            rule.vips6,
            number(rule.conditions, self._conditions, _conditions),
            rule.block,
        )

    def _number(self, one: Any, table: list[Any], plain: Callable[[Any], Any]) -> int:
        found = self._numbers.get(id(one))
        if found is None:
            found = self._numbers[id(one)] = len(table)
            table.append(plain(one))
        return found


class StoredRules(Sequence[Rule]):
    """The rules of a form, each made when it is asked for."""

    def __init__(self, kept: Form) -> None:
        self._kept = kept
        self._made: dict[int, Rule] = {}

    def __len__(self) -> int:
        return len(self._kept.rows)

    def __getitem__(self, place: Any) -> Any:
        if place not in self._made:
            self._made[place] = _rule(place, self._kept)
        return self._made[place]


def _rule(place: int, kept: Form) -> Rule:
    of, match_vip, into, out, src, dst, src6, dst6, service, vips, vips6, asked, block = kept.rows[
        place
    ]
    bounds, ports, interfaces, conditions = kept.shared
    return Rule(
        place=place,
        policy=Policy(
            policyid=of[0], table=of[1], part=of[2], sequence=of[3], uuid=of[4], name=of[5],
            enabled=of[6], action=of[7], other={"match-vip": "enable"} if match_vip else {},
        ),
        srcintf=read_interfaces(interfaces[into]),
        dstintf=read_interfaces(interfaces[out]),
        source=Bounds(*bounds[src]),
        dest=Bounds(*bounds[dst]),
        source6=Bounds(*bounds[src6]),
        dest6=Bounds(*bounds[dst6]),
        ports=Ports(Bounds(*ports[service][0]), ports[service][1]),
        vips=vips,
        vips6=vips6,
        conditions=Conditions(*conditions[asked]),
        block=block,
    )  # fmt: skip


def read_interfaces(plain: tuple[Any, ...]) -> Interfaces:
    """What ``_interfaces`` wrote."""
    names, unknown, everything = plain
    return Interfaces(frozenset(names), unknown, everything)


def read_vip(plain: tuple[Any, ...]) -> Vip:
    """What ``_vip`` wrote."""
    name, v6, outside, interfaces, places, sources, services, *rest = plain
    return Vip(
        name, v6, outside, read_interfaces(interfaces), places,
        Bounds(*sources), Bounds(*services), *rest,
    )  # fmt: skip


def _bounds(one: Bounds) -> tuple[Any, ...]:
    return one.certain, one.possible, one.unknown


def _ports(one: Ports) -> tuple[Any, ...]:
    return _bounds(one.bounds), one.by_source


def _interfaces(one: Interfaces) -> tuple[Any, ...]:
    return tuple(sorted(one.names)), one.unknown, one.everything


def _conditions(one: Conditions) -> tuple[Any, ...]:
    return tuple(vars(one).values())


def _vip(one: Vip) -> tuple[Any, ...]:
    return (
        one.name, one.v6, one.outside, _interfaces(one.interfaces), one.places,
        _bounds(one.sources), _bounds(one.services), one.inside, one.shift, one.unknown,
    )  # fmt: skip


def _cuts(vips: Iterable[Vip], v6: bool) -> list[int]:
    ranges = (one for vip in vips if vip.v6 == v6 for one in vip.outside)
    return [edge for low, high in ranges for edge in (low, high + 1)]


def _axis(
    rules: Iterable[Rule], part: Callable[[Rule], Any], size: int, cuts: Iterable[int] = ()
) -> axis.Axis:
    groups: dict[int, tuple[space.Ranges, list[int]]] = {}
    for rule in rules:
        one = part(rule)
        found = groups.get(id(one))
        if found is None:
            found = groups[id(one)] = (one.possible, [])
        found[1].append(rule.place)
    return axis.axis(groups.values(), size, cuts)


def _by_name(
    policy: Effective, rules: Iterable[Rule], part: Callable[[Rule], Interfaces]
) -> dict[str, bytes]:
    """Names of several interfaces are left out: their rules are judged one by one."""
    everywhere: list[int] = []
    named: dict[str, list[int]] = {name: [] for name in policy.interfaces.known}
    for rule in rules:
        found = part(rule)
        if found.everything or found.unknown:
            everywhere.append(rule.place)
        for name in found.names:
            named[name].append(rule.place)
    masks = {
        name: axis.octets([*everywhere, *places], len(policy.rules))
        for name, places in named.items()
    }
    for alias, members in policy.interfaces.aliases.items():
        if alias not in masks and len(members) == 1:
            masks[alias] = masks[next(iter(members))]
    return masks


def _named_vips(rules: Iterable[Rule], size: int) -> list[tuple[bool, str, bytes]]:
    places: dict[tuple[bool, str], list[int]] = {}
    for rule in rules:
        for v6, names in ((False, rule.vips), (True, rule.vips6)):
            for name in names:
                places.setdefault((v6, name), []).append(rule.place)
    return [(v6, name, axis.octets(found, size)) for (v6, name), found in places.items()]


def target_of(kept: Form) -> Target:
    """The target that the form is of."""
    return Target(*kept.target)
