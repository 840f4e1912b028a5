"""Which scopes are asked for: by ADOM, device, VDOM and package, within what may be seen.

Every name is checked first: what is misspelt must not look as if there were nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from fmgstate.collect import known_names
from fmgstate.collect.known_names import matches
from fmgstate.collect.rule_files import RuleFiles
from fmgstate.collect.rule_places import Places
from fmgstate.collect.scope import BLOCK, INVENTORY, PACKAGE, Scope
from fmgstate.errors import ConfigurationError
from fmgstate.inventory.model import Target
from fmgstate.store.base import Head

Row = dict[str, Any]
Known = dict[str, list[Row]]
"""Facts of devices by all that they are known as, in lower case."""


@dataclass(frozen=True)
class Wanted:
    """Names, "" = any; they may hold ``*``. ``device``: name, host name or serial number of any
    member. ``package``: path of a package or policy block."""

    adom: str = ""
    device: str = ""
    vdom: str = ""
    package: str = ""


class StateScopes:
    """``allowed_adoms``: only these are seen; None = all."""

    def __init__(self, files: RuleFiles, allowed_adoms: Optional[Collection[str]]) -> None:
        self.files, self._places = files, Places(files, allowed_adoms)

    def check(self, wanted: Wanted) -> None:
        """Raises ``ConfigurationError`` for names that nothing has, or nothing together with the
        others; says the nearest."""
        adoms = {scope.adom for scope in self._of_kind(INVENTORY)}
        known_names.check("ADOM", wanted.adom, adoms)
        in_adom = Wanted(adom=wanted.adom)
        if wanted.package:
            kinds = (PACKAGE, BLOCK)
            paths = {scope.name for kind in kinds for scope in self.scopes(kind, in_adom)}
            known_names.check("policy package or block", wanted.package, paths, where=_in(wanted))
        files = [self.files.file(scope) for scope in self.scopes(INVENTORY, in_adom)]
        known: list[Known] = [file.extra["devices"] for file in files if file is not None]
        if wanted.device:
            self._check_device(wanted, known)
        elif wanted.vdom:
            vdoms = {vdom for devices in known for one in _each(devices) for vdom in one["vdoms"]}
            known_names.check("VDOM", wanted.vdom, vdoms, where=_in(wanted))

    def scopes(self, kind: str, wanted: Wanted) -> Iterator[Scope]:
        """Those of one kind, by their keys. A device is not looked at."""
        for scope in self._of_kind(kind):
            named = matches(wanted.package, scope.name) or not scope.name
            if named and matches(wanted.adom, scope.adom):
                yield scope

    def devices(self, scope: Scope, wanted: Wanted) -> list[Row]:
        """Facts of the devices of an inventory that are meant, each once: ``device`` (its name),
        ``vdoms``, ``packages`` (each with ``vdom``, ``package``, ``status``)."""
        file = self.files.file(scope)
        known: Known = file.extra["devices"] if file else {}
        found = {one["device"]: one for one in _called(known, wanted.device)
                 if _is_meant(one, wanted)}  # fmt: skip
        return list(found.values())

    def on_targets(self, wanted: Wanted) -> Iterator[tuple[Target, list[Scope]]]:
        """The VDOMs of the device that is meant, each with its package and policy blocks."""
        for inventory in self.scopes(INVENTORY, Wanted(adom=wanted.adom)):
            for device in self.devices(inventory, wanted):
                for vdom in dict.fromkeys(one["vdom"] for one in device["packages"]):
                    if matches(wanted.vdom, vdom):
                        target = Target(device["device"], vdom)
                        yield target, self._on(inventory, target, wanted)

    def is_allowed(self, scope: Scope) -> bool:
        """Whether the one who asks may see the scope's ADOM."""
        return self._places.is_allowed(scope)

    def head(self, scope: Scope) -> Optional[Head]:
        """What is known of the scope."""
        return self.files.head(scope)

    def age(self, scopes: Collection[Scope]) -> Row:
        """How old that is which rests on all of these."""
        return self.files.age(scopes)

    def _of_kind(self, kind: str) -> Iterator[Scope]:
        for key, head in sorted(self.files.heads(kind).items()):
            scope = Scope.parse(key)
            if head.snapshot_time is not None and self._places.is_allowed(scope):
                yield scope

    def _on(self, inventory: Scope, target: Target, wanted: Wanted) -> list[Scope]:
        place = self._places.find(target.device, "", target.vdom)
        return [
            spot.scope
            for spot in place.spots
            if spot.scope.adom == inventory.adom
            and spot.scope.manager == inventory.manager
            and (matches(wanted.package, spot.scope.name) or matches(wanted.package, spot.package))
        ]

    def _check_device(self, wanted: Wanted, known: Sequence[Known]) -> None:
        facts = [one for devices in known for one in _called(devices, wanted.device)]
        if not facts:
            names = {name for devices in known for name in devices}
            known_names.refuse("device", wanted.device, names, where=_in(wanted))
        vdoms = {vdom for one in facts for vdom in one["vdoms"]}
        if not any(matches(wanted.vdom, vdom) for vdom in vdoms):
            raise ConfigurationError(
                f"Device {wanted.device} has no VDOM {wanted.vdom}.",
                f"It has: {', '.join(sorted(vdoms)) or 'none'}.",
            )
        if wanted.package and not any(there for _, there in self.on_targets(wanted)):
            assigned = {one["package"] for device in facts for one in device["packages"]
                        if matches(wanted.vdom, one["vdom"])}  # fmt: skip
            at = f"{wanted.device} [{wanted.vdom}]" if wanted.vdom else wanted.device
            raise ConfigurationError(
                f"Policy package or block {wanted.package} is not on {at}.",
                f"Assigned there: {', '.join(sorted(assigned)) or 'none'}.",
            )


def _in(wanted: Wanted) -> str:
    return f" in ADOM {wanted.adom}" if wanted.adom else ""


def _each(known: Known) -> Iterator[Row]:
    for facts in known.values():
        yield from facts


def _called(known: Known, asked: str) -> Iterator[Row]:
    """Facts of the devices that are called like that, whose names ``known`` has in lower case; one
    that has several such names comes several times."""
    name = asked.lower()
    if "*" not in name:
        yield from known.get(name, ()) if name else _each(known)
        return
    for one, facts in known.items():
        if matches(name, one):
            yield from facts


def _is_meant(device: Row, wanted: Wanted) -> bool:
    if not any(matches(wanted.vdom, vdom) for vdom in device["vdoms"]):
        return not wanted.vdom
    paths = [one["package"] for one in device["packages"] if matches(wanted.vdom, one["vdom"])]
    return not wanted.package or any(matches(wanted.package, path) for path in paths)
