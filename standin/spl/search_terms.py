"""Words and phrases of a search, matched against ``_raw`` as the index's segments would be.

Major breakers end a term; minor ones end a part of a term. A word is found where it begins and
ends at a breaker of either kind; TERM(…) where it stands between major ones. Case is ignored
except in CASE(…).
"""

from __future__ import annotations

import re

from standin.spl.errors import Undocumented
from standin.spl.registry import construct
from standin.spl.search_part import Part
from standin.spl.values import Row

MAJOR = "[]<>(){}|!;,'\"*\n\r \t&?+"
MINOR = "/:=@.-$#%\\_"
_ENCODED = [
    "21",
    "26",
    "2526",
    "3B",
    "7C",
    "20",
    "2B",
    "3D",
    "2520",
    "5D",
    "5B",
    "3A",
    "0A",
    "2C",
    "28",
    "29",
]

_SEARCH = "Search Reference: search"
construct("search", "word, word*", _SEARCH, "in _raw, between major or minor breakers")
construct("search", '"a phrase"', _SEARCH)
construct("search", "TERM(…)", "Search Manual: Use CASE() and TERM() to match phrases")
construct("search", "CASE(…)", "Search Manual: Use CASE() and TERM() to match phrases")


def _edges(breakers: str) -> tuple[str, str]:
    inside = "".join(re.escape(char) for char in breakers)
    encoded = "|".join(f"(?<=%{code})" for code in _ENCODED)
    ahead = "|".join(_ENCODED)
    return rf"(?:(?<![^{inside}])|{encoded})", rf"(?:(?![^{inside}])|(?=%(?:{ahead})))"


_ANY_EDGES, _MAJOR_EDGES = _edges(MAJOR + MINOR), _edges(MAJOR)
_INSIDE = "[^" + "".join(re.escape(char) for char in MAJOR) + "]*"


def term(text: str, *, case: bool = False, whole: bool = False) -> Part:
    """``whole``: TERM()."""
    if not text.strip("*"):
        return Part()
    pattern = re.compile(_source(text, whole), 0 if case else re.IGNORECASE)
    found = pattern.search

    def test(row: Row) -> bool:
        raw = row.get("_raw")
        if type(raw) is str:
            return found(raw) is not None
        if raw is None:
            raise Undocumented(
                f"{text!r} is looked for in _raw, which these results do not have: "
                "give a field and a value, as field=value"
            )
        return any(found(str(one)) for one in (raw if isinstance(raw, list) else [raw]))

    return Part(test, frozenset({"_raw"}))


def _source(text: str, whole: bool) -> str:
    breakers = MAJOR if whole else MAJOR + MINOR
    before, after = _MAJOR_EDGES if whole else _ANY_EDGES
    pieces = []
    for number, char in enumerate(text):
        if char != "*":
            pieces.append(re.escape(char))
            continue
        around = text[max(number - 1, 0) : number] + text[number + 1 : number + 2]
        alone = all(one in MAJOR and one != "*" for one in around)
        pieces.append("(?s:.*)" if alone and len(around) == 2 else _INSIDE)
    source = "".join(pieces)
    if text[0] != "*" and text[0] not in breakers:
        source = before + source
    if text[-1] != "*" and text[-1] not in breakers:
        source += after
    return source
