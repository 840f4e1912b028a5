"""A request as the endpoints see it, and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from standin.users.caller import NOBODY, Caller

_NOT_FIELDS = frozenset({"output_mode", "count", "offset", "sort_key", "sort_dir",
                         "sort_mode", "f", "summarize", "_"})  # fmt: skip
_NOT_WRITTEN = frozenset({"output_mode", "_"})

TRUE = ("1", "true", "t", "yes", "y")
FALSE = ("0", "false", "f", "no", "n")


class Refusal(Exception):
    """An answer other than success.

    ``unknown`` marks what the stand-in does not know, as against what is rightly refused.
    """

    def __init__(
        self, status: int, message: str, *, unknown: bool = False, level: str = "ERROR"
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.unknown = unknown
        self.level = level


@dataclass(frozen=True)
class Request:
    """One request: ``tail`` is the decoded path behind the endpoint's own."""

    method: str
    owner: str
    app: str
    tail: str
    arguments: dict[str, list[str]] = field(repr=False)
    body: bytes = field(repr=False)
    caller: Caller = NOBODY
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers by lower-case name."""
    via_web: bool = False
    """Whether Splunk Web passed it on."""
    query: Mapping[str, list[str]] = field(default_factory=dict, repr=False)
    """Arguments of the URL alone."""

    def all(self, name: str) -> list[str]:
        """Every value of an argument."""
        return self.arguments.get(name, [])

    def flag(self, name: str, *, default: bool = False) -> bool:
        """An argument that is true or false."""
        text = self.get(name, "1" if default else "0").lower()
        if text not in (*TRUE, *FALSE):
            raise Refusal(400, f"{name}={text} is neither true nor false.")
        return text in TRUE

    def number(self, name: str, default: int) -> int:
        """An argument that is a whole number."""
        text = self.get(name) or str(default)
        if not text.removeprefix("-").isdigit():
            raise Refusal(400, f"{name}={text} is not a number.")
        return int(text)

    def allow(self, *names: str) -> None:
        """Refuses every argument that is not named here."""
        for name in self.arguments:
            if name not in names and not any(
                each.endswith("*") and name.startswith(each[:-1]) for each in names
            ):
                raise Refusal(400, f"The stand-in does not know {name}= here.", unknown=True)

    def require(self, capability: str) -> None:
        """Refuses a caller whose roles do not hold the capability."""
        if capability not in self.caller.capabilities:
            raise Refusal(
                403,
                f"You (user={self.caller.name}) do not have permission to perform this operation "
                f"(requires capability: {capability}).",
                level="WARN",
            )

    def get(self, name: str, default: str = "") -> str:
        """The first value of an argument."""
        return self.arguments.get(name, [default])[0]

    def need(self, name: str) -> str:
        """The first value of an argument that must be there."""
        if not self.get(name):
            raise Refusal(400, f"The following required arguments are missing: {name}.")
        return self.get(name)

    def fields(self, *besides: str) -> dict[str, str]:
        """Arguments that are settings, not instructions to the endpoint; each may come once."""
        skipped = (_NOT_FIELDS | {"search"}) if self.method == "GET" else _NOT_WRITTEN
        found = {
            name: values
            for name, values in self.arguments.items()
            if name not in skipped and name not in besides
        }
        for name, values in found.items():
            if self.method != "GET" and (name in _NOT_FIELDS or len(values) > 1):
                raise unsupported_argument(name)
        return {name: values[0] for name, values in found.items()}

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
    read: tuple[str, ...] = ("*",)
    write: tuple[str, ...] = ("admin", "sc_admin")
    can_write: bool = True
    link: str = ""
    """Its path, when that is not the collection's with the name behind it."""
    updated: float | None = None
    published: str = ""
    fields: tuple[tuple[str, ...], ...] = ()
    """Required, optional and wildcard fields (``eai:attributes``), where a client asks."""


@dataclass(frozen=True)
class Entries:
    """A reply of entities, as Atom or JSON."""

    entries: list[Entry]
    status: int = 200
    paged: bool = True
    """Whether search, count, offset and sort_key are the list's, not the endpoint's own."""
    alone: bool = False
    """As Atom: the entry without a feed around it."""
    messages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Plain:
    """A reply that is neither Atom nor Splunk's JSON: its body is sent as it is."""

    body: bytes
    content_type: str = "application/json; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Reply = Entries | Plain


def unsupported_argument(name: str) -> Refusal:
    """splunkd's words for an argument that an endpoint does not have."""
    return Refusal(400, f'Argument "{name}" is not supported by this handler.', unknown=True)


def unsupported(request: Request) -> Refusal:
    """The refusal of a method on a path the stand-in knows with other methods."""
    return Refusal(405, f"The stand-in does not know {request.method} here.", unknown=True)
