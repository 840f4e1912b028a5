"""Any sequence of calls, compared with plain dicts."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, Optional

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from fmgstate.store.base import Found, Head, IndexRow, Snapshot
from tests.contract.implementations import Implementation

# Few keys, so that they meet again; odd ones, since names come from people.
scope_keys = st.sampled_from(["a", "a/b", "ä\0", "", "\ud800"])
row_keys = st.sampled_from(["uuid:1", "device:fw1/root/7", "", "\udfff%"])
times = st.none() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
documents = st.dictionaries(st.text(max_size=4), json_values, max_size=3)
heads = st.builds(Head, scope_keys, times, times, st.text(max_size=5), documents)
row_lists = st.lists(st.tuples(row_keys, st.binary(max_size=40)), max_size=6)


class StoreMachine(RuleBasedStateMachine):
    """The model: heads, contents and rows, each a dict by scope key."""

    def __init__(self, implementation: Implementation) -> None:
        super().__init__()
        self.implementation = implementation
        self.place = Path(tempfile.mkdtemp(prefix="store-model-"))
        self.store = implementation.open(self.place)
        self.heads: dict[str, Head] = {}
        self.contents: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, list[IndexRow]] = {}

    @rule(head=heads, content=documents, rows=row_lists)
    def save(self, head: Head, content: dict[str, Any], rows: list[IndexRow]) -> None:
        self.store.save(Snapshot(head, content), rows)
        self.heads[head.key], self.contents[head.key], self.rows[head.key] = head, content, rows

    @rule(head=heads)
    def note(self, head: Head) -> None:
        self.store.note(head)
        self.heads[head.key] = head

    @rule(key=scope_keys)
    def delete(self, key: str) -> None:
        self.store.delete(key)
        for known in (self.heads, self.contents, self.rows):
            known.pop(key, None)

    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = self.implementation.open(self.place)

    @rule(key=scope_keys)
    def load(self, key: str) -> None:
        assert self.store.load(key) == self.expected(key)

    @rule(prefix=scope_keys)
    def list_heads(self, prefix: str) -> None:
        keys = sorted(key for key in self.heads if key.startswith(prefix))
        assert self.store.heads(prefix) == [self.heads[key] for key in keys]

    @rule(keys=st.lists(row_keys, max_size=4))
    def find(self, keys: list[str]) -> None:
        assert self.store.find(keys) == [
            Found(key, value, self.heads[scope])
            for key in keys
            for scope in sorted(self.rows)
            for row_key, value in self.rows[scope]
            if row_key == key
        ]

    @invariant()
    def every_scope_is_as_expected(self) -> None:
        assert [head.key for head in self.store.heads()] == sorted(self.heads)
        for key in self.heads:
            assert self.store.load(key) == self.expected(key)

    def expected(self, key: str) -> Optional[Snapshot]:
        if key not in self.contents:
            return None
        return Snapshot(self.heads[key], self.contents[key])

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.place)


def test_any_sequence_of_calls(implementation: Implementation) -> None:
    run_state_machine_as_test(
        lambda: StoreMachine(implementation),
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
