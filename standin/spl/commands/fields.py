"""fields, table, rename, fillnull, filldown: which columns, under which names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from standin.spl.columns import known, like, settled
from standin.spl.errors import Malformed
from standin.spl.options import glued, keyword, names, options, plain
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command
from standin.spl.step import Step, Wanted
from standin.spl.stream import Stream
from standin.spl.values import Row, Value
from standin.spl.wildcards import choose, matcher

if TYPE_CHECKING:
    from standin.spl.context import Context


@command("fields", "Search Reference: fields", "fields that begin with _ stay unless removed")
def read_fields(command: CommandText) -> Runnable:
    words = command.words()
    remove = False
    if words and not words[0].quoted and words[0].text[:1] in "+-":
        remove = words[0].text[0] == "-"
        rest = words[0].text[1:]
        words[:1] = [Word(rest, words[0].position)] if rest else []
    chosen = names(words, command)
    if remove:
        return _Removal(chosen)
    return _kept(chosen)


def _kept(chosen: list[str]) -> Runnable:
    wild = any("*" in name for name in chosen)
    plain_names = tuple(chosen)

    def pick(row: Row) -> Row:
        found = choose(plain_names, row) if wild else plain_names
        made = {name: row[name] for name in found if name in row}
        for name in row:
            if name[:1] == "_" and name not in made:
                made[name] = row[name]
        return made

    def run(stream: Stream, _context: Context) -> Stream:
        columns = stream.fields
        if columns is not None:
            present = set(columns)
            picked = [name for name in choose(chosen, columns) if name in present]
            columns = picked + [name for name in columns if name[:1] == "_" and name not in picked]
        return Stream(map(pick, stream.rows), columns, stream.events, notes=stream.notes)

    return Step(run, frozenset({*chosen, "_raw", "_time"}), passes=False)


class _Removal:
    """fields -"""

    def __init__(self, patterns: list[str]) -> None:
        self.gone = _any_of(patterns)
        self.plain = frozenset(name for name in patterns if "*" not in name)
        self.wild = len(self.plain) < len(patterns)

    def needs(self, after: Wanted) -> Wanted:
        return None if after is None else after - self.plain

    def __call__(self, stream: Stream, context: Context) -> Stream:
        columns = stream.fields
        if columns is not None:
            columns = [name for name in columns if not self.gone(name)]
        rows = map(self._some if self.wild else self._without, stream.rows)
        return Stream(rows, columns, stream.events, notes=stream.notes)

    def _without(self, row: Row) -> Row:
        gone = self.plain
        return {name: value for name, value in row.items() if name not in gone}

    def _some(self, row: Row) -> Row:
        gone = self.gone
        return {name: value for name, value in row.items() if not gone(name)}


def _any_of(patterns: list[str]) -> Callable[[str], bool]:
    tests = [matcher(pattern) for pattern in patterns]
    return lambda name: any(test(name) for test in tests)


@command("table", "Search Reference: table")
def read_table(command: CommandText) -> Runnable:
    chosen = names(command.words(), command)
    if not any("*" in name for name in chosen):
        columns = list(dict.fromkeys(chosen))

        def narrow(stream: Stream, _context: Context) -> Stream:
            rows = ({name: row[name] for name in columns if name in row} for row in stream.rows)
            return Stream(rows, columns, notes=stream.notes)

        return Step(narrow, frozenset(chosen), passes=False)

    def run(stream: Stream, _context: Context) -> Stream:
        rows, present = known(stream)
        picked = choose(chosen, [name for name in present if name[:1] != "_"])
        made = [{name: row[name] for name in picked if name in row} for row in rows]
        return Stream(made, picked, notes=stream.notes)

    return Step(run, frozenset(chosen), passes=False)


@command("rename", "Search Reference: rename", "a missing field takes its new name's values away")
def read_rename(command: CommandText) -> Runnable:
    pairs = _pairs(command)
    if any("*" in old for old, _ in pairs):
        return Step(lambda stream, _context: _renamed_by_pattern(stream, pairs))

    def run(stream: Stream, _context: Context) -> Stream:
        columns = stream.fields
        if columns is not None:
            for old, new in pairs:
                columns = _column_renamed(columns, old, new)
        return Stream(
            (_renamed(row, pairs) for row in stream.rows),
            columns,
            stream.events,
            notes=stream.notes,
        )

    return _Renaming(run, pairs)


class _Renaming(Step):
    """Knows which fields come in under which names."""

    def __init__(
        self, run: Callable[[Stream, Context], Stream], pairs: list[tuple[str, str]]
    ) -> None:
        super().__init__(run, frozenset())
        object.__setattr__(self, "pairs", pairs)

    pairs: list[tuple[str, str]]

    def needs(self, after: Wanted) -> Wanted:
        if after is None or any("*" in name for name in after):
            return None
        before = set(after)
        for old, new in reversed(self.pairs):
            if new in before:
                before.discard(new)
                before.add(old)
        return frozenset(before)


def _pairs(command: CommandText) -> list[tuple[str, str]]:
    words = [word for word in glued(command.words()) if word.quoted or word.text != ","]
    pairs: list[tuple[str, str]] = []
    if not words or len(words) % 3:
        raise Malformed("rename takes 'field AS name'", command.position)
    for at in range(0, len(words), 3):
        old, sign, new = words[at : at + 3]
        if not keyword(sign, "as"):
            raise Malformed(f"rename: expected AS instead of {sign.text!r}", sign.position)
        if old.text.count("*") != new.text.count("*"):
            raise Malformed("rename: the wildcards do not match", old.position)
        if any(old.text == before for before, _ in pairs):
            raise Malformed(f"rename: {old.text!r} cannot get two names", old.position)
        pairs.append((old.text, new.text))
    return pairs


def _renamed(row: Row, pairs: list[tuple[str, str]]) -> Row:
    made = dict(row)
    for old, new in pairs:
        if old == new:
            continue
        if old in made:
            made = {(new if name == old else name): made[name] for name in made if name != new}
        elif new in made:
            del made[new]
    return made


def _column_renamed(columns: list[str], old: str, new: str) -> list[str]:
    if old not in columns or old == new:
        return columns
    return [new if name == old else name for name in columns if name != new]


def _renamed_by_pattern(stream: Stream, pairs: list[tuple[str, str]]) -> Stream:
    rows, present = known(stream)
    columns = stream.fields
    for old, new in pairs:
        plain_pairs = [(name, made) for name in present if (made := _by_pattern(name, old, new))]
        if "*" not in old:
            plain_pairs = [(old, new)]
        for name, made in plain_pairs:
            present = _column_renamed(present, name, made)
            columns = None if columns is None else _column_renamed(columns, name, made)
        rows = [_renamed(row, plain_pairs) for row in rows]
    return Stream(rows, columns, stream.events, notes=stream.notes)


def _by_pattern(name: str, old: str, new: str) -> str:
    found = re.fullmatch("(.*)".join(map(re.escape, old.split("*"))), name, re.DOTALL)
    if found is None:
        return ""
    parts = new.split("*")
    return "".join(
        part + (found[at + 1] if at < len(parts) - 1 else "") for at, part in enumerate(parts)
    )


@command("fillnull", "Search Reference: fillnull")
def read_fillnull(command: CommandText) -> Runnable:
    given, rest = options(command, {"value": plain})
    value, chosen = given.get("value", "0"), names(rest, command, least=0)
    if chosen:
        empty: Row = dict.fromkeys(chosen, value)

        def fill(stream: Stream, _context: Context) -> Stream:
            rows = ({**row, **{n: value for n in chosen if n not in row}} for row in stream.rows)
            return like(stream, rows, *empty)

        return Step(fill, frozenset(chosen))

    def run(stream: Stream, _context: Context) -> Stream:
        rows, present = known(Stream(stream.rows))
        made = [{**row, **{n: value for n in present if n not in row}} for row in rows]
        return settled(stream, made)

    return Step(run)


@command("filldown", "Search Reference: filldown")
def read_filldown(command: CommandText) -> Runnable:
    chosen = names(command.words(), command, least=0)
    fits = _any_of(chosen) if chosen else (lambda _name: True)

    def rows(stream: Stream) -> Iterator[Row]:
        last: dict[str, Value] = {}
        for row in stream.rows:
            yield {**row, **{name: last[name] for name in last if name not in row}}
            last.update((name, value) for name, value in row.items() if fits(name))

    return Step(lambda stream, _context: like(stream, rows(stream)))
