"""From names to what they stand for: addresses and services as ranges, on one target or by default.

What configuration cannot tell (a name in the DNS, a country, a dynamic object, a name that no
object has …) is never dropped and never becomes "any": it is listed under ``unknown`` with its
reason, and the ranges beside it are only the part that is certain to be known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Optional

from fmgstate.inventory.model import Target
from fmgstate.policy import space
from fmgstate.policy.model import FirewallObject
from fmgstate.policy.services import Services, custom_service

ADDRESS_TABLES = (
    "firewall/address", "firewall/addrgrp", "firewall/vip", "firewall/vipgrp",
)  # fmt: skip
ADDRESS6_TABLES = (
    "firewall/address6", "firewall/addrgrp6", "firewall/vip6", "firewall/vipgrp6",
)  # fmt: skip
SERVICE_TABLES = ("firewall/service/custom", "firewall/service/group")


class Undecided(Exception):
    """Configuration cannot tell the addresses; the text is the reason."""


@dataclass(frozen=True)
class Addresses:
    """``ranges``: of integers, of one IP version. ``unknown``: "name (reason)", sorted."""

    ranges: space.Ranges = space.NONE
    unknown: tuple[str, ...] = ()


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
        found: set[Target] = set()
        seen: set[tuple[str, str]] = set()
        queue = list(names)
        while queue:
            name = queue.pop()
            for table in (*ADDRESS_TABLES, *ADDRESS6_TABLES, *SERVICE_TABLES):
                one = self._found.get((table, name))
                if one is None or (table, name) in seen:
                    continue
                seen.add((table, name))
                found.update(mapping.target for mapping in one.mappings)
                queue += [*_members(one.values, "member"), *_members(one.values, "exclude-member")]
        return found

    def values(self, one: FirewallObject) -> dict[str, Any]:
        """The object's attributes on this book's target."""
        for mapping in one.mappings:
            if mapping.target == self.target:
                return {**one.values, **mapping.values}
        return one.values

    def _address(self, name: str, v6: bool, above: tuple[str, ...]) -> Addresses:
        key = ("address", v6, name)
        if key in self._known:
            return self._known[key]  # type: ignore[no-any-return]
        if name in above:
            return Addresses(unknown=(f"{name} (group contains itself)",))
        found = self._named(name, ADDRESS6_TABLES if v6 else ADDRESS_TABLES)
        if found is None:
            return Addresses(unknown=(f"{name} (no such address object)",))
        result = self._one_address(found, v6, (*above, name))
        if not above or "grp" not in found.table:
            self._known[key] = result
        return result

    def _one_address(self, one: FirewallObject, v6: bool, above: tuple[str, ...]) -> Addresses:
        values = self.values(one)
        if "grp" not in one.table:
            reader = vip_ranges if "/vip" in one.table else address_ranges
            return _read(one.name, reader, values)
        inside = _united([self._address(n, v6, above) for n in _members(values, "member")])
        if values.get("exclude") != "enable":
            return inside
        outside = _united([self._address(n, v6, above) for n in _members(values, "exclude-member")])
        doubts = [f"{one.name} (excludes {doubt})" for doubt in outside.unknown]
        ranges = space.subtract(inside.ranges, outside.ranges)
        return Addresses(ranges, tuple(sorted({*inside.unknown, *doubts})))

    def _service(self, name: str, above: tuple[str, ...]) -> Services:
        key = ("service", name)
        if key in self._known:
            return self._known[key]  # type: ignore[no-any-return]
        if name in above:
            return Services(unknown=(f"{name} (group contains itself)",))
        found = self._named(name, SERVICE_TABLES)
        if found is None:
            return Services(unknown=(f"{name} (no such service object)",))
        values = self.values(found)
        if found.table == "firewall/service/group":
            members = _members(values, "member")
            result = Services.united([self._service(n, (*above, name)) for n in members])
        else:
            result = custom_service(name, values)
        if not above or found.table == "firewall/service/custom":
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
        return [space.network(_spaced(values.get("subnet", "0.0.0.0/0")))]
    if kind == "iprange":
        return [(space.address(values["start-ip"]), space.address(values["end-ip"]))]
    if kind == "wildcard":
        try:
            return [space.network(_spaced(values["wildcard"]))]
        except ValueError:
            raise Undecided("wildcard mask") from None
    raise Undecided(str(kind))


def vip_ranges(values: dict[str, Any]) -> Iterable[space.Range]:
    """The outside addresses of a virtual IP."""
    if values.get("type") == "fqdn" or "extip" not in values:
        raise Undecided("virtual IP without a fixed outside address")
    extip = values["extip"]
    return [space.span(one) for one in (extip if isinstance(extip, list) else [extip])]


def _read(
    name: str, reader: Callable[[dict[str, Any]], Iterable[space.Range]], values: dict[str, Any]
) -> Addresses:
    try:
        return Addresses(space.union(reader(values)))
    except KeyError as missing:
        return Addresses(unknown=(f"{name} (no {missing.args[0]})",))
    except Undecided as reason:
        return Addresses(unknown=(f"{name} ({reason})",))
    except ValueError:
        return Addresses(unknown=(f"{name} (address cannot be read)",))


def _united(parts: list[Addresses]) -> Addresses:
    if len(parts) == 1:
        return parts[0]
    ranges = space.union(one for part in parts for one in part.ranges)
    return Addresses(ranges, tuple(sorted({doubt for part in parts for doubt in part.unknown})))


def _members(values: dict[str, Any], key: str) -> list[str]:
    listed = values.get(key, [])
    return [listed] if isinstance(listed, str) else list(listed)


def _spaced(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
