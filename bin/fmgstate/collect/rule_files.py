"""Rendered scopes for look-ups: from the file beside the store where it holds, else from the store.

A file holds for one ``changed_time`` of its scope. Ages are never in it: ``snapshot_time`` moves
with every poll, and is read from the store.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any, Optional

from fmgstate.collect.freshness import CLOCKS_DIFFER, Freshness, is_behind
from fmgstate.collect.rule_cells import KINDS, RENDERING, Rendered, front, rendered
from fmgstate.collect.scope import BLOCK, INVENTORY, PACKAGE, Scope, prefix
from fmgstate.store.base import Head, Store
from fmgstate.store.key_files import Cut, Damaged, KeyFile, KeyFiles, in_memory

FIRST, FURTHER = "", "+"
"""Parts of a scope: what most look-ups want, and the rest, which is not opened for them."""


class RuleFiles:
    """Heads and files, read when they are first asked for, and the same until ``renew``.

    ``files`` None: everything from the store.
    """

    def __init__(
        self, store: Store, files: Optional[KeyFiles], fresh_seconds: Optional[float]
    ) -> None:
        self._store, self._files, self._fresh_seconds = store, files, fresh_seconds
        self._open: dict[str, tuple[str, Optional[KeyFile]]] = {}

    def renew(self, now: float) -> None:
        """Look at the store anew, as of ``now``; files of what did not change stay open."""
        self._now = now
        self._heads: dict[tuple[str, ...], dict[str, Head]] = {}
        self._freshness: Optional[Freshness] = None
        self._fresh: dict[str, float] = {}

    def discard(self, damage: Damaged) -> None:
        """Do without a damaged file."""
        try:
            if self._files is not None:
                self._files.discard(damage)
        except OSError:
            self._files = None
        self._open = {}

    def is_empty(self) -> bool:
        """Whether no package was ever collected into this store."""
        adoms = map(Scope.parse, self.heads(INVENTORY))  # few beside the packages
        some = any(self.heads(PACKAGE, adom.manager, adom.adom) for adom in adoms)
        return not some and not self.heads(PACKAGE)

    def heads(self, *first: str) -> dict[str, Head]:
        """All heads of a kind (of one FortiManager, of one ADOM), by their keys."""
        found = self._heads.get(first)
        if found is None:
            heads = self._store.heads(prefix(*first))
            found = self._heads[first] = {head.key: head for head in heads}
        return found

    def head(self, scope: Scope) -> Optional[Head]:
        """What is known of the scope; None = nothing."""
        return self.heads(scope.kind, scope.manager, scope.adom).get(scope.key)

    def age(self, scopes: Collection[Scope]) -> dict[str, Any]:
        """How old that is which rests on all of these."""
        heads = [self.head(scope) for scope in scopes]
        if any(head is None or head.snapshot_time is None for head in heads):
            heads = []
        return self.age_of_known(heads)

    def age_of_known(self, heads: Collection[Optional[Head]]) -> dict[str, Any]:
        """How old it is that something is not there: the oldest of what was looked at and is known;
        stale where one of them is not."""
        found = [head for head in heads if head is not None and head.snapshot_time is not None]
        if not found:
            return {"snapshot_time": None, "changed_time": None, "stale": True, "plane": "package"}
        return {
            "snapshot_time": min([head.snapshot_time or 0.0 for head in found]),
            "changed_time": max([head.changed_time or 0.0 for head in found]),
            "stale": len(found) < len(heads) or any(map(self.is_stale, found)),
            "plane": "package",
        }

    def is_stale(self, head: Optional[Head]) -> bool:
        """Whether it was not confirmed lately, or never, or by a clock that ran ahead."""
        if head is None or head.snapshot_time is None or is_behind(head):
            return True
        if self._freshness is None:
            self._freshness = Freshness(self._store, self._fresh_seconds)
        of_adom = head.key.rpartition("/")[0]
        longest = self._fresh.get(of_adom)
        if longest is None:
            longest = self._fresh[of_adom] = self._freshness.of(Scope.parse(head.key))
        return not -CLOCKS_DIFFER <= self._now - head.snapshot_time <= longest

    def file(self, scope: Scope, part: str = FIRST) -> Optional[KeyFile]:
        """What is looked up of the scope; None = it was never collected.

        ``part``: ``FIRST`` or ``FURTHER``.
        """
        return self.file_of(scope, self.head(scope), part)

    def file_of(self, scope: Scope, head: Optional[Head], part: str = FIRST) -> Optional[KeyFile]:
        """As ``file``, for a scope whose head is known."""
        if head is None or head.snapshot_time is None:
            return None
        name, version = head.key + part, _version(head)
        opened = self._open.get(name)
        if opened is None or opened[0] != version:
            found = self._files.open(name, version) if self._files else None
            opened = self._open[name] = version, found or self._made(scope, part)
        return opened[1]

    def _made(self, scope: Scope, part: str) -> Optional[KeyFile]:
        snapshot = self._store.load(scope.key)
        if snapshot is None:
            return None
        made = rendered(scope, snapshot.content["records"])
        if self._files is not None:
            # A reader that may not write there answers all the same, only slower.
            with suppress(OSError):
                _write(self._files, snapshot.head, made)
        if part:
            return in_memory(made.extra, made.further)
        return in_memory(made.extra, made.tables, _cut(scope))


def refresh(store: Store, files: KeyFiles) -> int:
    """Make the files of all that changed, and remove those of what is gone; how many were made.

    Raises ``StoreError``; OSError where the files cannot be written.
    """
    kept = [head for kind in KINDS for head in store.heads(prefix(kind)) if head.snapshot_time]
    made = 0
    for head in kept:
        if not files.has(head.key + FIRST, _version(head)):
            snapshot = store.load(head.key)
            if snapshot is not None:
                found = rendered(Scope.parse(head.key), snapshot.content["records"])
                _write(files, snapshot.head, found)
                made += 1
    files.keep_only(head.key + part for head in kept for part in (FIRST, FURTHER))
    return made


def _write(files: KeyFiles, head: Head, made: Rendered) -> None:
    """The first part last: who finds it finds the other one too."""
    if made.further:
        files.write(head.key + FURTHER, _version(head), None, made.further)
    cut = _cut(Scope.parse(head.key))
    files.write(head.key + FIRST, _version(head), made.extra, made.tables, cut)


def _cut(scope: Scope) -> Optional[Cut]:
    """Rules have a front, hit counts have none."""
    return front if scope.kind in (PACKAGE, BLOCK) else None


def _version(head: Head) -> str:
    return f"{RENDERING} {head.changed_time!r}"
