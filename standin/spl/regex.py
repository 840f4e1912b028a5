"""SPL's regular expressions are PCRE's: PCRE2 itself reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol, cast

import pcre2  # type: ignore[import-untyped]

from standin.spl.errors import Malformed


class Match(Protocol):
    def group(self, which: int | str = 0, /) -> str | None: ...

    def groupdict(self) -> dict[str, str | None]: ...

    def start(self, which: int | str = 0, /) -> int: ...

    def end(self, which: int | str = 0, /) -> int: ...


class Pattern(Protocol):
    @property
    def groups(self) -> int: ...

    @property
    def groupindex(self) -> dict[str, int]: ...

    def search(self, text: str, /, pos: int = 0) -> Match | None: ...

    def match(self, text: str, /, pos: int = 0) -> Match | None: ...

    def fullmatch(self, text: str, /) -> Match | None: ...

    def finditer(self, text: str, /) -> Iterator[Match]: ...

    def sub(self, new: str | Callable[[Any], str], text: str, /, count: int = 0) -> str: ...


def compile(pattern: str, position: int | None = None, *, ignore_case: bool = False) -> Pattern:  # noqa: A001
    """``(?<name>…)`` and all else that PCRE knows; a wrong one is ``Malformed``."""
    try:
        return _compiled(pattern, ignore_case)
    except pcre2.PatternError as error:
        raise Malformed(f"The regular expression {pattern!r} is wrong: {error}", position) from None


@lru_cache(maxsize=1000)
def _compiled(pattern: str, ignore_case: bool) -> Pattern:
    return cast(Pattern, pcre2.compile(pattern, pcre2.IGNORECASE if ignore_case else 0))
