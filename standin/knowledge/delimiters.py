"""DELIMS of transforms.conf: fields of text that delimiters take apart."""

import re
from collections.abc import Callable

from standin.home.layers import Stanza
from standin.knowledge.refusal import KnowledgeRefused

_QUOTED = re.compile(r'\s*"([^"\\]*(?:\\.[^"\\]*)*)"\s*(?:,|$)')
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", '"': '"', " ": " "}
_NAME = re.compile(r'\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|((?:[^\s,"\\]|\\.)+))\s*(?:,|\s|$)')


def delimiters(stanza: Stanza) -> tuple[str, str]:
    """The characters between pairs, and those between name and value ("" when not given)."""
    text = stanza.settings["DELIMS"]
    lists: list[str] = []
    at = 0
    while at < len(text):
        found = _QUOTED.match(text, at)
        if found is None:
            raise _refused(stanza, "DELIMS", f"{text!r} is no list of quoted strings")
        lists.append(_unescaped(stanza, found[1]))
        at = found.end()
    if not 1 <= len(lists) <= 2 or not all(lists):
        raise _refused(stanza, "DELIMS", f"one or two lists of characters are needed: {text!r}")
    if not all(character.isascii() for characters in lists for character in characters):
        raise _refused(stanza, "DELIMS", "delimiters must be ASCII characters")
    return lists[0], lists[1] if len(lists) == 2 else ""


def field_names(stanza: Stanza) -> list[str]:
    """FIELDS as a list."""
    text, at, names = stanza.settings.get("FIELDS", ""), 0, []
    while at < len(text.rstrip()):
        found = _NAME.match(text, at)
        if found is None:
            raise _refused(stanza, "FIELDS", f"{text!r} is no list of names")
        names.append(re.sub(r"\\(.)", r"\1", found[1] if found[1] is not None else found[2]))
        at = found.end()
    return names


def between_pairs(pairs: str, equals: str) -> re.Pattern[str]:
    """Finds name (1) and value: quoted (2) or bare (3)."""
    return re.compile(f"([^{re.escape(pairs + equals)}]+)" + after_name(pairs, equals))


def after_name(pairs: str, equals: str) -> str:
    """What follows a name: value quoted (1) or bare (2)."""
    return rf'[{re.escape(equals)}]+(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^{re.escape(pairs)}]*))'


def tokens(separators: str, *, collapse: bool) -> Callable[[str], list[str]]:
    """Splits text at delimiters outside quotes; with ``collapse`` a run of them is one."""
    outer = re.escape(separators)
    token = re.compile(rf'"([^"\\]*(?:\\.[^"\\]*)*)"(?=[{outer}]|$)|([^{outer}]*)')

    def split(text: str) -> list[str]:
        found, at = [], 0
        while at <= len(text):
            match = token.match(text, at)
            assert match is not None
            value = match[1] if match[1] is not None else match[2]
            if value or not collapse:
                found.append(value)
            at = match.end() + 1
        return found

    return split


def _unescaped(stanza: Stanza, text: str) -> str:
    def one(found: re.Match[str]) -> str:
        # A backslash before a blank is not documented; the Fortinet add-on relies on it.
        if found[1] not in _ESCAPES:
            raise _refused(stanza, "DELIMS", f"the escape \\{found[1]}")
        return _ESCAPES[found[1]]

    return re.sub(r"\\(.)", one, text)


def _refused(stanza: Stanza, key: str, why: str) -> KnowledgeRefused:
    return KnowledgeRefused("transforms", stanza.name, key, why)
