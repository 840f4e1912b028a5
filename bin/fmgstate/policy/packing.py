"""Rules as plain data, each packed by itself: most are never asked for once they are compiled.

Sets that several rules share stand once, and rules point at them.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Sequence
from typing import Any

from fmgstate.policy.bounds import Bounds
from fmgstate.policy.conditions import Conditions
from fmgstate.policy.interfaces import Interfaces
from fmgstate.policy.model import Policy
from fmgstate.policy.ports import Ports
from fmgstate.policy.rule import Rule
from fmgstate.policy.translation import Vip

Packed = tuple[list[bytes], tuple[list[bytes], ...]]
"""The rules, and what they share: address sets, services, interfaces, conditions."""

MARSHAL = 4
"""The format that every Python from 3.4 on reads, for several may share what is kept."""

OF_POLICY = ("policyid", "table", "part", "sequence", "uuid", "name", "enabled", "action")
_BLANK = vars(Policy(0, "", "", 0))


def pack(rules: Sequence[Rule]) -> Packed:
    """All rules of one target."""
    shared = _Shared()
    return [shared.row(rule) for rule in rules], shared.tables


class PackedRules(Sequence[Rule]):
    """The rules that ``pack`` wrote, each made when it is asked for."""

    def __init__(self, packed: Packed) -> None:
        self._rows, self._shared = packed
        self._made: dict[int, Rule] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Any:
        if place not in self._made:
            self._made[place] = self._rule(place)
        return self._made[place]

    def named(self, place: int) -> tuple[Policy, str]:
        """What names a rule, and its policy block, without what it matches."""
        of, match_vip, *_, block = unpack(self._rows[place])
        return _policy(of, match_vip), block

    def _rule(self, place: int) -> Rule:
        of, match_vip, *numbers, vips, vips6, block = unpack(self._rows[place])
        into, out, src, dst, src6, dst6, service, asked = numbers
        sets, ports, interfaces, conditions = self._shared
        plain_ports = unpack(ports[service])
        return Rule(
            place=place,
            policy=_policy(of, match_vip),
            srcintf=_read_interfaces(unpack(interfaces[into])),
            dstintf=_read_interfaces(unpack(interfaces[out])),
            source=Bounds(*unpack(sets[src])),
            dest=Bounds(*unpack(sets[dst])),
            source6=Bounds(*unpack(sets[src6])),
            dest6=Bounds(*unpack(sets[dst6])),
            ports=Ports(Bounds(*plain_ports[0]), plain_ports[1]),
            vips=vips,
            vips6=vips6,
            conditions=Conditions(*unpack(conditions[asked])),
            block=block,
        )


def pack_vip(one: Vip) -> tuple[Any, ...]:
    """A virtual IP as plain data."""
    return (
        one.name, one.v6, one.outside, _interfaces(one.interfaces), one.places,
        _bounds(one.sources), _bounds(one.services), one.inside, one.shift, one.unknown,
    )  # fmt: skip


def unpack_vip(plain: tuple[Any, ...]) -> Vip:
    """What ``pack_vip`` wrote."""
    name, v6, outside, interfaces, places, sources, services, *rest = plain
    return Vip(
        name, v6, outside, _read_interfaces(interfaces), places,
        Bounds(*sources), Bounds(*services), *rest,
    )  # fmt: skip


def unpack(packed: bytes) -> Any:
    """What ``marshal`` packed. Only for bytes that this program itself keeps."""
    return marshal.loads(packed)  # noqa: S302


class _Shared:
    """Numbers for sets that rules share, told apart by identity."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self.tables: tuple[list[bytes], ...] = ([], [], [], [])

    def row(self, rule: Rule) -> bytes:
        of, number = rule.policy, self._number
        sets, ports, interfaces, conditions = self.tables
        plain = (
            tuple(getattr(of, name) for name in OF_POLICY),
            rule.match_vip,
            number(rule.srcintf, interfaces, _interfaces),
            number(rule.dstintf, interfaces, _interfaces),
            number(rule.source, sets, _bounds),
            number(rule.dest, sets, _bounds),
            number(rule.source6, sets, _bounds),
            number(rule.dest6, sets, _bounds),
            number(rule.ports, ports, _ports),
            number(rule.conditions, conditions, _conditions),
            rule.vips,
            rule.vips6,
            rule.block,
        )
        return marshal.dumps(plain, MARSHAL)

    def _number(self, one: Any, table: list[bytes], plain: Callable[[Any], Any]) -> int:
        found = self._numbers.get(id(one))
        if found is None:
            found = self._numbers[id(one)] = len(table)
            table.append(marshal.dumps(plain(one), MARSHAL))
        return found


def _policy(values: tuple[Any, ...], match_vip: bool) -> Policy:
    other = {"match-vip": "enable"} if match_vip else {}
    # As Policy(...) would, which sets 40 attributes one by one: a look-up shows thousands.
    made = object.__new__(Policy)
    vars(made).update(_BLANK, meta={}, profiles={}, other=other)
    vars(made).update(zip(OF_POLICY, values))
    return made


def _bounds(one: Bounds) -> tuple[Any, ...]:
    return one.certain, one.possible, one.unknown


def _ports(one: Ports) -> tuple[Any, ...]:
    return _bounds(one.bounds), one.by_source


def _interfaces(one: Interfaces) -> tuple[Any, ...]:
    return tuple(sorted(one.names)), one.unknown, one.everything


def _read_interfaces(plain: tuple[Any, ...]) -> Interfaces:
    names, unknown, everything = plain
    return Interfaces(frozenset(names), unknown, everything)


def _conditions(one: Conditions) -> tuple[Any, ...]:
    return tuple(vars(one).values())
