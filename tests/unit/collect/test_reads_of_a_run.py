"""What a run reads of a store that holds many FortiManagers: what is its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmgstate.collect.confirmations import confirmations
from fmgstate.collect.find import find
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.publish import Publisher
from fmgstate.collect.run import run
from fmgstate.collect.scope import BLOCK, FINDINGS, HITCOUNTS, INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.settings import Plan
from fmgstate.store.base import Head
from fmgstate.store.in_memory import InMemoryStore
from tests.unit.collect.small_fortimanager import MANAGER, branch

OTHER = "other.example.com"
NO_RISKS = Path("no such table")


class Noting(InMemoryStore):
    """Notes whose heads were read."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def heads(self, prefix: str = "") -> list[Head]:
        found = super().heads(prefix)
        self.seen += [head.key for head in found]
        return found


@pytest.fixture
def store() -> Noting:
    """Both FortiManagers were collected, and published by streams of their own."""
    filled = Noting()
    theirs = branch()
    theirs.manager = OTHER
    for source, stream in ((branch(), "ours"), (theirs, "theirs")):
        for kind in ("inventory", "policies"):
            run(kind, f"{stream} {kind}", source, filled, Plan(), InTurn(), 1000.0, lambda _: None,
                lambda _: None)  # fmt: skip
    return filled


@pytest.mark.parametrize("kind", ["inventory", "policies"])
def test_a_run_reads_its_own_fortimanager_alone(store: Noting, kind: str) -> None:
    store.seen.clear()
    stream = f"ours {kind}"
    outcomes, _ = run(kind, stream, branch(), store, Plan(), InTurn(), 1060.0, lambda _: None,
                      lambda _: None)  # fmt: skip
    assert [one.error for one in outcomes if one.error] == []
    said = confirmations(store, stream, MANAGER, 1060.0, kind, 300.0)
    assert list(said.digests) == ["branch"]
    assert said.unconfirmed == {}
    find(stream, MANAGER, store, Plan(), 1060.0, lambda _: None, lambda _: None, NO_RISKS)
    assert len(store.seen) > 10
    foreign = [key for key in store.seen if OTHER in key and not key.startswith("freshness/")]
    assert foreign == []


def test_what_is_kept_no_more_is_found_whatever_it_is_of() -> None:
    """An input may have been given another FortiManager since."""
    store, now = InMemoryStore(), 1000.0
    kinds = (INVENTORY, OBJECTS, BLOCK, PACKAGE, HITCOUNTS, FINDINGS)
    gone = [Scope(kind, manager, "emea", "p") for manager in (MANAGER, OTHER) for kind in kinds]
    left = [Scope(kind, MANAGER, "apac") for kind in (INVENTORY, OBJECTS)]
    for scope in (*gone, *left):
        store.note(Head(f"published/ours/{scope.key}"))
    for scope in left:
        store.note(Head(scope.key))
    publisher = Publisher(store, "ours", lambda _: None, now, 86_400.0)
    assert set(publisher.left_behind()) == set(gone)
