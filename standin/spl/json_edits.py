"""Paths of the JSON functions: ``a.b{0}.c``, ``a{}.b`` (Search Reference: JSON functions)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from standin.spl.errors import Malformed

Step = str | int | None
"""A key; ``{n}``; None for ``{}``, every element."""
_STEP = re.compile(r"(?P<key>[^.{}]+)|\{(?P<index>\d*)\}")


@lru_cache(maxsize=500)
def steps(path: str) -> tuple[Step, ...]:
    found: list[Step] = []
    at = 0
    while at < len(path):
        if path[at] == "." and found and at + 1 < len(path):
            at += 1
        step = _STEP.match(path, at)
        if step is None:
            raise Malformed(f"{path!r} is no JSON path")
        index = step["index"]
        found.append(step["key"] or (int(index) if index else None))
        at = step.end()
    return tuple(found)


def rooted(document: Any, path: tuple[Step, ...]) -> Any:
    """Where a path begins: one with an index at an object that holds nothing but an array begins
    at that array, as on Search Reference: JSON functions, json_extract."""
    if path and not isinstance(path[0], str) and path != (None,) and isinstance(document, dict):
        inner = next(iter(document.values()), None)
        return inner if len(document) == 1 and isinstance(inner, list) else document
    return document


def matches(document: Any, path: tuple[Step, ...]) -> Iterator[Any]:
    """What the path leads to; several things if it has ``{}``."""
    if not path:
        yield document
        return
    first, rest = path[0], path[1:]
    if first is None and isinstance(document, list):
        for element in document:
            yield from matches(element, rest)
    elif isinstance(first, int):
        if isinstance(document, list) and first < len(document):
            yield from matches(document[first], rest)
    elif isinstance(first, str) and isinstance(document, dict) and first in document:
        yield from matches(document[first], rest)


def change(document: Any, path: tuple[Step, ...], make: Callable[[Any], Any]) -> Any:
    """The document with ``make(value)`` in the places that exist."""
    return _changed(document, path, make, create=False)


def put(document: Any, path: tuple[Step, ...], value: Any) -> Any:
    """The document with ``value`` there; keys that are missing are made, a mismatch changes
    nothing."""
    return _changed(document, path, lambda _old: value, create=True)


def _changed(
    document: Any, path: tuple[Step, ...], make: Callable[[Any], Any], *, create: bool
) -> Any:
    if not path:
        return make(document)
    first, rest = path[0], path[1:]
    if isinstance(first, str):
        if not isinstance(document, dict) or (first not in document and not create):
            return document
        before = document.get(first, {} if rest else None)
        return {**document, first: _changed(before, rest, make, create=create)}
    if not isinstance(document, list):
        return document
    return [
        _changed(element, rest, make, create=create) if first in (None, place) else element
        for place, element in enumerate(document)
    ]


def without(document: Any, keys: list[str]) -> Any:
    """An object without a nested key."""
    if not isinstance(document, dict) or keys[0] not in document:
        return document
    if len(keys) == 1:
        return {key: value for key, value in document.items() if key != keys[0]}
    return {**document, keys[0]: without(document[keys[0]], keys[1:])}
