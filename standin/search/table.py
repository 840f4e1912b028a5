"""Results as a table: columns in order, rows as clients get them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from standin.spl.numbers import text
from standin.spl.stream import Stream
from standin.spl.values import Row, Value

Cell = str | list[str]


@dataclass
class Table:
    """Rows of a search with what is needed to show them."""

    rows: list[Row] = field(default_factory=list)
    given: list[str] | None = None
    events: bool = False
    timezone: tzinfo = UTC

    def begin(self, stream: Stream, timezone: tzinfo) -> None:
        """Takes what is known of a stream before its rows flow."""
        self.given, self.events, self.timezone = stream.fields, stream.events, timezone

    def end(self, stream: Stream) -> None:
        """Takes what is known once its rows have flowed."""
        self.given, self.events = stream.fields, stream.events

    def fields(self, rows: Iterable[Row] | None = None) -> list[str]:
        """Columns: those that a command set, else those of the rows as they first appear."""
        found = dict.fromkeys(self.given or ())
        if self.given is None:
            for row in self.rows if rows is None else rows:
                found |= dict.fromkeys(row)
        elif self.rows and "_span" in self.rows[0]:
            found["_span"] = None
        return list(found)

    def cell(self, name: str, value: Value) -> Cell:
        """A value as it is shown: text, or the texts of a multivalue field."""
        if isinstance(value, list):
            if len(value) == 1:
                return text(value[0])
            return [text(each) for each in value]
        if name == "_time":
            return self._time(value)
        return text(value)

    def _time(self, value: str | int | float) -> str:
        try:
            seconds = float(value)
        except ValueError:
            return str(value)
        moment = datetime.fromtimestamp(round(seconds, 3), self.timezone)
        return moment.isoformat(timespec="milliseconds")
