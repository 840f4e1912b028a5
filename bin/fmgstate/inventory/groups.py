"""Which targets are in which device group, groups in groups included. Source: API facts 2.2.

A member without a VDOM is another group; where no group has its name, it is a device, which is
clear as long as that has one VDOM. What else there may be makes a group incomplete: a target that
it does not name is then neither in it nor outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fmgstate.inventory.model import Device, Group, Inventory, Package, Target

ALL_FORTIGATES = "All_FortiGate"
"""The group that every ADOM has; builds exist that list no members for it."""

Members = Mapping[str, frozenset[Target]]
"""Device group -> all targets in it; groups of which not all is known are left out."""


@dataclass(frozen=True)
class Membership:
    """``targets``: in the group for certain. ``complete``: no others are."""

    targets: frozenset[Target]
    complete: bool


@dataclass(frozen=True)
class _Listed:
    targets: frozenset[Target]
    groups: tuple[str, ...]
    complete: bool


def memberships(groups: Iterable[Group], devices: Iterable[Device]) -> dict[str, Membership]:
    """What is known of each group, by its name."""
    by_name = {one.name: one for one in groups}
    vdoms = {one.name: [Target(one.name, vdom.name) for vdom in one.vdoms] for one in devices}
    listed = {name: _listed(one, by_name, vdoms) for name, one in by_name.items()}
    return {name: _reached(name, listed) for name in by_name}


def members(of: Inventory) -> Members:
    """The groups of which all members are known."""
    found = memberships(of.groups, of.devices)
    return {name: one.targets for name, one in found.items() if one.complete}


def targets(package: Package, known: Members) -> set[Target]:
    """Where a package is: as FortiManager resolved it, and as it is configured."""
    found = {Target(one.device, one.vdom) for one in package.assignments}
    for one in package.targets:
        found |= {one} if one.vdom else known.get(one.device, frozenset())
    return found


def _listed(
    group: Group, groups: Mapping[str, Group], vdoms: Mapping[str, list[Target]]
) -> _Listed:
    if group.name == ALL_FORTIGATES and not group.members:
        return _Listed(frozenset(one for some in vdoms.values() for one in some), (), True)
    found, inner, complete = set(), [], group.members is not None
    for one in group.members or ():
        if one.vdom:
            found.add(one)
        elif one.device in groups:
            inner.append(one.device)
        elif len(vdoms.get(one.device, ())) == 1:
            found.update(vdoms[one.device])
        else:
            complete = False
    return _Listed(frozenset(found), tuple(inner), complete)


def _reached(name: str, listed: Mapping[str, _Listed]) -> Membership:
    found: set[Target] = set()
    complete, seen, queue = True, {name}, [name]
    while queue:
        one = listed[queue.pop()]
        found |= one.targets
        complete = complete and one.complete
        queue += [inner for inner in one.groups if inner not in seen]
        seen.update(one.groups)
    return Membership(frozenset(found), complete)
