"""Which hosts collect, as far as the store knows."""

from __future__ import annotations

from fmgstate.collect.hosts import Collector, known, note
from fmgstate.store.in_memory import InMemoryStore


def test_hosts_are_told_the_newest_first_and_not_written_at_each_run() -> None:
    store = InMemoryStore()
    assert known(store) == []
    note(store, "fmg.example.com", "hf1", 1000.0)
    note(store, "fmg.example.com", "hf2", 2000.0)
    note(store, "fmg.example.com", "hf1", 4599.0)
    expected = [Collector("fmg.example.com", "hf2", 2000.0),
                Collector("fmg.example.com", "hf1", 1000.0)]  # fmt: skip
    assert known(store) == expected
    note(store, "fmg.example.com", "hf1", 4600.0)
    assert known(store)[0] == Collector("fmg.example.com", "hf1", 4600.0)
