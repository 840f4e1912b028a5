"""One configuration table: where it lives, its key, defaults, enumerations and quirks."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.versions import ALWAYS, Offered

Enum = Mapping[str, int]

SUBTABLES = frozenset({"dynamic_mapping", "platform_mapping", "list", "tagging", "_scope"})


@dataclass(frozen=True)
class TableSpec:
    """``path`` as in the url (``firewall/policy``), ``key`` the attribute that names a row.

    ``defaults``: attributes every row has unless it says otherwise. ``enums``: attribute to
    (word to integer). ``flags``: attributes that are lists of words in verbose answers and one
    integer (a sum) in others. ``references``: attribute to the table paths it may name.
    """

    path: str
    key: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    enums: Mapping[str, Enum] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ordered: bool = False
    category: int = 0
    offered: Offered = ALWAYS

    @property
    def name(self) -> str:
        return self.path.replace("/", " ")

    @property
    def empty(self) -> str:
        """How an empty table answers: ``list`` (``[]``), ``null`` or ``missing`` (no ``data``)."""
        return ("missing", "list", "null")[zlib.crc32(self.path.encode()) % 3]


def words(text: str) -> tuple[str, ...]:
    """Many names written as text."""
    return tuple(text.split())
