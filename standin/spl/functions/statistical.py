"""Statistical eval functions, and sum."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from standin.spl.functions.table import Site, builder
from standin.spl.nodes import Compiled, Constant, Evaluate
from standin.spl.numbers import number, text, tidy
from standin.spl.values import Row

_PAGE = "Statistical eval functions"


def _part(argument: Compiled) -> Evaluate:
    if isinstance(argument.node, Constant) and isinstance(argument.node.value, str):
        literal = _Quoted(argument.node.value)
        return lambda _row: literal
    return argument.evaluate


def _values(site: Site) -> Callable[[Row], Iterator[Any]]:
    """Every value of every argument, multivalues part by part, without null."""
    parts = [_part(argument) for argument in site.arguments]

    def read(row: Row) -> Iterator[Any]:
        for part in parts:
            value = part(row)
            if isinstance(value, list):
                yield from value
            elif value is not None:
                yield value

    return read


class _Quoted(str):
    """A literal in quotation marks, which is a text even where it reads as a number."""

    __slots__ = ()


def _rank(value: Any) -> tuple[int, Any]:
    """Numbers come before texts."""
    found = None if isinstance(value, _Quoted) else number(value)
    return (1, text(value)) if found is None else (0, found)


def _extreme(name: str, choose: Callable[..., Any]) -> None:
    def build(site: Site) -> Compiled:
        read = _values(site)

        def evaluate(row: Row) -> Any:
            found = choose(read(row), key=_rank, default=None)
            return str(found) if isinstance(found, _Quoted) else found

        return site.made("any", evaluate)

    builder(name, 1, None, _PAGE, "text is greater than numbers; values of multivalues too")(build)


_extreme("max", max)
_extreme("min", min)


def _total(name: str, page: str, finish: Callable[[list[float]], float]) -> None:
    def build(site: Site) -> Compiled:
        for argument in site.arguments:
            if argument.kind in ("text", "boolean"):
                raise site.wrong("it takes numbers and fields")
        read = _values(site)

        def evaluate(row: Row) -> Any:
            found = [number(value) for value in read(row)]
            numbers = [float(value) for value in found if value is not None]
            return tidy(finish(numbers)) if numbers else None

        return site.made("number", evaluate)

    builder(name, 1, None, page, "what is no number does not count")(build)


_total("sum", "Mathematical functions", sum)
_total("avg", _PAGE, lambda numbers: sum(numbers) / len(numbers))


@builder("random", 0, 0, _PAGE, "0 to 2^31 - 1")
def _random(site: Site) -> Compiled:
    return site.made("number", lambda _row: random.randrange(2**31), constant=False)
