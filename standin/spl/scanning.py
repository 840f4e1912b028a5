"""Finding the end of what is quoted or bracketed, without understanding what is inside."""

from __future__ import annotations

from standin.spl.errors import Malformed

COMMENT = "```"


def quote_end(text: str, start: int, offset: int = 0) -> int:
    """``text[start]`` is ``"``: where the text goes on after the closing one."""
    at = start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == '"':
            return at + 1
        at += 1
    raise Malformed("Unbalanced quotes", offset + start)


def bracket_end(text: str, start: int, offset: int = 0) -> int:
    """``text[start]`` is ``[``: where the text goes on after its ``]``."""
    depth, at = 0, start
    while at < len(text):
        char = text[at]
        if char == '"':
            at = quote_end(text, at, offset)
            continue
        if char == "\\":
            at += 2
            continue
        depth += (char == "[") - (char == "]")
        at += 1
        if not depth:
            return at
    raise Malformed("Mismatched ']' or '[': a subsearch is not closed", offset + start)


def without_comments(text: str) -> str:
    """Comments become blanks, so that positions stay. Quoted ones are text."""
    parts, at, copied = [], 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == '"':
            try:
                at = quote_end(text, at)
            except Malformed:
                break
        elif text.startswith(COMMENT, at):
            end = text.find(COMMENT, at + 3)
            if end < 0:
                raise Malformed("A comment is not closed: expected ```", at)
            parts += [text[copied:at], " " * (end + 3 - at)]
            at = copied = end + 3
        else:
            at += 1
    return "".join([*parts, text[copied:]])


def unescaped(text: str) -> str:
    r"""What stands between double quotes, with ``\"`` and ``\\`` replaced; others are kept."""
    if "\\" not in text:
        return text
    parts, at = [], 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
            at += 1
        parts.append(text[at])
        at += 1
    return "".join(parts)
