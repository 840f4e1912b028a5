"""One configuration table: where it lives, its key, defaults, enumerations and quirks."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simulator.versions import ALWAYS, Offered

Enum = Mapping[str, int]

_SUBTABLES = frozenset(
    ("dynamic_mapping", "platform_mapping", "list", "tagging", "vpn_dst_node", "vpn_src_node",
     "realservers", "entry")
)  # fmt: skip


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

    @cached_property
    def subtables(self) -> tuple[str, ...]:
        """Tables inside a row: there even when ``fields`` does not name them, unless told."""
        return tuple(name for name in self.defaults if name in _SUBTABLES)

    @property
    def empty(self) -> str:
        """How an empty table answers: ``list`` (``[]``), ``null`` or ``missing`` (no ``data``)."""
        return ("missing", "list", "null")[zlib.crc32(self.path.encode()) % 3]


def words(text: str) -> tuple[str, ...]:
    """Many names written as text."""
    return tuple(text.split())
