"""Frozen dataclasses as JSON-able records and back: one way for every domain.

A field that holds its default and is empty ("", [], {}, None) is left out; numbers and booleans
are always written, so that nobody has to know what their absence means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

Record = dict[str, Any]
T = TypeVar("T")


def to_record(one: Any) -> Record:
    """The dataclass instance as a dict; tuples become lists, nested dataclasses dicts."""
    droppable = _droppable(type(one))
    return {
        name: _plain(value)
        for name, value in vars(one).items()
        if name not in droppable or value != droppable[name]
    }


def from_record(cls: type[T], record: Mapping[str, Any], **nested: Any) -> T:
    """The instance that ``to_record`` wrote; keys that are no field are passed over.

    ``nested``: field name -> function from a record to the dataclass in (the list in) that field.
    """
    names = _names(cls)
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in record.items()
        if name in names
    }
    for name, build in nested.items():
        if isinstance(values.get(name), tuple):
            values[name] = tuple([build(item) for item in values[name]])
        elif values.get(name) is not None:
            values[name] = build(values[name])
    return cls(**values)


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is tuple:
        return list(value) if set(map(type, value)) <= _FLAT else [_plain(item) for item in value]
    if kind in _FLAT:
        return value
    if hasattr(value, "__dataclass_fields__"):
        return to_record(value)
    return value


_FLAT = {str, int, bool, float, type(None), dict}
"""Types that are JSON already; a dict in a record holds nothing but these and lists."""
_names_of: dict[type, frozenset[str]] = {}
_droppable_of: dict[type, dict[str, Any]] = {}


def _names(cls: type) -> frozenset[str]:
    if cls not in _names_of:
        _names_of[cls] = frozenset(field.name for field in fields(cls))
    return _names_of[cls]


def _droppable(cls: type) -> dict[str, Any]:
    """Field -> default, for the fields whose default is empty."""
    if cls not in _droppable_of:
        _droppable_of[cls] = _empty_defaults(cls)
    return _droppable_of[cls]


def _empty_defaults(cls: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(cls):
        default = field.default
        if field.default_factory is not MISSING:
            default = field.default_factory()
        if default is None or default in ("", (), {}):
            found[field.name] = default
    return found
