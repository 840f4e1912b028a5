"""top and rare."""

from __future__ import annotations

from dataclasses import dataclass, field

from standin.spl.arguments import Arguments, truth, whole
from standin.spl.commands.stats import read_by
from standin.spl.context import Context
from standin.spl.errors import Malformed
from standin.spl.grouping import Groups, Key, group
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row, Value

TOP, RARE = "Search Reference: top", "Search Reference: rare"
MOST = 50_000

for _name, _says in (
    ("limit", "also a number before the fields; 0: all"),
    ("countfield", ""),
    ("percentfield", "six decimals, of the rows of the BY group"),
    ("showcount", ""),
    ("showperc", ""),
    ("useother", "one more row for all values left out"),
    ("otherstr", ""),
):
    construct("option of top and rare", _name, TOP, _says)
construct("rule", "ties of top", TOP, "the last in lexicographical order first; of rare the first")


@dataclass
class Settings:
    fields: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    limit: int = 10
    countfield: str = "count"
    percentfield: str = "percent"
    showcount: bool = True
    showperc: bool = True
    useother: bool = False
    otherstr: str = "OTHER"


@command("top", TOP)
def top(text: CommandText) -> Runnable:
    return _reader(text, most=True)


@command("rare", RARE)
def rare(text: CommandText) -> Runnable:
    return _reader(text, most=False)


def _reader(text: CommandText, *, most: bool) -> Runnable:
    settings = _read(Arguments(text))

    def run(stream: Stream, context: Context) -> Stream:
        names = [*settings.by, *settings.fields]
        groups = group(stream.rows, names)
        columns = [
            *names,
            *([settings.countfield] if settings.showcount else []),
            *([settings.percentfield] if settings.showperc else []),
        ]
        return Stream(_rows(groups, settings, most=most), columns)

    return Step(run, frozenset([*settings.fields, *settings.by]), passes=False)


def _read(arguments: Arguments) -> Settings:
    settings = Settings()
    first = arguments.peek()
    if first is not None and first.text.isdecimal() and not arguments.is_mark("=", 1):
        settings.limit = whole(arguments.take(), "limit")
    while arguments.peek() is not None:
        if arguments.is_option():
            _option(arguments, settings)
        elif not settings.by and arguments.keyword("by"):
            settings.by = read_by(arguments)
        elif settings.by:
            arguments.refuse("nothing but options may follow the BY clause")
        else:
            settings.fields.append(arguments.field())
        arguments.skip_commas()
    if not settings.fields:
        arguments.refuse("it needs at least one field")
    for name in settings.fields:
        if "*" in name:
            arguments.refuse(f"fields take no wildcards: '{name}'")
    return settings


def _option(arguments: Arguments, settings: Settings) -> None:
    name, value = arguments.option()
    option = name.text.lower()
    if option == "limit":
        settings.limit = whole(value, option)
    elif option in ("showcount", "showperc", "useother"):
        setattr(settings, option, truth(value, option))
    elif option in ("countfield", "percentfield", "otherstr"):
        setattr(settings, option, value.text)
    else:
        raise Malformed(f"'{arguments.command.name}' has no option '{name.text}'", name.position)


def _rows(groups: Groups, settings: Settings, *, most: bool) -> list[Row]:
    width = len(settings.by)
    parts: dict[Key, list[Key]] = {}
    for key in groups:
        parts.setdefault(key[:width], []).append(key)
    made: list[Row] = []
    for part in sorted(parts):
        made += _ranked(groups, sorted(parts[part], reverse=most), settings, most)
    return made[:MOST]


def _ranked(groups: Groups, keys: list[Key], settings: Settings, most: bool) -> list[Row]:
    names = [*settings.by, *settings.fields]
    ranked = sorted(keys, key=lambda key: -len(groups[key]) if most else len(groups[key]))
    total = sum(len(groups[key]) for key in keys)
    limit = settings.limit or len(ranked)
    made = [
        _counted(
            dict(zip(names, groups.shown[key], strict=True)), len(groups[key]), total, settings
        )
        for key in ranked[:limit]
    ]
    if settings.useother and len(ranked) > limit:
        shown: dict[str, Value] = dict(zip(settings.by, groups.shown[ranked[0]], strict=False))
        shown.update(dict.fromkeys(settings.fields, settings.otherstr))
        rest = sum(len(groups[key]) for key in ranked[limit:])
        made.append(_counted(shown, rest, total, settings))
    return made


def _counted(row: Row, count: int, total: int, settings: Settings) -> Row:
    if settings.showcount:
        row[settings.countfield] = count
    if settings.showperc:
        row[settings.percentfield] = f"{count * 100 / total:.6f}"
    return row
