"""From kept records to the effective policies of the targets of one ADOM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Optional

from fmgstate.inventory.groups import Members, members, targets
from fmgstate.inventory.model import Device, Inventory, Package, Target
from fmgstate.inventory.zones import NOTHING_KNOWN, of_device
from fmgstate.policy.effective import Effective, PackageState, effective
from fmgstate.policy.events import central_dnat, policies
from fmgstate.policy.model import CentralDnat, FirewallObject, Policy
from fmgstate.policy.risk import unused_objects
from fmgstate.record import Record

BLOCK, PACKAGE = "block", "package"

Records = Callable[[str, str], Optional[Sequence[Record]]]
"""(kind, path) -> what is kept of a package or policy block; None = it was not collected."""


@dataclass
class Adom:
    """One ADOM as kept. What is asked for is read once."""

    inventory: Inventory
    objects: Sequence[FirewallObject]
    records: Records
    _states: dict[str, Optional[PackageState]] = field(default_factory=dict)

    @cached_property
    def groups(self) -> Members:
        """Device groups with their targets."""
        return members(self.inventory)

    def devices(self) -> Iterator[Device]:
        """All managed firewalls."""
        yield from self.inventory.devices

    def device(self, name: str) -> Optional[Device]:
        """By name, host name or any member's serial number."""
        for one in self.inventory.devices:
            if name in (one.name, one.hostname, *one.serials):
                return one
        return None

    def installed(self, target: Target) -> Optional[Package]:
        """The package that FortiManager says is on the target; None = none."""
        packages = [one for one in self.inventory.packages if one.kind == PACKAGE]
        for package in packages:
            if any((one.device, one.vdom) == _pair(target) for one in package.assignments):
                return package
        return next((one for one in packages if target in targets(one, self.groups)), None)

    def targets(self, package: Package) -> list[Target]:
        """Where the package is: as FortiManager resolved it, and as it is configured."""
        return sorted(targets(package, self.groups))

    def effective(self, target: Target, package: Optional[Package] = None) -> Optional[Effective]:
        """What the target enforces; None when it has no package, or that was not collected."""
        chosen = package or self.installed(target)
        state = None if chosen is None else self.state(chosen)
        if state is None:
            return None
        device = self.device(target.device)
        platform = "" if device is None else device.platform
        zones = {} if device is None else of_device(device)
        known = zones.get(target, NOTHING_KNOWN)
        return effective(target, state, self.objects, platform, self.groups, known)

    def unused(self) -> tuple[list[FirewallObject], list[str]]:
        """Objects that no policy of the ADOM reaches; packages and blocks that were not collected,
        in which they may be used all the same. Routes, VPN and other features are not looked at."""
        found: list[Policy] = []
        dnat: list[CentralDnat] = []
        missing = []
        for one in self.inventory.packages:
            kept = self.records(BLOCK if one.kind == BLOCK else PACKAGE, one.path)
            if one.kind in (BLOCK, PACKAGE) and kept is None:
                missing.append(one.path)
            found += policies(kept or ())
            dnat += central_dnat(kept or ())
        return unused_objects(self.objects, found, dnat), missing

    def state(self, package: Package) -> Optional[PackageState]:
        """The package with its blocks; None when it was not collected."""
        if package.path not in self._states:
            self._states[package.path] = self._state(package)
        return self._states[package.path]

    def _state(self, package: Package) -> Optional[PackageState]:
        kept = self.records(PACKAGE, package.path)
        if kept is None:
            return None
        blocks = [one for one in self.inventory.packages if one.kind == BLOCK]
        found: dict[str, tuple[Policy, ...]] = {}
        for one in blocks:
            of_block = self.records(BLOCK, one.path)
            if of_block is not None:
                found[one.path] = tuple(policies(of_block))
        numbers: Mapping[int, str] = {one.oid: one.path for one in blocks if one.oid is not None}
        return PackageState(package, tuple(policies(kept)), found, numbers, central_dnat(kept))


def _pair(target: Target) -> tuple[str, str]:
    return target.device, target.vdom
