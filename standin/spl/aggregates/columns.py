"""Terms bound to the fields that there are: each column computes its value from rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from standin.spl.aggregates.calls import Call, Composite, Formula, Sparkline, Term
from standin.spl.aggregates.function import Function, Result
from standin.spl.aggregates.sparklines import TimeGrid, drawn
from standin.spl.errors import Undocumented
from standin.spl.expression import compile_expression
from standin.spl.numbers import number
from standin.spl.times import Clock
from standin.spl.values import Row, Value
from standin.spl.wildcards import matcher

Rows = list[Row]
Extract = Callable[[Rows], list[Any]]


@dataclass(frozen=True)
class Column:
    """``compute``: rows of a group to its value. ``extract`` and ``function``: the same in two
    steps (none for an expression over functions). ``wild``: it came from a ``*``."""

    name: str
    compute: Callable[[Rows], Result]
    function: Function | None = None
    extract: Extract | None = None
    wild: bool = False
    per: int | None = None


def fields_read(terms: Sequence[Term]) -> frozenset[str]:
    """What the terms read of their rows, perhaps with ``*``."""
    names: set[str] = set()
    for call in (call for term in terms for call in term.calls):
        if call.formula is not None:
            names |= call.formula.fields()
        elif call.field is not None:
            names.add(call.field)
        if call.function.timed:
            names.add("_time")
    if any(isinstance(term, Sparkline) for term in terms):
        names.add("_time")
    return frozenset(names)


def has_wildcard(terms: Iterable[Term]) -> bool:
    return any(call.field and "*" in call.field for term in terms for call in term.calls)


def bind(
    terms: Iterable[Term],
    names: Iterable[str],
    clock: Clock,
    *,
    allnum: bool = False,
    over: TimeGrid | None = None,
) -> list[Column]:
    """``names``: the fields of the rows, for wildcards. ``over``: the time of sparklines."""
    columns: list[Column] = []
    for term in terms:
        if isinstance(term, Composite):
            columns.append(_composite(term, clock, allnum=allnum))
        elif isinstance(term, Sparkline):
            inner = _column(term.inner, clock, allnum).compute
            columns.append(Column(term.column, drawn(term, inner, over)))
        elif term.field is not None and "*" in term.field:
            columns += [_column(call, clock, allnum, wild=True) for call in _spread(term, names)]
        else:
            columns.append(_column(term, clock, allnum))
    return columns


def _spread(call: Call, names: Iterable[str]) -> list[Call]:
    """One call for each field that the pattern fits; ``*`` leaves internal fields out."""
    assert call.field is not None
    fits = matcher(call.field)
    hidden = call.field.startswith("_")
    chosen = sorted(name for name in names if fits(name) and (hidden or name[:1] != "_"))
    return [
        Call(
            call.function,
            call.label,
            call.position,
            name,
            None,
            _renamed(call.field, name, call.name) if call.name else "",
        )
        for name in chosen
    ]


def _renamed(pattern: str, name: str, target: str) -> str:
    """``sum(*) AS total_*``: what each ``*`` stood for."""
    source = "(.*)".join(re.escape(part) for part in pattern.split("*"))
    found = re.fullmatch(source, name, re.DOTALL)
    assert found is not None
    parts = list(found.groups())
    return re.sub(r"\*", lambda _: parts.pop(0) if parts else "", target)


def _column(call: Call, clock: Clock, allnum: bool, *, wild: bool = False) -> Column:
    function, extract = call.function, extractor(call, clock)
    of = function.of
    if allnum and function.numeric:
        of = _all_numbers(of)
    if call.field is None and call.formula is None:
        return Column(call.column, len, function, extract)
    return Column(
        call.column,
        lambda rows: of(extract(rows)),
        Function(function.name, of, function.numeric, function.timed, function.counts),
        extract,
        wild,
        function.per,
    )


def _all_numbers(of: Callable[[Any], Result]) -> Callable[[Any], Result]:
    return lambda values: None if any(number(value) is None for value in values) else of(values)


def _composite(term: Composite, clock: Clock, *, allnum: bool) -> Column:
    inner = [_column(call, clock, allnum) for call in term.calls]
    evaluate = compile_expression(term.formula.text, term.formula.position, clock).evaluate

    def compute(rows: Rows) -> Result:
        found = {column.name: column.compute(rows) for column in inner}
        result = evaluate({name: value for name, value in found.items() if value is not None})
        if isinstance(result, bool):
            raise Undocumented(f"'{term.column}' is true or false, which no field can hold")
        return result  # type: ignore[no-any-return]

    return Column(term.column, compute)


def extractor(call: Call, clock: Clock) -> Extract:
    """Values of the rows, as the function takes them."""
    if call.formula is not None:
        read = _evaluated(call.formula, call.function, clock)
    elif call.field is not None:
        read = _of_field(call.field)
    else:
        return list
    return _timed(read, call.column) if call.function.timed else lambda rows: _values(rows, read)


Read = Callable[[Row], "Value | None"]


def _of_field(name: str) -> Read:
    return lambda row: row.get(name)


def _values(rows: Rows, read: Read) -> list[Any]:
    found = [value for row in rows if (value := read(row)) is not None]
    if list in set(map(type, found)):
        return [part for value in found for part in (value if type(value) is list else (value,))]
    return found


def _timed(read: Read, name: str) -> Extract:
    def extract(rows: Rows) -> list[Any]:
        pairs: list[Any] = []
        for row in rows:
            value = read(row)
            if value is None:
                continue
            time = number(row.get("_time"))
            if time is None:
                raise Undocumented(f"{name}: a row has no _time, and then results are random")
            pairs += [(time, part) for part in (value if isinstance(value, list) else (value,))]
        return pairs

    return extract


def _evaluated(formula: Formula, function: Function, clock: Clock) -> Read:
    """A condition counts where it is true; sums take it as 1 and 0 (per_hour(eval(a="b")) is in
    the documentation)."""
    evaluate = compile_expression(formula.text, formula.position, clock).evaluate
    sums = function.name in ("sum", "sumsq") or function.per is not None

    def read(row: Row) -> Value | None:
        value = evaluate(row)
        if not isinstance(value, bool):
            return value  # type: ignore[no-any-return]
        if function.counts:
            return 1 if value else None
        if sums:
            return int(value)
        raise Undocumented(
            f"{function.name}() of a condition is not documented: use if({formula.text}, …, …)",
            formula.position,
        )

    return read
