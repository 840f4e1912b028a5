"""addtotals and addcoltotals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from standin.spl.aggregates.numeric import total
from standin.spl.arguments import Arguments, truth
from standin.spl.context import Context
from standin.spl.errors import Malformed
from standin.spl.grouping import names_of
from standin.spl.numbers import number
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row
from standin.spl.wildcards import matcher

ROWS, COLUMNS = "Search Reference: addtotals", "Search Reference: addcoltotals"

for _name, _says in (
    ("row", "internal fields (_…) are left out; 0 for a row without numbers (ours)"),
    ("col", "one more row, the columns' sums"),
    ("fieldname", ""),
    ("labelfield", ""),
    ("label", ""),
):
    construct("option of addtotals", _name, ROWS, _says)


@dataclass
class Settings:
    row: bool = True
    col: bool = False
    fieldname: str = "Total"
    labelfield: str = ""
    label: str = "Total"
    patterns: list[str] = field(default_factory=list)

    def takes(self, name: str) -> bool:
        if name.startswith("_") and name not in self.patterns:
            return False
        return not self.patterns or any(matcher(pattern)(name) for pattern in self.patterns)


@command("addtotals", ROWS)
def addtotals(text: CommandText) -> Runnable:
    options = frozenset({"row", "col", "fieldname", "labelfield", "label"})
    return _step(_read(Arguments(text), options))


@command("addcoltotals", COLUMNS, "the same as addtotals row=f col=t")
def addcoltotals(text: CommandText) -> Runnable:
    settings = _read(Arguments(text), frozenset({"labelfield", "label"}))
    settings.row, settings.col = False, True
    return _step(settings)


def _read(arguments: Arguments, options: frozenset[str]) -> Settings:
    settings = Settings()
    while arguments.peek() is not None:
        if arguments.is_option():
            name, value = arguments.option()
            option = name.text.lower()
            if option not in options:
                raise Malformed(
                    f"'{arguments.command.name}' has no option '{name.text}'", name.position
                )
            flag = option in ("row", "col")
            setattr(settings, option, truth(value, option) if flag else value.text)
        else:
            settings.patterns.append(arguments.field())
        arguments.skip_commas()
    return settings


def _step(settings: Settings) -> Step:
    def run(stream: Stream, context: Context) -> Stream:
        if not settings.col:
            fields = stream.fields
            if fields is not None and settings.row and settings.fieldname not in fields:
                fields = [*fields, settings.fieldname]
            return Stream(_with_totals(stream.rows, settings), fields, stream.events)
        rows = list(_with_totals(stream.rows, settings))
        names = names_of(rows, None if stream.fields is None else list(stream.fields))
        if settings.row and settings.fieldname not in names:
            names = [*names, settings.fieldname]
        if settings.labelfield and settings.labelfield not in names:
            names = [*names, settings.labelfield]
        return Stream([*rows, _sums(rows, settings)], names, stream.events)

    return Step(run, None)


def _with_totals(rows: object, settings: Settings) -> Iterator[Row]:
    for row in rows:  # type: ignore[attr-defined]
        if not settings.row:
            yield row
            continue
        found = [
            value
            for name, text in row.items()
            if settings.takes(name) and (value := number(text)) is not None
        ]
        yield {**row, settings.fieldname: total(found)}


def _sums(rows: list[Row], settings: Settings) -> Row:
    sums: dict[str, list[int | float]] = {}
    for row in rows:
        for name, text in row.items():
            if _summed(name, settings):
                value = number(text)
                if value is not None:
                    sums.setdefault(name, []).append(value)
    made: Row = {name: total(found) for name, found in sums.items()}
    if settings.labelfield:
        made[settings.labelfield] = settings.label
    return made


def _summed(name: str, settings: Settings) -> bool:
    return settings.takes(name) or (settings.row and name == settings.fieldname)
