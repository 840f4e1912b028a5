"""lookup and outputlookup."""

from dataclasses import replace

import pytest

from standin.spl.context import LookupTable, TimeBounds
from standin.spl.errors import Undocumented, Unsupported
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


LEASES = LookupTable(
    "leases",
    ["from", "ip", "mac"],
    [
        {"from": "2001-09-09 01:46:40.900", "ip": "10.0.0.1", "mac": "a"},  # 1000000000.9
        {"from": "2001-09-09 01:48:20", "ip": "10.0.0.1", "mac": "b"},  # 1000000100
        {"from": "", "ip": "10.0.0.1", "mac": "never"},
        {"from": "2001-09-09 01:46:41", "ip": "10.0.0.2", "mac": "c"},
    ],
    times=TimeBounds("from", "%Y-%m-%d %H:%M:%S.%Q", 0, 2_000_000_000),
)


@pytest.mark.parametrize(
    ("table", "time", "found_mac"),
    [
        # Admin Manual: transforms.conf, time_field: the latest entry that is not after the event;
        # max_matches is 1 by default. Subseconds are ignored.
        (LEASES, 1000000050.0, "a"),
        (LEASES, 1000000000.0, "a"),
        (LEASES, 1000000100.0, "b"),
        (LEASES, 999999999.0, None),
        (replace(LEASES, max_matches=5), 1000000200.0, ["b", "a"]),
        # max_offset_secs, min_offset_secs: how much later the event may and must be.
        (replace(LEASES, times=replace(LEASES.times, most=30)), 1000000050.0, None),
        (replace(LEASES, times=replace(LEASES.times, most=50)), 1000000050.0, "a"),
        (replace(LEASES, times=replace(LEASES.times, least=101)), 1000000200.0, "a"),
        (replace(LEASES, times=replace(LEASES.times, least=-60)), 1000000050.0, "b"),
        (replace(LEASES, min_matches=1, default_match="?"), 1.0, "?"),
    ],
)
def test_time_bounded_lookups(table: LookupTable, time: float, found_mac: object) -> None:
    (row,) = found(
        "* | lookup leases ip AS src OUTPUT mac | fields mac",
        {"_time": time, "src": "10.0.0.1"},
        lookups={"leases": table},
    )
    assert row.get("mac") == found_mac


def test_a_time_bounded_lookup_needs_a_time() -> None:
    with pytest.raises(Undocumented, match="no _time"):
        found(
            "* | fields - _time | lookup leases ip AS src OUTPUT mac",
            {"_time": 1e7, "src": "10.0.0.1"},
            lookups={"leases": LEASES},
        )


# Search Reference: outputlookup
def test_outputlookup_refuses_what_is_not_documented() -> None:
    with pytest.raises(Unsupported, match="splunk_mv_csv"):
        found("* | outputlookup output_format=splunk_mv_csv out.csv", EVENTS[0])
    people = LookupTable("people", ["user"], [], in_kvstore=True)
    with pytest.raises(Undocumented, match="how a KV store keeps the values"):
        found(
            '* | eval user=split("a,b", ",") | outputlookup people',
            EVENTS[0],
            lookups={"people": people},
        )


# Search Reference: outputlookup, "Multivalued fields"
def test_a_multivalue_in_a_file() -> None:
    context = InMemory(EVENTS)
    text = '| makeresults | eval m=split("a,b", ",") | table m | outputlookup out.csv'
    assert list(parse(text, context).run().rows) == [{"m": ["a", "b"]}]
    assert context.lookups["out.csv"].rows == [{"m": "a b"}]


# Search Reference: outputlookup, override_if_empty, create_empty
@pytest.mark.parametrize(
    ("options", "left"),
    [
        ("", None),
        ("create_empty=t", []),
        ("override_if_empty=f", ["bob", "eve", "ann"]),
        ("append=t", ["bob", "eve", "ann"]),
    ],
)
def test_no_rows_to_write(options: str, left: list[str] | None) -> None:
    context = InMemory(EVENTS, lookups={"groups.csv": GROUPS})
    text = f"nothing | table user team | outputlookup {options} groups.csv"
    assert list(parse(text, context).run().rows) == []
    table = context.lookups.get("groups.csv")
    assert (None if table is None else [row["user"] for row in table.rows]) == left
