"""What a REST request asks, checked: unknown names, wrong types and sizes are refused by name."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Optional

from fmgstate.search.rest_reply import Refusal

MOST_KEYS = 1000
MOST_TEXT = 256
MOST_BODY = 2 << 20
MOST_NUMBER = 2**32 - 1
SPLUNKS = frozenset({"output_mode"})
"""Arguments that splunkd understands itself."""


class Request(NamedTuple):
    """``path``: behind ``fmgstate/``. ``arguments``: of the URL. ``body``: None = there is none."""

    method: str
    path: str
    arguments: Sequence[Sequence[str]]
    body: Optional[str]
    token: str
    uri: str

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Request:
        """From what splunkd hands to a persistent handler."""
        path = asked.get("path_info")
        if path is None:
            path = str(asked.get("rest_path", "")).partition("fmgstate")[2]
        return cls(
            asked.get("method", ""),
            path.strip("/"),
            asked.get("query", ()),
            asked.get("payload"),
            asked.get("session", {}).get("authtoken", ""),
            asked.get("server", {}).get("rest_uri", ""),
        )

    def single(self, known: Collection[str]) -> dict[str, str]:
        """The arguments of a GET."""
        found: dict[str, str] = {}
        for name, value in self.arguments:
            if name in SPLUNKS:
                continue
            if name not in known:
                raise unknown(name, known)
            if name in found:
                raise Refusal(f"{name} is given twice.", name)
            found[name] = value
        return found

    def batch(self, name: str, beside: Collection[str]) -> tuple[list[Any], dict[str, Any]]:
        """The list ``name`` in the body of a POST, and what stands beside it."""
        self.single(())
        if not self.body:
            raise Refusal(f'Send JSON: {{"{name}": [...]}}.', "body")
        if len(self.body) > MOST_BODY:
            raise Refusal(f"The body is longer than {MOST_BODY} characters.", "body")
        try:
            told = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Refusal("The body is no JSON.", "body") from None
        if not isinstance(told, dict):
            raise Refusal("The body is no JSON object.", "body")
        known = (name, *beside)
        for one in told:
            if one not in known:
                raise unknown(one, known)
        found = told.pop(name, None)
        if not isinstance(found, list) or not 1 <= len(found) <= MOST_KEYS:
            raise Refusal(f"{name} must be a list of 1 to {MOST_KEYS} objects.", name)
        return found, told


def unknown(name: str, known: Collection[str], field: str = "") -> Refusal:
    """``name`` is none of ``known``."""
    from difflib import get_close_matches

    shown = name[:MOST_TEXT]
    near = get_close_matches(shown, known, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    there = f" There are: {', '.join(known)}." if known else ""
    return Refusal(f"{shown} is not known here.{meant}{there}", field or shown)


def text(value: Any, field: str) -> str:
    """A short text."""
    if not isinstance(value, str):
        raise Refusal(f"{field} must be text.", field)
    if len(value) > MOST_TEXT:
        raise Refusal(f"{field} is longer than {MOST_TEXT} characters.", field)
    return value


def whole(value: Any, field: str, most: int = MOST_NUMBER, least: int = 0) -> int:
    """A whole number, as a number or as digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refusal(f"{field} must be a whole number from {least} to {most}.", field)
    return value


def truth(value: str, field: str) -> bool:
    """true or false."""
    if value not in ("true", "false"):
        raise Refusal(f"{field} must be true or false.", field)
    return value == "true"


def words(value: Any, field: str) -> tuple[str, ...]:
    """Names: a list, or text with commas between them."""
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise Refusal(f"{field} must be a list of names.", field)
    return tuple(dict.fromkeys(text(one, field).strip() for one in listed))
