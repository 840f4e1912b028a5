"""Eval expressions: text to closures.

Expression.evaluate(row)   text, int, float, list[str], bool or None for null
compile_predicate(text)    row -> bool, null counts as false
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from standin.spl import nodes
from standin.spl.compiler import compile_node
from standin.spl.conditions import condition
from standin.spl.errors import Malformed, Unsupported
from standin.spl.functions import LOADED
from standin.spl.grammar import Parser
from standin.spl.nodes import Evaluate, Kind
from standin.spl.times import Clock
from standin.spl.values import Row

assert LOADED


@dataclass(frozen=True)
class Expression:
    """``fields``: that it reads. ``kind``: what is known of its value before rows flow."""

    evaluate: Evaluate
    fields: frozenset[str]
    kind: Kind
    constant: bool
    position: int
    compiled: nodes.Compiled

    def predicate(self, user: str = "where") -> Callable[[Row], bool]:
        """For rows that it must hold for; refuses an expression that is no condition."""
        return partial(_holds, condition(self.compiled, user))


def _holds(test: Evaluate, row: Row) -> bool:
    return test(row) is True


def parse_expression(
    text: str, position: int, clock: Clock | None = None, offset: int = 0
) -> tuple[Expression, int]:
    """The expression that begins at ``offset`` of ``text``, and the offset where it ends: what
    follows is the caller's. ``position``: of ``text`` in the whole search."""
    parser = Parser(text, position, offset)
    scope = nodes.Scope(clock)
    try:
        compiled = compile_node(parser.expression(), scope)
    except RecursionError:
        raise Unsupported("an expression that is nested this deep", position + offset) from None
    found = Expression(
        compiled.evaluate,
        nodes.fields(compiled.node) | scope.reads,
        compiled.kind,
        compiled.constant,
        compiled.position,
        compiled,
    )
    return found, parser.end


def compile_expression(text: str, position: int = 0, clock: Clock | None = None) -> Expression:
    """All of ``text`` must be the expression."""
    found, end = parse_expression(text, position, clock)
    rest = text[end:].lstrip()
    if rest:
        raise Malformed(
            f"the expression ends before '{rest[:20]}'", position + len(text) - len(rest)
        )
    return found


def compile_predicate(
    text: str, position: int = 0, clock: Clock | None = None
) -> Callable[[Row], bool]:
    """All of ``text`` as a condition; null is false."""
    return compile_expression(text, position, clock).predicate()


def evaluate(text: str, row: Row | None = None, clock: Clock | None = None) -> Any:
    """One expression on one row, for macros, tests and a reader who wants to try."""
    return compile_expression(text, 0, clock or Clock()).evaluate(row or {})


__all__ = [
    "Clock",
    "Expression",
    "compile_expression",
    "compile_predicate",
    "evaluate",
    "parse_expression",
]
