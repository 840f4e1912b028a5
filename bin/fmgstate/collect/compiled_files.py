"""Rule bases ready for look-ups: compiled when first asked for, kept beside the store by version.

A file holds one (package, device, VDOM), for one state of all that decides it: the package, its
policy blocks, the ADOM's objects, how the inventory says that it is read. The store stays the
truth.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from fmgstate.collect.rule_files import RuleFiles
from fmgstate.collect.scope import BLOCK, INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.inventory.model import Target
from fmgstate.policy.compiled import Compiled, dump, load
from fmgstate.policy.form import FORMAT
from fmgstate.store.base import Head, Store
from fmgstate.store.key_files import Damaged, KeyFiles

if TYPE_CHECKING:  # reading what is compiled must not pay for what compiles
    from fmgstate.collect.basis import States
    from fmgstate.policy.effective import Effective
    from fmgstate.policy.enforced import Enforced

Facts = dict[str, Any]
ENGINE = 3
"""Raised when rules are compiled otherwise."""
MOST_BYTES = 64 << 20
"""As kept in files; in memory it is about three times that. Rule bases not used for longest go."""


class Moved(Exception):
    """What decides was replaced while it was read: look at the store anew."""


class RuleBase(NamedTuple):
    """``times``, ``users``, ``source_ports``: whether any rule asks for those."""

    compiled: Compiled
    times: bool
    users: bool
    source_ports: bool
    size: int


class CompiledFiles:
    """``heads``: the state of the store that is asked about. ``files`` None: nothing is kept."""

    def __init__(self, store: Store, files: Optional[KeyFiles], heads: RuleFiles) -> None:
        self._store, self._files, self._heads = store, files, heads
        self._loaded: dict[tuple[Scope, Target], tuple[str, RuleBase]] = {}
        self._settings: dict[str, tuple[Optional[float], dict[str, Any]]] = {}
        self._size = 0
        self.made = 0
        self._states: Optional[States] = None
        self._enforced: dict[str, Enforced] = {}

    def rule_base(self, package: Scope, target: Target) -> RuleBase:
        """Raises ``Moved``; ``StoreError``."""
        version = self._version(package, target)
        known = self._loaded.pop((package, target), None)
        if known is None or known[0] != version:
            if known is not None:
                self._size -= known[1].size
            with _undisturbed():
                known = version, self._read(package, target, version)
            self._size += known[1].size
        self._loaded[package, target] = known  # the newest last
        while self._size > MOST_BYTES and len(self._loaded) > 1:
            _, old = self._loaded.pop(next(iter(self._loaded)))
            self._size -= old.size
        return known[1]

    def done_compiling(self) -> None:
        """Let go of what was only needed to compile."""
        self._forget()

    def platform(self, package: Scope, device: str) -> str:
        """Of a device that the package is on."""
        return str(self._place(package)["platforms"].get(device, ""))

    def prune(self, wanted: Collection[tuple[Scope, Target]]) -> None:
        """Remove the files of all other targets. Where that is not permitted they stay."""
        if self._files is not None:
            kept = {_key(*one) for one in wanted}
            settings = {_settings_key(package) for package, _ in wanted}
            with suppress(OSError):
                self._files.keep_only(kept | settings)

    def _read(self, package: Scope, target: Target, version: str) -> RuleBase:
        kept = None
        if self._files is not None:
            with suppress(Damaged):
                kept = _opened(self._files, _key(package, target), version)
        if kept is not None:
            return kept
        policy = self._effective(package, target)
        asks, data = _asks(policy), dump(policy)
        self.made += 1
        if self._files is not None:
            with suppress(OSError):  # it is answered all the same, only slower the next time
                self._files.write(_key(package, target), version, asks, {"": {0: data}})
        found = load(data)
        assert found is not None
        return RuleBase(found, *asks, len(data))

    def _effective(self, package: Scope, target: Target) -> Effective:
        head, objects = self._heads.head(package), self._objects(package)
        versions = {"objects": objects.changed_time if objects else None,
                    "blocks": dict(self._blocks(package))}  # fmt: skip
        place, changed = self._place(package), head.changed_time if head else None
        state = repr((package, changed, versions, place))
        if state not in self._enforced:
            self._enforced.clear()  # targets of one package are asked for one after another
            self._enforced[state] = self._put_together(package, changed, versions, place)
        return self._enforced[state].on(target)

    def _put_together(
        self, package: Scope, changed: Optional[float], versions: Facts, place: Facts
    ) -> Enforced:
        snapshot = self._store.load(package.key)
        if snapshot is None or snapshot.head.changed_time != changed:
            raise Moved
        if self._states is None:
            from fmgstate.collect.basis import States

            self._states = States(self._store)
        found = self._states.enforced(package, versions, place, snapshot.content["records"])
        if found is None:
            raise Moved
        return found

    def _version(self, package: Scope, target: Target) -> str:
        head, objects = self._heads.head(package), self._objects(package)
        place, blocks = self._place(package), self._blocks(package)
        decides = (
            ENGINE, FORMAT, head and head.changed_time, objects and objects.changed_time, blocks,
            place["ngfw_mode"], place["central_nat"], place["platforms"].get(target.device, ""),
            sorted(place["numbers"].items()) if blocks else (), _in_groups(place, target),
            place["zones"].get(target.device, {}).get(target.vdom),
        )  # fmt: skip
        return repr(decides)

    def _objects(self, package: Scope) -> Optional[Head]:
        return self._heads.head(package.beside(OBJECTS))

    def _blocks(self, package: Scope) -> list[tuple[str, float]]:
        """All policy blocks of the ADOM, as a block may hold others; none where it holds none."""
        file = self._heads.file(package)
        if file is None or not file.extra:
            return []
        heads = self._heads.heads(BLOCK, package.manager, package.adom)
        return [(Scope.parse(key).name, head.changed_time) for key, head in sorted(heads.items())
                if head.changed_time]  # fmt: skip

    def _place(self, package: Scope) -> dict[str, Any]:
        """How the inventory says that the package is read."""
        key = _settings_key(package)
        head = self._heads.head(package.beside(INVENTORY))
        changed = head.changed_time if head else None
        known = self._settings.get(key)
        if known is None or known[0] != changed:
            settings = self._read_settings(package, repr((ENGINE, changed)))
            known = self._settings[key] = changed, settings
        found: Optional[dict[str, Any]] = known[1].get(package.name)
        if found is None:
            from fmgstate.collect.basis import Inventories

            found = Inventories(self._store).place(package)
        return found

    def _read_settings(self, package: Scope, version: str) -> dict[str, Any]:
        key = _settings_key(package)
        kept = self._files.open(key, version) if self._files is not None else None
        if kept is not None:
            found: dict[str, Any] = kept.extra
            return found
        from fmgstate.collect.basis import Inventories

        inventories = Inventories(self._store)
        known = inventories.of(package)
        places = {
            one.path: inventories.place(package.beside(PACKAGE, one.path))
            for one in (known.packages if known else ())
            if one.kind == PACKAGE
        }
        if self._files is not None:
            with suppress(OSError):
                self._files.write(key, version, places, {})
        return places

    def _forget(self) -> None:
        self._states, self._enforced = None, {}


def _opened(files: KeyFiles, key: str, version: str) -> Optional[RuleBase]:
    file = files.open(key, version)
    data = file.tables[""].get(0) if file else None
    found = load(data) if data else None
    if file is None or data is None or found is None:
        return None
    times, users, source_ports = file.extra
    return RuleBase(found, times, users, source_ports, len(data))


def _asks(policy: Effective) -> tuple[bool, bool, bool]:
    rules = [rule for rule in policy.rules if rule.policy.enabled]
    asked = [rule.conditions for rule in rules]
    return (
        any(one.windows is not None or one.expires for one in asked),
        any(one.users or one.groups for one in asked),
        any(rule.ports.by_source for rule in rules),
    )


def _key(package: Scope, target: Target) -> str:
    return f"compiled/{package.key}/{target.device}/{target.vdom}"


def _in_groups(place: dict[str, Any], target: Target) -> list[tuple[str, bool]]:
    """The device groups that are known, and whether the target is in them."""
    wanted = [target.device, target.vdom]
    return [(name, wanted in some) for name, some in sorted(place.get("groups", {}).items())]


def _settings_key(package: Scope) -> str:
    return "settings/" + package.beside(INVENTORY).key


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Many small objects that live long are made: the collector would walk them all the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
