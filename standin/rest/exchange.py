"""A request as the endpoints see it, and what they answer."""

from dataclasses import dataclass, field
from typing import Any

_NOT_FIELDS = frozenset({"output_mode", "count", "offset", "search", "sort_key", "sort_dir",
                         "sort_mode", "f", "summarize"})  # fmt: skip


class Refusal(Exception):
    """An answer other than success.

    ``unknown`` marks what the stand-in does not know, as against what is rightly refused.
    """

    def __init__(self, status: int, message: str, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.unknown = unknown


@dataclass(frozen=True)
class Request:
    """One request: ``tail`` is the decoded path behind the endpoint's own."""

    method: str
    owner: str
    app: str
    tail: str
    arguments: dict[str, list[str]] = field(repr=False)
    body: bytes = field(repr=False)

    def get(self, name: str, default: str = "") -> str:
        """The first value of an argument."""
        return self.arguments.get(name, [default])[0]

    def need(self, name: str) -> str:
        """The first value of an argument that must be there."""
        if not self.get(name):
            raise Refusal(400, f"The following required arguments are missing: {name}.")
        return self.get(name)

    def fields(self, *besides: str) -> dict[str, str]:
        """Arguments that are settings, not instructions to the endpoint."""
        return {
            name: values[0]
            for name, values in self.arguments.items()
            if name not in _NOT_FIELDS and name not in besides
        }

    @property
    def as_json(self) -> bool:
        """Whether the client wants JSON instead of Atom."""
        return self.get("output_mode") == "json"

    @property
    def context(self) -> str:
        """The app whose layering applies; ``-`` and no namespace mean Splunk's own."""
        return "system" if self.app in ("-", "") else self.app


@dataclass(frozen=True)
class Entry:
    """One entity of a reply."""

    name: str
    content: dict[str, Any]
    app: str = "system"
    sharing: str = "app"
    owner: str = "nobody"


@dataclass(frozen=True)
class Entries:
    """A reply of entities, as Atom or JSON."""

    entries: list[Entry]
    status: int = 200


@dataclass(frozen=True)
class Plain:
    """A reply that is neither Atom nor Splunk's JSON: its body is sent as it is."""

    body: bytes
    content_type: str = "application/json; charset=utf-8"
    status: int = 200


Reply = Entries | Plain


def unsupported(request: Request) -> Refusal:
    """The refusal of a method on a path the stand-in knows with other methods."""
    return Refusal(405, f"The stand-in does not know {request.method} here.", unknown=True)
