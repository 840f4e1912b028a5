"""Names that people ask for, held against those there are: of a misspelt one the nearest is told.

``*`` in a name stands for any letters.
"""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import NoReturn

from fmgstate.errors import ConfigurationError


def matches(asked: str, name: str) -> bool:
    """Whether a name is meant; an empty question means every name."""
    return not asked or asked == name or ("*" in asked and fnmatchcase(name, asked))


def check(what: str, asked: str, names: Collection[str], cure: str = "", where: str = "") -> None:
    """Raises ``ConfigurationError`` with the nearest names where nothing is called like that.

    ``what``: "ADOM", "package". ``cure``: what else can be done. ``where``: " in ADOM emea".
    """
    if asked and not any(matches(asked, name) for name in names):
        refuse(what, asked, names, cure, where)


def refuse(
    what: str, asked: str, names: Collection[str], cure: str = "", where: str = ""
) -> NoReturn:
    """As ``check``, of a name that is known to be none."""
    there = f"{nearest(what, asked, names)} {cure}".rstrip()
    raise ConfigurationError(f"There is no {what} {asked}{where}, or you may not see it.", there)


def check_word(what: str, asked: str, words: Collection[str]) -> None:
    """As ``check``, for words that the app itself defines: everybody may see them."""
    if not any(matches(asked, word) for word in words):
        raise ConfigurationError(f"There is no {what} {asked}.", nearest(what, asked, words))


def nearest(what: str, asked: str, names: Collection[str]) -> str:
    """A sentence with the names that are nearest; with the first ones, where none is near."""
    from difflib import get_close_matches

    near = get_close_matches(asked, sorted(names), 3)
    near = near or get_close_matches(asked.lower(), sorted(names), 3)
    return f"Nearest names: {', '.join(near)}." if near else _first(what, names)


def _first(what: str, names: Collection[str], most: int = 10) -> str:
    if not names:
        return f"No {what} is known here."
    more = f", … {len(names) - most} more" if len(names) > most else ""
    return f"There are: {', '.join(sorted(names)[:most])}{more}."
