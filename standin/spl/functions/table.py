"""The eval functions by name, each made from its arguments once, before rows flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from standin.spl.errors import Malformed, SplError, Unsupported
from standin.spl.nodes import Call, Compiled, Constant, Evaluate, Kind, Node, Scope
from standin.spl.numbers import Measured
from standin.spl.registry import construct
from standin.spl.times import Clock
from standin.spl.values import Row

Build = Callable[["Site"], Compiled]
_MANY = 10_000
_OF_TEXTS = frozenset({"len", "lower", "upper", "md5", "sha1", "sha256", "sha512"})
"""Others measured on Splunk 10.4.2 that these refuse the literal 1, while trim does not."""


@dataclass(frozen=True)
class Site:
    """One call in an expression. ``arguments``: compiled. ``compile``: for a node of its own."""

    call: Call
    arguments: tuple[Compiled, ...]
    scope: Scope
    compile: Callable[[Node], Compiled]

    @property
    def position(self) -> int:
        return self.call.position

    def made(self, kind: Kind, evaluate: Evaluate, constant: bool | None = None) -> Compiled:
        """The call compiled; without ``constant``, it is constant where its arguments are."""
        if constant is None:
            constant = all(argument.constant for argument in self.arguments)
        return Compiled(kind, evaluate, constant, self.position, self.call)

    def needs_clock(self) -> Clock:
        if self.scope.clock is None:
            raise Unsupported(f"{self.call.name}() needs a time of search here", self.position)
        return self.scope.clock

    def wrong(self, why: str) -> Malformed:
        return Malformed(
            f"The arguments to the '{self.call.name}' function are invalid: {why}", self.position
        )


@dataclass(frozen=True)
class Function:
    name: str
    least: int
    most: int
    build: Build


FUNCTIONS: dict[str, Function] = {}


def builder(
    name: str, least: int, most: int | None, page: str, says: str = ""
) -> Callable[[Build], Build]:
    """Registers a function that looks at its arguments itself; ``most`` None: any number."""

    def register(build: Build) -> Build:
        FUNCTIONS[name] = Function(name, least, _MANY if most is None else most, build)
        construct("eval function", name, f"Search Reference: {page}", says)
        return build

    return register


def function(
    name: str,
    least: int,
    most: int | None,
    kind: Kind,
    page: str,
    says: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a function of values that is null as soon as one of its arguments is null."""

    def register(call: Callable[..., Any]) -> Callable[..., Any]:
        def build(site: Site) -> Compiled:
            if any(argument.kind == "null" for argument in site.arguments):
                raise site.wrong("null() is no value for it")
            return site.made(kind, strict(call, site))

        builder(name, least, most, page, says)(build)
        return call

    return register


def strict(call: Callable[..., Any], site: Site) -> Evaluate:
    """``call`` of the arguments' values, null if one of them is null."""
    parts = [argument.evaluate for argument in site.arguments]
    placed = at(call, site.position)
    if len(parts) == 1:
        return _one(placed, parts[0])
    if len(parts) == 2:
        return _two(placed, parts[0], parts[1])

    def evaluate(row: Row) -> Any:
        values = [part(row) for part in parts]
        return None if None in values else placed(*values)

    return evaluate


def _one(call: Callable[..., Any], first: Evaluate) -> Evaluate:
    def evaluate(row: Row) -> Any:
        value = first(row)
        return None if value is None else call(value)

    return evaluate


def _two(call: Callable[..., Any], first: Evaluate, second: Evaluate) -> Evaluate:
    def evaluate(row: Row) -> Any:
        left = first(row)
        if left is None:
            return None
        right = second(row)
        return None if right is None else call(left, right)

    return evaluate


def at(call: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Tells the position of errors that ``call`` raises while rows flow."""

    def placed(*values: Any) -> Any:
        try:
            return call(*values)
        except SplError as error:
            if error.position is None:
                raise type(error)(error.message, position) from None
            raise

    return placed


def make(site: Site) -> Compiled:
    name = site.call.name
    found = FUNCTIONS.get(name)
    if found is None:
        raise Malformed(f"The '{name}' function is unsupported or undefined", site.position)
    if not found.least <= len(site.arguments) <= found.most:
        raise site.wrong(_arity(found, len(site.arguments)))
    if name in _OF_TEXTS and any(_is_number(argument.node) for argument in site.arguments):
        raise site.wrong("it takes texts, not numbers")
    return found.build(site)


def _is_number(node: Node) -> bool:
    return isinstance(node, Constant) and type(node.value) in (int, float, Measured)


def _arity(found: Function, given: int) -> str:
    if found.most == _MANY:
        wanted = f"at least {found.least}"
    elif found.least == found.most:
        wanted = str(found.least)
    else:
        wanted = f"{found.least} to {found.most}"
    return f"it takes {wanted}, {given} given"


def _kind(argument: Compiled) -> Kind:
    bare = argument.kind == "boolean" and isinstance(argument.node, Constant)
    return "any" if bare else argument.kind


def kinds(arguments: Sequence[Compiled]) -> Kind:
    """What several alternatives have in common. A bare ``false`` among them makes a value of
    them all, as in the example of Search Reference: Informational functions, isnum."""
    seen = {_kind(argument) for argument in arguments} - {"null"}
    if not seen:
        return "null"
    return seen.pop() if len(seen) == 1 else "any"
