"""The text of terms: ``func(field) AS name``, ``func(eval(…))``, ``eval(… func(x) …)``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from standin.spl.aggregates.function import FUNCTIONS, Function
from standin.spl.aggregates.percentile import percentile
from standin.spl.arguments import Arguments, bare
from standin.spl.bins import TimeBins, of_time, read_bins
from standin.spl.errors import Malformed, Unsupported
from standin.spl.expression import compile_expression
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import construct
from standin.spl.times import Clock

_COUNTS = ("count", "c")
_CALL = re.compile(r"(?<![\w.'\"])([A-Za-z_][\w.]*)\s*\(")
_REFUSED = {
    "estdc_error": "is the error of an estimate, and here counts are exact",
    "rate_avg": "is a function of mstats",
    "rate_sum": "is a function of mstats",
}
for _refused, _why in _REFUSED.items():
    construct("refused stats function", _refused, "Search Reference: Statistical functions", _why)


@dataclass(frozen=True)
class Formula:
    """An eval expression, compiled once its syntax is to be checked, again for each run's clock."""

    text: str
    position: int

    def fields(self) -> frozenset[str]:
        return compile_expression(self.text, self.position, Clock()).fields


@dataclass(frozen=True)
class Call:
    """``field``: perhaps with ``*``; None with no ``formula`` either means whole rows. ``label``:
    the function as written. ``name``: after AS, perhaps with ``*``; empty if there was none."""

    function: Function
    label: str
    position: int
    field: str | None = None
    formula: Formula | None = None
    name: str = ""
    implied: bool = False

    @property
    def bare(self) -> bool:
        """``avg`` for ``avg(*)``, which chart does not take."""
        return self.field == "*" and self.implied

    @property
    def column(self) -> str:
        if self.name:
            return self.name
        if self.formula is not None:
            return f"{self.label}(eval({self.formula.text}))"
        return self.label if self.field is None else f"{self.label}({self.field})"

    @property
    def calls(self) -> tuple[Call, ...]:
        return (self,)


@dataclass(frozen=True)
class Composite:
    """An eval expression over functions, as ``eval(avg(x)/max(y))``. Its formula names their
    columns as fields."""

    formula: Formula
    shown: str
    calls: tuple[Call, ...]
    position: int
    name: str = ""

    @property
    def column(self) -> str:
        return self.name or self.shown


_DRAWN = frozenset(
    ("count", "c", "dc", "mean", "avg", "stdev", "stdevp", "var", "varp", "sum", "sumsq")
) | {"min", "max", "range", "distinct_count"}


@dataclass(frozen=True)
class Sparkline:
    """``sparkline(inner, span)``. ``shown``: as written."""

    inner: Call
    span: TimeBins | None
    shown: str
    position: int
    name: str = ""

    @property
    def column(self) -> str:
        return self.name or self.shown

    @property
    def calls(self) -> tuple[Call, ...]:
        return (self.inner,)


Term = Call | Composite | Sparkline


def find(word: Word) -> Function | None:
    name = word.text.lower()
    if not word.quoted and name in _REFUSED:
        raise Unsupported(
            f"The function '{name}' is not run here: it {_REFUSED[name]}", word.position
        )
    return None if word.quoted else FUNCTIONS.get(name) or percentile(name)


def read_term(arguments: Arguments) -> Term:
    """One term with its AS."""
    word = arguments.take("a statistical function")
    if not word.quoted and word.text.lower() == "eval" and arguments.is_mark("("):
        return _composite(arguments, word)
    if not word.quoted and word.text.lower() == "sparkline":
        return _sparkline(arguments, word)
    function = find(word)
    if function is None:
        raise Malformed(
            f"Error in '{arguments.command.name}' command: '{word.text}' is not a statistical "
            "function",
            word.position,
        )
    call = _argument(arguments, function, word)
    name = _name(arguments)
    stars = call.field.count("*") if call.field else 0
    if name and stars and name.count("*") != stars:
        raise Malformed(
            f"'{call.field}' and its new name '{name}' differ in their number of wildcards",
            word.position,
        )
    return replace(call, name=name)


def _argument(arguments: Arguments, function: Function, word: Word) -> Call:
    label = "count" if word.text.lower() == "c" and not arguments.is_mark("(") else word.text
    if not arguments.mark("("):
        return _without_field(function, label, word)
    if arguments.is_keyword("eval") and arguments.is_mark("(", 1):
        arguments.take()
        formula = _formula(arguments)
        arguments.expect(")")
        return Call(function, label, word.position, formula=formula)
    if arguments.mark(")"):
        return _without_field(function, label if function.name not in _COUNTS else "count", word)
    field = arguments.field()
    arguments.expect(")")
    return Call(function, label, word.position, field)


def _without_field(function: Function, label: str, word: Word) -> Call:
    if function.name in _COUNTS:
        return Call(function, label, word.position)
    return Call(function, label, word.position, "*", implied=True)


def _formula(arguments: Arguments) -> Formula:
    """``(`` is next; what is in it must be an expression."""
    start = arguments.position + 1
    end = arguments.closing() - 1
    formula = Formula(arguments.raw(start, end), start)
    compile_expression(formula.text, start, Clock())
    return formula


def _name(arguments: Arguments) -> str:
    return arguments.field("a name after AS") if arguments.keyword("as") else ""


def _composite(arguments: Arguments, word: Word) -> Composite:
    start = arguments.position + 1
    text = arguments.raw(start, arguments.closing() - 1)
    calls: list[Call] = []
    parts, at = [], 0
    for found in _CALL.finditer(text):
        if found.start() < at or find(Word(found[1], start + found.start())) is None:
            continue
        inner = Arguments(CommandText(arguments.command.name, text[found.start() :], start))
        call = _argument(inner, *_function(inner))
        calls.append(call)
        parts += [text[at : found.start()], f"'{call.column}'"]
        at = found.start() + _end(inner, text[found.start() :], start)
    if not calls:
        raise Malformed("This eval has no statistical function in it", word.position)
    formula = Formula("".join([*parts, text[at:]]), start)
    compile_expression(formula.text, start, Clock())
    return Composite(formula, f"eval({text})", tuple(calls), word.position, _name(arguments))


def _sparkline(arguments: Arguments, word: Word) -> Sparkline:
    if arguments.command.name not in ("chart", "stats"):
        raise Malformed("sparkline is a function of stats and chart", word.position)
    count = Call(FUNCTIONS["count"], "count", word.position)
    if not arguments.is_mark("("):
        return Sparkline(count, None, "sparkline", word.position, _name(arguments))
    start = arguments.position
    arguments.take()
    first = arguments.take("a statistical function")
    function = find(first)
    if function is None or function.name not in _DRAWN:
        raise Malformed(f"sparkline takes no '{first.text}'", first.position)
    inner = _argument(arguments, function, first)
    if inner.formula is None and inner.field is not None and "*" in inner.field:
        raise Unsupported("sparkline of several fields: write one for each", first.position)
    span = None
    if arguments.mark(","):
        span = of_time(read_bins(arguments.take("a span")), arguments.position)
    end = arguments.expect(")").position + 1
    shown = f"{word.text}{arguments.raw(start, end)}"
    return Sparkline(inner, span, shown, word.position, _name(arguments))


def _function(arguments: Arguments) -> tuple[Function, Word]:
    word = arguments.take()
    function = find(word)
    assert function is not None
    return function, word


def _end(arguments: Arguments, text: str, start: int) -> int:
    """Where the call that was read ends in ``text``."""
    following = arguments.peek()
    end = len(text) if following is None else following.position - start
    return text.rindex(")", 0, end) + 1


__all__ = ["Call", "Composite", "Formula", "Sparkline", "Term", "bare", "find", "read_term"]
