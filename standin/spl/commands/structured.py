"""spath and xpath: values out of JSON and XML."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from standin.spl.columns import like
from standin.spl.errors import Malformed, Unsupported
from standin.spl.json_fields import json_fields, json_fields_until_cut
from standin.spl.numbers import text as written
from standin.spl.options import options, plain
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.spath_paths import find, read_path, xml_fields, xml_root
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row, Value

CUT = 5000
"""limits.conf, [spath] extraction_cutoff: characters that are read without a path."""

for _name in ("input", "output", "path"):
    construct("option of spath", _name, "Search Reference: spath")


@command("spath", "Search Reference: spath", "the first 5,000 characters when no path is given")
def read_spath(command: CommandText) -> Runnable:
    given, rest = options(command, {"input": plain, "output": plain, "path": plain})
    if len(rest) > 1 or (rest and "path" in given):
        raise Malformed("spath takes one path", command.position)
    source = given.get("input", "_raw")
    path = given.get("path", rest[0].text if rest else "")
    if not path:
        if "output" in given:
            raise Malformed("spath: output= needs a path", command.position)
        return Step(lambda stream, _context: _everything(stream, source))
    steps = read_path(path, command.position)
    target = given.get("output", path)

    def rows(stream: Stream) -> Iterator[Row]:
        for row in stream.rows:
            found = [one for text in _texts(row, source) for one in find(text, steps)]
            yield {**row, target: as_value(found)} if found else row

    return Step(
        lambda stream, _context: like(stream, rows(stream), target), frozenset({source, target})
    )


def _texts(row: Row, name: str) -> list[str]:
    value = row.get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [written(value)]


def as_value(found: list[str]) -> Value:
    return found[0] if len(found) == 1 else found


def _everything(stream: Stream, source: str) -> Stream:
    rows = [_with_fields(row, source) for row in stream.rows]
    fields = stream.fields
    if fields is not None:
        fields = list(dict.fromkeys([*fields, *(name for row in rows for name in row)]))
    return Stream(rows, fields, stream.events, notes=stream.notes)


def _with_fields(row: Row, source: str) -> Row:
    made: dict[str, list[str]] = {}
    for text in _texts(row, source):
        if text.lstrip()[:1] == "<":
            found = xml_fields(text)
        else:
            found = json_fields(text) if len(text) <= CUT else json_fields_until_cut(text[:CUT])
        for name, value in found:
            made.setdefault(name, []).append(value)
    return {**row, **{name: as_value(values) for name, values in made.items()}}


@command("xpath", "Search Reference: xpath", "paths of names, *, //, [n], [@a='b'], @a, text()")
def read_xpath(command: CommandText) -> Runnable:
    given, rest = options(command, {"field": plain, "outfield": plain, "default": plain})
    if len(rest) != 1:
        raise Malformed("xpath takes one path in quotation marks", command.position)
    source, target = given.get("field", "_raw"), given.get("outfield", "xpath")
    values = _xpath(rest[0].text, rest[0].position)

    def rows(stream: Stream) -> Iterator[Row]:
        for row in stream.rows:
            found = [one for text in _texts(row, source) for one in values(text)]
            if not found and "default" in given:
                found = [given["default"]]
            yield {**row, target: as_value(found)} if found else row

    return Step(
        lambda stream, _context: like(stream, rows(stream), target), frozenset({source, target})
    )


def _xpath(path: str, position: int) -> Callable[[str], list[str]]:
    nodes, _, last = path.rpartition("/")
    attribute = last[1:] if last.startswith("@") else ""
    if not attribute and last != "text()":
        nodes = path
    if "(" in nodes or not path.startswith("/"):
        raise Unsupported(f"xpath {path!r}", position)
    step = "." + nodes if nodes.startswith("//") else ""

    def values(text: str) -> list[str]:
        root = xml_root(text)
        if root is None:
            return []
        if step:
            found = root.findall(step)
            found = ([root] if step == f".//{root.tag}" else []) + found
        else:
            first, _, inner = nodes.strip("/").partition("/")
            found = [] if first not in (root.tag, "*") else root.findall(inner) if inner else [root]
        if attribute:
            return [one.attrib[attribute] for one in found if attribute in one.attrib]
        return [(one.text or "").strip() for one in found]

    return values
