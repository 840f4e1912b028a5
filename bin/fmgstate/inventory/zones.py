"""What the zones of one (device, VDOM) tell: which interfaces are in which, and in none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from fmgstate.inventory.model import Device, Target, Vdom
from fmgstate.lean_dataclass import dataclass, field

NOT_COLLECTED = "zones were not collected"
NOT_PERMITTED = "FortiManager's user may not read the zones"
NOT_THERE = "FortiManager does not have the zones"
NOT_READABLE = "the zones cannot be read"
NOT_TOLD = "FortiManager did not tell the zones"


@dataclass(frozen=True)
class Zones:
    """``members``: zone -> its interfaces. ``inactive``: nobody tells whether these are in it.
    ``unknown``: why there may be other zones and members; "" = these are all."""

    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    unknown: str = NOT_COLLECTED

    def facts(self) -> list[Any]:
        """As plain data that equals other such data where the zones are equal."""
        members = {name: sorted(some) for name, some in sorted(self.members.items())}
        return [members, sorted(self.inactive), self.unknown]


NOTHING_KNOWN = Zones()


def from_facts(facts: Optional[list[Any]]) -> Zones:
    """What ``facts`` wrote; None = nothing is known."""
    if facts is None:
        return NOTHING_KNOWN
    members, inactive, unknown = facts
    held = {name: frozenset(some) for name, some in members.items()}
    return Zones(held, frozenset(inactive), unknown)


def of_vdom(vdom: Vdom) -> Zones:
    """The zones of one VDOM."""
    listed = vdom.zones or ()
    members = {one.name: frozenset(one.interfaces) for one in listed}
    inactive = frozenset(name for one in listed for name in one.inactive)
    unknown = vdom.zones_unknown or (NOT_COLLECTED if vdom.zones is None else "")
    return Zones(members, inactive, unknown)


def of_device(device: Device) -> dict[Target, Zones]:
    """The zones of all its VDOMs."""
    return {Target(device.name, one.name): of_vdom(one) for one in device.vdoms}
