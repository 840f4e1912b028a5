"""FortiManager urls: splitting them (``\\/`` is a slash inside a name) and matching patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

_SEPARATOR = re.compile(r"(?<!\\)/")


def split(url: str) -> list[str]:
    """The segments of ``url``; leading and trailing slashes do not count."""
    return [part.replace("\\/", "/") for part in _SEPARATOR.split(url) if part]


def join(*names: str) -> str:
    """A url of ``names``, slashes inside a name escaped."""
    return "/" + "/".join(name.replace("/", "\\/") for name in names)


@dataclass(frozen=True)
class Route:
    """``pattern``: ``{name}`` takes one segment, ``{name*}`` the rest (one or more)."""

    method: str
    pattern: str
    handler: Callable[..., Any]
    note: str
    segments: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(split(self.pattern)))

    def match(self, parts: list[str]) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        for at, segment in enumerate(self.segments):
            if segment.endswith("*}"):
                found[segment[1:-2]] = parts[at:]
                return found if len(parts) > at else None
            if at >= len(parts):
                return None
            if segment.startswith("{"):
                found[segment[1:-1]] = parts[at]
            elif segment != parts[at]:
                return None
        return found if len(parts) == len(self.segments) else None

    @property
    def rank(self) -> tuple[int, ...]:
        """Literal segments are tried before ``{name}``, and that before ``{name*}``."""
        return tuple(
            2 if part.endswith("*}") else 1 if part.startswith("{") else 0 for part in self.segments
        )


class Routes:
    """All urls the simulator knows, and who answers each."""

    def __init__(self) -> None:
        self._by_start: dict[tuple[str, str], list[Route]] = {}

    def add(self, method: str, pattern: str, note: str) -> Callable[[Any], Any]:
        """Decorator: ``handler(call, param, **segments)`` answers ``method`` on ``pattern``."""

        def register(handler: Callable[..., Any]) -> Callable[..., Any]:
            for one in method.split():
                route = Route(one, pattern, handler, note)
                routes = self._by_start.setdefault((one, route.segments[0]), [])
                routes.append(route)
                routes.sort(key=lambda known: known.rank)
            return handler

        return register

    def find(self, method: str, parts: list[str]) -> tuple[Route, dict[str, Any]] | None:
        for route in self._by_start.get((method, parts[0] if parts else ""), ()):
            found = route.match(parts)
            if found is not None:
                return route, found
        return None

    def __iter__(self) -> Iterator[Route]:
        every = (route for routes in self._by_start.values() for route in routes)
        return iter(sorted(every, key=lambda route: (route.pattern, route.method)))
