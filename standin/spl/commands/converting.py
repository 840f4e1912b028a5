"""convert: texts to numbers and times to texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from standin.spl.arguments import Arguments
from standin.spl.columns import known, like, settled
from standin.spl.errors import Malformed, Unsupported
from standin.spl.expression import compile_expression
from standin.spl.numbers import number, tidy
from standin.spl.numbers import text as written
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row, Value
from standin.spl.wildcards import matcher

if TYPE_CHECKING:
    pass

_PAGE = "Search Reference: convert"
_TIMEFORMAT = "%m/%d/%Y %H:%M:%S"
_DURATION = re.compile(r"(?:(\d+)\+)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")
_MINUTES = re.compile(r"(?:(\d+):)?(\d+)\.(\d+)")
_MEMORY = re.compile(r"(-?\d+(?:\.\d+)?)\s*([kKmMgG])?[bB]?")
_UNIT = re.compile(r"\s*(-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*[^\d\s].*|\s*(-?[\d.]+)\s*")
Convert = Callable[[Value], Any]


def _memory(value: Value) -> Any:
    found = _MEMORY.fullmatch(written(value).strip())
    if found is None:
        return None
    return tidy(float(found[1]) * {"k": 1, "m": 1024, "g": 1048576}[(found[2] or "k").lower()])


def _duration(value: Value) -> Any:
    found = _DURATION.fullmatch(written(value).strip())
    if found is None:
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups()[:3])
    return tidy(days * 86400 + hours * 3600 + minutes * 60 + float(found[4]))


def _milliseconds(value: Value) -> Any:
    found = _MINUTES.fullmatch(written(value).strip())
    if found is None:
        return None
    return tidy(int(found[1] or 0) * 60 + float(f"{found[2]}.{found[3]}"))


def _without_commas(value: Value) -> Any:
    return written(value).replace(",", "")


def _without_unit(value: Value) -> Any:
    found = _UNIT.fullmatch(written(value))
    return None if found is None else number((found[1] or found[2]).replace(",", ""))


def _any_number(value: Value) -> Any:
    for convert in (number, _duration, _milliseconds, _memory, _comma_number, _without_unit):
        found = convert(value)
        if found is not None:
            return found
    return None


def _comma_number(value: Value) -> Any:
    shown = written(value)
    return (
        number(shown.replace(",", ""))
        if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", shown)
        else None
    )


_PLAIN: dict[str, Convert] = {
    "dur2sec": _duration,
    "memk": _memory,
    "mstime": _milliseconds,
    "num": _any_number,
    "rmcomma": _without_commas,
    "rmunit": _without_unit,
}
_KEEP = frozenset({"dur2sec", "memk", "mstime", "rmcomma", "rmunit", "ctime", "mktime"})
for _name in (*_PLAIN, "auto", "ctime", "mktime", "none", "timeformat=", "AS"):
    construct("option of convert", _name, _PAGE)


@command(
    "convert", _PAGE, "ctime and mktime with timeformat=; auto leaves a field that does not fit"
)
def read_convert(command: CommandText) -> Runnable:
    jobs, form = _jobs(Arguments(command))
    if any("*" in field for _, field, _ in jobs) or any(name == "auto" for name, _, _ in jobs):
        return Step(lambda stream, _context: _all_rows(stream, jobs, form, command))
    ready = [(_converter(name, form, command), field, new) for name, field, new in jobs]

    def changed(row: Row) -> Row:
        made = dict(row)
        for convert, field, new in ready:
            if field in row:
                _put(made, new, row[field], convert(row[field]))
        return made

    new_names = [new for _, _, new in ready]
    return Step(
        lambda stream, _context: like(stream, map(changed, stream.rows), *new_names),
        frozenset({field for _, field, _ in jobs} | set(new_names)),
    )


_GONE = object()


def _put(made: Row, name: str, old: Value, new: Any) -> None:
    if new is _GONE:
        made.pop(name, None)
    else:
        made[name] = old if new is None else new


def _jobs(arguments: Arguments) -> tuple[list[tuple[str, str, str]], str]:
    """Function, field and new name of each conversion; the format of times."""
    jobs, form = [], _TIMEFORMAT
    arguments.skip_commas()
    while arguments.peek() is not None:
        if arguments.is_option():
            option, value = arguments.option()
            if option.text.lower() != "timeformat":
                raise Malformed(f"convert has no option {option.text!r}", option.position)
            form = value.text
        else:
            jobs.append(_job(arguments))
        arguments.skip_commas()
    if not jobs:
        arguments.refuse("it needs a function")
    return jobs, form


def _job(arguments: Arguments) -> tuple[str, str, str]:
    word = arguments.take()
    name = word.text.lower()
    if name not in (*_PLAIN, "auto", "ctime", "mktime", "none"):
        raise Malformed(f"convert has no function {word.text!r}", word.position)
    arguments.expect("(")
    field = arguments.field()
    arguments.expect(")")
    new = arguments.field("a name after AS") if arguments.keyword("as") else field
    if "*" in field and new != field:
        raise Unsupported("convert: wildcards with AS", word.position)
    return name, field, new


def _converter(name: str, form: str, command: CommandText) -> Convert:
    if name == "none":
        return lambda value: value
    if name in ("ctime", "mktime"):
        return _time(name, form, command)
    plain = _PLAIN[name]
    if name == "num":
        return lambda value: _GONE if (found := plain(value)) is None else found
    return plain


def _time(name: str, form: str, command: CommandText) -> Convert:
    function = "strftime" if name == "ctime" else "strptime"
    quoted = form.replace("\\", "\\\\").replace('"', '\\"')
    expression = compile_expression(f'{function}(x, "{quoted}")', command.position, command.clock)

    def convert(value: Value) -> Any:
        if name == "mktime" and number(value) is not None:
            return value
        return expression.evaluate({"x": value})

    return convert


def _all_rows(
    stream: Stream, jobs: list[tuple[str, str, str]], form: str, command: CommandText
) -> Stream:
    rows, present = known(stream)
    excluded = {
        name
        for kind, field, _ in jobs
        if kind == "none"
        for name in present
        if matcher(field)(name)
    }
    for kind, field, new in jobs:
        fields = [name for name in present if matcher(field)(name) and name not in excluded]
        for name in fields:
            target = name if "*" in field else new
            rows = _converted(rows, kind, name, target, form, command)
    return settled(stream, rows)


def _converted(
    rows: list[Row], kind: str, name: str, target: str, form: str, command: CommandText
) -> list[Row]:
    if name[:1] == "_" and kind == "auto":
        return rows
    convert = _any_number if kind == "auto" else _converter(kind, form, command)
    values = [convert(row[name]) if name in row else None for row in rows]
    if kind == "auto" and any(
        value is None and name in row for value, row in zip(values, rows, strict=True)
    ):
        return rows
    made = []
    for row, value in zip(rows, values, strict=True):
        changed = dict(row)
        if name in row:
            _put(changed, target, row[name], value)
        made.append(changed)
    return made
