"""A search's text as a list of commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from standin.spl.errors import Malformed
from standin.spl.parsing import CommandText
from standin.spl.scanning import bracket_end, quote_end

if TYPE_CHECKING:
    from standin.spl.context import Context

_COMPARISON = re.compile(r"\s*\(|\s*[\w.:]+\s*(?:=|!=|<|>)")
"""How a subsearch may begin that leaves ``search`` out (Search Reference: return)."""
_NAME = re.compile(r"\s*([A-Za-z_][\w.:-]*)")


def split_pipeline(
    text: str, position: int, context: Context, *, implied: str = "", first: bool = True
) -> list[CommandText]:
    """``text`` without comments and macros. ``implied``: the command that is meant where the text
    begins with none (``search`` at the top; nothing in a subsearch)."""
    pieces = _pieces(text, position)
    leading = pieces[0][0]
    if not implied and _COMPARISON.match(leading):
        implied = "search"
    if not leading.strip() and len(pieces) > 1:
        pieces = pieces[1:]
    elif implied and not re.match(rf"\s*{implied}(\s|$|\[|\()", leading, re.IGNORECASE):
        whole = CommandText(implied, leading, position, first, context=context)
        return [whole, *(_command(*piece, False, context) for piece in pieces[1:])]
    return [_command(*piece, first and not number, context) for number, piece in enumerate(pieces)]


def _command(text: str, position: int, first: bool, context: Context) -> CommandText:
    found = _NAME.match(text)
    if found is None:
        if text.strip():
            raise Malformed(f"A command's name is missing before {text.strip()[:20]!r}", position)
        raise Malformed("Empty pipeline: a command's name is missing", position)
    rest = text[found.end() :]
    return CommandText(found[1].lower(), rest, position + found.end(), first, context=context)


def _pieces(text: str, position: int) -> list[tuple[str, int]]:
    pieces, start, at = [], 0, 0
    while at < len(text):
        char = text[at]
        if char == '"':
            at = quote_end(text, at, position)
        elif char == "[":
            at = bracket_end(text, at, position)
        elif char == "]":
            raise Malformed("Mismatched ']'", position + at)
        elif char == "\\":
            at += 2
        elif char == "|":
            pieces.append((text[start:at], position + start))
            start = at = at + 1
        else:
            at += 1
    return [*pieces, (text[start:], position + start)]
