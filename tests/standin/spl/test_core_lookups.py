"""lookup and outputlookup."""

from dataclasses import replace

import pytest

from standin.spl.context import LookupTable
from standin.spl.errors import Undocumented
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.values import Row
from tests.standin.spl.context_for_tests import found

EVENTS: list[Row] = [
    {"_time": 103.0, "_raw": "a", "user": "bob", "src": "10.0.0.1", "n": "1"},
    {"_time": 102.0, "_raw": "b", "user": "eve", "src": "10.0.0.2", "n": "2"},
    {"_time": 101.0, "_raw": "c", "user": "bob", "src": "10.0.0.3", "n": "3"},
]
GROUPS = LookupTable(
    "groups.csv",
    ["user", "team"],
    [
        {"user": "bob", "team": "red"},
        {"user": "eve", "team": "blue"},
        {"user": "ann", "team": ""},
    ],
)
NETS = LookupTable(
    "nets",
    ["net", "zone"],
    [{"net": "10.0.0.0/31", "zone": "lan"}, {"net": "10.0.0.0/24", "zone": "wide"}],
    max_matches=1,
    match_types=(("CIDR", "net"),),
)
WILD = LookupTable(
    "wild",
    ["name", "kind"],
    [{"name": "B*", "kind": "b"}, {"name": "*b", "kind": "ends"}],
    case_sensitive=False,
    match_types=(("WILDCARD", "name"),),
)
LOOKUPS = {"groups.csv": GROUPS, "nets": NETS, "wild": WILD}


@pytest.mark.parametrize(
    ("command", "values"),
    [
        # Search Reference: lookup; Admin Manual: transforms.conf (max_matches, match_type, …)
        ("lookup groups.csv user OUTPUT team", {"team": "red"}),
        ("lookup groups.csv user OUTPUT team AS t", {"t": "red"}),
        ("lookup groups.csv user", {"team": "red"}),
        ("lookup groups.csv team AS src OUTPUT user AS u", {}),
        ("lookup groups.csv user AS missing OUTPUT team", {}),
        ("lookup groups.csv user OUTPUT team AS user", {"user": "red"}),
        ("lookup groups.csv user OUTPUTNEW team AS src", {}),
        ('eval user="BOB" | lookup groups.csv user OUTPUT team', {"user": "BOB"}),
        ("lookup nets net AS src OUTPUT zone", {"zone": "lan"}),
        (
            'eval src="10.0.0.9" | lookup nets net AS src OUTPUT zone',
            {"src": "10.0.0.9", "zone": "wide"},
        ),
        ("lookup wild name AS user OUTPUT kind", {"kind": ["b", "ends"]}),
    ],
)
def test_lookup(command: str, values: Row) -> None:
    assert found(f"* | {command}", EVENTS[0], lookups=LOOKUPS) == [{**EVENTS[0], **values}]


def test_lookup_default_and_case() -> None:
    table = replace(GROUPS, case_sensitive=False, min_matches=1, default_match="none")
    rows: list[Row] = [{"user": "BOB"}, {"user": "zed"}]
    assert found("* | lookup g user OUTPUT team", *rows, lookups={"g": table}) == [
        {"user": "BOB", "team": "red"},
        {"user": "zed", "team": "none"},
    ]


def test_lookup_that_would_take_a_value_away() -> None:
    with pytest.raises(Undocumented):
        found(
            "* | lookup groups.csv user OUTPUT team", {"user": "zed", "team": "x"}, lookups=LOOKUPS
        )


def test_outputlookup() -> None:
    # Search Reference: outputlookup
    context = InMemory(EVENTS)
    rows = list(
        parse("* | fields user n _time | head 2 | outputlookup out.csv", context).run().rows
    )
    assert len(rows) == 2
    lines = [{"user": "bob", "n": "1"}, {"user": "eve", "n": "2"}]
    assert context.lookups["out.csv"] == LookupTable("out.csv", ["user", "n"], lines)
    more = "n=3 | table n extra | outputlookup append=t out.csv"
    assert list(parse(more, context).run().rows) == [{"n": "3"}]
    assert context.lookups["out.csv"].rows == [*lines, {"user": "", "n": "3"}]


# Admin Manual: transforms.conf, max_matches
def test_the_first_hundred_matches_are_taken() -> None:
    lines = [{"user": "bob", "n": str(number)} for number in range(150)]
    tables = {"many": LookupTable("many", ["user", "n"], lines)}
    (row,) = found("* | lookup many user OUTPUT n", {"user": "bob"}, lookups=tables)
    assert row["n"] == [str(number) for number in range(100)]
