"""The two questions knowledge has for the SPL interpreter, answered for a few texts."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


class Expression:
    """``a.b`` joins fields and "texts", ``null()`` is null, ``#a`` is the number of characters;
    without ``reads`` when the text begins with ``?``."""

    def __init__(self, text: str) -> None:
        if "(" in text and text != "null()":
            raise ValueError(f"no function here: {text}")
        self._text = text.removeprefix("?")
        if not text.startswith("?"):
            self.reads = frozenset(
                part.strip("#") for part in self._text.split(".") if not part.startswith('"')
            )

    def __call__(self, row: Row) -> Any:
        if self._text == "null()":
            return None
        if self._text.startswith("#"):
            return len(row.get(self._text[1:], ""))
        parts = [
            part[1:-1] if part.startswith('"') else row.get(part) for part in self._text.split(".")
        ]
        return None if None in parts else "".join(parts)


class Search:
    """``field=value field=value``, all of which must hold."""

    def __init__(self, text: str) -> None:
        if "|" in text:
            raise ValueError("an event type has no pipe")
        self._terms = [term.partition("=")[::2] for term in text.split()]
        self.reads = frozenset(name for name, _value in self._terms)

    def __call__(self, row: Row) -> bool:
        return all(
            value == held or (isinstance(held, list) and value in held)
            for name, value in self._terms
            for held in [row.get(name)]
        )


def evaluate(text: str) -> Expression:
    return Expression(text)


def matches(text: str) -> Search:
    return Search(text)
