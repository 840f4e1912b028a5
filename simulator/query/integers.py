"""Verbose words to the integers of answers without ``verbose``, and back for writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.schema.enumerations import SWITCH
from simulator.schema.table_spec import Enum, TableSpec

_NO_ENUMS: Mapping[str, Enum] = {}


def to_integers(spec: TableSpec, row: Mapping[str, Any]) -> dict[str, Any]:
    """``row`` with every enumeration as its integer; sub-tables too."""
    return integers(row, spec.enums, spec.flags)


def integers(
    row: Mapping[str, Any], enums: Mapping[str, Enum], flags: frozenset[str] = frozenset()
) -> dict[str, Any]:
    return {name: _integer(name, value, enums, flags) for name, value in row.items()}


def _integer(name: str, value: Any, enums: Mapping[str, Enum], flags: frozenset[str]) -> Any:
    if isinstance(value, str):
        known = enums.get(name)
        if known is not None:
            return known.get(value, value)
        return SWITCH.get(value, value)
    if isinstance(value, list) and value:
        if name in flags and name in enums:
            return sum(enums[name].get(word, 0) for word in value)
        if isinstance(value[0], dict):
            return [integers(inner, enums, flags) for inner in value]
    if isinstance(value, dict):
        return integers(value, enums, flags)
    return value


def to_words(spec: TableSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a client writes, in the form rows are kept in. Unknown integers stay."""
    return {name: _word(spec, name, value) for name, value in values.items()}


def _word(spec: TableSpec, name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        if isinstance(spec.defaults.get(name), list) and isinstance(value, str):
            return [value] if value else []
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return [to_words(spec, inner) for inner in value]
        return value
    enum = spec.enums.get(name)
    if enum is None and spec.defaults.get(name) in SWITCH:
        enum = SWITCH
    if enum is None:
        return value
    if name in spec.flags:
        return [word for word, bit in enum.items() if value & bit]
    return next((word for word, number in enum.items() if number == value), value)
