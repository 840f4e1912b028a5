"""tojson and fromjson: whole rows as JSON objects and back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from standin.spl.columns import like, settled
from standin.spl.errors import Malformed
from standin.spl.numbers import number
from standin.spl.numbers import text as written
from standin.spl.options import boolean, choice, one_name, options, plain
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row, Value
from standin.spl.wildcards import matcher

_SKIP = object()
_KINDS = ("auto", "bool", "json", "none", "num", "str")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_TRUE, _FALSE = ("true", "t", "yes"), ("false", "f", "no")
_PAGE = "Search Reference: tojson"
_OPTIONS = {
    "default_type": choice(*_KINDS),
    "fill_null": boolean,
    "include_internal": boolean,
    "output_field": plain,
}
for _name in (*_OPTIONS, *(f"{kind}(f)" for kind in _KINDS)):
    construct("option of tojson", _name, _PAGE)


def _none(value: str) -> Any:
    return json.loads(value) if _NUMBER.fullmatch(value) else value


def _auto(value: str) -> Any:
    if value in ("true", "false", "null"):
        return json.loads(value)
    found = _json(value)
    return value if found is _SKIP else found


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return _SKIP


def _bool(value: str) -> Any:
    size = number(value)
    if size is not None:
        return size != 0
    word = value.lower()
    return True if word in _TRUE else False if word in _FALSE else _SKIP


def _num(value: str) -> Any:
    return _SKIP if (size := number(value)) is None else size


_CONVERT: dict[str, Callable[[str], Any]] = {
    "auto": _auto,
    "bool": _bool,
    "json": _json,
    "none": _none,
    "num": _num,
    "str": str,
}


@command("tojson", _PAGE, "names in order; written without blanks")
def read_tojson(command: CommandText) -> Runnable:
    given, rest = options(command, _OPTIONS)
    default = given.get("default_type", "none")
    chosen = _chosen(rest, default, command) or [(default, "*")]
    tests = [(_CONVERT[kind], matcher(pattern)) for kind, pattern in chosen]
    internal, fill = given.get("include_internal", False), given.get("fill_null", False)
    target = given.get("output_field", "_raw")

    def as_object(row: Row) -> Row:
        made: dict[str, Any] = {}
        for name in sorted(row):
            if name[:1] == "_" and not internal:
                continue
            convert = next((one for one, fits in tests if fits(name)), None)
            found = _SKIP if convert is None else _converted(row[name], convert)
            if found is not _SKIP:
                made[name] = found
            elif fill and convert is not None:
                made[name] = None
        shown = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        return {**row, target: shown}

    return Step(lambda stream, _context: like(stream, map(as_object, stream.rows), target))


def _converted(value: Value, convert: Callable[[str], Any]) -> Any:
    if isinstance(value, list):
        return [one for one in map(convert, value) if one is not _SKIP]
    return convert(written(value))


def _chosen(words: list[Word], default: str, command: CommandText) -> list[tuple[str, str]]:
    words = [word for word in words if word.quoted or word.text != ","]
    made: list[tuple[str, str]] = []
    at = 0
    while at < len(words):
        shape = [word.text for word in words[at : at + 4]]
        if len(shape) == 4 and shape[1] == "(" and shape[3] == ")":
            if shape[0] not in _KINDS:
                raise Malformed(f"tojson has no function {shape[0]!r}", words[at].position)
            made.append((shape[0], shape[2]))
            at += 4
            continue
        if shape[0] in "=()<>" and not words[at].quoted:
            raise Malformed(f"tojson: {shape[0]!r} is no field", words[at].position)
        made.append((default, shape[0]))
        at += 1
    return made


@command("fromjson", "Search Reference: fromjson", "arrays become several values; null none")
def read_fromjson(command: CommandText) -> Runnable:
    given, rest = options(command, {"prefix": plain})
    field, prefix = one_name(rest, command), given.get("prefix", "")

    def expanded(row: Row) -> Row:
        found = _json(written(row[field])) if field in row else None
        if not isinstance(found, dict):
            return row
        made = {prefix + name: _field(value) for name, value in found.items()}
        return {**row, **{name: value for name, value in made.items() if value not in (None, [])}}

    def run(stream: Stream, _context: object) -> Stream:
        return settled(stream, [expanded(row) for row in stream.rows])

    return Step(run)


def _field(value: Any) -> Any:
    if isinstance(value, list):
        parts = [one for one in map(_field, value) if one is not None]
        return [json.dumps(one) if isinstance(one, list) else written(one) for one in parts]
    if isinstance(value, (bool, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value
