"""Macros in backticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin.spl.errors import Unsupported

if TYPE_CHECKING:
    from standin.spl.context import Context


def expand(text: str, context: Context) -> str:
    if "`" in text:
        raise Unsupported("Macros", text.index("`"))
    return text
