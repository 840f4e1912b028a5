"""Differences must be small, and must lead back exactly."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fmgstate.collect.difference import Change, apply, difference, in_order

Record = dict[str, Any]


def placed(**lists: list[tuple[str, Any]]) -> list[Record]:
    return [
        {"kind": "policy", "id": name, "list": in_list, "sequence": place, "value": value}
        for in_list, rows in lists.items()
        for place, (name, value) in enumerate(rows, start=1)
    ]


@st.composite
def states(draw: st.DrawFn) -> list[Record]:
    names = draw(st.permutations([f"rule {number}" for number in range(7)]))
    kept = names[: draw(st.integers(0, 7))]
    lists: dict[str, list[tuple[str, Any]]] = {}
    for name in kept:
        in_list = draw(st.sampled_from(["a", "a", "a", "b"]))
        lists.setdefault(in_list, []).append((name, draw(st.integers(0, 1))))
    unplaced = [
        {"kind": "object", "id": f"object {number}", "value": draw(st.integers(0, 1))}
        for number in range(draw(st.integers(0, 3)))
    ]
    return placed(**lists) + unplaced


@given(states(), states())
def test_the_differences_lead_from_the_old_to_the_new(old: list[Record], new: list[Record]) -> None:
    assert apply(old, difference(old, new)) == in_order(new)


@given(states())
def test_no_difference_between_equals(state: list[Record]) -> None:
    assert difference(state, state) == []


def test_a_rule_put_on_top_is_one_change() -> None:
    rules = [(f"rule {number}", 0) for number in range(500)]
    new = placed(a=[("new", 0), *rules])
    assert difference(placed(a=rules), new) == [Change("created", new[0])]


def test_a_rule_moved_to_the_top_is_one_change() -> None:
    old = placed(a=[("one", 0), ("two", 0), ("three", 0), ("four", 0)])
    new = placed(a=[("three", 0), ("one", 0), ("two", 0), ("four", 0)])
    assert difference(old, new) == [Change("modified", new[0], {"sequence": (3, 1)})]


def test_deleted_then_created_and_changed_with_old_and_new_values() -> None:
    old = placed(a=[("one", "x"), ("two", "y"), ("three", "z")])
    new = placed(a=[("two", "Y"), ("four", "w"), ("three", "z")])
    assert difference(old, new) == [
        Change("deleted", old[0]),
        Change("modified", new[0], {"value": ("y", "Y")}),
        Change("created", new[1]),
    ]


def test_a_field_that_comes_or_goes_is_none_on_the_other_side() -> None:
    old = [{"kind": "object", "id": "o", "comment": "was"}]
    new = [{"kind": "object", "id": "o", "color": 3}]
    fields = {"comment": ("was", None), "color": (None, 3)}
    assert difference(old, new) == [Change("modified", new[0], fields)]
