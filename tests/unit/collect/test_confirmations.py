"""What a run confirms, in few words where most scopes are alike; and the ages that copies have."""

from __future__ import annotations

import json

from fmgstate.collect.confirmations import confirmations, digest
from fmgstate.collect.health import of_run
from fmgstate.collect.loading import Copied, Loading
from fmgstate.collect.outcome import RunSummary
from fmgstate.collect.scope import Scope
from fmgstate.store.base import Head
from fmgstate.store.in_memory import InMemoryStore

MANAGER, STREAM = "fmg.example.com", "policies"
EARLIER, LAST, NOW = 880.0, 940.0, 1000.0


def scope(name: str) -> str:
    return Scope("package", MANAGER, "emea", name).key


USUAL = [scope(f"branch-{number}") for number in range(50)]
ODD, REPLACED = scope("odd"), scope("replaced")


def store(usual: float) -> InMemoryStore:
    """``usual``: when FortiManager confirmed all but one, which was not readable then; another one
    was replaced since it was published."""
    filled = InMemoryStore()
    for key in (*USUAL, ODD, REPLACED):
        filled.note(Head(f"published/{STREAM}/{key}", 500.0, 500.0, "500.0", {"number": 7}))
        filled.note(Head(key, EARLIER if key == ODD else usual, 500.0))
    filled.note(Head(REPLACED, usual, usual))
    return filled


def ages(data: str) -> dict[str, float]:
    """Of copies of what was published, after this event."""
    known = {key: Copied(key, STREAM, 7, 500.0, 500.0, 1) for key in (*USUAL, ODD, REPLACED)}
    loading = Loading(known, lambda _: [])
    loading.add(data)
    assert list(loading.finish()) == []
    assert {one.behind for one in loading.copies.values()} == {""}
    return {key: one.snapshot_time for key, one in loading.copies.items()}


def test_who_publishes_what_others_asked_for_tells_their_time_once() -> None:
    said = confirmations(store(LAST), STREAM, MANAGER, NOW, "policies", 300.0)
    assert said.facts() == {
        "kind": "policies",
        "fresh_seconds": 300.0,
        "published": {"emea": digest(dict.fromkeys((*USUAL, ODD, REPLACED), 7))},
        "confirmed_time": LAST,
        "unconfirmed": {ODD: EARLIER, REPLACED: None},
    }
    event = of_run(MANAGER, STREAM, RunSummary([], 0.5, 3, 0), NOW, said, "hf1")
    assert ages(json.dumps(event.data)) == {
        **dict.fromkeys(USUAL, LAST), ODD: EARLIER, REPLACED: 500.0,
    }  # fmt: skip


def test_who_asked_itself_confirms_as_of_its_run() -> None:
    said = confirmations(store(NOW), STREAM, MANAGER, NOW, "policies", 300.0)
    assert "confirmed_time" not in said.facts()
    assert said.unconfirmed == {ODD: EARLIER, REPLACED: None}
    event = of_run(MANAGER, STREAM, RunSummary([], 0.5, 3, 0), NOW, said, "hf1")
    assert ages(json.dumps(event.data)) == {
        **dict.fromkeys(USUAL, NOW), ODD: EARLIER, REPLACED: 500.0,
    }  # fmt: skip
