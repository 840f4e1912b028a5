"""map and foreach: searches made for each row, field or value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from standin.spl import templates
from standin.spl.columns import known, settled
from standin.spl.commands.combining import concatenated
from standin.spl.datasets import saved_text
from standin.spl.errors import Malformed, Undocumented
from standin.spl.numbers import text as written
from standin.spl.options import choice, names, options, plain, whole
from standin.spl.parsing import CommandText, Subsearch, Word
from standin.spl.registry import CONSTRUCTS, Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context
    from standin.spl.interpret import Pipeline

_TOKEN = re.compile(r"\$([^$\s]+)\$")


@command("map", "Search Reference: map", "search=, a saved search or [ … ]; $field$; maxsearches=")
def read_map(command: CommandText) -> Runnable:
    given, rest = options(command, {"search": plain, "maxsearches": whole})
    if ("search" in given) + len(rest) != 1:
        raise Malformed('map takes search="…", a saved search\'s name or [ … ]', command.position)
    if "search" in given:
        template = given["search"]
    elif rest[0].subsearch is not None:
        template = rest[0].subsearch.text
        if not template.lstrip().startswith("|"):
            template = f"| {template}"
    else:
        template = saved_text(rest[0].text, command, rest[0].position)
    most = given.get("maxsearches", 10)
    needed = frozenset(_TOKEN.findall(template)) - {"_serial_id"}

    def run(stream: Stream, context: Context) -> Stream:
        from standin.spl.interpret import parse

        made = []
        for number, row in enumerate(islice(stream.rows, most), 1):
            filled = _filled(template, {**row, "_serial_id": str(number)})
            made.append(parse(_with_pipe(filled), context).run())
        return concatenated(made)

    return Step(run, needed, passes=False)


def _with_pipe(text: str) -> str:
    """A search may begin with a command that makes events, without a pipe before it."""
    first = text.split(maxsplit=1)[0].lower() if text.strip() else ""
    known = first != "search" and ("command", first) in CONSTRUCTS
    return f"| {text}" if known else text


def _filled(template: str, row: Row) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in row:
            raise Malformed(f"map: the result has no field {found[1]!r} for ${found[1]}$")
        return written(row[found[1]])

    return _TOKEN.sub(value, template)


_MODES = ("multifield", "multivalue", "json_array", "auto_collections")
_FOREACH = {
    "mode": choice(*_MODES),
    **dict.fromkeys(
        ("fieldstr", "matchstr", "matchseg1", "matchseg2", "matchseg3", "itemstr", "iterstr"), plain
    ),
}
for _name in _FOREACH:
    construct("option of foreach", _name, "Search Reference: foreach")


@command("foreach", "Search Reference: foreach", "fields by pattern, values, JSON arrays")
def read_foreach(command: CommandText) -> Runnable:
    words = _joined_templates(command.words())
    inner = [word for word in words if word.subsearch is not None]
    if len(inner) != 1 or inner[0].subsearch is None:
        raise Malformed("foreach takes one subsearch in brackets", command.position)
    words.remove(inner[0])
    given, rest = options(command, _FOREACH, words)
    mode = given.get("mode", "multifield")
    chosen = names(rest, command, least=mode != "auto_collections")
    body = inner[0].subsearch
    if mode != "multifield":
        if len(chosen) > 1:
            raise Malformed("foreach: this mode takes one field", command.position)
        return _ForEachValue(command, body, "".join(chosen), given).step()
    each = _ForEachField(command, body, chosen, given)
    each.ready("x1", ("x1", "x1", "x1"), "x1")
    return Step(each)


def _joined_templates(words: list[Word]) -> list[Word]:
    """``<<NAME>>`` is cut to pieces by the reading of words: one word again."""
    made: list[Word] = []
    at = 0
    while at < len(words):
        five = "".join(word.text for word in words[at : at + 5])
        if not words[at].quoted and re.fullmatch(r"<<\w+>>", five):
            made.append(Word(five, words[at].position))
            at += 5
        else:
            made.append(words[at])
            at += 1
    return made


@dataclass(frozen=True)
class _Pattern:
    """A field of foreach: its name or pattern."""

    text: str

    def match(self, name: str) -> tuple[str, ...] | None:
        """What the wildcards stand for; None if the field is another."""
        source = "(.*)".join(map(re.escape, self.text.split("*")))
        found = re.fullmatch(source, name, re.DOTALL)
        return None if found is None else found.groups()


class _ForEachField:
    """Row by row and field by field. A pattern takes the fields that the row has; a plain name is
    taken in any case."""

    def __init__(
        self, command: CommandText, body: Subsearch, chosen: list[str], given: dict[str, str]
    ) -> None:
        self.command, self.body, self.given = command, body, given
        self.patterns = [_Pattern(name) for name in chosen]
        plain_text = _STRINGS.sub("", body.text)
        self.only_evals = all(
            re.match(r"\s*(eval\b|$)", one, re.IGNORECASE) for one in plain_text.split("|")
        )
        self.ready = lru_cache(maxsize=None)(self._ready)

    def __call__(self, stream: Stream, context: Context) -> Stream:
        rows, present = known(stream)
        for name, parts, matched, always in self._fields(present):
            pipeline = self.ready(name, parts, matched)
            rows = self._applied(rows, None if always else name, pipeline, context)
        return settled(stream, rows)

    def _fields(self, present: list[str]) -> Iterator[tuple[str, tuple[str, ...], str, bool]]:
        for pattern in self.patterns:
            if "*" not in pattern.text:
                yield pattern.text, (), pattern.text, True
                continue
            for name in present:
                parts = pattern.match(name) if name[:1] != "_" else None
                if parts is not None:
                    yield name, parts, "".join(parts), False

    def _applied(
        self, rows: list[Row], having: str | None, pipeline: Pipeline, context: Context
    ) -> list[Row]:
        """Only evals make one row of each: their rows can go through together."""
        if self.only_evals:
            chosen = [row for row in rows if having is None or having in row]
            made = list(pipeline.run(Stream(chosen), context).rows)
            if len(made) == len(chosen):
                left = iter(made)
                return [next(left) if having is None or having in row else row for row in rows]
        found: list[Row] = []
        for row in rows:
            if having is None or having in row:
                found += pipeline.run(Stream([row]), context).rows
            else:
                found.append(row)
        return found

    def _ready(self, name: str, parts: tuple[str, ...], matched: str) -> Pipeline:
        from standin.spl.interpret import inner_pipeline

        values = {
            self.given.get("fieldstr", "<<FIELD>>"): name,
            self.given.get("matchstr", "<<MATCHSTR>>"): matched,
        }
        for number, part in enumerate(parts[:3], 1):
            values[self.given.get(f"matchseg{number}", f"<<MATCHSEG{number}>>")] = part
        text = templates.filled(self.body.text, values)
        return inner_pipeline(Subsearch(text, self.body.position), self.command, first=False)


_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_ITEM_FIELD, _ITER_FIELD = "foreach item", "foreach iter"


def _collection(row: Row) -> str:
    """The field that holds several values or a JSON array."""
    found = [
        name
        for name, value in row.items()
        if isinstance(value, list) or (isinstance(value, str) and value[:1] == "[")
    ]
    if len(found) != 1:
        raise Undocumented("foreach over several values: which of several fields has to be named")
    return found[0]


class _ForEachValue:
    """One eval for each value of a field or each element of its JSON array."""

    def __init__(
        self, command: CommandText, body: Subsearch, field: str, given: dict[str, str]
    ) -> None:
        self.command, self.body, self.field = command, body, field
        self.item = given.get("itemstr", "<<ITEM>>")
        self.iter = given.get("iterstr", "<<ITER>>")
        self.mode = given["mode"]
        strings = _STRINGS.findall(body.text)
        if "|" in _STRINGS.sub("", body.text.strip().lstrip("|")):
            raise Malformed("foreach: this mode takes a single eval", body.position)
        self.quoted = any(self.item in one for one in strings)
        self.ready: Callable[[str], Pipeline] = lru_cache(maxsize=1000)(self._ready)
        self.ready("x1" if self.quoted else "")

    def step(self) -> Runnable:
        return Step(lambda stream, context: settled(stream, list(self.rows(stream, context))))

    def rows(self, stream: Stream, context: Context) -> Iterator[Row]:
        for row in stream.rows:
            made = row
            for number, item in enumerate(self._items(row)):
                given: Row = {**made, _ITER_FIELD: number}
                if item is not None:
                    given[_ITEM_FIELD] = item
                pipeline = self.ready(written(item) if self.quoted and item is not None else "")
                made = next(iter(pipeline.run(Stream([given]), context).rows))
            yield {
                name: value
                for name, value in made.items()
                if name not in (_ITEM_FIELD, _ITER_FIELD)
            }

    def _items(self, row: Row) -> list[str | int | float | None]:
        value = row.get(self.field or _collection(row))
        if value is None:
            return []
        if self.mode == "multivalue" or (self.mode != "json_array" and isinstance(value, list)):
            return list(value) if isinstance(value, list) else [value]
        try:
            found = json.loads(written(value))
        except ValueError:
            found = None
        if not isinstance(found, list):
            return [] if self.mode == "json_array" or isinstance(value, list) else [value]
        return [self._element(one) for one in found]

    def _element(self, one: object) -> str | int | float | None:
        if one is None or (isinstance(one, (str, int, float)) and not isinstance(one, bool)):
            return one
        return json.dumps(one, separators=(",", ":"), ensure_ascii=False)

    def _ready(self, item: str) -> Pipeline:
        from standin.spl.interpret import inner_pipeline

        text = self.body.text.replace(self.iter, f"'{_ITER_FIELD}'")
        shown = (
            item.replace("\\", "\\\\").replace('"', '\\"') if self.quoted else f"'{_ITEM_FIELD}'"
        )
        text = text.replace(self.item, shown)
        return inner_pipeline(Subsearch(text, self.body.position), self.command, first=False)
