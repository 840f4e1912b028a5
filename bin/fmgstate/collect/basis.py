"""What a package's policies mean beside their own rows: which objects, blocks, targets they meet.

A *basis* names versions by the times at which they changed, so that the state that was published
last can be put together again and held against the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional

from fmgstate.collect.index import blocks_key
from fmgstate.collect.scope import BLOCK, INVENTORY, OBJECTS, Scope, prefix
from fmgstate.inventory.events import inventory
from fmgstate.inventory.groups import Members, members
from fmgstate.inventory.groups import targets as targets_of
from fmgstate.inventory.model import Inventory, Package, Target
from fmgstate.inventory.zones import NOTHING_KNOWN, Zones, from_facts, of_device
from fmgstate.policy.effective import PackageState
from fmgstate.policy.enforced import Enforced, Names
from fmgstate.policy.events import central_dnat, objects, policies
from fmgstate.policy.model import Policy
from fmgstate.record import Record
from fmgstate.store.base import Head, Store, head_of

MOST_NAMES = 2
"""Objects of so many ADOMs, or states of one ADOM, are held in memory at once."""

Facts = dict[str, Any]


@dataclass(frozen=True)
class Basis:
    """``objects``: when they changed, 0 = never collected; ``blocks``: the same by their paths.
    ``place``: where the package goes and how it is read there; all JSON-able."""

    objects: float
    blocks: dict[str, float]
    place: Facts

    @property
    def versions(self) -> Facts:
        return {"objects": self.objects, "blocks": self.blocks}


@dataclass(frozen=True)
class _Places:
    """What an inventory says of packages, by their paths; of devices, and of policy blocks."""

    packages: dict[str, Package]
    platforms: dict[str, str]
    numbers: dict[str, str]
    groups: Members
    zones: dict[Target, Zones]


class Inventories:
    """The inventories of a run, each loaded once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[Optional[Inventory], _Places]] = {}

    def of(self, scope: Scope) -> Optional[Inventory]:
        """That of the scope's ADOM; None = not collected."""
        return self._of(scope)[0]

    def place(self, scope: Scope) -> Facts:
        """Where the package goes and how it is read there."""
        places = self._of(scope)[1]
        package = places.packages.get(scope.name)
        targets = sorted(targets_of(package, places.groups)) if package else []
        return {
            "ngfw_mode": package.ngfw_mode if package else "",
            "central_nat": package.central_nat if package else False,
            "targets": [[one.device, one.vdom] for one in targets],
            "platforms": {
                device: places.platforms[device]
                for device in dict.fromkeys(target.device for target in targets)
                if device in places.platforms
            },
            "zones": _zones(targets, places.zones),
            "numbers": places.numbers,
            "groups": {
                name: [[one.device, one.vdom] for one in targets if one in group]
                for name, group in places.groups.items()
            },
        }

    def _of(self, scope: Scope) -> tuple[Optional[Inventory], _Places]:
        key = replace(scope, kind=INVENTORY, name="").key
        if key not in self._known:
            snapshot = self._store.load(key)
            kept = inventory(snapshot.content["records"]) if snapshot else None
            self._known[key] = kept, _places(kept)
        return self._known[key]


def _places(kept: Optional[Inventory]) -> _Places:
    packages, devices = (kept.packages, kept.devices) if kept else ((), ())
    return _Places(
        {one.path: one for one in packages if one.kind != BLOCK},
        {one.name: one.platform for one in devices},
        {str(one.oid): one.path for one in packages if one.kind == BLOCK and one.oid is not None},
        members(kept) if kept else {},
        {target: zones for one in devices for target, zones in of_device(one).items()},
    )


def _zones(targets: Iterable[Target], known: Mapping[Target, Zones]) -> Facts:
    """Device -> VDOM -> its zones; those that nothing is known of are left out."""
    found: Facts = {}
    for one in targets:
        if known.get(one, NOTHING_KNOWN) != NOTHING_KNOWN:
            found.setdefault(one.device, {})[one.vdom] = known[one].facts()
    return found


def basis(store: Store, inventories: Inventories, scope: Scope) -> Basis:
    """What a package stands on now."""
    beside = head_of(store, replace(scope, kind=OBJECTS, name="").key)
    changed = (beside.changed_time if beside else None) or 0.0
    return Basis(changed, _blocks(store, scope), inventories.place(scope))


def _blocks(store: Store, scope: Scope) -> dict[str, float]:
    """All policy blocks of the ADOM, as a block may hold others; none where it holds none."""
    if not store.find([blocks_key(scope)]):
        return {}
    heads = store.heads(prefix(BLOCK, scope.manager, scope.adom))
    return {Scope.parse(head.key).name: head.changed_time for head in heads if head.changed_time}


class States:
    """Puts together what packages mean: as kept, or as ``stream`` published it last."""

    def __init__(self, store: Store, stream: str = "") -> None:
        self._store = store
        self._stream = stream
        self._names: dict[tuple[str, float], Names] = {}

    def enforced(
        self, scope: Scope, versions: Facts, place: Facts, records: Iterable[Record]
    ) -> Optional[Enforced]:
        """What the package with these ``records`` means; None when a version is kept no more."""
        names = self._names_of(replace(scope, kind=OBJECTS, name=""), versions["objects"])
        blocks = {
            path: self._policies(replace(scope, kind=BLOCK, name=path), version)
            for path, version in versions["blocks"].items()
        }
        known = {path: found for path, found in blocks.items() if found is not None}
        if names is None or len(known) < len(blocks):
            return None
        mode, central = place["ngfw_mode"], place["central_nat"]
        package = Package(scope.adom, scope.name, ngfw_mode=mode, central_nat=central)
        numbers = {int(number): path for number, path in place["numbers"].items()}
        kept = list(records)
        state = PackageState(package, tuple(policies(kept)), known, numbers, central_dnat(kept))
        targets = tuple(Target(*one) for one in place["targets"])
        zones = {one: zones_of(place, one) for one in targets}
        return Enforced(state, names, targets, place["platforms"], _groups(place), zones)

    def _names_of(self, scope: Scope, version: float) -> Optional[Names]:
        key = scope.key, version
        if key not in self._names:
            records = self._records(scope, version)
            if records is None:
                return None
            while len(self._names) >= MOST_NAMES:
                del self._names[next(iter(self._names))]
            self._names[key] = Names(objects(records))
        return self._names[key]

    def _policies(self, scope: Scope, version: float) -> Optional[tuple[Policy, ...]]:
        records = self._records(scope, version)
        return None if records is None else tuple(policies(records))

    def _records(self, scope: Scope, version: float) -> Optional[list[Record]]:
        """The scope's records as of the time at which they changed."""
        keys = [scope.key]
        if self._stream:
            keys += [published_key(self._stream, scope), replaced_key(self._stream, scope)]
        for key in keys:
            head = head_of(self._store, key)
            kept = head is not None and key == scope.key
            if head is not None and f"{version}" in ([f"{head.changed_time}"] if kept
                                                     else stands_for(head)):  # fmt: skip
                snapshot = self._store.load(key)
                if snapshot is not None and snapshot.head == head:
                    found: list[Record] = snapshot.content["records"]
                    return found
        return None


def zones_of(place: Facts, target: Target) -> Zones:
    """Nothing is known of them in a place that an earlier version of the app wrote."""
    return from_facts(place.get("zones", {}).get(target.device, {}).get(target.vdom))


def _groups(place: Facts) -> dict[str, set[Target]]:
    """None are known of a place that an earlier version of the app wrote."""
    known = place.get("groups", {})
    return {name: {Target(*one) for one in some} for name, some in known.items()}


def stands_for(published: Head) -> list[str]:
    """The times of change of which a publication holds the content."""
    return [published.mark.split(" ", 1)[0], *published.outcome.get("equal", ())]


def published_key(stream: str, scope: Scope) -> str:
    """Where what a stream published last is kept."""
    return f"published/{stream}/{scope.key}"


def publishing_key(stream: str, scope: Scope) -> str:
    """Where a publication is written down until it was sent."""
    return f"publishing/{stream}/{scope.key}"


def replaced_key(stream: str, scope: Scope) -> str:
    """Where that is kept which the newest publication of objects or a block took the place of."""
    return f"replaced/{stream}/{scope.key}"
