"""Rows as FortiManager writes them: fields, options, sub-tables, words or integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.query.integers import integers, to_integers
from simulator.query.params import Query
from simulator.schema.mappings import complete_mappings
from simulator.schema.table_spec import Enum, TableSpec
from simulator.state.fortimanager import FortiManager
from simulator.state.table import Row, Table
from simulator.versions import since

_NOWHERE_IS_SAID = since("7.0.11", "7.2.5", "7.4.3")
_FLAGS = frozenset({"flags"})
_DEVICE_SUBTABLES = ("ha_slave", "vdom")
_ABSENT: tuple[Any, ...] = (None, [], "")


@dataclass(frozen=True)
class Style:
    """How rows of one table are written. ``meta``: names of the table's meta fields.
    ``nowhere_is_a_flag``: before 7.0.11, 7.2.5 and 7.4.3 a policy that is installed nowhere had
    no ``scope member``, only ``obj flags``."""

    verbose: bool = True
    meta: tuple[str, ...] = ()
    nowhere_is_a_flag: bool = False

    @classmethod
    def of(cls, fm: FortiManager, spec: TableSpec, verbose: bool) -> Style:
        names = tuple(str(one["name"]) for one in fm.meta_fields.get(spec.path, ()))
        return cls(verbose, names, fm.version not in _NOWHERE_IS_SAID)


def config_rows(
    spec: TableSpec, numbered: Iterable[tuple[int, Row]], query: Query, style: Style
) -> list[dict[str, Any]]:
    """Rows of a configuration table. ``oid`` always, ``obj seq`` where order means something."""
    answers = []
    for place, row in numbered:
        answer = _chosen(spec, row, query.fields) if query.fields else _whole(spec, row)
        _subtables(spec, row, query, answer)
        if not style.verbose:
            answer = to_integers(spec, answer)
        if spec.ordered:
            answer["obj seq"] = place
        answer["oid"] = row.oid
        if query.options:
            _add_options(answer, row, query, style)
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


def _subtables(spec: TableSpec, row: Row, query: Query, answer: dict[str, Any]) -> None:
    """They come unasked, even with ``fields``, unless ``loadsub`` is 0 or ``sub fetch`` hides
    them; an empty one is null."""
    for name in spec.subtables:
        if query.subtables:
            value = row.values.get(name)
            answer[name] = complete_mappings(spec, name, value) if value else value
        else:
            answer.pop(name, None)
    if query.inner.tables:
        query.inner.apply(answer)


def _whole(spec: TableSpec, row: Row) -> dict[str, Any]:
    answer = {**spec.defaults, **row.values}
    if spec.ordered:
        return answer
    return {name: value for name, value in answer.items() if value is not None}


def _add_options(answer: dict[str, Any], row: Row, query: Query, style: Style) -> None:
    options = query.options
    if "extra info" in options:
        answer.update(row.extra_info())
    if "scope member" in options and row.scope is not None:
        answer["obj flags"] = 16
        if row.scope or not style.nowhere_is_a_flag:
            answer["scope member"] = list(row.scope)
    if "get meta" in options and (style.meta or row.meta):
        known = row.meta or {}
        wanted = query.meta or style.meta
        answer["meta fields"] = {name: known.get(name, "") for name in wanted}
        if not query.meta:
            answer["meta fields"].update(known)


def plain_rows(
    numbered: Iterable[tuple[int, Mapping[str, Any]]],
    query: Query,
    enums: Mapping[str, Enum],
    verbose: bool,
    keep: tuple[str, ...] = ("name", "oid"),
) -> list[dict[str, Any]]:
    """Rows of the device manager. ``keep``: keys that stay though ``fields`` does not name them."""
    answers = []
    for _place, row in numbered:
        answer = dict(row)
        if query.fields:
            wanted = dict.fromkeys((*query.fields, *keep))
            answer = {name: row[name] for name in wanted if row.get(name) not in _ABSENT}
        for name in _DEVICE_SUBTABLES:
            if not query.subtables:
                answer.pop(name, None)
            elif name in row:
                answer[name] = row[name]
        query.inner.apply(answer)
        answers.append(answer if verbose else integers(answer, enums, _FLAGS))
    return answers


def whole_table(fm: FortiManager, table: Table) -> list[dict[str, Any]]:
    """Every row with all there is to ask for, in verbose form."""
    query = Query.read({"option": ["extra info", "scope member", "get meta"]})
    return config_rows(table.spec, enumerate(table, 1), query, Style.of(fm, table.spec, True))
