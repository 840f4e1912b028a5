"""contingency: how often each pair of two fields' values occurs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from standin.spl.arguments import Arguments, truth, whole
from standin.spl.errors import Malformed, Unsupported
from standin.spl.grouping import group
from standin.spl.numbers import number
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

PAGE = "Search Reference: contingency"
MOST = 1000

for _name, _says in (
    ("maxrows, maxcols", "the most common values; at most 1,000"),
    ("usetotal", ""),
    ("totalstr", ""),
    ("mincolcover, minrowcover", "only the default, 1.0"),
):
    construct("option of contingency", _name, PAGE, _says)
construct("rule", "order of contingency", PAGE, "by totals, the highest first; ties by text (ours)")


@dataclass
class Settings:
    maxrows: int = MOST
    maxcols: int = MOST
    usetotal: bool = True
    totalstr: str = "TOTAL"


def _read(text: CommandText) -> Runnable:
    arguments, settings, names = Arguments(text), Settings(), list[str]()
    while arguments.peek() is not None:
        if arguments.is_option():
            _option(arguments, settings)
        else:
            names.append(arguments.field())
        arguments.skip_commas()
    if len(names) != 2 or "*" in "".join(names):
        raise Malformed("contingency takes two fields without wildcards", text.position)
    return Step(
        lambda stream, _context: _table(stream, names, settings), frozenset(names), passes=False
    )


for _command in ("contingency", "counttable", "ctable"):
    command(_command, PAGE, "nulls are left out; empty texts are EMPTY_STR")(_read)


def _option(arguments: Arguments, settings: Settings) -> None:
    name, value = arguments.option()
    option = name.text.lower()
    if option in ("maxrows", "maxcols"):
        setattr(settings, option, min(whole(value, option) or MOST, MOST))
    elif option == "usetotal":
        settings.usetotal = truth(value, option)
    elif option == "totalstr":
        settings.totalstr = value.text
    elif option in ("mincolcover", "minrowcover"):
        if number(value.text) != 1:
            raise Unsupported(f"contingency {option} is not run here", name.position)
    else:
        raise Malformed(f"'contingency' has no option '{name.text}'", name.position)


def _table(stream: Stream, names: list[str], settings: Settings) -> Stream:
    cells: Counter[tuple[str, str]] = Counter()
    for (down, across), rows in group(stream.rows, names).items():
        cells[down or "EMPTY_STR", across or "EMPTY_STR"] += len(rows)
    rows_kept = _common(cells, 0, settings.maxrows)
    columns = _common(cells, 1, settings.maxcols)
    made: list[Row] = []
    for down in rows_kept:
        row: Row = {names[0]: down}
        row.update({across: cells[down, across] for across in columns})
        if settings.usetotal:
            row[settings.totalstr] = sum(cells[down, across] for across in columns)
        made.append(row)
    fields = [names[0], *columns]
    if settings.usetotal:
        fields.append(settings.totalstr)
        sums = {name: sum(int(str(row[name])) for row in made) for name in fields[1:]}
        made.append({names[0]: settings.totalstr, **sums})
    return Stream(made, fields)


def _common(cells: Counter[tuple[str, str]], side: int, most: int) -> list[str]:
    totals: Counter[str] = Counter()
    for pair, count in cells.items():
        totals[pair[side]] += count
    return sorted(totals, key=lambda value: (-totals[value], value))[:most]
