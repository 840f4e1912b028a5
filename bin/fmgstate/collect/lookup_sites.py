"""Where a flow is looked up: the one package that is on a device's VDOM, and how old it is.

What a look-up says rests on the package, its policy blocks, the ADOM's objects and the inventory:
it is as old as the oldest of these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Optional

from fmgstate.collect import why
from fmgstate.collect.rule_files import RuleFiles
from fmgstate.collect.rule_places import WHERE as WHERE_CELLS
from fmgstate.collect.rule_places import Place, Places
from fmgstate.collect.scope import INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.inventory.model import Target
from fmgstate.lean_dataclass import dataclass, field

Row = dict[str, Any]
WHERE = ("fortimanager", "adom", "package", "device", "vdom", "package_status")
AGE = ("snapshot_time", "changed_time", "stale", "plane")


@dataclass(eq=False)
class Site:
    """One VDOM. ``where``, ``age``: fields of every answer, as the constants above name them.

    ``why``: why nothing can be said; "" = it can: ``package`` and ``target`` are known.
    ``verdicts``: what was decided already, for whoever looks up.
    """

    where: Row
    age: Row
    why: str = ""
    package: Optional[Scope] = None
    target: Optional[Target] = None
    verdicts: dict[Any, Any] = field(default_factory=dict)


class Sites:
    """``allowed_adoms``: only these are seen; None = all."""

    def __init__(self, files: RuleFiles, allowed_adoms: Optional[Collection[str]]) -> None:
        self._files, self._places = files, Places(files, allowed_adoms)
        self._known: dict[tuple[str, str, str], Site] = {}

    def find(self, devid: str, devname: str, vdom: str) -> Site:
        """By serial number (of any HA member), name or host name, as logs and people give them."""
        asked = devid, devname, vdom
        found = self._known.get(asked)
        if found is None:
            found = self._known[asked] = self._site(self._places.find(*asked), devname or devid)
        return found

    def every(self) -> Iterator[Site]:
        """All VDOMs that have a package and may be seen."""
        told: set[tuple[str, str]] = set()
        for scope in map(Scope.parse, self._files.heads(INVENTORY)):
            file = self._files.file(scope) if self._places.is_allowed(scope) else None
            devices = file.extra["devices"] if file else {}
            for name, vdom in _targets(devices.values()):
                if (name, vdom) not in told:
                    told.add((name, vdom))
                    yield self.find(name, "", vdom)

    def _site(self, place: Place, asked: str) -> Site:
        if not place.spots:
            return Site({**dict.fromkeys(WHERE, ""), "device": place.device or asked,
                         "vdom": place.vdom}, self._files.age_of_known(place.rests_on),
                        place.why)  # fmt: skip
        scopes = [spot.scope for spot in place.spots]
        package = scopes[0]
        beside = [package.beside(kind) for kind in (OBJECTS, INVENTORY)]
        where = self._where(place, package)
        reason = self._why(place, [*scopes[:1], *beside])
        target = Target(place.device, place.vdom)
        age = self._files.age_of_known([self._files.head(one) for one in (*scopes, *beside)])
        return Site(where, age, reason, package, target)

    def _where(self, place: Place, package: Scope) -> Row:
        return {
            "fortimanager": package.manager,
            "adom": package.adom,
            "package": package.name,
            "device": place.device,
            "vdom": place.vdom,
            "package_status": place.spots[0].cells[WHERE_CELLS.index("package_status")].decode(),
        }

    def _why(self, place: Place, needed: Collection[Scope]) -> str:
        if place.packages > 1:
            named = [spot.package for spot in place.spots if spot.scope.kind == PACKAGE]
            return (
                f"{place.packages} packages are assigned to {place.device} [{place.vdom}] "
                f"({', '.join(named)}): which one is in force cannot be told."
            )
        for scope in needed:
            head = self._files.head(scope)
            if head is None or head.snapshot_time is None:
                return why.not_collected(scope, head)
        return ""


def _targets(devices: Collection[list[Mapping[str, Any]]]) -> Iterator[tuple[str, str]]:
    """(device, VDOM), each once; a device is known by several names."""
    seen: set[str] = set()
    for facts in (one for known in devices for one in known):
        if facts["device"] not in seen:
            seen.add(facts["device"])
            for vdom in dict.fromkeys(one["vdom"] for one in facts["packages"]):
                yield facts["device"], vdom
