"""What an instance keeps: metadata, eventcount, metasearch, rest."""

from collections.abc import Iterator

import pytest

from standin.spl.errors import Malformed, SplError, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.values import Row
from tests.standin.spl.context_for_tests import found

EVENTS: list[Row] = [
    {"_time": 30.0, "_indextime": "31", "_raw": "x", "index": "fw", "host": "b", "user": "u"},
    {"_time": 20.0, "_indextime": "40", "_raw": "y", "index": "fw", "host": "a"},
    {"_time": 10.0, "_indextime": "11", "_raw": "z", "index": "_internal", "host": "b"},
]


@pytest.mark.parametrize(
    ("search", "rows"),
    [
        # Search Reference: metadata
        (
            "| metadata type=hosts index=fw | fields host totalCount firstTime recentTime",
            [
                {"host": "a", "totalCount": 1, "firstTime": 20, "recentTime": 40},
                {"host": "b", "totalCount": 1, "firstTime": 30, "recentTime": 31},
            ],
        ),
        # Search Reference: eventcount
        ("| eventcount", [{"count": 3}]),
        ("| eventcount index=fw", [{"count": 2}]),
        (
            "| eventcount summarize=false index=* index=_* | fields index count",
            [{"index": "_internal", "count": 1}, {"index": "fw", "count": 2}],
        ),
        ("| eventcount summarize=f index=* | table index", [{"index": "fw"}]),
        # Search Reference: metasearch
        ("| metasearch host=b index=fw", [{"_time": 30.0, "host": "b", "index": "fw"}]),
        # Search Reference: rest
        ("| rest /services/server/info count=0 | table name", [{"name": "n1"}]),
        ('| rest splunk_server=local "/services/server/info" | table name', [{"name": "n1"}]),
    ],
)
def test_what_an_instance_keeps(search: str, rows: list[Row]) -> None:
    entries: dict[str, list[Row]] = {"/services/server/info": [{"name": "n1", "x": "1"}]}
    assert found(search, *EVENTS, entries=entries) == rows


@pytest.mark.parametrize(
    ("search", "error"),
    [
        ("| metadata", Malformed),
        ("| metadata type=users", Malformed),
        ("| eventcount report_size=t", Unsupported),
        ("| rest", Malformed),
        ("| rest /a /b", Malformed),
        ("| rest /a f=b f=c", Unsupported),
        ("* | rest /a", Malformed),
    ],
)
def test_what_is_refused(search: str, error: type[SplError]) -> None:
    with pytest.raises(error):
        parse(search, InMemory())


@pytest.mark.parametrize(
    ("search", "arguments"),
    [
        ("| rest /a search=eai:acl.app=x f=title", {"search": "eai:acl.app=x", "f": "title"}),
        ('| rest search=title!="a b" /a count=0', {"search": 'title!="a b"', "count": "0"}),
        ('| rest /a search="x=y"', {"search": "x=y"}),
    ],
)
def test_arguments_of_rest(search: str, arguments: dict[str, str]) -> None:
    asked: list[dict[str, str]] = []

    class Asked(InMemory):
        def rest(self, path: str, arguments: dict[str, str]) -> Iterator[Row]:
            asked.append(arguments)
            return iter([])

    list(parse(search, Asked()).run().rows)
    assert asked == [arguments]
