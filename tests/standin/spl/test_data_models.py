"""Data models: whole datasets, their fields and the ways to them."""

import pytest

from standin.spl.context import Macro
from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse

EVENTS = [
    {"_time": 30, "index": "net", "user": "ann", "action": "failure", "src": "10.0.0.1"},
    {"_time": 20, "index": "net", "user": "bob", "action": "success", "src": "10.0.0.2"},
    {"_time": 10, "index": "net", "user": "ann$", "action": "failure"},
    {"_time": 5, "index": "other", "user": "eve", "action": "failure"},
]
MODEL = {
    "objects": [
        {
            "objectName": "Authentication",
            "parentName": "BaseEvent",
            "constraints": [{"search": "`net_indexes` action=*"}],
            "fields": [
                {"fieldName": "_time", "owner": "BaseEvent"},
                {"fieldName": "action"},
                {"fieldName": "user"},
                {"fieldName": "src"},
            ],
            "calculations": [
                {
                    "calculationType": "Eval",
                    "expression": 'if(like(user,"%$"),"machine","person")',
                    "outputFields": [{"fieldName": "user_type"}],
                }
            ],
        },
        {
            "objectName": "Failed_Authentication",
            "parentName": "Authentication",
            "constraints": [{"search": "action=failure"}],
            "fields": [],
        },
        {
            "objectName": "Machines",
            "parentName": "Failed_Authentication",
            "constraints": [{"search": "user_type=machine"}],
            "fields": [],
        },
        {
            "objectName": "Sessions",
            "parentName": "BaseTransaction",
            "constraints": [],
            "fields": [],
        },
    ]
}
LOOSE = "strict_fields=false"
DEEP = "Authentication.Failed_Authentication.Machines"


def instance(model=MODEL):
    rows = [dict(row) for row in EVENTS]
    macros = {("net_indexes", 0): Macro("(index=net)")}
    return InMemory(rows, macros=macros, data_models={"Authentication": model})


def found(search, model=MODEL):
    return list(parse(search, instance(model)).run().rows)


ANN = {"_time": 30, "index": "net"}
MACHINE = {"_time": 10, "index": "net"}


# Search Reference: datamodel ("search", "flat": with and without hierarchical information)
def test_modes():
    whole = {"action": "failure", "user": "ann", "src": "10.0.0.1", "user_type": "person"}
    search = f"| datamodel Authentication Failed_Authentication %s {LOOSE} | head 1"
    named = {f"Authentication.{name}": value for name, value in whole.items()}
    assert found(search % "search") == [{**ANN, **named}]
    assert found(search % "flat") == [{**ANN, **whole}]


# Search Reference: datamodel, strict_fields; from, "When field filtering is disabled"
@pytest.mark.parametrize(
    ("search", "rows"),
    [
        (
            "| datamodel Authentication Failed_Authentication search",
            [
                {**ANN, "Authentication.action": "failure"},
                {**MACHINE, "Authentication.action": "failure"},
            ],
        ),
        (
            '| from datamodel:"Authentication"."Machines"',
            [{**MACHINE, "action": "failure", "user_type": "machine"}],
        ),
        (
            "| from datamodel:Authentication.Machines",
            [{**MACHINE, "action": "failure", "user_type": "machine"}],
        ),
        (
            '| from datamodel:"Authentication.Machines" | fields user_type',
            [{"_time": 10, "user_type": "machine"}],
        ),
        (
            "| from datamodel Authentication.Machines | fields - index, action",
            [{"_time": 10, "user_type": "machine"}],
        ),
    ],
)
def test_strict_fields(search, rows):
    assert found(search) == rows


def test_datamodels_conf_may_say_that_fields_are_not_filtered():
    loose = {**MODEL, "strict_fields": False}
    search = "| from datamodel:Authentication.Failed_Authentication | stats count by user, src"
    assert found(search) == []
    assert found(search, loose) == [{"user": "ann", "src": "10.0.0.1", "count": 1}]
    strictly = "| datamodel Authentication Failed_Authentication flat strict_fields=true"
    assert "user" not in found(strictly, loose)[0]


# Search Reference: tstats, FROM
@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("| tstats count from datamodel=Authentication.Authentication", 3),
        (
            f"| tstats count from datamodel=Authentication.Authentication where nodename={DEEP}",
            1,
        ),
        ("| datamodel Authentication Machines search | stats count", 1),
        ("| union [search index=other] datamodel:Authentication.Machines | stats count", 2),
    ],
)
def test_child_datasets(search, count):
    assert found(search) == [{"count": count}]


@pytest.mark.parametrize(
    ("search", "error"),
    [
        ("| datamodel", Undocumented),
        ("| datamodel Authentication", Undocumented),
        ("| datamodel Authentication Machines", Undocumented),
        ("| datamodel Authentication Machines search_string", Undocumented),
        ("| datamodel Authentication Machines acceleration_search", Unsupported),
        ("| datamodel Authentication Machines search now", Malformed),
        ("| datamodel Authentication Machines sideways", Malformed),
        ("index=net | datamodel Authentication Machines search", Malformed),
        ("| datamodel Authentication Sessions search", Unsupported),
        ("| tstats count from datamodel=Authentication.Failed_Authentication", SplError),
        ("| datamodel Authentication search", SplError),
        ("| datamodel Nope Machines search", SplError),
        ("| from datamodel:Authentication.Nope", SplError),
        ("| from datamodel:", Malformed),
        ("| from datamodel:a b", Malformed),
        ("| from Authentication", Malformed),
    ],
)
def test_what_is_refused(search, error):
    with pytest.raises(error):
        found(search)
