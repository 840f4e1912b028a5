"""SPL's regular expressions are PCRE's: PCRE2 itself reads them."""

from __future__ import annotations

from functools import lru_cache

import pcre2

from standin.spl.errors import Malformed

Pattern = pcre2.Pattern[str]


def compile(pattern: str, position: int | None = None, *, ignore_case: bool = False) -> Pattern:  # noqa: A001
    """``.search``, ``.finditer``, ``.groupindex``, ``.sub`` as in ``re``; ``(?<name>…)`` too."""
    try:
        return _compiled(pattern, ignore_case)
    except pcre2.PatternError as error:
        raise Malformed(f"The regular expression {pattern!r} is wrong: {error}", position) from None


@lru_cache(maxsize=1000)
def _compiled(pattern: str, ignore_case: bool) -> Pattern:
    return pcre2.compile(pattern, pcre2.IGNORECASE if ignore_case else 0)
