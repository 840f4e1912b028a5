"""sparkline(count(x), 1h): a function's values over time, as one multivalue.

The first value is a mark by which tables know it; that is not in the documentation, but in every
published result. Bins without rows are 0 in those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from standin.spl.aggregates.calls import Sparkline
from standin.spl.aggregates.function import Result
from standin.spl.bins import TimeBins, chosen_time
from standin.spl.errors import Undocumented
from standin.spl.numbers import number, text
from standin.spl.registry import construct
from standin.spl.values import Row

MARK = "##__SPARKLINE__##"
MOST = 100
"""limits.conf, [stats]: sparkline_maxsize where it is not given."""
Rows = list[Row]

construct(
    "stats function",
    "sparkline",
    "Search Reference: stats",
    "in stats and chart; at most 100 bins, over the search's range; 0 for none (ours)",
)


@dataclass
class TimeGrid:
    """Over which time sparklines go: the search's range, else that of all its rows."""

    first: float
    last: float
    timezone: tzinfo

    def chosen(self) -> TimeBins:
        """The shortest of the usual spans that needs no more than MOST bins."""
        bins = chosen_time(self.first, self.last, MOST)
        return bins if self.places(bins) else chosen_time(self.first, self.last, MOST - 1)

    def places(self, bins: TimeBins) -> list[int | float]:
        """Where the bins begin; empty if there were more than MOST."""
        start = bins.starts(self.timezone)
        place, last = start(self.first), start(self.last)
        found = [place]
        while place < last:
            place = bins.after(place, self.timezone)
            found.append(place)
            if len(found) > MOST:
                return []
        return found


def grid(rows: Rows, reach: tuple[float | None, float | None], timezone: tzinfo) -> TimeGrid:
    """``reach``: the search's range, None where it is open; its end is not part of it."""
    times = [found for row in rows if (found := number(row.get("_time"))) is not None]
    first, last = reach
    return TimeGrid(
        min(times, default=0.0) if first is None else first,
        max(times, default=0.0) if last is None else last - 1e-6,
        timezone,
    )


def drawn(
    term: Sparkline, inner: Callable[[Rows], Result], over: TimeGrid | None
) -> Callable[[Rows], Result]:
    """A function from a group's rows to the line's values."""
    if over is None:
        raise Undocumented("a sparkline here", term.position)
    bins = term.span or over.chosen()
    start = bins.starts(over.timezone)
    places = over.places(bins)

    def compute(rows: Rows) -> Result:
        if not places:
            raise Undocumented(
                f"a sparkline of more than {MOST} bins: which of them are shown is not"
                " documented, take a longer span",
                term.position,
            )
        cells: dict[int | float, Rows] = {}
        for row in rows:
            time = number(row.get("_time"))
            if time is None:
                raise Undocumented(f"{term.column}: a row has no _time", term.position)
            cells.setdefault(start(time), []).append(row)
        found = (inner(cells.get(place, [])) for place in places)
        return [MARK, *("0" if value is None else text(value) for value in found)]

    return compute
