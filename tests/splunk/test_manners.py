"""The built package's fmgpolicy and splunklib's own classes, in every way in which splunkd may
speak to a command.

Which of these ways splunkd has is known from recordings of one version only; a command must give
the same rows in all of them. Checked against a stand-in only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
import splunklib

from fmgstate import __version__
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.settings import APP, Plan, store_file
from fmgstate.store.on_disk import OnDiskStore
from standin import Standin
from standin.commands.conversation import Conversation, Manner, SearchInfo
from standin.commands.definition import definition
from standin.commands.frames import read_rows
from standin.inputs.script import Interpreter
from standin.spl.stream import Stream
from standin.spl.values import Row
from tests.unit.collect.small_fortimanager import branch

PACKAGE = Path(__file__).parents[2] / "dist" / f"{APP}-{__version__}.tar.gz"
SDK = Path(splunklib.__file__).parent.parent
PEER = f"""
import sys
sys.path.insert(0, {str(SDK)!r})
from splunklib.searchcommands import Configuration, StreamingCommand, dispatch
@Configuration(required_fields=["policyid", "note"])
class Peer(StreamingCommand):
    def stream(self, records):
        for one in records:
            one["twice"] = [one["policyid"], one["note"]]
            yield one
dispatch(Peer, sys.argv, sys.stdin, sys.stdout, __name__)
"""
MANNERS = [
    Manner(),
    Manner(1, quote_all_but_words=False, mv_columns=False, empty_requests=False),
    Manner(2, mv_columns=False, chunked_idx=False),
    Manner(2, quote_all_but_words=False, chunked_idx=False, empty_requests=False),
    Manner(1, quote_all_but_words=False, mv_columns=False, chunked_idx=False),
    Manner(quote_all_but_words=False, empty_requests=False),
    Manner(2, mv_columns=False, empty_requests=False),
]
NOTES = ['He said "no", then left', "two\nlines", "a;b,$c$ \\ 'd'", "", "ä€"]
EVENTS: list[Row] = [
    {"devid": "FG2", "vd": "root", "policytype": "policy", "policyid": policyid, "note": note,
     "_time": "1600000000.5", "_raw": f'policyid={policyid} msg="x, y"', "tags": ["x", "y$z; "]}
    for policyid, note in zip(("1", "3", "77", "1", "3"), NOTES, strict=True)
]  # fmt: skip
WHY = "Package sites/hq of ADOM branch has no policy 77."
RULES = {
    "1": {"rule_found": "true", "rule_name": "rule 1"},
    "3": {"rule_found": "true", "rule_name": "rule 3", "rule_comments": "third"},
    "77": {"rule_found": "false", "rule_why": WHY},
}
AGE = ("rule_snapshot_time", "rule_changed_time", "rule_stale", "rule_plane")


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    home = tmp_path_factory.mktemp("splunk")
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(home)}))
    list(refresh(branch(), store, Plan(), InTurn(), 1000.0))
    store.close()
    peer = home / "etc" / "apps" / "peer"
    for folder, name, text in (
        ("bin", "peer.py", PEER),
        ("default", "commands.conf", "[peer]\nchunked = true\n"),
    ):
        (peer / folder).mkdir(parents=True)
        (peer / folder / name).write_text(text)
    with Standin(home, [PACKAGE]) as splunk:
        yield splunk


def answered(splunk: Standin, app: str, name: str, words: list[str], manner: Manner) -> list[Row]:
    """The rows that a command of an app makes of EVENTS; what it complains of is an error."""
    said: list[tuple[str, str]] = []
    found = definition(splunk.home, splunk.confs, name, app)
    assert found is not None
    info = SearchInfo("1.1", app, "admin", "search", str(splunk.home.path), splunk.session_key,
                      splunk.uri)  # fmt: skip
    talk = Conversation(found, Interpreter(splunk.home, sys.executable, []), info,
                        lambda *message: said.append(message), manner)  # fmt: skip
    events = Stream(iter([dict(one) for one in EVENTS]), None, True)
    rows = list(talk.run([(word, word) for word in words], events, False).rows)
    assert said == []
    return rows


def sent(event: Row, manner: Manner) -> dict[str, Any]:
    """An event as it is after the command: without what is empty, and, where its fields go through
    the command without their ``__mv_`` columns, with several values as one."""
    kept = {name: value for name, value in event.items() if value != ""}
    if manner.mv_columns or manner.chunked_idx:
        return kept
    return {**kept, "tags": "\n".join(event["tags"])}


def like(manner: Manner) -> str:
    short = {"quote_all_but_words": "quotes", "mv_columns": "mv", "chunked_idx": "idx",
             "empty_requests": "empty"}  # fmt: skip
    on = [text for name, text in short.items() if getattr(manner, name)]
    return "-".join([str(manner.chunk_rows), *on])


@pytest.mark.parametrize("manner", MANNERS, ids=like)
def test_fmgpolicy_of_the_package(splunk: Standin, manner: Manner) -> None:
    rows = answered(splunk, APP, "fmgpolicy", ["fields=found,why", "name", "comments"], manner)
    assert [{name: value for name, value in row.items() if name not in AGE and value != ""}
            for row in rows] == [{**sent(event, manner), **RULES[str(event["policyid"])]}
                                 for event in EVENTS]  # fmt: skip
    assert [row["rule_snapshot_time"] for row in rows] == ["1000.0"] * len(EVENTS)


@pytest.mark.parametrize("manner", MANNERS, ids=like)
def test_splunklibs_streaming_command(splunk: Standin, manner: Manner) -> None:
    rows = answered(splunk, "peer", "peer", [], manner)
    twice = [[str(event["policyid"]), str(event["note"])] for event in EVENTS]
    assert [row.pop("twice") for row in rows] == twice
    assert [{name: value for name, value in row.items() if value != ""} for row in rows] == [
        sent(event, manner) for event in EVENTS]  # fmt: skip


def test_each_way_is_tried_beside_every_other() -> None:
    ways = ("quote_all_but_words", "mv_columns", "chunked_idx", "empty_requests")
    for one, other in combinations(ways, 2):
        tried = {(getattr(each, one), getattr(each, other)) for each in MANNERS}
        assert tried == set(product((True, False), repeat=2)), (one, other)
    assert {each.chunk_rows for each in MANNERS} == {1, 2, 50_000}


def test_multivalue_cells_are_read_as_recordings_show() -> None:
    body = b'a,"__mv_a"\n"x\ny$z; ","$x$;$y$$z; $"\n'
    assert list(read_rows(body)[1]) == [{"a": ["x", "y$z; "]}]
