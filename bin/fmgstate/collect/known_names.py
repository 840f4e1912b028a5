"""Names that people ask for, held against those there are: of a misspelt one the nearest is told.

``*`` in a name stands for any letters.
"""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase

from fmgstate.errors import ConfigurationError


def matches(asked: str, name: str) -> bool:
    """Whether a name is meant; an empty question means every name."""
    return not asked or asked == name or ("*" in asked and fnmatchcase(name, asked))


def check(what: str, asked: str, names: Collection[str]) -> None:
    """Raises ``ConfigurationError`` with the nearest names where nothing is called like that.

    ``what``: "ADOM", "package".
    """
    if not asked or any(matches(asked, name) for name in names):
        return
    from difflib import get_close_matches

    near = get_close_matches(asked, sorted(names), 3)
    there = f"Nearest names: {', '.join(near)}." if near else _first(what, names)
    raise ConfigurationError(f"There is no {what} {asked}, or you may not see it.", there)


def _first(what: str, names: Collection[str], most: int = 10) -> str:
    if not names:
        return f"No {what} is known here."
    more = f", … {len(names) - most} more" if len(names) > most else ""
    return f"There are: {', '.join(sorted(names)[:most])}{more}."
