"""tstats. Search Reference: tstats."""

import pytest

from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse

START = 1_700_000_000.0
EVENTS = [
    {"_time": START + at * 600, "index": "net", "host": f"h{at % 2}", "size": str(at)}
    for at in range(6, -1, -1)
] + [{"_time": START, "index": "other", "host": "h0"}]
MODEL = {
    "objects": [
        {
            "objectName": "All_Traffic",
            "parentName": "BaseEvent",
            "constraints": [{"search": "index=net"}],
            "fields": [{"fieldName": "size"}],
            "calculations": [
                {
                    "calculationType": "Eval",
                    "expression": "size*2",
                    "outputFields": [{"fieldName": "twice"}],
                }
            ],
        },
        {
            "objectName": "Big",
            "parentName": "All_Traffic",
            "constraints": [{"search": "size>3"}],
            "fields": [],
        },
        {
            "objectName": "Odd",
            "parentName": "Big",
            "constraints": [{"search": "size=1 OR size=5"}],
            "fields": [],
        },
    ]
}


def found(text, **settings):
    stream = parse(text, InMemory(list(EVENTS), data_models={"Net": MODEL}, **settings)).run()
    rows = list(stream.rows)
    return [stream.fields, *([row.get(name) for name in stream.fields] for row in rows)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count where index=net", [["count"], [7]]),
        ("count WHERE index=net BY host", [["host", "count"], ["h0", 4], ["h1", 3]]),
        ("count AS n groupby index", [["index", "n"], ["net", 7], ["other", 1]]),
        ("avg(size) where index=net size>3", [["avg(size)"], [5]]),
        ("count where index=net (host=h1 OR host=x*)", [["count"], [3]]),
        ("count where index=net host IN (h1, x)", [["count"], [3]]),
        (
            "count min(_time) as first where index=net by _time host span=1h",
            [
                ["_time", "host", "count", "first"],
                [1_699_999_200, "h0", 3, START],
                [1_699_999_200, "h1", 2, START + 600],
                [1_700_002_800, "h0", 1, START + 3600],
                [1_700_002_800, "h1", 1, START + 3000],
            ],
        ),
        ("summariesonly=t allow_old_summaries=true local=f count", [["count"], [8]]),
        (f"count where index=net earliest={START + 600} latest={START + 1800}", [["count"], [2]]),
    ],
)
def test_indexed_fields(text, expected):
    assert found(f"| tstats {text}") == expected


# "tstats omits rows for events with one or more null field values"
def test_nulls_of_by_fields():
    assert found("| tstats count where index=other by size") == [["size", "count"]]
    assert found('| tstats fillnull_value="none" count where index=other by size') == [
        ["size", "count"],
        ["none", 1],
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count from datamodel=Net.All_Traffic", [["count"], [7]]),
        ('count from datamodel="Net"."All_Traffic"', [["count"], [7]]),
        (
            "sum(All_Traffic.twice) as t from datamodel=Net where All_Traffic.size>2 by host",
            [["host", "t"], ["h0", 20], ["h1", 16]],
        ),
        ("count from datamodel=Net where nodename=All_Traffic.Big", [["count"], [3]]),
        ("count from datamodel=Net where nodename=All_Traffic.Big.Odd", [["count"], [1]]),
        (
            f"count from datamodel=Net where earliest={START + 600} latest={START + 1200}",
            [["count"], [1]],
        ),
    ],
)
def test_data_models(text, expected):
    assert found(f"| tstats {text}") == expected


@pytest.mark.parametrize("name", ["Nope", "Nope.All_Traffic", "Net.Nope"])
def test_data_models_that_are_not_there(name):
    search = parse(
        f"| tstats count from datamodel={name}", InMemory([], data_models={"Net": MODEL})
    )
    with pytest.raises(SplError, match="Data model"):
        search.run()


# examples 4 and "Multiple time ranges"
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "prestats=t count where index=net by _time span=10m | timechart span=1h count",
            [
                ["_time", "count", "_span"],
                [1_699_999_200, 5, 3600],
                [1_700_002_800, 2, 3600],
            ],
        ),
        (
            (
                f"prestats=t count where index=net earliest={START} latest={START + 600}"
                f" | tstats prestats=t append=true count where index=net earliest={START + 1200}"
                f" latest={START + 2400} | stats count"
            ),
            [["count"], [3]],
        ),
        (
            "prestats=t count avg(size) where index=net by host | stats avg(size) by host",
            [["host", "avg(size)"], ["h0", 3], ["h1", 3]],
        ),
        ("prestats=t count by size | stats count", [["count"], [7]]),
        (
            "prestats=t dc(size) by index host | chart dc(size) over index by host",
            [["index", "h0", "h1"], ["net", 4, 3], ["other", 0, 0]],
        ),
    ],
)
def test_prestats(text, expected):
    assert found(f"| tstats {text}") == expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("count | eval x=1", Unsupported),
        ("count | stats avg(size)", Undocumented),
        ("count by host | stats count by index", Undocumented),
        ("count by host | timechart span=1h count", Undocumented),
    ],
)
def test_what_may_follow_prestats(text, error):
    with pytest.raises(error):
        found(f"| tstats prestats=t {text}")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("| tstats", Malformed),
        ("| tstats count by", Malformed),
        ("| tstats count by size index where index=other", Malformed),
        ("| tstats count by source*", Malformed),
        ("| tstats avg(foo*)", Malformed),
        ("| tstats sum", Malformed),
        ("| tstats list(x)", Malformed),
        ("| tstats count(eval(x=1))", Malformed),
        ("| tstats spam=1 count", Malformed),
        ("| tstats count by host span=1h", Undocumented),
        ("| tstats chunk_size=5 count", Malformed),
        ("| tstats count by _time span=100ms", Malformed),
        ("index=net | tstats count", Malformed),
        ("| tstats append=t count", Malformed),
        ("| tstats prestats=t count | tstats prestats=t count", Malformed),
        ("| tstats count by PREFIX(kbps=)", Unsupported),
        ("| tstats avg(PREFIX(kbps=))", Unsupported),
        ("| tstats count from sid=123", Unsupported),
    ],
)
def test_refusals(text, error):
    with pytest.raises(error):
        parse(text, InMemory([]))
