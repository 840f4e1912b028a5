"""``*`` in values, field names and lists of fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache


@lru_cache(maxsize=1000)
def matcher(pattern: str, *, ignore_case: bool = False) -> Callable[[str], bool]:
    """Whether a text as a whole fits the pattern; only ``*`` is special."""
    if "*" not in pattern:
        if not ignore_case:
            return pattern.__eq__
        folded = pattern.lower()
        return lambda text: text.lower() == folded
    source = ".*".join(re.escape(part) for part in pattern.split("*"))
    found = re.compile(source, re.DOTALL | (re.IGNORECASE if ignore_case else 0)).fullmatch
    return lambda text: found(text) is not None


def choose(patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    """The names that patterns name, in the patterns' order, each once; a pattern without ``*``
    gives itself whether there is such a name or not."""
    chosen: dict[str, None] = {}
    for pattern in patterns:
        if "*" not in pattern:
            chosen[pattern] = None
        else:
            fits = matcher(pattern)
            chosen.update((name, None) for name in names if fits(name))
    return list(chosen)
