"""join and selfjoin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from standin.spl.columns import known
from standin.spl.commands.combining import MOST, inner
from standin.spl.datasets import TYPES, dataset
from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.numbers import number
from standin.spl.numbers import text as written
from standin.spl.options import boolean, choice, keyword, names, options, plain, whole
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context
    from standin.spl.interpret import Pipeline

_OPTIONS = {
    "type": choice("inner", "outer", "left"),
    "usetime": boolean,
    "earlier": boolean,
    "overwrite": boolean,
    "max": whole,
    "left": plain,
    "right": plain,
}
for _name in _OPTIONS:
    construct("option of join", _name, "Search Reference: join")

Key = tuple[str, ...]


@dataclass(frozen=True)
class _Join:
    """``most``: rows of the subsearch for one before it, 0 is all of them. ``when``: whether times
    allow a pair."""

    outer: bool
    overwrite: bool
    most: int
    when: Callable[[Row, Row], bool] | None

    def rows(self, left: Iterable[Row], right: Iterable[Row], fields: list[str]) -> Iterator[Row]:
        index: dict[Key, list[Row]] = {}
        for row in right:
            if (key := _key(row, fields)) is not None:
                index.setdefault(key, []).append(row)
        for row in left:
            key = _key(row, fields)
            found = [] if key is None else index.get(key, [])
            if self.when is not None:
                found = [one for one in found if self.when(row, one)]
            for one in found[: self.most or None]:
                yield {**row, **one} if self.overwrite else {**one, **row}
            if not found and self.outer:
                yield row


def _key(row: Row, fields: list[str]) -> Key | None:
    made = []
    for name in fields:
        value = row.get(name)
        if value is None:
            return None
        if isinstance(value, list):
            raise Undocumented(f"join by {name}, which has several values: write mvexpand before")
        made.append(written(value))
    return tuple(made)


def _earlier(row: Row, one: Row) -> bool:
    return int(number(one.get("_time")) or 0) <= int(number(row.get("_time")) or 0)


def _later(row: Row, one: Row) -> bool:
    return int(number(one.get("_time")) or 0) >= int(number(row.get("_time")) or 0)


@command("join", "Search Reference: join", "fields that begin with _ never join by themselves")
def read_join(command: CommandText) -> Runnable:
    words = command.words()
    if not words:
        raise Malformed("join needs a subsearch", command.position)
    source = words.pop()
    if any(keyword(word, "where") for word in words):
        raise Unsupported(
            "join left= right= where …: how its fields are called is not documented: "
            "rename them and join by their name",
            command.position,
        )
    pipeline = _source(source, words, command)
    given, rest = options(command, _OPTIONS, words)
    fields = names(rest, command, least=0)
    when = None
    if given.get("usetime"):
        when = _earlier if given.get("earlier", True) else _later
    join = _Join(
        given.get("type", "inner") != "inner",
        given.get("overwrite", True),
        given.get("max", 1),
        when,
    )

    def run(stream: Stream, context: Context) -> Stream:
        added = pipeline.run(Stream([]), context)
        right, more = known(Stream(islice(added.rows, MOST), added.fields))
        left, before = known(stream)
        by = fields or [name for name in before if name in more and name[:1] != "_"]
        if not by:
            raise Undocumented("join of results that have no field in common")
        rows = join.rows(left, right, by)
        columns = None
        if stream.fields is not None:
            columns = list(dict.fromkeys([*before, *more]))
        return Stream(rows, columns, stream.events, notes=stream.notes)

    return Step(run, frozenset({*fields, "_time"}) if fields else None)


def _source(word: Word, words: list[Word], command: CommandText) -> Pipeline:
    if word.subsearch is not None:
        return inner([word], command)
    text = word.text
    if word.quoted and words and words[-1].text.rstrip(":").lower() in TYPES:
        text = words.pop().text + text
    return dataset(text, command, word.position)


_SELF = {"overwrite": boolean, "max": whole, "keepsingle": boolean}
for _name in _SELF:
    construct("option of selfjoin", _name, "Search Reference: selfjoin")


@command(
    "selfjoin",
    "Search Reference: selfjoin",
    "each row with the next one of the same key, whose values take precedence; by rising _time",
)
def read_selfjoin(command: CommandText) -> Runnable:
    given, words = options(command, _SELF)
    fields = names(words, command)
    if given.get("max", 1) != 1 or not given.get("overwrite", True):
        raise Unsupported(
            "selfjoin with max= or overwrite=false: which rows it pairs is not documented",
            command.position,
        )
    keep = given.get("keepsingle", False)

    def run(stream: Stream, _context: Context) -> Stream:
        return Stream(_self_joined(list(stream.rows), fields, keep), stream.fields)

    return Step(run)


def _self_joined(rows: list[Row], fields: list[str], keep: bool) -> Iterator[Row]:
    keys = [_key_of(row, fields) for row in rows]
    many = Counter(keys)
    before: dict[Key | None, Row] = {}
    for row, key in zip(rows, keys, strict=True):
        earlier = before.get(key)
        before[key] = row
        if key is None or many[key] == 1:
            if keep:
                yield row
        elif earlier is not None:
            if not _rises(earlier, row):
                raise Undocumented(
                    "which of two rows takes precedence in selfjoin where their _time does not"
                    " rise: sort by _time first, or use stats"
                )
            yield {**earlier, **row}


def _rises(earlier: Row, later: Row) -> bool:
    first, second = number(earlier.get("_time")), number(later.get("_time"))
    return first is not None and second is not None and first < second


def _key_of(row: Row, fields: list[str]) -> Key | None:
    if any(name not in row for name in fields):
        return None
    return tuple(written(row[name]) for name in fields)
