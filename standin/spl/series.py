"""Columns for the values of a split-by field, as chart and timechart make them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from standin.spl.aggregates import Call, Column, Term, bind, read_term
from standin.spl.aggregates.sparklines import TimeGrid
from standin.spl.arguments import Arguments, truth, whole
from standin.spl.commands.bin import BinOptions
from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.grouping import Key
from standin.spl.numbers import number, text
from standin.spl.parsing import Word
from standin.spl.registry import construct
from standin.spl.times import Clock
from standin.spl.values import Row, Value

NULL, OTHER, WHOLE = ("null", ""), ("other", ""), ("whole", "")
Series = tuple[str, str]
"""``("value", the split-by field's value)``, NULL, OTHER, or WHOLE without a split-by field."""
SPLIT_OPTIONS = frozenset(
    {"limit", "useother", "usenull", "otherstr", "nullstr", "sep", "format", "agg"}
)
PAGE = "Search Reference: timechart"

for _name, _says in (
    ("limit", "N, topN, bottomN; 0: all. Score: sum of a single function, else how often"),
    ("useother", "one more column over all rows of the values left out"),
    ("usenull", "one more column for rows without the field, beside the limit"),
    ("otherstr", ""),
    ("nullstr", ""),
    ("sep", "of several functions; default ': '"),
    ("format", "of several functions: $AGG$, $VAL$"),
    ("where", "after the split-by field: max in top5, notin bottom3, count > 10, avg < 3"),
    ("dedup_splitvals", "also spelled dedup_splitval, as in examples"),
):
    construct("option of chart and timechart", _name, PAGE, _says)
construct("rule", "order of columns", PAGE, "by the value's text, then NULL, then OTHER (ours)")
construct("refused option", "chart and timechart agg", PAGE, "not said what it selects by")


@dataclass
class Where:
    """``function in top5``, ``function > 10``."""

    call: Call
    compare: str
    amount: float
    keep: bool = True


@dataclass
class Split:
    """The split-by clause. ``limit`` < 0: the lowest."""

    name: str = ""
    limit: int = 10
    lowest: bool = False
    useother: bool = True
    usenull: bool = True
    otherstr: str = "OTHER"
    nullstr: str = "NULL"
    format: str = "$AGG$: $VAL$"
    separator: str = ""
    where: Where | None = None
    bins: BinOptions = field(default_factory=BinOptions)

    def read(self, name: Word, value: Word, arguments: Arguments) -> None:
        option = name.text.lower()
        if option == "agg":
            raise Unsupported("'agg' is not run here: use a where clause", name.position)
        if option == "limit":
            self._limit(value, arguments)
        elif option in ("useother", "usenull"):
            setattr(self, option, truth(value, option))
        elif option == "sep":
            self.separator = value.text
        else:
            setattr(self, option, value.text)

    def _limit(self, value: Word, arguments: Arguments) -> None:
        word = value.text.lower()
        kind = next((kind for kind in ("top", "bottom") if word.startswith(kind)), "")
        if kind and word == kind:
            value = arguments.take("a number")
            word = value.text
        digits = word.removeprefix(kind)
        self.limit = whole(Word(digits, value.position), "limit")
        self.lowest = kind == "bottom"

    def named(self, function: str, value: str) -> str:
        """The column's name where there are several functions."""
        form = self.format
        if self.separator and form == Split.format:
            form = f"$AGG${self.separator}$VAL$"
        return form.replace("$AGG$", function).replace("$VAL$", value)

    def shown(self, series: Series) -> str:
        if series == NULL:
            return self.nullstr
        return self.otherstr if series == OTHER else visible(series[1])


def visible(value: str) -> str:
    """A column must not look like an internal field."""
    return f"VALUE{value}" if value.startswith("_") else value


def read_where(arguments: Arguments) -> Where:
    """After WHERE."""
    position = arguments.position
    call = read_term(arguments)
    if not isinstance(call, Call) or (call.field and "*" in call.field and _typed(call)):
        raise Malformed("where takes one function of one field", position)
    compare = arguments.take("in, notin, < or >")
    sign = compare.text.lower()
    if sign in ("in", "notin"):
        word = arguments.take("top or bottom").text.lower()
        kind = next((kind for kind in ("top", "bottom") if word.startswith(kind)), None)
        if kind is None:
            raise Malformed("expected top or bottom with a number", arguments.position)
        digits = word.removeprefix(kind) or arguments.take("a number").text
        amount = whole(Word(digits, compare.position), kind, 1)
        return Where(call, kind, amount, sign == "in")
    limit = arguments.take("a number")
    found = number(limit.text)
    if sign not in ("<", ">") or found is None:
        raise Malformed("expected in, notin, < or > with a number", compare.position)
    return Where(call, sign, float(found))


def _typed(call: Call) -> bool:
    return call.field != "*"


class Pivot:
    """Rows by place on the x axis and by series."""

    def __init__(
        self,
        terms: list[Term],
        split: Split,
        clock: Clock,
        names: list[str],
        over: TimeGrid | None = None,
    ) -> None:
        self.columns = bind(terms, names, clock, over=over)
        self.terms, self.split, self.clock = terms, split, clock
        self.cells: dict[Key, dict[Series, list[Row]]] = {}

    def put(self, place: Key, series: Series, row: Row) -> None:
        cells = self.cells.get(place)
        if cells is None:
            cells = self.cells[place] = {}
        found = cells.get(series)
        if found is None:
            cells[series] = [row]
        else:
            found.append(row)

    def table(
        self, places: list[Key], lengths: list[float] | None = None
    ) -> tuple[list[str], list[Row]]:
        """Names of columns in order; a row for each place. ``lengths``: seconds, for rates."""
        merged = self._merge(self._chosen()) if self.split.name else [WHOLE]
        columns = [
            (self._name(column, series), column, series)
            for column in self.columns
            for series in merged
        ]
        rows = [
            self._row(self.cells.get(place, {}), columns, length)
            for place, length in zip(places, lengths or [1.0] * len(places), strict=True)
        ]
        return list(dict.fromkeys(name for name, _, _ in columns)), rows

    def _name(self, column: Column, series: Series) -> str:
        if not self.split.name:
            return column.name
        value = self.split.shown(series)
        return value if len(self.columns) == 1 else self.split.named(column.name, value)

    def _row(
        self,
        cells: dict[Series, list[Row]],
        columns: list[tuple[str, Column, Series]],
        length: float,
    ) -> Row:
        made: Row = {}
        for name, column, series in columns:
            value = column.compute(cells.get(series, []))
            if value is not None:
                made[name] = value if column.per is None else _rate(value, column.per, length)
        return made

    def _chosen(self) -> list[Series]:
        """Series of values that get a column of their own, in order."""
        rows_of: dict[Series, list[list[Row]]] = {}
        for cells in self.cells.values():
            for series, rows in cells.items():
                rows_of.setdefault(series, []).append(rows)
        values = sorted(series for series in rows_of if series[0] == "value")
        if self.split.where is not None:
            return self._selected(values, rows_of, self.split.where)
        if not self.split.limit or len(values) <= self.split.limit:
            return values
        scores = {series: self._score(rows_of[series]) for series in values}
        sign = 1 if self.split.lowest else -1
        best = sorted(values, key=lambda series: (sign * scores[series], series))
        return sorted(best[: self.split.limit])

    def _score(self, cells: list[list[Row]]) -> float:
        """The sum over the axis of one function; of several, how often the value occurs."""
        if len(self.columns) > 1:
            return sum(map(len, cells))
        found = (number(self.columns[0].compute(rows)) for rows in cells)
        return sum(value for value in found if value is not None)

    def _selected(
        self, values: list[Series], rows_of: dict[Series, list[list[Row]]], where: Where
    ) -> list[Series]:
        scores = {series: self._measure(rows_of[series], where) for series in values}
        if where.compare in ("<", ">"):
            under = where.compare == "<"
            return [
                series
                for series in values
                if (score := scores[series]) is not None
                and (score < where.amount if under else score > where.amount)
            ]
        sign = 1 if where.compare == "bottom" else -1
        ranked = sorted(values, key=lambda series: (sign * (scores[series] or 0), series))
        best = set(ranked[: int(where.amount)])
        return [series for series in values if (series in best) == where.keep]

    def _measure(self, cells: list[list[Row]], where: Where) -> float | None:
        """A function of a field over all rows of the series; ``count`` counts them; one without a
        field takes the values that the chart shows."""
        function = where.call.function
        rows = [row for cell in cells for row in cell]
        if where.call.field is None and where.call.formula is None:
            return len(rows)
        if where.call.field != "*":
            return number(bind([where.call], [], self.clock)[0].compute(rows))
        if len(self.columns) > 1:
            raise Undocumented(
                f"where {function.name} with several functions: of which one?", where.call.position
            )
        found = [self.columns[0].compute(cell) for cell in cells]
        return number(function.of([value for value in found if value is not None]))

    def _merge(self, chosen: list[Series]) -> list[Series]:
        """Rows of all other series into OTHER, or away; the series that the table has."""
        kept = set(chosen)
        others = nulls = False
        for cells in self.cells.values():
            left = [s for s in cells if s[0] == "value" and s not in kept]
            if left and self.split.useother:
                cells[OTHER] = [row for series in sorted(left) for row in cells[series]]
                others = True
            nulls = nulls or NULL in cells
        return [*chosen, *([NULL] if nulls else []), *([OTHER] if others else [])]


def _rate(value: Value, seconds: int, length: float) -> str:
    """Six decimals, as the page says of per_day()."""
    found = number(value)
    assert found is not None
    return f"{found * seconds / length:.6f}"


def series_of(row: Row, split: Split, put: Callable[[Value], Value] | None) -> list[Series]:
    """The series that a row counts in; empty if it has no value and NULL is not wanted."""
    value = row.get(split.name)
    if value is None:
        return [NULL] if split.usenull else []
    if put is not None:
        value = put(value)
    if isinstance(value, list):
        return [("value", part) for part in value]
    return [("value", text(value))]
