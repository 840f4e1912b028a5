"""What a field can hold. A field that is not in the row is null.

Text and number are kept apart only where an expression made the number: everything read from
events or lookups is text, and text that reads as a number counts as one where SPL says so.
"""

from __future__ import annotations

from typing import Union

Single = Union[str, int, float]
Value = Union[str, int, float, list[str]]
"""``list``: a multivalue field, never empty (that is null); its parts are text."""

Row = dict[str, Value]
