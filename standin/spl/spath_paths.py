"""Location paths of ``spath`` in JSON and XML texts.

    a.b{}.c     every c of the list b          a.b{2}    JSON: its third, XML: its second
    a.b{@id}    XML: an attribute              {}.c      of a list at the top

What a path finds in JSON is the text as it stands there, of strings what they say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from standin.spl.errors import Malformed, Undocumented
from standin.spl.loose_xml import loose_root

_STEP = re.compile(r"([^.{}]*)((?:\{[^{}]*\})*)(?:\.|$)")
_INDEX = re.compile(r"\{([^{}]*)\}")
_SPACE = re.compile(r"[\s,:]*")
_DECODE = json.JSONDecoder().raw_decode


@dataclass(frozen=True)
class Location:
    """``name``: empty for none; ``indexes``: "" is every one, "@x" an attribute, else a number."""

    name: str
    indexes: tuple[str, ...]


def read_path(path: str, position: int | None = None) -> list[Location]:
    steps: list[Location] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None or found.end() == at:
            raise Malformed(f"spath: {path!r} is no path", position)
        indexes = tuple(_INDEX.findall(found[2]))
        if any(one and one[0] != "@" and not one.isdecimal() for one in indexes):
            raise Malformed(f"spath: {path!r}: an index is a number or @attribute", position)
        steps.append(Location(found[1], indexes))
        at = found.end()
    if not steps:
        raise Malformed("spath: the path is empty", position)
    return steps


def find(text: str, steps: list[Location]) -> list[str]:
    """Every value that the path finds; [] for a text that is neither JSON nor XML."""
    begin = text.lstrip()[:1]
    if begin == "<":
        return _in_xml(text, steps)
    if begin not in ("{", "["):
        return []
    start = len(text) - len(text.lstrip())
    try:
        spans = [(start, _DECODE(text, start)[1])]
        for step in steps:
            spans = [found for span in spans for found in _step(text, span, step)]
    except ValueError:
        return []
    return [_written(text[start:end]) for start, end in spans]


def _step(text: str, span: tuple[int, int], step: Location) -> list[tuple[int, int]]:
    spans = [span]
    if step.name:
        spans = [inner for name, inner in _members(text, span) if name == step.name][-1:]
    for index in step.indexes:
        inside = [list(_items(text, one)) for one in spans]
        if index == "":
            spans = [one for items in inside for one in items]
        elif index[0] != "@":
            spans = [items[int(index)] for items in inside if int(index) < len(items)]
        else:
            spans = []
    return spans


def _members(text: str, span: tuple[int, int]) -> Iterator[tuple[str, tuple[int, int]]]:
    if text[span[0]] != "{":
        return
    at = _skip(text, span[0] + 1)
    while text[at] != "}":
        name, at = _DECODE(text, at)
        at = _skip(text, at)
        end = _DECODE(text, at)[1]
        yield name, (at, end)
        at = _skip(text, end)


def _items(text: str, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    if text[span[0]] != "[":
        return
    at = _skip(text, span[0] + 1)
    while text[at] != "]":
        end = _DECODE(text, at)[1]
        yield at, end
        at = _skip(text, end)


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]


def _written(value: str) -> str:
    return str(json.loads(value)) if value[0] == '"' else value


def _in_xml(text: str, steps: list[Location]) -> list[str]:
    root = xml_root(text)
    if root is None:
        return []
    top = Xml.Element("")
    top.append(root)
    found: list[Xml.Element] = [top]
    for step in steps:
        inside = [[one for one in node if local(one) == step.name] for node in found]
        for index in step.indexes:
            if index[:1] == "@":
                nodes = [one for group in inside for one in group]
                if step is not steps[-1]:
                    return []
                return [one.attrib[index[1:]] for one in nodes if index[1:] in one.attrib]
            if index:
                at = int(index) - 1
                inside = [group[at : at + 1] if at >= 0 else [] for group in inside]
        found = [one for group in inside for one in group]
    return [_text_of(one) for one in found]


def xml_root(text: str) -> Xml.Element | None:
    """None for a text that is no XML."""
    try:
        return Xml.fromstring(text.strip())  # noqa: S314
    except Xml.ParseError:
        return loose_root(text)


def local(node: Xml.Element) -> str:
    """A node's name without its namespace."""
    return node.tag.rpartition("}")[2]


def _text_of(node: Xml.Element) -> str:
    if len(node):
        raise Undocumented(f"spath: the value of {local(node)!r}, which has elements inside")
    return (node.text or "").strip()


def xml_fields(text: str) -> list[tuple[str, str]]:
    """Names and values of everything in an XML text, in order; [] for other text."""
    root = xml_root(text)
    return [] if root is None else list(_flat(root, local(root)))


def _flat(node: Xml.Element, name: str) -> Iterator[tuple[str, str]]:
    for attribute, value in node.attrib.items():
        yield f"{name}{{@{attribute.rpartition('}')[2]}}}", value
    if (node.text or "").strip():
        yield name, (node.text or "").strip()
    for inner in node:
        yield from _flat(inner, f"{name}.{local(inner)}")
