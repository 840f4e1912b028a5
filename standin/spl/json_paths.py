"""Location paths of spath: ``a.b{0}.c{@x}`` in JSON and XML (Search Reference: spath).

Positions count from 0 in JSON and from 1 in XML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from standin.spl.errors import Malformed

_DECODE = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).decode
_STEP = re.compile(r"\.?(?P<key>[^.{}]+)|\{(?P<index>[^{}]*)\}")
_WORDS = {True: "true", False: "false", None: "null"}


@dataclass(frozen=True)
class Step:
    """``kind``: key (``text``), each (``{}``), at (``place``) or attribute (``text``)."""

    kind: str
    text: str = ""
    place: int = 0


Path = tuple[Step, ...]


def read_path(path: str, position: int | None = None) -> Path:
    found: list[Step] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None or (not found and path[at] == "."):
            raise Malformed(f"{path!r} is no location path", position)
        found.append(_step(step, path, position))
        at = step.end()
    return tuple(found)


def _step(found: re.Match[str], path: str, position: int | None) -> Step:
    index = found["index"]
    if index is None:
        return Step("key", found["key"])
    if not index:
        return Step("each")
    if index.startswith("@"):
        return Step("attribute", index[1:])
    if not index.isdigit():
        raise Malformed(f"{path!r}: {{{index}}} is neither a position nor an attribute", position)
    return Step("at", place=int(index))


def find(text: str, steps: Path) -> list[str]:
    """The values that the path leads to; [] where the text is neither JSON nor XML."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        try:
            document = _DECODE(text)
        except ValueError:
            return []
        return [_written(value) for value in _in_json(document, steps)]
    root = xml_root(text) if start == "<" else None
    return [] if root is None else _in_xml(root, steps)


def _in_json(value: Any, steps: Path) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step.kind == "each" and isinstance(value, list):
        for element in value:
            yield from _in_json(element, rest)
    elif step.kind == "at" and isinstance(value, list) and step.place < len(value):
        yield from _in_json(value[step.place], rest)
    elif step.kind == "key" and isinstance(value, dict) and step.text in value:
        yield from _in_json(value[step.text], rest)


def _written(value: Any) -> str:
    """Numbers are texts here: they stay as they were written."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, list):
        return "[" + ",".join(_inner(one) for one in value) + "]"
    return "{" + ",".join(f"{_quoted(key)}:{_inner(one)}" for key, one in value.items()) + "}"


_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", re.ASCII)


def _inner(value: Any) -> str:
    if isinstance(value, str) and not _NUMBER.match(value):
        return _quoted(value)
    return _written(value)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


@lru_cache(maxsize=64)
def xml_root(text: str) -> ElementTree.Element | None:
    """None where the text is no XML, or declares entities or a document type."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        return ElementTree.fromstring(text.strip())  # noqa: S314  (no entities can be declared)
    except ElementTree.ParseError:
        return None


def _in_xml(root: ElementTree.Element, steps: Path) -> list[str]:
    if not steps or steps[0].kind != "key" or steps[0].text != root.tag:
        return []
    found = [root]
    for step in steps[1:]:
        if step.kind == "attribute":
            return [one.attrib[step.text] for one in found if step.text in one.attrib]
        if step.kind == "key":
            found = [child for one in found for child in one if child.tag == step.text]
        elif step.kind == "at":
            found = found[step.place - 1 : step.place] if step.place else []
    return [_content(one) for one in found]


def _content(element: ElementTree.Element) -> str:
    """An element's text, or what it holds as XML."""
    if len(element):
        inner = "".join(ElementTree.tostring(child, encoding="unicode") for child in element)
        return ((element.text or "") + inner).strip()
    return (element.text or "").strip()


def xml_fields(text: str) -> list[tuple[str, str]]:
    """Names and values in order: ``a.b`` of elements with text, ``a.b{@c}`` of attributes."""
    root = xml_root(text)
    return [] if root is None else list(_walk(root.tag, root))


def _walk(name: str, element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for attribute, value in element.attrib.items():
        yield f"{name}{{@{attribute}}}", value
    content = (element.text or "").strip()
    if content and not len(element):
        yield name, content
    for child in element:
        yield from _walk(f"{name}.{child.tag}", child)
