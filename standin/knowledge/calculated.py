"""EVAL-<field>: calculated fields."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from standin.knowledge.field_values import Step
from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.values import Row, Value


class Compiled(Protocol):
    """An expression made ready by the SPL interpreter.

    It may carry ``reads``, the names of all fields it looks at (a frozenset; a name may hold
    ``*``); without it every field of the event is made before it is called.
    """

    def __call__(self, row: Row, /) -> object:
        """For an eval expression its value, None for null; for a search whether it matches."""


Compile = Callable[[str], Compiled]


@dataclass(frozen=True)
class Calculated:
    """One calculated field: ``reads`` None means that it may look at any field."""

    field: str
    expression: Compiled
    reads: frozenset[str] | None


def calculated(stanza: str, key: str, value: str, evaluate: Compile) -> Calculated:
    """Compiles one EVAL setting."""
    expression = compile_or_refuse("props", stanza, key, value, evaluate)
    return Calculated(key.removeprefix("EVAL-"), expression, reads_of(expression))


def compile_or_refuse(conf: str, stanza: str, key: str, text: str, compile_: Compile) -> Compiled:
    """Compiles a text; what the interpreter refuses is refused by conf, stanza and key."""
    try:
        return compile_(text)
    except Exception as error:
        raise KnowledgeRefused(conf, stanza, key, f"{error} (in {text!r})") from error


def reads_of(expression: Compiled) -> frozenset[str] | None:
    """The fields an expression looks at; None when it does not say."""
    reads = getattr(expression, "reads", None)
    return None if reads is None else frozenset(reads)


def calculation(fields: Iterable[Calculated]) -> Step:
    """Sets all calculated fields at once: none of them sees what another one sets."""
    all_fields = list(fields)

    def step(row: Row) -> None:
        values = [(each.field, each.expression(row)) for each in all_fields]
        for name, value in values:
            if value is None or value == []:
                row.pop(name, None)
            else:
                row[name] = _value(name, value)

    return step


def _value(name: str, value: object) -> Value:
    if isinstance(value, bool) or not isinstance(value, str | int | float | list):
        raise TypeError(f"EVAL-{name} gave {type(value).__name__}, no field's value")
    return value
