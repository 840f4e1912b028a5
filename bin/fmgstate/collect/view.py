"""A scope as it is published: its snapshot's records, policies with what their names stand for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Optional

from fmgstate.collect.authors import Authors
from fmgstate.collect.basis import Basis, Inventories, basis
from fmgstate.collect.scope import BLOCK, INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.inventory.groups import Members, members
from fmgstate.inventory.groups import targets as targets_of
from fmgstate.inventory.model import Inventory, Package, Target
from fmgstate.policy.events import POLICY, objects
from fmgstate.policy.resolved import Resolver
from fmgstate.record import Record
from fmgstate.store.base import Head, Store, head_of

DERIVED = ("resolved", "resolved_per_device", "resolved_per_device_count")
"""Fields of a published policy that its snapshot does not hold: they follow from the objects."""


MOST_ADOMS = 4
NOT_COLLECTED = {"unknown": ["the objects of this ADOM were not collected"]}


@dataclass(frozen=True)
class View:
    """``version``: of everything it was made from; an equal one means an equal view.
    ``basis``: of a package, beside its rows."""

    snapshot_time: float
    changed_time: float
    version: str
    records: list[Record]
    authors: Authors
    basis: Optional[Basis] = None


class Views:
    """Makes views; keeps the objects of the last few ADOMs, as scopes come ADOM by ADOM."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._resolvers: dict[str, tuple[float, Resolver]] = {}
        self._targets: dict[str, dict[str, list[Target]]] = {}
        self._inventories = Inventories(store)

    def version(self, scope: Scope) -> Optional[str]:
        """The version that a view would have now; None when there is no snapshot."""
        return self._version(scope, self._basis(scope))

    def _version(self, scope: Scope, stands_on: Optional[Basis]) -> Optional[str]:
        head = self._head(scope)
        if head is None or head.snapshot_time is None:
            return None
        version = f"{head.changed_time}"
        if scope.kind in (PACKAGE, BLOCK):
            rest = repr(self._targets_of(scope))
            if stands_on is not None:
                rest += repr((sorted(stands_on.blocks.items()), stands_on.place))
            digest = hashlib.sha256(rest.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            version += f" {self._objects_changed(scope)} {digest}"
        return version

    def _basis(self, scope: Scope) -> Optional[Basis]:
        if scope.kind != PACKAGE:
            return None
        return basis(self._store, self._inventories, scope)

    def view(self, scope: Scope) -> Optional[View]:
        """The scope's view; None when there is no snapshot."""
        stands_on = self._basis(scope)
        version = self._version(scope, stands_on)
        snapshot = self._store.load(scope.key)
        if version is None or snapshot is None:
            return None
        records: list[Record] = snapshot.content["records"]
        if scope.kind in (PACKAGE, BLOCK):
            records = self._resolved(scope, records)
        head = snapshot.head
        changed_time = max(head.changed_time or 0.0, self._objects_changed(scope))
        authors = snapshot.content.get("authors", {})
        return View(head.snapshot_time or 0.0, changed_time, version, records, authors, stands_on)

    def _resolved(self, scope: Scope, records: list[Record]) -> list[Record]:
        resolver = self._resolver_of(scope)
        if resolver is None:
            return [_with(record, resolved=NOT_COLLECTED) for record in records]
        here = resolver.on(self._targets_of(scope))
        return [here.add(record) if record["kind"] == POLICY else record for record in records]

    def _head(self, scope: Scope) -> Optional[Head]:
        return head_of(self._store, scope.key)

    def _objects_changed(self, scope: Scope) -> float:
        """When the objects beside the scope's policies last changed; 0 = never collected."""
        beside = self._head(replace(scope, kind=OBJECTS, name=""))
        if beside is None or scope.kind not in (PACKAGE, BLOCK):
            return 0.0
        return beside.changed_time or 0.0

    def _resolver_of(self, scope: Scope) -> Optional[Resolver]:
        key = replace(scope, kind=OBJECTS, name="").key
        known = self._resolvers.get(key)
        # Another process may have kept newer objects: the view's version would tell of those.
        if known is None or known[0] != self._objects_changed(scope):
            self._resolvers.pop(key, None)
            snapshot = self._store.load(key)
            if snapshot is None:
                return None
            while len(self._resolvers) >= MOST_ADOMS:
                del self._resolvers[next(iter(self._resolvers))]
            resolver = Resolver(objects(snapshot.content["records"]), ())
            known = self._resolvers[key] = snapshot.head.changed_time or 0.0, resolver
        return known[1]

    def _targets_of(self, scope: Scope) -> list[Target]:
        """Where the package is installed; a block is wherever a package has it: everywhere."""
        key = replace(scope, kind=INVENTORY, name="").key
        if key not in self._targets:
            kept = self._inventories.of(scope)
            self._targets[key] = _targets(kept) if kept else {}
        by_path = self._targets[key]
        if scope.kind == BLOCK:
            return sorted({target for targets in by_path.values() for target in targets})
        return by_path.get(scope.name, [])


def _with(record: Record, **fields: Any) -> Record:
    """A policy with further fields; anything else as it is."""
    return {**record, **fields} if record["kind"] == POLICY else record


def _targets(kept: Inventory) -> dict[str, list[Target]]:
    """The targets of each package, by its path."""
    everywhere = {
        Target(device.name, vdom.name) for device in kept.devices for vdom in device.vdoms
    }
    known = members(kept)
    return {one.path: sorted(_of_package(one, known, everywhere)) for one in kept.packages}


def _of_package(package: Package, known: Members, everywhere: set[Target]) -> set[Target]:
    """A group whose members are not known may be any devices of the ADOM, as long as FortiManager
    does not say where the package is."""
    named = {one.device for one in package.targets if not one.vdom}
    if not package.assignments and not named <= known.keys():
        return everywhere
    return targets_of(package, known)
