"""What asks a running Splunk, tried on the stand-in's own REST port when there is none.

With SPLUNK_URL and SPLUNK_TOKEN these, and all tests of SPL, ask that Splunk (make test-live).
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.logs import Logs
from simulator.scenarios import build
from simulator.versions import Version
from standin import Standin
from standin.spl.errors import Malformed
from tests.live import splunk
from tests.live.splunk import Live, Shown
from tests.standin.spl.context_for_tests import columns, found
from tests.standin.spl.evaluating import holds, results, shown
from tests.standin.spl.statistics import rows, table

ROWS = [
    {"_time": 1_700_000_000.5, "a b": 'x "y" \\ | `z` ü %41', "n": "07", "m": ["1", "b;c"]},
    {"_time": 1_699_999_999, "a b": "", "n": "7", "number": 2.5},
]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The Splunk that the environment names, else a stand-in."""
    if splunk.wanted():
        yield splunk.live()
        return
    with (
        Standin(tmp_path_factory.mktemp("live") / "splunk") as stand_in,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("SPLUNK_URL", stand_in.uri)
        patch.setenv("SPLUNK_TOKEN", stand_in.session_key)
        patch.setenv("SPLUNK_CA", "false")
        yield splunk.live()
        splunk.forget()


def test_rows_come_back_as_they_went(live: Live) -> None:
    names, back = live.table(f"{splunk.given(ROWS)} | table _time, *")
    assert back == ROWS
    assert set(names) == {"_time", "a b", "n", "m", "number"}


def test_no_rows(live: Live) -> None:
    assert live.table(f"{splunk.given([])} | stats count")[1] == [{"count": 0}]


def test_what_splunk_refuses(live: Live) -> None:
    with pytest.raises(Malformed, match="sttas"):
        live.table("| makeresults | sttas count")


@pytest.mark.parametrize(
    ("text", "other", "same"),
    [
        ("3", 3, True),
        ("3.0", 3, True),
        ("0.1", 0.1, True),
        ("3", "3", True),
        ("3.0", "3", False),
        ("3", 4, False),
        ("x", 3, False),
        ("1", True, False),
    ],
)
def test_text_and_numbers(text: str, other: Any, same: bool) -> None:
    assert (Shown(text) == other) is same
    assert (Shown(text) != other) is not same
    assert ([other] == [Shown(text)]) is same


ANSWERS: list[tuple[Callable[[], Any], Any]] = [
    (lambda: found("n>6 | eval k=n+1 | table k", *ROWS), [{"k": 8}, {"k": 8}]),
    (lambda: columns("* | table n, m", *ROWS), ["n", "m"]),
    (lambda: shown('split("a,b", ",")'), ["a", "b"]),
    (lambda: shown("missing"), None),
    (lambda: shown("n+1", {"n": "2"}), "3"),
    (lambda: (holds("1=1"), holds("1=2"), holds("missing=1")), (True, False, None)),
    (
        lambda: results("* | stats count by n", ROWS),
        [{"n": "07", "count": "1"}, {"n": "7", "count": "1"}],
    ),
    (lambda: rows("stats dc(n)", ROWS), [{"dc(n)": 2}]),
    (lambda: table("stats count by missing", ROWS)[1:], []),
]


@pytest.mark.parametrize(("ask", "answer"), ANSWERS)
def test_the_tests_of_spl_ask_it(live: Live, ask: Callable[[], Any], answer: Any) -> None:
    before = live.searches
    assert ask() == answer
    assert live.searches > before


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda: shown("now()"), "clock"),
        (lambda: shown('strftime(0, "%F %T")'), "clock"),
        (lambda: found("* | `m`", macros={"m": 1}), "macros"),
        (lambda: found("| tstats count", ROWS[0]), "index"),
        (lambda: found("n=7 [search n=07 | fields n]", *ROWS), "index"),
        (lambda: rows("cluster t=0.9", ROWS), "refuses"),
    ],
)
def test_what_is_skipped(live: Live, ask: Callable[[], Any], reason: str) -> None:
    before = live.searches
    with pytest.raises(pytest.skip.Exception, match=reason):
        ask()
    assert live.searches == before


def test_what_both_refuse_tells_where(live: Live) -> None:
    with pytest.raises(Malformed) as caught:
        rows("stats count by n limit=1", ROWS)
    assert caught.value.position is not None


@pytest.fixture
def index(live: Live) -> Iterator[Any]:
    """An index of its own, removed after the test (the stand-in's goes with its folder)."""
    name = f"fmgstate_test_{secrets.token_hex(4)}"
    live.service.indexes.create(name)
    yield live.service.indexes[name]
    if live.service.info["build"] != "stand-in":
        live.service.indexes.delete(name)


def test_fortigate_logs_in_an_index(live: Live, index: Any) -> None:
    fm = build("eighty", Version.parse("7.4.5"), 1, devices=4, adoms=2, policies=20)
    made = [line for line, _ in Logs(fm, spelling="fgt").lines(60)]
    for line in made:
        index.submit(f"epoch={int(time.time())} {line}", sourcetype="fmgstate_test_fortigate")
    search = f'search index={index.name} | rex "devid=\\"?(?<unit>[\\w-]+)" | stats count by unit'
    wanted = Counter(line.split("devid=")[1].split(" ")[0].strip('"') for line in made)
    for _ in range(60):
        counts = {row["unit"]: int(row["count"]) for row in live.table(search)[1]}
        if sum(counts.values()) >= len(made):
            break
        time.sleep(1)
    assert counts == wanted
