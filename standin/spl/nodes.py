"""What an eval expression is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Union

from standin.spl.times import Clock
from standin.spl.values import Row

Kind = Literal["any", "boolean", "number", "text", "null"]
"""What is known of a value before rows flow; ``any``: a field may hold text or a number."""

Evaluate = Callable[[Row], Any]
"""Gives text, int, float, list[str], bool or None (null)."""


@dataclass(frozen=True)
class Constant:
    value: str | int | float | bool | None
    position: int


@dataclass(frozen=True)
class Field:
    name: str
    position: int


@dataclass(frozen=True)
class Unary:
    operator: str
    operand: Node
    position: int


@dataclass(frozen=True)
class Binary:
    operator: str
    left: Node
    right: Node
    position: int


@dataclass(frozen=True)
class Call:
    """``name``: lower case."""

    name: str
    arguments: tuple[Node, ...]
    position: int


@dataclass
class Scope:
    """What compiling an expression needs and finds. ``reads``: fields that are read beside those
    that stand in it by name."""

    clock: Clock | None
    reads: set[str] = field(default_factory=set)


Node = Union[Constant, Field, Unary, Binary, Call]


@dataclass(frozen=True)
class Compiled:
    """A node made ready. ``constant``: the same for every row."""

    kind: Kind
    evaluate: Evaluate
    constant: bool
    position: int
    node: Node

    def value(self) -> Any:
        """Of a constant."""
        return self.evaluate({})


def children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Call):
        return node.arguments
    return ()


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from walk(child)


def fields(node: Node) -> frozenset[str]:
    return frozenset(part.name for part in walk(node) if isinstance(part, Field))
