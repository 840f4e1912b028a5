"""Columns for the values of a split-by field, as chart and timechart make them."""

from __future__ import annotations

from collections.abc import Callable

from standin.spl.aggregates import Column, Term, bind
from standin.spl.aggregates.sparklines import TimeGrid
from standin.spl.errors import Undocumented
from standin.spl.grouping import Key
from standin.spl.numbers import number, text
from standin.spl.split_by import NULL, OTHER, WHOLE, Series, Split, Where
from standin.spl.times import Clock
from standin.spl.values import Row, Value


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
