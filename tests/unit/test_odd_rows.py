"""Rows that make no sense: an error of our own, never another one and never an empty result."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fmgstate.errors import NormalizeError
from fmgstate.inventory.model import Adom
from fmgstate.inventory.normalize import fortigate_adoms, inventory
from fmgstate.policy.events import object_records, policy_records
from fmgstate.policy.normalize import last_revisions, objects, policies
from fmgstate.policy.resolved import Resolver
from fmgstate.policy.tables import OBJECT_TABLES, POLICY_FIELDS

WORDS = ["enable", "disable", "10.0.0.0/8", "10.0.0.1-10.0.0.9", "443:1-9", "0.0.0.0", "all", "a"]
INNER = ["name", "vdom", "_scope", "subnet", "member"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 70000)
    | st.text(max_size=8)
    | st.sampled_from(WORDS)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=3)
    ),
    max_leaves=6,
)
INVENTORY = [
    "name", "sn", "os_ver", "mr", "patch", "ha_slave", "vdom", "conn_status", "status", "dev",
    "pkg", "subobj", "type", "package settings", "scope member", "oid",
]  # fmt: skip


def rows(fields: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.dictionaries(st.sampled_from(fields), VALUES, max_size=12), max_size=3)


@given(rows([*POLICY_FIELDS, "scope member", "meta fields", "policyid"]))
@settings(max_examples=300)
def test_policies(native: list[dict[str, Any]]) -> None:
    try:
        read = policies("firewall/policy", "package", native)
    except NormalizeError:
        return
    assert len(read) == len(native)
    if len({one.policyid for one in read}) == len(read):
        assert len({one["id"] for one in policy_records(read)}) == len(native)


def of_some_table(table: str) -> st.SearchStrategy[tuple[str, list[dict[str, Any]]]]:
    fields = [*OBJECT_TABLES[table], "dynamic_mapping", "name"]
    return st.tuples(st.just(table), rows(fields))


@given(st.sampled_from(sorted(OBJECT_TABLES)).flatmap(of_some_table))
@settings(max_examples=300)
def test_objects_and_what_they_stand_for(given: tuple[str, list[dict[str, Any]]]) -> None:
    table, native = given
    try:
        read = objects(table, native)
    except NormalizeError:
        return
    assert len(object_records(read)) == len(native)
    names = [one.name for one in read]
    rule = {"srcaddr": names, "dstaddr6": names, "service": names}
    Resolver(read, ()).add(rule)


@given(rows(INVENTORY))
@settings(max_examples=300)
def test_inventories(native: list[dict[str, Any]]) -> None:
    try:
        read = inventory(Adom("a"), native, native, native, native)
        fortigate_adoms(native)
    except NormalizeError:
        return
    assert len(read.devices) == len(native)


@given(rows(["key", "user", "note", "timestamp", "act"]))
def test_revisions(native: list[dict[str, Any]]) -> None:
    with suppress(NormalizeError):
        last_revisions(native)
