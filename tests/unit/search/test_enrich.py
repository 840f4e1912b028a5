"""Columns added to a chunk: every way of reading the lines gives what the csv module would."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmgstate.search import answers, enrich
from fmgstate.search.answers import ByColumn, Columns, Key
from fmgstate.search.enrich import Enricher
from fmgstate.search.rows import quoted
from tests.unit.search.conversation import rows, splunkd_csv

FIELDS = ("devid", "vd", "policyid")


class Answering:
    """Adds the values that decided, and counts how often each was asked for."""

    def __init__(self) -> None:
        self.asked: list[Key] = []

    def __call__(self, keys: Sequence[Key]) -> list[bytes]:
        self.asked += keys
        return [f"{quoted('|'.join(key))},x".encode("utf-8", "surrogateescape") for key in keys]


def columns(answer: Answering, fields: Sequence[str] = FIELDS) -> Columns:
    return Columns(fields, ("told", "and more"), answer)


class AnsweringAt(Answering):
    """As ``Answering``, for those that are the same from the second field on. ``places``: these."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[Key] = []

    def at(self, where: Key, whats: Sequence[Sequence[bytes]]) -> list[bytes]:
        self.places.append(where)
        [first] = whats
        keys = [(one.decode("utf-8", "surrogateescape"), *where) for one in first]
        return [b"," + cells for cells in self(keys)]


class AnsweringByColumn(Answering):
    """As ``Answering``, of the values of each field. ``given``: how often, and of how many."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[tuple[int, ...]] = []

    def answer(self, values: Sequence[Sequence[str]]) -> list[bytes]:
        self.given.append(tuple(map(len, values)))
        return self(list(zip(*values)))


def enriched(
    body: str | bytes, fields: Sequence[str] = FIELDS
) -> tuple[list[list[str]], Answering]:
    """What goes out, the same whether it is asked by key, by column or by place, and what was
    asked."""
    answer = Answering()
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogateescape")
    pieces = Enricher(columns(answer, fields)).chunk(data)
    by_column = AnsweringByColumn()
    asked = Columns(fields, ("told", "and more"), ByColumn(by_column.answer))
    assert Enricher(asked).chunk(data) == pieces
    assert sorted(by_column.asked) == sorted(answer.asked)
    at = AnsweringAt()
    asked = Columns(fields, ("told", "and more"), at, at.at, 1)
    assert Enricher(asked).chunk(data) == pieces
    assert sorted(at.asked) == sorted(answer.asked)
    return rows(b"".join(pieces).decode("utf-8", "surrogateescape")), answer


HEADER = ["devid", "vd", "policyid", "_chunked_idx", "__mv_devid", "__mv_vd", "__mv_policyid"]
EVENTS = [
    ["FG100", "root", "7", "0", "", "", ""],
    ["FG-200", "guest net", "12", "1", "", "", ""],
    ["FG100", "root", "7", "2", "", "", ""],
]


def test_lines_as_splunkd_writes_them_go_out_as_they_came() -> None:
    body = splunkd_csv(HEADER, EVENTS)
    answer = Answering()
    out = b"".join(Enricher(columns(answer)).chunk(body.encode())).decode()
    assert out.splitlines() == [
        'devid,vd,policyid,"_chunked_idx","__mv_devid","__mv_vd","__mv_policyid",told,and more',
        "FG100,root,7,0,,,,FG100|root|7,x",
        '"FG-200","guest net",12,1,,,,FG-200|guest net|12,x',
        "FG100,root,7,2,,,,FG100|root|7,x",
    ]
    assert sorted(answer.asked) == [("FG-200", "guest net", "12"), ("FG100", "root", "7")]


@pytest.mark.parametrize(
    ("header", "events"),
    [
        pytest.param(["_time", *HEADER], [["1.5", *one] for one in EVENTS], id="not at the front"),
        pytest.param(HEADER, [["a,b", "c\nd", "1", "0", "", "", ""]], id="commas and line breaks"),
        pytest.param(HEADER, [['say "x"', "root", "1", "0", "$a$;$b,c$", "", ""]], id="quotes"),
        pytest.param(["vd", "other"], [["root", "1"], ["", ""]], id="fields absent"),
        pytest.param(["other"], [["1"], ["2"]], id="all fields absent"),
        pytest.param(["policyid", "vd", "devid"], [["1", "root", "FG1"]], id="another order"),
        pytest.param(["devid", "vd", "policyid"], [["", "", ""]], id="nothing but the key"),
    ],
)
def test_whatever_the_events_hold(header: list[str], events: list[list[str]]) -> None:
    found, _ = enriched(splunkd_csv(header, events))
    expected = []
    for event in events:
        record = dict(zip(header, event))
        expected.append([*event, "|".join(record.get(field, "") for field in FIELDS), "x"])
    assert found == [[*header, "told", "and more"], *expected]


@pytest.mark.parametrize(("more", "fewer"), [(7, 5), (8, 4), (12, 0)])
def test_lines_with_more_values_and_with_fewer_that_make_up_for_them(more: int, fewer: int) -> None:
    """Counting commas alone would not tell: what is no column is left out, what lacks is empty."""
    known = "FG1,root,1,0,,,"
    values = ["FG2", "root", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]
    lines = [known, ",".join(values[: more + 1]), ",".join(values[: fewer + 1])]
    found, _ = enriched("\n".join([",".join(HEADER), *lines]) + "\n")
    short = (values[: fewer + 1] + [""] * 6)[:7]
    assert found[1:] == [
        [*known.split(","), "FG1|root|1", "x"],
        [*values[:7], "FG2|root|2", "x"],
        [*short, "|".join(short[:3]), "x"],
    ]


def test_keys_as_columns_of_their_values() -> None:
    given: list[Sequence[Sequence[str]]] = []

    def answer(values: Sequence[Sequence[str]]) -> list[bytes]:
        given.append(values)
        return [b"first", b"second"]

    assert ByColumn(answer)([("FG1", "root", "7"), ("FG2", "dmz", "")]) == [b"first", b"second"]
    assert given == [[("FG1", "FG2"), ("root", "dmz"), ("7", "")]]


@pytest.mark.parametrize("leading", [True, False])
def test_columns_are_asked_for_once_for_all_that_is_new(leading: bool) -> None:
    header = HEADER if leading else ["note", *HEADER]
    events = [one if leading else ['say "x"', *one] for one in EVENTS]
    body, by_column = splunkd_csv(header, events).encode(), AnsweringByColumn()
    enricher = Enricher(Columns(FIELDS, ("told", "and more"), ByColumn(by_column.answer)))
    first = enricher.chunk(body)
    assert enricher.chunk(body) == first
    assert by_column.given == [(2, 2, 2)]


def test_columns_that_are_there_already_are_replaced() -> None:
    header = ["devid", "told", "vd", "__mv_told", "policyid"]
    found, _ = enriched(splunkd_csv(header, [["FG1", "old", "root", "$old$;$er$", "3"]]))
    assert found == [
        ["devid", "vd", "policyid", "told", "and more"],
        ["FG1", "root", "3", "FG1|root|3", "x"],
    ]


@pytest.mark.parametrize("body", ["", "devid,vd\n", "devid,vd", "devid,vd\r\n"])
def test_no_events_give_nothing(body: str) -> None:
    assert enriched(body)[0] == []


def test_lines_that_end_as_splunklib_ends_them() -> None:
    out = b"".join(Enricher(columns(Answering())).chunk(b"devid,vd,policyid\r\nFG1,root,1\r\n"))
    assert out == b"devid,vd,policyid,told,and more\r\nFG1,root,1,FG1|root|1,x\r\n"


def test_a_last_line_without_an_end_counts() -> None:
    assert enriched("devid,vd,policyid\nFG1,root,1")[0][1:] == [
        ["FG1", "root", "1", "FG1|root|1", "x"]
    ]


def test_what_is_no_utf8_goes_through() -> None:
    body = b'devid,vd,policyid,note\n"F\xff1",root,1,"\xfe\xe4"\n'
    answer = Answering()
    out = b"".join(Enricher(columns(answer)).chunk(body))
    assert b'"F\xff1",root,1,"\xfe\xe4",F\xff1|root|1,x\n' in out


def test_what_was_answered_is_kept_from_chunk_to_chunk_until_it_is_forgotten() -> None:
    answer = Answering()
    enricher = Enricher(columns(answer))
    body = splunkd_csv(HEADER, EVENTS).encode()
    first = enricher.chunk(body)
    assert (enricher.chunk(body), len(answer.asked)) == (first, 2)
    enricher.forget()
    enricher.chunk(body)
    assert len(answer.asked) == 4


def test_another_header_means_other_columns() -> None:
    answer = Answering()
    enricher = Enricher(columns(answer))
    enricher.chunk(b"devid,vd,policyid\na,b,c\n")
    out = b"".join(enricher.chunk(b"vd,devid,policyid\na,b,c\n"))
    assert out.splitlines()[1] == b"a,b,c,b|a|c,x"


def test_many_parts_and_many_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrich, "PART_BYTES", 64)
    monkeypatch.setattr(answers, "MOST_KEPT", 3)
    events = [[f"FG-{n % 7}", "root", str(n), str(n), "", "", ""] for n in range(50)]
    found, answer = enriched(splunkd_csv(HEADER, events))
    assert found[1:] == [[*one, "|".join(one[:3]), "x"] for one in events]
    assert len(answer.asked) == 50


def test_what_a_full_store_of_answers_keeps_is_what_was_needed_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers, "MOST_KEPT", 4)
    answer = Answering()
    enricher = Enricher(columns(answer))
    needed = []
    for numbers in ("12", "13", "34", "12", "15", "12345"):
        events = [["F", "root", number, "0", "", "", ""] for number in numbers]
        enricher.chunk(splunkd_csv(HEADER, events).encode())
        needed.append([key[2] for key in answer.asked])
        answer.asked.clear()
    assert needed[:4] == [["1", "2"], ["3"], ["4"], []]
    assert needed[4:] == [["5"], ["3", "4"]]  # which had to go when 1 and 2 alone were needed


def test_chunks_that_are_written_as_a_whole_leave_what_was_answered() -> None:
    answer = Answering()
    enricher = Enricher(columns(answer))
    plain, lines = ([[*one[:3], "0", "", "", ""] for one in EVENTS] for _ in range(2))
    lines[0][3] = "x\ny"
    for events in (plain, lines, plain, lines):
        enricher.chunk(splunkd_csv(HEADER, events).encode())
    assert len(answer.asked) == 4  # two, in either way of reading them


def test_what_was_not_answered_because_of_an_error_is_asked_for_again() -> None:
    class Failing(AnsweringAt):
        fails = True

        def at(self, where: Key, whats: Sequence[Sequence[bytes]]) -> list[bytes]:
            if self.fails and where[1] == "12":
                raise OSError("no disk")
            return super().at(where, whats)

    answer = Failing()
    enricher = Enricher(Columns(FIELDS, ("told", "and more"), answer, answer.at, 1))
    body = splunkd_csv(HEADER, EVENTS).encode()
    with pytest.raises(OSError, match="no disk"):
        enricher.chunk(body)
    answer.fails = False
    assert enricher.chunk(body) == Enricher(columns(Answering())).chunk(body)


def test_places_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_KEPT", 10)
    answer = AnsweringAt()
    enricher = Enricher(Columns(FIELDS, ("told", "and more"), answer, answer.at, 1))
    for number in range(100):
        enricher.chunk(b"devid,vd,policyid\nF,root%d,2\n" % number)
    assert len(answer.places) == 100
    assert len(enricher._answers._wheres) <= 10


def test_a_header_without_a_name() -> None:
    answer = Answering()
    assert b"".join(Enricher(columns(answer)).chunk(b"\nno column\n")) == (
        b",told,and more\nno column,||,x\n"
    )


def test_an_empty_first_value_in_quotes_or_not() -> None:
    found, _ = enriched('devid,note\n"",1\n,2\n')
    assert found[1:] == [["", "1", "||", "x"], ["", "2", "||", "x"]]


def test_a_part_that_ends_within_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrich, "PART_BYTES", 20)
    events = [["a\nb\nc\nd\ne\nf\ng\nh\ni", "root", "1", "0", "", "", ""]] * 3
    found, _ = enriched(splunkd_csv(HEADER, events))
    assert found[1:] == [[*one, "|".join(one[:3]), "x"] for one in events]


CELLS = st.text(st.sampled_from('ab1",\n\r$;ä'), max_size=6)


@given(
    st.permutations(["devid", "vd", "policyid", "_raw", "_chunked_idx"]),
    st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=8),
)
def test_any_text_in_any_order(header: list[str], events: list[list[str]]) -> None:
    found, _ = enriched(splunkd_csv(header, events))
    at = [header.index(field) for field in FIELDS]
    assert found == [
        [*header, "told", "and more"],
        *([*event, "|".join(event[one] for one in at), "x"] for event in events),
    ]
