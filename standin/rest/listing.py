"""``search``, ``count`` and ``offset`` of a list of entities."""

import re
import shlex
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from standin.rest.exchange import FALSE, TRUE, Entry, Refusal, Request

DEFAULT_COUNT = 30
_TERM = re.compile(r"(?P<field>[\w:.]+)=(?P<value>.*)", re.DOTALL)


def page(request: Request, entries: list[Entry]) -> tuple[list[Entry], int, int]:
    """The entries asked for, how many there are in all, and the offset."""
    for name in ("sort_key", "sort_mode", "summarize"):
        if name in request.arguments:
            raise Refusal(400, f"The stand-in does not know the argument {name}.", unknown=True)
    if request.get("sort_dir", "asc") != "asc":
        raise Refusal(400, "The stand-in knows sort_dir=asc only.", unknown=True)
    if wanted := request.all("f"):
        entries = [_only(entry, wanted) for entry in entries]
    found = [entry for entry in entries if _matches(entry, request.get("search"))]
    offset = _number(request, "offset", 0)
    count = _number(request, "count", DEFAULT_COUNT)
    end = None if count <= 0 else offset + count
    return found[offset:end], len(found), offset


def _only(entry: Entry, wanted: list[str]) -> Entry:
    content = {
        name: value
        for name, value in entry.content.items()
        if any(fnmatchcase(name, pattern) for pattern in wanted)
    }
    return replace(entry, content=content)


def _number(request: Request, name: str, default: int) -> int:
    text = request.get(name) or str(default)
    if not re.fullmatch(r"-?\d+", text):
        raise Refusal(400, f"{name}={text} is not a number.")
    return int(text)


def _matches(entry: Entry, search: str) -> bool:
    lexer = shlex.shlex(search.replace(r"\=", "\0"), posix=True, punctuation_chars="")
    lexer.whitespace_split, lexer.commenters, lexer.quotes = True, "", '"'
    return all(_term_matches(entry, term) for term in lexer)


def _term_matches(entry: Entry, term: str) -> bool:
    if term in ("AND", "OR", "NOT") or "(" in term:
        raise Refusal(400, f"The stand-in does not know {term!r} in search=.", unknown=True)
    found = _TERM.fullmatch(term)
    if found is None:
        text = term.replace("\0", "=").strip("*").lower()
        return any(text in str(value).lower() for value in [entry.name, *entry.content.values()])
    value = _field(entry, found["field"])
    if isinstance(value, bool):
        return found["value"].lower() in (TRUE if value else FALSE)
    return value is not None and fnmatchcase(str(value), found["value"].replace("\0", "="))


def _field(entry: Entry, name: str) -> Any:
    special = {"name": entry.name, "title": entry.name, "eai:acl.app": entry.app,
               "eai:acl.owner": entry.owner, "eai:acl.sharing": entry.sharing}  # fmt: skip
    if name in special:
        return special[name]
    if name not in entry.content and "." in name:
        outer, _dot, inner = name.partition(".")
        value = entry.content.get(outer)
        return value.get(inner) if isinstance(value, dict) else None
    return entry.content.get(name)
