"""One mapping of a configuration file, read strictly: every complaint is kept, none is final.

A reader asks for what it knows; what is left at the end is unknown and complained of as well.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Complaints:
    """What is wrong, in the order in which it was found. ``environ``: for secrets."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.found: list[str] = []

    def add(self, where: str, text: str) -> None:
        self.found.append(f"{where}: {text}")


class Section:
    """``where``: how a person finds it in the file, "managers[0].limits"."""

    def __init__(self, values: Any, where: str, complaints: Complaints) -> None:
        self._complaints, self._where = complaints, where
        if not isinstance(values, Mapping):
            complaints.add(where or "the file", "must be a mapping of names to values")
            values = {}
        self._left = dict(values)

    def text(self, name: str, default: str = "", *, required: bool = False) -> str:
        """A text; a number is one too."""
        value = self._left.pop(name, None)
        if value is None:
            if required:
                self._wrong(name, "is missing")
            return default
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return str(value)
        self._wrong(name, "must be a text")
        return default

    def number(self, name: str, default: float, least: float = 0.0) -> float:
        """A number of at least ``least``."""
        value = self._left.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
            self._wrong(name, f"must be a number of at least {least:g}")
            return default
        return float(value)

    def whole(self, name: str, default: int, least: int = 0) -> int:
        """A whole number of at least ``least``."""
        value = self._left.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self._wrong(name, f"must be a whole number of at least {least}")
            return default
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        """true or false."""
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            self._wrong(name, "must be true or false")
            return default
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._wrong(name, "must be a list of texts")
            return ()
        return tuple(value)

    def secret(self, name: str) -> str:
        """``{env: NAME}`` or ``{file: PATH}``; a secret in the file itself is refused."""
        value = self._left.pop(name, None)
        if value is None:
            return ""
        if not isinstance(value, Mapping) or len(value) != 1:
            self._wrong(name, "must not stand in this file: write {env: NAME} or {file: PATH}")
            return ""
        [(kind, place)] = value.items()
        if kind == "env":
            return self._from_environment(name, str(place))
        if kind == "file":
            return self._from_file(name, Path(str(place)))
        self._wrong(name, "must be {env: NAME} or {file: PATH}")
        return ""

    def section(self, name: str) -> Section:
        """A mapping below this one; empty when it is not there."""
        return Section(self._left.pop(name, {}) or {}, self._named(name), self._complaints)

    def sections(self, name: str) -> list[Section]:
        """A list of mappings."""
        value = self._left.pop(name, [])
        if not isinstance(value, list):
            self._wrong(name, "must be a list")
            return []
        return [
            Section(one, f"{self._named(name)}[{number}]", self._complaints)
            for number, one in enumerate(value)
        ]

    def end(self) -> None:
        """Complains of what nobody asked for."""
        for name in self._left:
            self._wrong(str(name), "is not known here")

    def wrong(self, text: str) -> None:
        """Complains of the whole."""
        self._complaints.add(self._where or "the file", text)

    def _wrong(self, name: str, text: str) -> None:
        self._complaints.add(self._named(name), text)

    def _named(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def _from_environment(self, name: str, variable: str) -> str:
        found = self._complaints.environ.get(variable, "")
        if not found:
            self._wrong(name, f"the environment variable {variable} is not set")
        return found

    def _from_file(self, name: str, path: Path) -> str:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self._wrong(name, f"the file {path} cannot be read ({type(error).__name__})")
            return ""
        if os.name == "posix" and mode & 0o077:
            self._wrong(name, f"others may read {path}: chmod 600 {path}")
        if not text:
            self._wrong(name, f"the file {path} is empty")
        return text
