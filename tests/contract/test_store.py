"""What every store promises, one promise a test."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest

from fmgstate.errors import FmgStateError
from fmgstate.store.base import Found, Head, IndexRow, Snapshot, Store

MUNICH = "fmg.example.com/adom/munich/package/branch offices"
LYON = "fmg.example.com/adom/lyon/package/default"
RULE = "uuid:0b6f0b1e-5b5e-51ee-9d0a-3f1f3e1c2a10"
SHARED = "device:FGT-EDGE-01/root/17"


def snapshot(key: str, version: int = 1) -> Snapshot:
    head = Head(
        key,
        snapshot_time=1_790_000_000.25 + version,
        changed_time=1_790_000_000.0,
        mark=f"obj ver {version}",
        outcome={"result": "ok", "seconds": 1.25, "requests": 3, "error": None},
    )
    policies = [
        {"policyid": 17, "name": "Büro → DMZ", "srcaddr": ["all"], "obj seq": version},
        {"policyid": 18, "name": "", "srcaddr": [], "nested": {"ranges": [[0, 4_294_967_295]]}},
    ]
    return Snapshot(head, {"policies": policies, "version": version})


def rows(version: int = 1) -> list[IndexRow]:
    return [
        (RULE, json.dumps({"policyid": 17, "version": version}).encode()),
        (SHARED, b""),
        (SHARED, bytes(range(256))),
    ]


def test_an_empty_store_knows_nothing(store: Store) -> None:
    assert store.load(MUNICH) is None
    assert store.heads() == []
    assert store.find([RULE, SHARED]) == []
    assert store.find([]) == []


def test_what_was_saved_is_loaded_whole(store: Store) -> None:
    store.save(snapshot(MUNICH), rows())
    assert store.load(MUNICH) == snapshot(MUNICH)
    assert store.heads() == [snapshot(MUNICH).head]


def test_another_handle_sees_the_same(open_store: Callable[[], Store]) -> None:
    writer, reader = open_store(), open_store()
    assert reader.heads() == []
    writer.save(snapshot(MUNICH), rows())
    assert reader.load(MUNICH) == snapshot(MUNICH)
    reader.save(snapshot(MUNICH, 2), rows(2))
    assert writer.load(MUNICH) == snapshot(MUNICH, 2)
    assert [found.value for found in writer.find([RULE])] == [rows(2)[0][1]]


def test_saving_again_replaces_content_head_and_every_row(store: Store) -> None:
    store.save(snapshot(MUNICH), rows())
    store.save(snapshot(MUNICH, 2), [("uuid:new", b"new")])
    assert store.load(MUNICH) == snapshot(MUNICH, 2)
    assert store.find([RULE, SHARED, "uuid:new"]) == [
        Found("uuid:new", b"new", snapshot(MUNICH, 2).head)
    ]


def test_saving_without_rows_removes_the_old_ones(store: Store) -> None:
    store.save(snapshot(MUNICH), rows())
    store.save(snapshot(MUNICH, 2))
    assert store.find([RULE, SHARED]) == []


def test_rows_may_come_from_a_generator(store: Store) -> None:
    store.save(snapshot(MUNICH), (row for row in rows()))
    assert [found.value for found in store.find([SHARED])] == [b"", bytes(range(256))]


def test_find_answers_in_the_order_asked_then_scope_then_as_saved(store: Store) -> None:
    store.save(snapshot(MUNICH), rows())
    store.save(snapshot(LYON), [(SHARED, b"lyon")])
    lyon, munich = snapshot(LYON).head, snapshot(MUNICH).head
    assert store.find([SHARED, "uuid:unknown", RULE]) == [
        Found(SHARED, b"lyon", lyon),
        Found(SHARED, b"", munich),
        Found(SHARED, bytes(range(256)), munich),
        Found(RULE, rows()[0][1], munich),
    ]


def test_a_key_asked_twice_is_answered_twice(store: Store) -> None:
    store.save(snapshot(MUNICH), [(RULE, b"rule")])
    found = Found(RULE, b"rule", snapshot(MUNICH).head)
    assert store.find([RULE, RULE]) == [found, found]


def test_find_matches_whole_keys_and_case_only(store: Store) -> None:
    store.save(snapshot(MUNICH), [(RULE, b"rule")])
    assert store.find([RULE[:-1], RULE + " ", RULE.upper(), "%", "uuid:*", ""]) == []


def test_hundreds_of_keys_in_one_question(store: Store) -> None:
    many = [(f"uuid:{number:04}", str(number).encode()) for number in range(1_234)]
    store.save(snapshot(MUNICH), many)
    asked = [key for key, _ in reversed(many)]
    expected = [Found(key, value, snapshot(MUNICH).head) for key, value in reversed(many)]
    assert store.find(asked) == expected


def test_note_changes_the_head_alone(store: Store) -> None:
    store.save(snapshot(MUNICH), rows())
    failed = Head(MUNICH, 1.0, 2.0, "m", {"result": "failed", "error": "no connection"})
    store.note(failed)
    assert store.load(MUNICH) == Snapshot(failed, snapshot(MUNICH).content)
    assert [found.head for found in store.find([RULE])] == [failed]
    assert store.heads() == [failed]


def test_a_head_alone_is_no_snapshot(store: Store) -> None:
    head = Head(MUNICH, outcome={"result": "failed"})
    store.note(head)
    assert store.load(MUNICH) is None
    assert store.heads() == [head]
    store.save(snapshot(MUNICH), rows())
    assert store.load(MUNICH) == snapshot(MUNICH)


def test_heads_by_prefix_in_the_order_of_keys(store: Store) -> None:
    keys = ["a/ü", "a/b", "a", "a%/c", "a_/c", "b/a", "a/\U0001f600", "A/b", "a/\uffff"]
    for key in keys:
        store.note(Head(key))
    assert [head.key for head in store.heads()] == sorted(keys)
    assert [head.key for head in store.heads("a/")] == ["a/b", "a/ü", "a/\uffff", "a/\U0001f600"]
    assert [head.key for head in store.heads("a_")] == ["a_/c"]
    assert store.heads("c") == []


def test_delete_forgets_one_scope(store: Store) -> None:
    store.save(snapshot(MUNICH), rows())
    store.save(snapshot(LYON), [(SHARED, b"lyon")])
    store.delete(MUNICH)
    assert store.load(MUNICH) is None
    assert store.heads() == [snapshot(LYON).head]
    assert store.find([RULE, SHARED]) == [Found(SHARED, b"lyon", snapshot(LYON).head)]


@pytest.mark.parametrize("key", [MUNICH, LYON])
def test_what_was_deleted_does_not_come_back(store: Store, key: str) -> None:
    store.save(snapshot(MUNICH), rows())
    store.save(snapshot(LYON), rows())
    store.delete(key)
    store.note(Head(key))
    assert store.load(key) is None
    assert [found.head.key for found in store.find([RULE])] == [{MUNICH: LYON, LYON: MUNICH}[key]]


def test_deleting_the_unknown_is_no_error(store: Store) -> None:
    store.delete(MUNICH)
    store.save(snapshot(LYON), rows())
    store.delete(MUNICH)
    assert store.load(LYON) == snapshot(LYON)


def test_text_that_no_encoding_likes_comes_back(store: Store) -> None:
    key, row_key = "adom/\ud800/nul \0 'quoted\"", "uuid:\udfff\0"
    content = {"\ud83d": ["\0", "\ud800 lone", "√", "a" * 70_000]}
    store.save(Snapshot(Head(key, mark="\ud800"), content), [(row_key, b"\0\xff")])
    assert store.load(key) == Snapshot(Head(key, mark="\ud800"), content)
    assert store.find([row_key]) == [Found(row_key, b"\0\xff", Head(key, mark="\ud800"))]
    assert store.find(["uuid:\udfff"]) == []


def test_changing_what_was_given_or_loaded_changes_nothing_stored(store: Store) -> None:
    given = snapshot(MUNICH)
    store.save(given, rows())
    given.content["policies"].clear()
    given.head.outcome["result"] = "changed by the caller"
    loaded = store.load(MUNICH)
    assert loaded == snapshot(MUNICH)
    loaded.content["policies"].clear()
    store.find([RULE])[0].head.outcome.clear()
    assert store.load(MUNICH) == snapshot(MUNICH)
    assert store.heads() == [snapshot(MUNICH).head]


def test_content_that_json_cannot_hold_is_refused_and_changes_nothing(store: Store) -> None:
    store.save(snapshot(MUNICH), rows())
    with pytest.raises(TypeError):
        store.save(Snapshot(Head(MUNICH), {"policies": {1, 2}}), [("uuid:new", b"")])
    with pytest.raises(TypeError):
        store.note(Head(MUNICH, outcome={"error": ValueError("x")}))
    assert store.load(MUNICH) == snapshot(MUNICH)
    assert [found.key for found in store.find([RULE, "uuid:new"])] == [RULE]


def test_rows_that_break_off_change_nothing(store: Store) -> None:
    def broken() -> list[IndexRow]:
        yield "uuid:new", b"new"
        raise RuntimeError("no more rows")

    store.save(snapshot(MUNICH), rows())
    with pytest.raises(RuntimeError, match="no more rows"):
        store.save(snapshot(MUNICH, 2), broken())
    assert store.load(MUNICH) == snapshot(MUNICH)
    assert store.find(["uuid:new"]) == []


def test_close_may_come_twice(open_store: Callable[[], Store]) -> None:
    store = open_store()
    store.save(snapshot(MUNICH))
    store.close()
    store.close()
    assert open_store().load(MUNICH) == snapshot(MUNICH)


def one_state(store: Store, key: str) -> bool:
    """Whether rows and heads of 120 keys, and content and head, each are of one version."""
    found = store.find([f"{key}/{number}" for number in range(120)])
    versions = {(row.value.decode(), row.head.mark) for row in found}
    loaded = store.load(key)
    return (
        len(found) in (0, 120)
        and versions <= {(str(version), f"obj ver {version}") for version in range(16)}
        and len(versions) <= 1
        and (loaded is None or loaded == snapshot(key, loaded.content["version"]))
    )


def test_threads_see_whole_scopes_only(store: Store) -> None:
    whole: list[bool] = []
    done = threading.Event()

    def write(key: str) -> None:
        for version in range(1, 16):
            rows = [(f"{key}/{number}", b"%d" % version) for number in range(120)]
            store.save(snapshot(key, version), rows)

    def read() -> None:
        while not done.is_set():
            whole.extend(one_state(store, key) for key in (MUNICH, LYON))

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(key,)) for key in (MUNICH, LYON)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert set(whole) == {True}
    assert store.load(MUNICH) == snapshot(MUNICH, 15)
    assert store.load(LYON) == snapshot(LYON, 15)


def test_threads_save_and_delete_at_once(store: Store) -> None:
    failures: list[Exception] = []

    def save_and_delete(key: str) -> None:
        try:
            for version in range(1, 25):
                store.save(snapshot(key, version), rows(version))
                store.delete(key)
            store.save(snapshot(key), rows())
        except FmgStateError as error:
            failures.append(error)

    keys = [f"adom/{number}" for number in range(4)]
    threads = [threading.Thread(target=save_and_delete, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [head.key for head in store.heads()] == keys
    assert len(store.find([SHARED])) == 8
