"""Rows as FortiManager writes them: fields, options, sub-tables, words or integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.query.integers import integers, to_integers
from simulator.query.params import Query
from simulator.schema.table_spec import SUBTABLES, Enum, TableSpec
from simulator.state.table import Row

_ABSENT: tuple[Any, ...] = (None, [], "")


def config_rows(
    spec: TableSpec, numbered: Iterable[tuple[int, Row]], query: Query, verbose: bool
) -> list[dict[str, Any]]:
    """Rows of a configuration table. ``oid`` always, ``obj seq`` where order means something."""
    answers = []
    for place, row in numbered:
        answer = _chosen(spec, row, query.fields) if query.fields else _whole(spec, row)
        if not query.subtables:
            for name in SUBTABLES & answer.keys():
                del answer[name]
        if not verbose:
            answer = to_integers(spec, answer)
        if spec.ordered:
            answer["obj seq"] = place
        answer["oid"] = row.oid
        if query.options:
            _add_options(answer, row, query)
        answers.append(answer)
    return answers


def _chosen(spec: TableSpec, row: Row, fields: tuple[str, ...]) -> dict[str, Any]:
    """The fields asked for; empty ones are left out, as FortiManager does."""
    values, defaults, answer = row.values, spec.defaults, {}
    for name in fields:
        value = values[name] if name in values else defaults.get(name)
        if value is None or value == [] or value == "":
            continue
        answer[name] = value
    return answer


def _whole(spec: TableSpec, row: Row) -> dict[str, Any]:
    answer = {**spec.defaults, **row.values}
    if not spec.ordered:
        return {
            name: value
            for name, value in answer.items()
            if value is not None
            or name in ("dynamic_mapping", "tagging", "list", "platform_mapping")
        }
    return answer


def _add_options(answer: dict[str, Any], row: Row, query: Query) -> None:
    options = query.options
    if "extra info" in options:
        answer.update(row.extra_info())
    if "scope member" in options and row.scope is not None:
        answer["scope member"] = list(row.scope)
        answer["obj flags"] = 16
    if "get meta" in options and row.meta is not None:
        answer["meta fields"] = dict(row.meta)


def plain_rows(
    numbered: Iterable[tuple[int, Mapping[str, Any]]],
    query: Query,
    enums: Mapping[str, Enum],
    verbose: bool,
    keep: tuple[str, ...] = ("oid",),
) -> list[dict[str, Any]]:
    """Rows of the device manager. ``keep``: keys that stay though ``fields`` does not name them."""
    answers = []
    for _place, row in numbered:
        answer = dict(row)
        if query.fields:
            wanted = (*query.fields, *keep)
            answer = {name: row[name] for name in wanted if row.get(name) not in _ABSENT}
        if not query.subtables:
            answer.pop("vdom", None)
            answer.pop("ha_slave", None)
        answers.append(answer if verbose else integers(answer, enums))
    return answers
