"""Answers are read without trust: whatever comes, it is right, or an error of our own kind."""

from __future__ import annotations

import gc
import json
import threading
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmgstate.errors import BadAnswer, FortiManagerError, NotFound, RequestRefused
from fmgstate.fortimanager import answer as answer_module
from fmgstate.fortimanager.answer import Answer, decode, read_reply
from fmgstate.fortimanager.secrets import Censor

PARAMS = [{"url": "/t"}, {"url": "/u"}]
STATUS = {"code": 0, "message": "OK"}
GOOD = {
    "id": 7,
    "result": [
        {"data": [{"name": "a", "srcaddr": ["all"], "oid": 5}], "status": STATUS, "url": "/t"},
        {"status": {"code": -6, "message": "Invalid url"}, "url": "/u"},
    ],
}


def answer(data: Any, code: int = 0) -> Answer:
    return Answer("/pm/pkg/adom/root", code, "said", data, "fmg")


@pytest.mark.parametrize("data", [None, [], [{"name": "a"}]])
def test_an_empty_table_may_be_written_in_three_ways(data: Any) -> None:
    assert answer(data).rows() == (data or [])


@pytest.mark.parametrize("data", [{}, "", "rows", 0, 7, True, [1], [[]], [{}, None], [{}, "x"]])
def test_what_is_no_table_is_no_empty_table(data: Any) -> None:
    with pytest.raises(BadAnswer, match=r"fmg answered /pm/pkg/adom/root with .* list of objects"):
        answer(data).rows()


@pytest.mark.parametrize("data", [None, [], [{}, {}], "x", 7])
def test_what_is_no_object_is_no_empty_object(data: Any) -> None:
    with pytest.raises(BadAnswer, match="where one object belongs"):
        answer(data).row()


def test_objects_and_plain_values() -> None:
    assert answer({"Version": "v7.4.5"}).row() == {"Version": "v7.4.5"}
    assert answer([{"Version": "v7.4.5"}]).row() == {"Version": "v7.4.5"}
    assert answer(18).value() == 18
    assert answer(None).value() is None


@pytest.mark.parametrize("read", [Answer.rows, Answer.row, Answer.value])
@pytest.mark.parametrize(("code", "kind"), [(-3, NotFound), (-6, NotFound), (-9, RequestRefused)])
def test_a_refusal_is_an_error_however_it_is_read(read: Any, code: int, kind: Any) -> None:
    with pytest.raises(kind, match=rf"fmg .*/pm/pkg/adom/root \(code {code}: said\)"):
        read(answer([], code))


def test_an_answers_repr_shows_no_data() -> None:
    assert "Berlin" not in repr(answer([{"name": "Berlin"}]))


def test_the_garbage_collector_rests_while_parsing_and_runs_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bool] = []
    loads = json.loads

    def watched(text: str) -> Any:
        seen.append(gc.isenabled())
        return loads(text)

    monkeypatch.setattr(answer_module.json, "loads", watched)
    assert decode(b"{}") == {}
    assert gc.isenabled()
    with pytest.raises(ValueError, match="Expecting"):
        decode(b"{")
    assert gc.isenabled()
    gc.disable()
    try:
        decode(b"{}")
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert seen == [False, False, False]


def test_the_garbage_collector_runs_again_after_many_threads() -> None:
    raw = json.dumps(GOOD).encode()
    threads = [threading.Thread(target=lambda: [decode(raw) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert gc.isenabled()


def test_text_that_is_no_utf8_is_marked_and_read() -> None:
    assert decode(b'{"result": ["M\xfcnchen"]}') == {"result": ["M\ufffdnchen"]}


FUZZ = settings(deadline=None, max_examples=200, derandomize=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["status", "code", "message", "data", "url", "result", "error", "psk"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def read(raw: bytes) -> None:
    """Read as the client does, as the reply to one and to two questions."""
    try:
        reply = decode(raw)
    except ValueError:
        return
    for params in (PARAMS[:1], PARAMS):
        try:
            answers = read_reply("fmg", Censor(), params, reply)
        except FortiManagerError:
            continue
        entries = reply.get("result")
        entries = entries if isinstance(entries, list) else [entries]
        assert [one.url for one in answers] == [param["url"] for param in params]
        for place, one in enumerate(answers):
            said = entries[place % len(entries)]
            right = said is not None and said.get("status", {}).get("code") == 0
            assert right or not readable(one)


def readable(one: Answer) -> bool:
    """Whether the answer counts as a success in any way."""
    for reading in (one.rows, one.row, one.value):
        with suppress(FortiManagerError):
            reading()
            return True
    return False


@settings(FUZZ)
@given(JSON)
def test_any_json_is_an_answer_or_an_error_of_our_own(reply: Any) -> None:
    read(json.dumps(reply).encode())
    read(json.dumps({"error": reply}).encode())


@settings(FUZZ)
@given(st.lists(JSON, min_size=2, max_size=2))
def test_any_pair_of_entries_is_read_or_refused(entries: list[Any]) -> None:
    read(json.dumps({"result": entries}).encode())


@settings(FUZZ)
@given(st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), max_size=4))
def test_a_good_reply_with_damaged_bytes(damage: list[tuple[int, bytes]]) -> None:
    raw = bytearray(json.dumps(GOOD).encode())
    for place, new in damage:
        raw[place : place + len(new)] = new
    read(bytes(raw))


PATHS = [
    ("result",), ("result", 0), ("result", 1), ("result", 0, "status"), ("result", 1, "status"),
    ("result", 0, "status", "code"), ("result", 1, "status", "code"), ("result", 0, "data"),
    ("result", 0, "data", 0), ("result", 1, "status", "message"), ("result", 0, "url"), ("id",),
]  # fmt: skip


@settings(FUZZ)
@given(st.sampled_from(PATHS), JSON, st.booleans())
def test_a_good_reply_with_one_part_replaced_or_missing(
    path: tuple[Any, ...], value: Any, missing: bool
) -> None:
    reply = json.loads(json.dumps(GOOD))
    place = reply
    for step in path[:-1]:
        place = place[step]
    if missing:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    read(json.dumps(reply).encode())


def test_one_runtime_error_for_all_questions_is_told_as_such() -> None:
    status = {"code": -1, "message": "runtime error 0: invalid value"}
    reply = {"id": 7, "result": {"status": status, "url": "/t"}}
    answers = read_reply("fmg", Censor(), PARAMS, reply)
    assert [(one.url, one.code, one.message) for one in answers] == [
        ("/t", -1, "runtime error 0: invalid value"),
        ("/u", -1, "runtime error 0: invalid value"),
    ]
