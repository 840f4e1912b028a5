"""The state as rows: devices, packages, policies, objects, hit counts, and how each scope is.

Rows come scope by scope: no more than one scope, and the objects of one ADOM, are held at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Optional

from fmgstate.collect.answer import Answers
from fmgstate.collect.known_names import matches
from fmgstate.collect.rule_files import RuleFiles
from fmgstate.collect.scope import BLOCK, HITCOUNTS, INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.collect.state_scopes import Row, StateScopes, Wanted
from fmgstate.errors import ConfigurationError
from fmgstate.inventory.events import inventory
from fmgstate.inventory.groups import Members, members
from fmgstate.inventory.model import Target
from fmgstate.policy.events import POLICY, objects
from fmgstate.policy.model import FirewallObject
from fmgstate.policy.resolve import Book
from fmgstate.policy.resolved import Resolver, of_object
from fmgstate.record import Record
from fmgstate.store.base import Store
from fmgstate.store.key_files import KeyFiles

DEVICES, PACKAGES, POLICIES, STATUS = "devices", "packages", "policies", "status"
WHAT = (DEVICES, PACKAGES, POLICIES, OBJECTS, HITCOUNTS, STATUS)
INTERNAL = ("kind", "list")
"""Fields of records that are of no use to who asks for this kind of record."""


class StateRows:
    """``now``: epoch seconds. ``allowed_adoms``: only these are seen; None = all.

    ``fresh_seconds``: an older snapshot is stale; None = as the inputs that collect it are set.
    """

    def __init__(
        self,
        store: Store,
        key_files: Optional[KeyFiles],
        now: float,
        allowed_adoms: Optional[Collection[str]] = None,
        fresh_seconds: Optional[float] = None,
    ) -> None:
        files = RuleFiles(store, key_files, fresh_seconds)
        files.renew(now)
        self._store, self._scopes = store, StateScopes(files, allowed_adoms)
        self._answers = Answers(store, now, fresh_seconds)
        self._objects: tuple[Optional[Scope], list[FirewallObject]] = None, []
        self._groups: tuple[Optional[Scope], Members] = None, {}
        self._resolver: tuple[Optional[Scope], Resolver] = None, Resolver((), ())

    def close(self) -> None:
        """Let go of the store's connections."""
        self._store.close()

    def is_empty(self, what: str) -> bool:
        """Whether nothing was ever collected into this store; for ``STATUS``, not even tried."""
        heads = self._scopes.files.heads(INVENTORY).values()
        return not [head for head in heads if what == STATUS or head.snapshot_time is not None]

    def rows(self, what: str, wanted: Wanted, resolved: bool) -> Iterator[Row]:
        """``what``: one of ``WHAT``. ``resolved``: with what names stand for, in addresses and
        ports. Raises ``ConfigurationError`` at once where nothing has the names of ``wanted``."""
        if what == STATUS and (wanted.device or wanted.vdom):
            raise ConfigurationError(
                "What is collected has no status by device.", "Leave device and vdom out."
            )
        if what == OBJECTS and (wanted.package or (wanted.vdom and not wanted.device)):
            raise ConfigurationError(
                "Objects are an ADOM's, or as they are on a device.",
                "Leave package out; give device with vdom.",
            )
        self._scopes.check(wanted)
        made: dict[str, Callable[[], Iterator[Row]]] = {
            DEVICES: lambda: self._devices(wanted),
            PACKAGES: lambda: self._packages(wanted),
            POLICIES: lambda: self._policies(wanted, resolved),
            OBJECTS: lambda: self._of_objects(wanted, resolved),
            HITCOUNTS: lambda: self._hitcounts(wanted),
            STATUS: lambda: self._status(wanted),
        }
        return made[what]()

    def _devices(self, wanted: Wanted) -> Iterator[Row]:
        for scope, records in self._inventories(wanted):
            meant = {one["device"]: one for one in self._scopes.devices(scope, wanted)}
            for record in records:
                if record["kind"] == "device" and record["name"] in meant:
                    packages = meant[record["name"]]["packages"]
                    yield self._row(scope, {**record, "packages": packages})

    def _packages(self, wanted: Wanted) -> Iterator[Row]:
        for scope, records in self._inventories(wanted):
            paths = None
            if wanted.device or wanted.vdom:
                devices = self._scopes.devices(scope, wanted)
                paths = {one["package"] for device in devices for one in device["packages"]
                         if wanted.vdom in ("", one["vdom"])}  # fmt: skip
            for record in records:
                if record["kind"] == "package" and _has_path(record, wanted, paths):
                    yield self._row(scope, record)

    def _policies(self, wanted: Wanted, resolved: bool) -> Iterator[Row]:
        if wanted.device or wanted.vdom:
            for target, scopes in self._scopes.on_targets(wanted):
                for scope in scopes:
                    yield from self._policies_of(scope, resolved, target)
            return
        for kind in (PACKAGE, BLOCK):
            for scope in self._scopes.scopes(kind, wanted):
                yield from self._policies_of(scope, resolved, None)

    def _policies_of(self, scope: Scope, resolved: bool, target: Optional[Target]) -> Iterator[Row]:
        beside = replace(scope, kind=OBJECTS, name="")
        place = {"device": target.device, "vdom": target.vdom} if target else {}
        resolver = self._resolver_of(beside).on([target] if target else []) if resolved else None
        rests_on = [scope, beside] if resolved else [scope]
        policies = [one for one in self._records(scope) if one["kind"] == POLICY]
        for record in policies:
            if target is None or self._is_installed(record, scope, target):
                told = _there(resolver.add(record)) if resolver and target else record
                if resolver and not target:
                    told = resolver.add(record)
                yield self._row(scope, {**place, **told}, rests_on)

    def _of_objects(self, wanted: Wanted, resolved: bool) -> Iterator[Row]:
        for scope in self._scopes.scopes(OBJECTS, Wanted(adom=wanted.adom)):
            targets: list[Optional[Target]] = [None]
            if wanted.device:
                inventory = replace(scope, kind=INVENTORY)
                targets = [
                    Target(device["device"], vdom)
                    for device in self._scopes.devices(inventory, replace(wanted, package=""))
                    for vdom in device["vdoms"]
                    if wanted.vdom in ("", vdom)
                ]
            for target in targets:
                yield from self._objects_on(scope, target, resolved)

    def _objects_on(self, scope: Scope, target: Optional[Target], resolved: bool) -> Iterator[Row]:
        book = Book(self._objects_of(scope), target) if resolved or target else None
        place = {"device": target.device, "vdom": target.vdom} if target else {}
        for record, one in zip(self._records(scope), self._objects_of(scope)):
            told = {**place, **record}
            if target and book:
                told = {**told, "values": book.values(one)}
                told.pop("mappings", None)
            if resolved and book:
                told["resolved"] = of_object(one, book)
            yield self._row(scope, told)

    def _hitcounts(self, wanted: Wanted) -> Iterator[Row]:
        for scope in self._scopes.scopes(HITCOUNTS, wanted):
            devices = self._names_of_device(scope, wanted)
            for record in self._records(scope):
                here = devices is None or record.get("device") in devices
                if here and wanted.vdom in ("", record.get("vdom")):
                    yield self._row(scope, record)

    def _names_of_device(self, scope: Scope, wanted: Wanted) -> Optional[set[str]]:
        if not wanted.device:
            return None
        inventory = replace(scope, kind=INVENTORY, name="")
        return {one["device"] for one in self._scopes.devices(inventory, wanted)}

    def _status(self, wanted: Wanted) -> Iterator[Row]:
        meant = {
            scope.key
            for kind in (INVENTORY, OBJECTS, BLOCK, PACKAGE, HITCOUNTS)
            for scope in map(Scope.parse, self._scopes.files.heads(kind))
            if self._scopes.is_allowed(scope) and _is_meant(scope, wanted)
        }
        for row in self._answers.status():
            if row["scope"] in meant:
                yield row

    def _inventories(self, wanted: Wanted) -> Iterator[tuple[Scope, list[Record]]]:
        for scope in self._scopes.scopes(INVENTORY, Wanted(adom=wanted.adom)):
            yield scope, self._records(scope)

    def _records(self, scope: Scope) -> list[Record]:
        snapshot = self._store.load(scope.key)
        found: list[Record] = snapshot.content["records"] if snapshot else []
        return found

    def _objects_of(self, scope: Scope) -> list[FirewallObject]:
        if self._objects[0] != scope:
            self._objects = scope, objects(self._records(scope))
        return self._objects[1]

    def _is_installed(self, record: Record, scope: Scope, target: Target) -> bool:
        """Not where it names other targets only. A group of which not all members are known may
        hold the target."""
        named = record.get("install_on")
        pairs = [(one["device"], one.get("vdom", "")) for one in named or ()]
        if named is None or (target.device, target.vdom) in pairs:
            return True
        groups = [device for device, vdom in pairs if not vdom]
        known = self._groups_of(replace(scope, kind=INVENTORY, name="")) if groups else {}
        return any(name not in known or target in known[name] for name in groups)

    def _groups_of(self, scope: Scope) -> Members:
        if self._groups[0] != scope:
            self._groups = scope, members(inventory(self._records(scope)))
        return self._groups[1]

    def _resolver_of(self, scope: Scope) -> Resolver:
        if self._resolver[0] != scope:
            self._resolver = scope, Resolver(self._objects_of(scope), ())
        return self._resolver[1]

    def _row(self, scope: Scope, record: Row, rests_on: Collection[Scope] = ()) -> Row:
        where = {"fortimanager": scope.manager, "adom": scope.adom}
        told = {key: value for key, value in record.items() if key not in INTERNAL}
        if scope.kind == BLOCK:
            told = {**told, "inner_block": told.get("block", ""), "block": scope.name}
        elif scope.name:
            where["package"] = scope.name
        return {**where, **told, **self._scopes.age(rests_on or [scope])}


def _is_meant(scope: Scope, wanted: Wanted) -> bool:
    named = matches(wanted.package, scope.name) if scope.name else not wanted.package
    return named and matches(wanted.adom, scope.adom)


def _has_path(record: Record, wanted: Wanted, paths: Optional[Collection[str]]) -> bool:
    here = paths is None or record["path"] in paths
    return here and matches(wanted.package, record["path"])


def _there(record: Record) -> Record:
    """With what the names stand for on the one target that was resolved for."""
    told = dict(record)
    for one in told.pop("resolved_per_device", ()):
        own = {key: value for key, value in one.items() if key not in ("device", "vdom")}
        changed = {key.partition("_")[0] for key in own}
        kept = {key: value for key, value in told["resolved"].items()
                if key.partition("_")[0] not in changed}  # fmt: skip
        told["resolved"] = {**kept, **own}
    return told
