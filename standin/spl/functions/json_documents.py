"""JSON functions that make, read and test documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standin.spl.errors import Malformed, Undocumented
from standin.spl.functions.multivalues import multivalue, values_of
from standin.spl.functions.table import Site, at, builder, function
from standin.spl.json_edits import matches, rooted, steps
from standin.spl.json_text import INVALID, from_field, parsed, shared, to_field, written
from standin.spl.nodes import Compiled, Evaluate
from standin.spl.numbers import text
from standin.spl.values import Row

_PAGE = "JSON functions"


def json_value(argument: Compiled) -> Evaluate:
    """An argument as JSON; null is null, as in ``json_object("a", null())``."""
    read, literal = argument.evaluate, argument.kind == "text"
    return lambda row: from_field(read(row), literal=literal)


def document(value: Any) -> Any:
    """A field's JSON, for reading only; ``INVALID`` if it is none."""
    return shared(text(value)) if isinstance(value, (str, int, float)) else INVALID


@builder("json_object", 0, None, _PAGE, "keys and values in turn")
def _json_object(site: Site) -> Compiled:
    if len(site.arguments) % 2:
        raise site.wrong("keys and values come in pairs")
    keys = [argument.evaluate for argument in site.arguments[::2]]
    values = [json_value(argument) for argument in site.arguments[1::2]]
    pairs = list(zip(keys, values, strict=True))

    def evaluate(row: Row) -> str:
        found: dict[str, Any] = {}
        for key, value in pairs:
            name = key(row)
            if not isinstance(name, str):
                raise Malformed("a key of json_object() must be a text", site.position)
            found[name] = value(row)
        return written(found)

    return site.made("any", evaluate)


@builder("json_array", 0, None, _PAGE)
def _json_array(site: Site) -> Compiled:
    values = [json_value(argument) for argument in site.arguments]
    return site.made("any", lambda row: written([value(row) for value in values]))


@function("json", 1, 1, "any", _PAGE, "the value, or null if it is no JSON")
def _json(value: Any) -> Any:
    return None if document(value) is INVALID else value


@function("json_valid", 1, 1, "boolean", _PAGE)
def _json_valid(value: Any) -> bool:
    return document(value) is not INVALID


def _reading(name: str, says: str, one: Callable[[Any, str], Any]) -> None:
    """``json_extract`` and its like: no path, one path, several paths."""

    def build(site: Site) -> Compiled:
        read, *paths = [argument.evaluate for argument in site.arguments]
        placed = at(one, site.position)

        def evaluate(row: Row) -> Any:
            value = read(row)
            found = INVALID if value is None else document(value)
            if found is INVALID:
                return None
            wanted = [path(row) for path in paths]
            if None in wanted:
                return None
            if len(wanted) > 1:
                return written([placed(found, text(path)) for path in wanted])
            return to_field(placed(found, text(wanted[0])) if wanted else found)

        return site.made("any", evaluate)

    builder(name, 1, None, _PAGE, says)(build)


def _at_path(found: Any, path: str) -> Any:
    wanted = steps(path)
    if wanted == (None,) and isinstance(found, dict):
        return found
    values = list(matches(rooted(found, wanted), wanted))
    if None in wanted:
        return values or None
    return values[0] if values else None


_reading("json_extract", "paths as a.b{0}.c; several give an array", _at_path)
_reading(
    "json_extract_exact",
    "keys as they are; several give an array",
    lambda found, key: found.get(key) if isinstance(found, dict) else None,
)


@function("json_keys", 1, 1, "any", _PAGE)
def _json_keys(value: Any) -> str | None:
    found = document(value)
    return written(list(found)) if isinstance(found, dict) else None


@function("json_entries", 1, 1, "any", _PAGE)
def _json_entries(value: Any) -> str | None:
    found = document(value)
    if not isinstance(found, dict):
        return None
    return written([{"key": key, "value": value} for key, value in found.items()])


@function("json_has_key_exact", 2, 2, "boolean", _PAGE)
def _json_has_key_exact(value: Any, key: Any) -> bool:
    found = document(value)
    return isinstance(found, dict) and text(key) in found


def _flag(site: Site) -> bool:
    """The optional true() or false()."""
    if len(site.arguments) < 2:
        return False
    flag = site.arguments[1]
    if flag.kind != "boolean" or not flag.constant:
        raise site.wrong("the second argument is true() or false()")
    return bool(flag.value())


@builder("json_array_to_mv", 1, 2, _PAGE, "true() keeps the quotes of texts")
def _json_array_to_mv(site: Site) -> Compiled:
    read, quoted = site.arguments[0].evaluate, _flag(site)

    def evaluate(row: Row) -> Any:
        value = read(row)
        return None if value is None else _elements(document(value), quoted)

    return site.made("any", evaluate)


def _elements(found: Any, quoted: bool) -> Any:
    if not isinstance(found, list):
        return None
    return multivalue(
        [one if isinstance(one, str) and not quoted else written(one) for one in found]
    )


@builder("mv_to_json_array", 1, 2, "Multivalue eval functions", "true() infers types")
def _mv_to_json_array(site: Site) -> Compiled:
    read, infers = site.arguments[0].evaluate, _flag(site)

    def evaluate(row: Row) -> Any:
        value = read(row)
        return None if value is None else _array(values_of(value), infers)

    return site.made("any", evaluate)


def _array(values: list[str], infers: bool) -> str:
    if not infers:
        return written(values)
    found = [parsed(value) for value in values]
    return written([None if value is INVALID else value for value in found])


@function("toarray", 1, 1, "any", "Conversion functions", "of multivalues, and of text in [ ]")
def _toarray(value: Any) -> str | None:
    if isinstance(value, list):
        return _array(value, infers=True)
    found = document(value)
    return written(found) if isinstance(found, list) else None


@function("toobject", 1, 1, "any", "Conversion functions")
def _toobject(value: Any) -> str | None:
    found = document(value)
    return written(found) if isinstance(found, dict) else None


@function("tomv", 1, 1, "any", "Conversion functions", "of JSON arrays; quotes of texts are kept")
def _tomv(value: Any) -> Any:
    if isinstance(value, list):
        return value
    found = document(value)
    if isinstance(found, dict):
        raise Undocumented("tomv() of a JSON object is not documented: extract an array")
    return _elements(found, quoted=True)
