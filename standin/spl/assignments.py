"""``field = expression`` as eval, fieldformat and others take it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from standin.spl.errors import Malformed, Unsupported
from standin.spl.expression import Expression, parse_expression
from standin.spl.numbers import settled, text
from standin.spl.times import Clock
from standin.spl.tokens import unescape
from standin.spl.values import Row

_NAME = re.compile(
    r"""\s*(?:"(?P<text>(?:[^"\\]|\\.)*)"|'(?P<field>[^']*)'|(?P<bare>[^\s=,"'()\[\]|]+))\s*=""",
    re.DOTALL,
)
_PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Assignment:
    """``name``: the field that is set, None where it depends on the row."""

    name: str | None
    name_of: Callable[[Row], str]
    expression: Expression
    reads: frozenset[str]

    def apply(self, row: Row) -> None:
        """Sets the field, or takes it away where the value is null."""
        value = stored(self.expression.evaluate(row))
        name = self.name_of(row) if self.name is None else self.name
        if value is None:
            row.pop(name, None)
        else:
            row[name] = value


def stored(value: Any) -> Any:
    """What a field can hold."""
    if isinstance(value, bool):
        return text(value)
    if isinstance(value, float):
        return settled(value)
    if isinstance(value, list):
        return None if not value else value[0] if len(value) == 1 else value
    return value


_BOOLEAN = (
    "Fields cannot be assigned a boolean result. Instead, try if([bool expr], [expr], [expr])."
)


def read_assignments(source: str, position: int, clock: Clock) -> list[Assignment]:
    """One or more, separated by commas."""
    found, offset = [], 0
    while True:
        assignment, offset = read_assignment(source, position, clock, offset)
        found.append(assignment)
        rest = source[offset:].lstrip()
        if not rest:
            return found
        offset = len(source) - len(rest)
        if rest[0] != ",":
            raise Malformed(f"the expression ends before '{rest[:20]}'", position + offset)
        offset += 1


def read_assignment(
    source: str, position: int, clock: Clock, offset: int = 0
) -> tuple[Assignment, int]:
    """The assignment at ``offset``, and where it ends."""
    found = _NAME.match(source, offset)
    if found is None or source[found.end() : found.end() + 1] == "=":
        raise Malformed("'field = expression' expected", position + offset)
    if found["bare"] and "$" in found["bare"]:
        why = "$…$ is a token or an argument: it is replaced before a search is run"
        raise Unsupported(why, position + found.start("bare"))
    expression, end = parse_expression(source, position, clock, found.end())
    if expression.kind == "boolean":
        raise Malformed(_BOOLEAN, expression.position)
    return _assignment(_name(found), expression, position + found.start()), end


def _name(found: re.Match[str]) -> str:
    if found["text"] is not None:
        return unescape(found["text"])
    return found["field"] if found["field"] is not None else found["bare"]


def _assignment(name: str, expression: Expression, position: int) -> Assignment:
    places = frozenset(_PLACE.findall(name))
    if not places:
        return Assignment(name, lambda _row: name, expression, expression.fields)

    def name_of(row: Row) -> str:
        made = _PLACE.sub(lambda place: text(row.get(place[1], "")), name)
        if _PLACE.search(made):
            raise Malformed(f"unbounded recursive replacement in {name!r}", position)
        return made

    return Assignment(None, name_of, expression, expression.fields | places)
