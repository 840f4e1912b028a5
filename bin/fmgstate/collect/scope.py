"""What is refreshed, kept and published as one: an inventory, a package, its hit counts, …"""

from __future__ import annotations

from collections.abc import Sequence

from fmgstate.lean_dataclass import dataclass

INVENTORY, OBJECTS, BLOCK, PACKAGE = "inventory", "objects", "block", "package"
HITCOUNTS = "hitcounts"
FINDINGS = "findings"
"""What is found in a package: it follows from the other scopes, and is never fetched."""
KINDS = (INVENTORY, OBJECTS, BLOCK, PACKAGE, HITCOUNTS)


@dataclass(frozen=True, order=True)
class Scope:
    """``kind``: one of the words above. ``name``: path of the package (also of the one whose hits
    are counted) or block, else empty."""

    kind: str
    manager: str
    adom: str
    name: str = ""

    @property
    def key(self) -> str:
        """Its name in the store: "package/fmg.example.com/emea/branches%2Fedge"."""
        return _joined((self.kind, self.manager, self.adom, self.name))

    def beside(self, kind: str, name: str = "") -> Scope:
        """Another scope of the same ADOM."""
        return Scope(kind, self.manager, self.adom, name)

    @classmethod
    def parse(cls, key: str) -> Scope:
        """The scope behind ``key``."""
        parts = key.split("/")
        return cls(*parts) if "%" not in key else cls(*map(_unquoted, parts))

    def __str__(self) -> str:
        if self.name:
            return f"{self.kind} {self.name} ({self.adom})"
        return f"{self.kind} of {self.adom or self.manager}"


def prefix(*parts: str) -> str:
    """What the keys of all scopes below these first parts start with."""
    return _joined((*parts, ""))


def _joined(parts: Sequence[str]) -> str:
    plain = "/".join(parts)
    if "%" not in plain and plain.count("/") == len(parts) - 1:
        return plain
    return "/".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    if "%" in part:
        part = part.replace("%", "%25")
    return part.replace("/", "%2F") if "/" in part else part


def _unquoted(part: str) -> str:
    return part.replace("%2F", "/").replace("%25", "%")
