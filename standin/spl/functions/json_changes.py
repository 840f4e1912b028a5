"""JSON functions that give a changed document. ``path, value`` pairs are taken from left to right,
each on what the one before made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standin.spl.errors import Malformed
from standin.spl.functions.json_documents import document, json_value
from standin.spl.functions.table import Site, at, builder
from standin.spl.json_edits import change, put, rooted, steps, without
from standin.spl.json_text import INVALID, written
from standin.spl.nodes import Compiled
from standin.spl.numbers import text
from standin.spl.values import Row

_PAGE = "JSON functions"
_Apply = Callable[[Any, str, Any], Any]


def _pairs(name: str, apply: _Apply, says: str) -> None:
    def build(site: Site) -> Compiled:
        if len(site.arguments) % 2 == 0:
            raise site.wrong("after the document come pairs of path and value")
        read = site.arguments[0].evaluate
        paths = [argument.evaluate for argument in site.arguments[1::2]]
        values = [json_value(argument) for argument in site.arguments[2::2]]
        pairs = list(zip(paths, values, strict=True))
        placed = at(apply, site.position)

        def evaluate(row: Row) -> Any:
            value = read(row)
            found = INVALID if value is None else document(value)
            if not isinstance(found, (dict, list)):
                return None
            for path, new in pairs:
                where = path(row)
                if where is not None:
                    found = placed(found, text(where), new(row))
            return written(found)

        return site.made("any", evaluate)

    builder(name, 3, None, _PAGE, says)(build)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _append(found: Any, path: str, value: Any) -> Any:
    return change(found, steps(path), lambda old: [*_as_list(old), value])


def _extend(found: Any, path: str, value: Any) -> Any:
    if not isinstance(value, list):
        raise Malformed("json_extend() appends the values of an array")
    return change(found, steps(path), lambda old: [*_as_list(old), *value])


def _set(found: Any, path: str, value: Any) -> Any:
    wanted = steps(path)
    inner = rooted(found, wanted)
    if inner is found:
        return put(found, wanted, value)
    return {next(iter(found)): put(inner, wanted, value)}


def _set_exact(found: Any, key: str, value: Any) -> Any:
    return {**found, key: value} if isinstance(found, dict) else found


_pairs("json_append", _append, "to arrays; anything else becomes an array")
_pairs("json_extend", _extend, "each value of an array")
_pairs("json_set", _set, "makes keys that are missing; skips what does not fit")
_pairs("json_set_exact", _set_exact, "keys as they are, dots too")


@builder("json_delete", 2, None, _PAGE, "keys, nested ones with dots")
def _json_delete(site: Site) -> Compiled:
    read, *keys = [argument.evaluate for argument in site.arguments]

    def evaluate(row: Row) -> Any:
        value = read(row)
        found = INVALID if value is None else document(value)
        if not isinstance(found, dict):
            return None
        for key in keys:
            for name in _names(key(row)):
                found = without(found, name.split("."))
        return written(found)

    return site.made("any", evaluate)


def _names(value: Any) -> list[str]:
    """One key, or those of a JSON array."""
    if value is None:
        return []
    found = document(value)
    if isinstance(found, list):
        return [text(name) for name in found]
    return [text(value)]
