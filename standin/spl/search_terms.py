"""Words and phrases of a search, matched against ``_raw`` as the index's segments would be.

Major breakers end a term; minor ones end a part of a term. A word is found where it begins and
ends at a breaker of either kind; TERM(…) where it stands between major ones. Case is ignored
except in CASE(…).
"""

from __future__ import annotations

import re
from collections.abc import Callable

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


_INSIDE = "[^" + "".join(re.escape(char) for char in MAJOR) + "]*"
_CODES = frozenset(f"%{code}".lower() for code in _ENCODED)
_AROUND = {True: frozenset(MAJOR), False: frozenset(MAJOR + MINOR)}


def term(text: str, *, case: bool = False, whole: bool = False) -> Part:
    """``whole``: TERM()."""
    if not text.strip("*"):
        return Part()
    found = (_plain if "*" not in text else _wild)(text, case, _AROUND[whole])

    def test(row: Row) -> bool:
        raw = row.get("_raw")
        if type(raw) is str:
            return found(raw)
        if raw is None:
            raise Undocumented(
                f"{text!r} is looked for in _raw, which these results do not have: "
                "give a field and a value, as field=value"
            )
        return any(found(str(one)) for one in (raw if isinstance(raw, list) else [raw]))

    return Part(test, frozenset({"_raw"}))


def _plain(text: str, case: bool, breakers: frozenset[str]) -> Callable[[str], bool]:
    """A word or phrase as it stands, between breakers."""
    wanted = text if case else text.lower()
    begins, ends, length = wanted[0] in breakers, wanted[-1] in breakers, len(wanted)

    def found(raw: str) -> bool:
        line = raw if case else raw.lower()
        at = line.find(wanted)
        while at >= 0:
            if (begins or _after_breaker(line, at, breakers)) and (
                ends or _before_breaker(line, at + length, breakers)
            ):
                return True
            at = line.find(wanted, at + 1)
        return False

    return found


def _after_breaker(line: str, at: int, breakers: frozenset[str]) -> bool:
    if at == 0 or line[at - 1] in breakers:
        return True
    return line[max(at - 3, 0) : at].lower() in _CODES or line[max(at - 5, 0) : at] in _CODES


def _before_breaker(line: str, at: int, breakers: frozenset[str]) -> bool:
    if at == len(line) or line[at] in breakers:
        return True
    return line[at : at + 3].lower() in _CODES


def _wild(text: str, case: bool, breakers: frozenset[str]) -> Callable[[str], bool]:
    """Wildcards stay within a term, but for one that stands between blanks."""
    pieces = []
    for number, char in enumerate(text):
        if char != "*":
            pieces.append(re.escape(char))
            continue
        around = text[max(number - 1, 0) : number] + text[number + 1 : number + 2]
        alone = all(one in MAJOR and one != "*" for one in around)
        pieces.append("(?s:.*)" if alone and len(around) == 2 else _INSIDE)
    pattern = re.compile("".join(pieces), 0 if case else re.IGNORECASE)
    begins = text[0] == "*" or text[0] in breakers
    ends = text[-1] == "*" or text[-1] in breakers
    longest = max(text.lower().split("*"), key=len)

    def found(raw: str) -> bool:
        if longest not in raw.lower():
            return False
        match = pattern.search(raw)
        while match is not None:
            if (begins or _after_breaker(raw, match.start(), breakers)) and (
                ends or _ends_well(pattern, raw, match.start(), breakers)
            ):
                return True
            match = pattern.search(raw, match.start() + 1)
        return False

    return found


def _ends_well(pattern: re.Pattern[str], raw: str, start: int, breakers: frozenset[str]) -> bool:
    """Whether some end of a match from ``start`` on stands before a breaker."""
    stop = len(raw)
    while (match := pattern.match(raw, start, stop)) is not None:
        if _before_breaker(raw, match.end(), breakers):
            return True
        stop = match.end() - 1
    return False
