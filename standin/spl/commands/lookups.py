"""lookup, inputlookup, outputlookup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from standin.spl.columns import known, like
from standin.spl.context import Writing
from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.lookup_match import Finder
from standin.spl.numbers import text as written
from standin.spl.options import boolean, keyword, options, plain, whole
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command, construct
from standin.spl.search_expression import compile_search
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context, LookupTable

Pairs = list[tuple[str, str]]


@dataclass
class _Plan:
    """``inputs``: lookup field, event field. ``outputs``: the same; None: all others.
    ``keep``: OUTPUTNEW."""

    name: str
    inputs: Pairs
    outputs: Pairs | None
    keep: bool


@command("lookup", "Search Reference: lookup", "OUTPUT, OUTPUTNEW; CIDR and wildcards as defined")
def read_lookup(command: CommandText) -> Runnable:
    given, words = options(command, {"local": boolean, "update": boolean})
    del given
    if not words:
        raise Malformed("lookup needs a table's name", command.position)
    name = words.pop(0)
    split = next((at for at, one in enumerate(words) if keyword(one, "output", "outputnew")), None)
    inputs = _pairs(words[:split], command)
    if not inputs:
        raise Malformed("lookup needs a field to match", command.position)
    outputs = None if split is None else _pairs(words[split + 1 :], command)
    keep = split is not None and words[split].text.lower() == "outputnew"
    plan = _Plan(name.text, inputs, outputs or None, keep)
    table = existing(command, plan.name, name.position)
    plan = _checked(plan, table, command)
    made = [event for _, event in plan.outputs or ()]
    reads = frozenset({event for _, event in inputs} | set(made))

    def run(stream: Stream, context: Context) -> Stream:
        now = context.lookup(plan.name) or table
        return like(stream, _looked_up(stream.rows, plan, now), *made)

    return Step(run, reads)


def existing(command: CommandText, name: str, position: int) -> LookupTable:
    """A lookup definition or file; an error if there is none."""
    table = command.context.lookup(name) if command.context is not None else None
    if table is None:
        raise Malformed(
            f"Error in '{command.name}' command: Could not find lookup table '{name}'", position
        )
    return table


def _pairs(words: list[Word], command: CommandText) -> Pairs:
    words = [word for word in words if word.quoted or word.text != ","]
    pairs: Pairs = []
    at = 0
    while at < len(words):
        word = words[at]
        if not word.quoted and word.text in "=()":
            raise Malformed(f"lookup: {word.text!r} is no field", word.position)
        if at + 1 < len(words) and keyword(words[at + 1], "as"):
            if at + 2 >= len(words):
                raise Malformed("lookup: a name is missing after AS", words[at + 1].position)
            pairs.append((word.text, words[at + 2].text))
            at += 3
        else:
            pairs.append((word.text, word.text))
            at += 1
    return pairs


def _checked(plan: _Plan, table: LookupTable, command: CommandText) -> _Plan:
    for field, _ in [*plan.inputs, *(plan.outputs or ())]:
        if field not in table.fields:
            raise Malformed(
                f"Error in 'lookup' command: the lookup table '{plan.name}' has no field '{field}'",
                command.position,
            )
    if plan.outputs is None:
        matched = {field for field, _ in plan.inputs}
        others = [(name, name) for name in table.fields if name not in matched]
        plan = _Plan(plan.name, plan.inputs, others, plan.keep)
    return plan


def _looked_up(rows: Iterable[Row], plan: _Plan, table: LookupTable) -> Iterator[Row]:
    finder = Finder(table, [field for field, _ in plan.inputs])
    events = [event for _, event in plan.inputs]
    outputs = plan.outputs or []
    for row in rows:
        wanted = outputs
        if plan.keep:
            wanted = [(field, event) for field, event in outputs if event not in row]
        if not wanted or any(event not in row for event in events):
            yield row
            continue
        yield _with(row, wanted, _found(finder, row, events), table)


def _found(finder: Finder, row: Row, events: list[str]) -> list[dict[str, str]]:
    return finder.find([row[event] for event in events], row.get("_time"))


def _with(row: Row, wanted: Pairs, found: list[dict[str, str]], table: LookupTable) -> Row:
    made = dict(row)
    missing = table.min_matches - len(found)
    for field, event in wanted:
        values = [one[field] for one in found if one.get(field, "") != ""]
        if missing > 0 and table.default_match:
            values += [table.default_match] * missing
        if values:
            made[event] = values[0] if len(values) == 1 else values
        elif event in row and not found:
            raise Undocumented(
                f"lookup … OUTPUT {event} without a match, where {event} has a value already: "
                "give the output a new name"
            )
        else:
            made.pop(event, None)
    return made


_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_BY_SIZE = re.compile(r"([\w.]+)\s*[<>]")
_INPUT = {"append": boolean, "strict": boolean, "start": whole, "max": whole}
for _name in (*_INPUT, "where"):
    construct("option of inputlookup", _name, "Search Reference: inputlookup")


@command("inputlookup", "Search Reference: inputlookup", "at the begin, or with append=true")
def read_inputlookup(command: CommandText) -> Runnable:
    assert command.context is not None
    words = command.words()
    cut = next((at for at, one in enumerate(words) if keyword(one, "where")), None)
    given, rest = options(command, _INPUT, words if cut is None else words[:cut])
    if cut is not None and not rest:
        raise Malformed("inputlookup needs a table's name", command.position)
    tail = "" if cut is None else command.text[words[cut].position + 5 - command.position :]
    if len(rest) != 1:
        raise Malformed("inputlookup takes one table", command.position)
    if not command.first and not given.get("append"):
        raise Malformed(
            "Error in 'inputlookup' command: This command must be the first command of a search.",
            command.position,
        )
    name = rest[0].text
    table = existing(command, name, rest[0].position)
    _check_types(table, tail, command)
    test = compile_search(tail, command.position, command.context, times=False)
    start = given.get("start", 0)
    stop = start + given["max"] if "max" in given else None

    def run(stream: Stream, context: Context) -> Stream:
        now = context.lookup(name) or table
        rows = islice(filter(test, map(_as_row, now.rows)), start, stop)
        if not given.get("append"):
            return Stream(rows, list(now.fields))
        before, columns = known(stream)
        fields = None if stream.fields is None else list(dict.fromkeys([*columns, *now.fields]))
        return Stream([*before, *rows], fields, notes=stream.notes)

    return Step(run)


def _check_types(table: LookupTable, condition: str, command: CommandText) -> None:
    """Fields of a collection that are compared by size are typed as numbers."""
    for name in _BY_SIZE.findall(_QUOTED.sub("", condition)):
        if table.in_kvstore and name not in table.numbers:
            raise Undocumented(
                f"inputlookup where: {name} is not compared by size unless collections.conf says"
                f" field.{name} = number",
                command.position,
            )


def _as_row(row: dict[str, str]) -> Row:
    return {name: value for name, value in row.items() if value != ""}


def _single_values(word: Word) -> str:
    if word.text.lower() != "splunk_sv_csv":
        raise Unsupported(f"outputlookup output_format={word.text}", word.position)
    return "splunk_sv_csv"


_OUTPUT = {
    "append": boolean,
    "create_empty": boolean,
    "override_if_empty": boolean,
    "max": whole,
    "createinapp": boolean,
    "create_context": plain,
    "allow_updates": boolean,
    "key_field": plain,
    "output_format": _single_values,
}
for _name in _OUTPUT:
    construct("option of outputlookup", _name, "Search Reference: outputlookup")


@command(
    "outputlookup", "Search Reference: outputlookup", "rows go on; fields that begin with _ do not"
)
def read_outputlookup(command: CommandText) -> Runnable:
    given, rest = options(command, _OUTPUT)
    if len(rest) != 1:
        raise Malformed("outputlookup takes one table", command.position)
    # With key_field rows are appended unless append=false is said.
    how = Writing(
        given.get("append", "key_field" in given),
        _place(command, given),
        given.get("create_empty", False),
        given.get("allow_updates", True),
    )
    name = rest[0].text

    def run(stream: Stream, context: Context) -> Stream:
        rows, columns = known(stream)
        # A collection's rows are told apart by _key.
        fields = [column for column in columns if not column.startswith("_") or column == "_key"]
        kept = rows[: given["max"]] if "max" in given else rows
        if (table := context.lookup(name)) and table.in_kvstore:
            _no_multivalues(kept, fields)
        lines = [{one: _cell(row, one) for one in fields} for row in kept]
        if key := given.get("key_field"):
            lines = [_keyed(line, row, key) for line, row in zip(lines, kept, strict=True)]
        if lines or (given.get("override_if_empty", True) and not how.append):
            context.write_lookup(name, fields, lines, how)
        return Stream(rows, stream.fields, stream.events, notes=stream.notes)

    return Step(run)


def _place(command: CommandText, given: dict[str, Any]) -> str:
    place: str = given.get("create_context", "app")
    if "createinapp" in given:  # it overrides the other
        return "app" if given["createinapp"] else "system"
    if place not in ("app", "user", "system"):
        raise Malformed("create_context is app, user or system", command.position)
    return place


def _no_multivalues(rows: list[Row], fields: list[str]) -> None:
    for row in rows:
        for name in fields:
            if isinstance(row.get(name), list):
                raise Undocumented(
                    f"how a KV store keeps the values of the multivalue {name}: use mvjoin"
                )


def _keyed(line: dict[str, str], row: Row, field: str) -> dict[str, str]:
    key = _cell(row, field)
    if not key:
        raise Undocumented(f"outputlookup key_field={field}, where a row has no {field}")
    return {**line, "_key": key}


def _cell(row: Row, name: str) -> str:
    """The values of a multivalue become one, with blanks between them."""
    value = row.get(name, "")
    return " ".join(value) if isinstance(value, list) else written(value)
