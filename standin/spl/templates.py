"""Field names that foreach puts into the text of its search."""

from __future__ import annotations

import re

_PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|[()\[\],|]|[^"\'()\[\],|]+|.', re.DOTALL)
_TARGET = re.compile(
    r"(?P<eval>\s*eval\s)?(?P<gap>\s*)(?P<name>[^\s=]+)(?=\s*=(?!=))", re.IGNORECASE
)
_PLAIN = re.compile(r"[\w.:@#-]+")


def filled(template: str, values: dict[str, str]) -> str:
    """``template`` with the values of its marks. What eval assigns to is a name whatever stands
    in it: quotation marks are asked for on the right side only."""
    made, depth, assigns = "", 0, False
    for piece in _PIECES.findall(template):
        if piece in "([":
            depth += 1
        elif piece in ")]":
            depth -= 1
        elif piece == "|":
            assigns = False
        found = _TARGET.match(piece)
        starts = found is not None and found["eval"] and not made.rpartition("|")[2].strip()
        if found is not None and not depth and (starts or (assigns and made.endswith(","))):
            assigns = True
            name = _put(found["name"], values)
            if not _PLAIN.fullmatch(name) and "'" not in name and "{" not in found["name"]:
                name = f"'{name}'"
            made += f"{found['eval'] or ''}{found['gap']}{name}"
            made += _put(piece[found.end() :], values)
        else:
            made += _put(piece, values)
    return made


def _put(text: str, values: dict[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
