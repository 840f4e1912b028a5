"""From names to what they stand for: addresses and services as ranges, on one target or by default.

What configuration cannot tell (a name in the DNS, a country, a dynamic object, a name that no
object has …) is never dropped and never becomes "any": it is listed under ``unknown`` with its
reason, the ranges beside it are only the part that is certain to be known, and ``bounds`` says
what the set holds at least and at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Optional

from fmgstate.inventory.model import Target
from fmgstate.lean_dataclass import dataclass, field
from fmgstate.policy import bounds, space
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.model import FirewallObject
from fmgstate.policy.reasons import Reason
from fmgstate.policy.services import Services, custom_service

ADDRESS_TABLES = (
    "firewall/address", "firewall/addrgrp", "firewall/vip", "firewall/vipgrp",
)  # fmt: skip
ADDRESS6_TABLES = (
    "firewall/address6", "firewall/addrgrp6", "firewall/vip6", "firewall/vipgrp6",
)  # fmt: skip
SERVICE_TABLES = ("firewall/service/custom", "firewall/service/group")
VIP_TABLES = ("firewall/vip", "firewall/vip6", "firewall/vipgrp", "firewall/vipgrp6")
CYCLE = Reason.GROUP_IN_ITSELF("")
"""How reasons end that hold only where a group is read inside itself: they are not kept."""
OWN_ADDRESS = (0, 0)
"""Outside address 0.0.0.0 of a virtual IP: that of the interface itself."""


class Undecided(Exception):
    """Configuration cannot tell the addresses. ``more``: for the reason's text."""

    def __init__(self, reason: Reason, *more: str) -> None:
        super().__init__(reason, *more)
        self.reason, self.more = reason, more


@dataclass(frozen=True)
class Addresses:
    """``ranges``: of integers, of one IP version. ``unknown``: "name (reason)", sorted.

    ``bounds``: what it holds for certain and at most; ``ranges`` takes an unknown as nothing.
    """

    ranges: space.Ranges = space.NONE
    unknown: tuple[str, ...] = ()
    bounds: Bounds = bounds.NOTHING


@dataclass
class Book:
    """All objects of an ADOM, as they are on ``target``; None = their defaults."""

    objects: Iterable[FirewallObject]
    target: Optional[Target] = None
    _found: dict[tuple[str, str], FirewallObject] = field(default_factory=dict, repr=False)
    _known: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._found = {(one.table, one.name): one for one in self.objects}

    def addresses(self, names: Iterable[str], v6: bool = False) -> Addresses:
        """The union of the named addresses, groups and virtual IPs of one IP version."""
        parts = [self._address(name, v6, ()) for name in names]
        return _united(parts)

    def services(self, names: Iterable[str]) -> Services:
        """The union of the named services and service groups."""
        return Services.united([self._service(name, ()) for name in names])

    def mapped(self, names: Iterable[str]) -> set[Target]:
        """The targets on which any of these names, or a member of them, is something else."""
        return {target for name in names for target in self._mapped(name, ())}

    def _mapped(self, name: str, above: tuple[str, ...]) -> frozenset[Target]:
        key = ("mapped", name)
        if key in self._known:
            return self._known[key]  # type: ignore[no-any-return]
        found: set[Target] = set()
        for table in (*ADDRESS_TABLES, *ADDRESS6_TABLES, *SERVICE_TABLES):
            one = self._found.get((table, name))
            if one is None:
                continue
            found.update(mapping.target for mapping in one.mappings)
            for values in (one.values, *(mapping.values for mapping in one.mappings)):
                members = [*_members(values, "member"), *_members(values, "exclude-member")]
                for member in members:
                    if member not in above and member != name:
                        found |= self._mapped(member, (*above, name))
        if not above:
            self._known[key] = frozenset(found)
        return frozenset(found)

    def values(self, one: FirewallObject) -> dict[str, Any]:
        """The object's attributes on this book's target."""
        for mapping in one.mappings:
            if mapping.target == self.target:
                return {**one.values, **mapping.values}
        return one.values

    def vips(self, names: Sequence[str], v6: bool = False) -> tuple[FirewallObject, ...]:
        """The virtual IPs among the names, those in groups of virtual IPs included."""
        if not self.has_vip(names, v6):
            return ()
        found: dict[str, FirewallObject] = {}
        queue = list(names)
        seen: set[str] = set()
        while queue:
            one = self._named(queue.pop(), ADDRESS6_TABLES if v6 else ADDRESS_TABLES)
            if one is None or one.table not in VIP_TABLES or one.name in seen:
                continue
            seen.add(one.name)
            if "grp" in one.table:
                queue += _members(self.values(one), "member")
            else:
                found[one.name] = one
        return tuple(found[name] for name in sorted(found))

    def is_vip(self, name: str, v6: bool = False) -> bool:
        """Is this name a virtual IP or a group of them?"""
        return self.has_vip((name,), v6)

    def has_vip(self, names: Sequence[str], v6: bool = False) -> bool:
        """Is one of these names a virtual IP or a group of them?"""
        return not self._vip_names(v6).isdisjoint(names)

    def _vip_names(self, v6: bool) -> frozenset[str]:
        """Names of virtual IPs and of groups of them; an address of the same name goes before."""
        key = ("vips", v6)
        if key not in self._known:
            tables = ADDRESS6_TABLES if v6 else ADDRESS_TABLES
            first: dict[str, str] = {}
            for table in tables:
                for of_table, name in self._found:
                    if of_table == table:
                        first.setdefault(name, table)
            self._known[key] = frozenset(n for n, table in first.items() if table in VIP_TABLES)
        return self._known[key]  # type: ignore[no-any-return]

    def named(self, table: str, name: str) -> Optional[dict[str, Any]]:
        """The attributes of one object on this book's target; None = there is no such object."""
        one = self._found.get((table, name))
        return None if one is None else self.values(one)

    def every(self, *tables: str) -> list[FirewallObject]:
        """All objects of these tables."""
        return [one for (table, _), one in self._found.items() if table in tables]

    def _address(self, name: str, v6: bool, above: tuple[str, ...]) -> Addresses:
        key = ("address", v6, name)
        if key in self._known:
            return self._known[key]  # type: ignore[no-any-return]
        if name in above:
            return _unknown_address(Reason.GROUP_IN_ITSELF(name), v6)
        found = self._named(name, ADDRESS6_TABLES if v6 else ADDRESS_TABLES)
        if found is None:
            return _unknown_address(Reason.NO_SUCH_ADDRESS(name), v6)
        result = self._one_address(found, v6, (*above, name))
        if not above or not any(CYCLE in doubt for doubt in result.unknown):
            self._known[key] = result
        return result

    def _one_address(self, one: FirewallObject, v6: bool, above: tuple[str, ...]) -> Addresses:
        values = self.values(one)
        if "grp" not in one.table:
            reader = vip_ranges if "/vip" in one.table else address_ranges
            return _read(one.name, reader, values, v6)
        inside = _united([self._address(n, v6, above) for n in _members(values, "member")])
        if values.get("exclude") != "enable":
            return inside
        outside = _united([self._address(n, v6, above) for n in _members(values, "exclude-member")])
        doubts = [Reason.EXCLUDES_UNKNOWN(one.name, doubt) for doubt in outside.unknown]
        ranges = space.subtract(inside.ranges, outside.ranges)
        unknown = tuple(sorted({*inside.unknown, *doubts}))
        left = inside.bounds.without(outside.bounds)
        return Addresses(ranges, unknown, Bounds(left.certain, left.possible, unknown))

    def _service(self, name: str, above: tuple[str, ...]) -> Services:
        key = ("service", name)
        if key in self._known:
            return self._known[key]  # type: ignore[no-any-return]
        if name in above:
            return Services(unknown=(Reason.GROUP_IN_ITSELF(name),), boundless=True)
        found = self._named(name, SERVICE_TABLES)
        if found is None:
            return Services(unknown=(Reason.NO_SUCH_SERVICE(name),), boundless=True)
        values = self.values(found)
        if found.table == "firewall/service/group":
            members = _members(values, "member")
            result = Services.united([self._service(n, (*above, name)) for n in members])
        else:
            result = custom_service(name, values)
        if not above or not any(CYCLE in doubt for doubt in result.unknown):
            self._known[key] = result
        return result

    def _named(self, name: str, tables: Iterable[str]) -> Optional[FirewallObject]:
        for table in tables:
            if (table, name) in self._found:
                return self._found[table, name]
        return None


def address_ranges(values: dict[str, Any]) -> Iterable[space.Range]:
    """Ranges of one address object; raises ``Undecided`` with the reason where there are none."""
    kind = values.get("type", "ipmask")
    if "ip6" in values and kind in ("ipprefix", "ipmask"):
        return [space.network(values["ip6"])]
    if kind == "ipmask":
        return [space.network(_spaced(values["subnet"]))]
    if kind == "iprange":
        return [(space.address(values["start-ip"]), space.address(values["end-ip"]))]
    if kind == "wildcard":
        try:
            return space.wildcard(_spaced(values["wildcard"]))
        except OverflowError:
            raise Undecided(Reason.WILDCARD_MASK) from None
    raise Undecided(Reason.ADDRESS_TYPE, str(kind))


def vip_ranges(values: dict[str, Any]) -> Iterable[space.Range]:
    """The outside addresses of a virtual IP."""
    if values.get("type") == "fqdn" or "extip" not in values:
        raise Undecided(Reason.VIP_WITHOUT_OUTSIDE)
    extip = values["extip"]
    spans = [space.span(one) for one in (extip if isinstance(extip, list) else [extip])]
    if OWN_ADDRESS in spans:
        raise Undecided(Reason.VIP_OF_INTERFACE)
    if any(low > high for low, high in spans):
        raise ValueError(extip)
    return spans


def _read(
    name: str,
    reader: Callable[[dict[str, Any]], Iterable[space.Range]],
    values: dict[str, Any],
    v6: bool,
) -> Addresses:
    try:
        spans = list(reader(values))
        if not all(0 <= low <= high <= _last(v6) for low, high in spans):
            raise ValueError
        ranges = space.union(spans)
        return Addresses(ranges, (), bounds.exactly(ranges))
    except KeyError as missing:
        return _unknown_address(Reason.LACKS(name, missing.args[0]), v6)
    except Undecided as undecided:
        return _unknown_address(undecided.reason(name, *undecided.more), v6)
    except (ValueError, TypeError, AttributeError):  # no text, or no address in it
        return _unknown_address(Reason.UNREADABLE_ADDRESS(name), v6)


def _last(v6: bool) -> int:
    ((_, last),) = space.ALL_IPV6 if v6 else space.ALL_IPV4
    return last


def _unknown_address(reason: str, v6: bool) -> Addresses:
    whole = space.ALL_IPV6 if v6 else space.ALL_IPV4
    return Addresses(unknown=(reason,), bounds=bounds.unknown(reason, whole))


def _united(parts: list[Addresses]) -> Addresses:
    if len(parts) == 1:
        return parts[0]
    within = bounds.united(part.bounds for part in parts)
    if not within.unknown:
        return Addresses(within.certain, (), within)
    ranges = space.union(one for part in parts for one in part.ranges)
    return Addresses(ranges, within.unknown, within)


def _members(values: dict[str, Any], key: str) -> list[str]:
    listed = values.get(key, [])
    found = listed if isinstance(listed, list) else [listed]
    return [str(one.get("name", one) if isinstance(one, dict) else one) for one in found]


def _spaced(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
