"""Policy packages, the folders they lie in, and policy blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.state.table import Database

Scope = list[dict[str, str]]

SETTINGS: dict[str, Any] = {
    "central-nat": "disable",
    "consolidated-firewall-mode": "disable",
    "fwpolicy-implicit-log": "disable",
    "fwpolicy6-implicit-log": "disable",
    "hitc-taskid": 0,
    "hitc-timestamp": 0,
    "ngfw-mode": "profile-based",
    "policy-offload-level": "disable",
}


class Package:
    """``version`` is ``obj ver``: it rises on every change of a policy. ``targets``: None = none.

    ``statuses``: (device, vdom) to ``installed``, ``modified``, ``imported``, ``never`` ...
    ``hits``: (table path, policyid) to counts in the order of ``hitcounts.COUNTERS``.
    """

    kind = "pkg"

    def __init__(self, name: str, oid: int, place: str = "package") -> None:
        self.name = name
        self.path = name
        self.oid = oid
        self.version = 1
        self.settings: dict[str, Any] = dict(SETTINGS)
        self.targets: Scope | None = None
        self.statuses: dict[tuple[str, str], str] = {}
        self.hits: dict[tuple[str, str], tuple[int, ...]] = {}
        self.database = Database(place)

    def record(self) -> dict[str, Any]:
        """The row ``/pm/pkg`` answers."""
        row: dict[str, Any] = {
            "name": self.name,
            "obj ver": self.version,
            "oid": self.oid,
            "package settings": dict(self.settings),
            "type": self.kind,
        }
        if self.targets is not None:
            row["scope member"] = list(self.targets)
        return row


class Folder:
    kind = "folder"

    def __init__(self, name: str, oid: int, path: str = "") -> None:
        self.name = name
        self.path = path
        self.oid = oid
        self.version = 1
        self.children: dict[str, Package | Folder] = {}

    def put(self, child: Package | Folder) -> None:
        child.path = f"{self.path}/{child.name}" if self.path else child.name
        self.children[child.name] = child

    def record(self) -> dict[str, Any]:
        row: dict[str, Any] = {
            "name": self.name,
            "obj ver": self.version,
            "oid": self.oid,
            "type": self.kind,
        }
        row["subobj"] = [child.record() for child in self.children.values()] or None
        return row

    def packages(self) -> Iterator[Package]:
        """Every package below, depth first."""
        for child in self.children.values():
            if isinstance(child, Folder):
                yield from child.packages()
            else:
                yield child

    def walk(self, parts: list[str]) -> tuple[Package | Folder, list[str]] | None:
        """The package or folder ``parts`` begins with, and what is left of ``parts``."""
        here: Package | Folder = self
        for at, part in enumerate(parts):
            if not isinstance(here, Folder):
                return here, parts[at:]
            child = here.children.get(part)
            if child is None:
                return (here, parts[at:]) if at else None
            here = child
        return here, []

    def holder(self, path: str) -> tuple[Folder, str]:
        """The folder that holds (or would hold) ``path``, and the last name of ``path``."""
        *folders, name = path.split("/")
        here: Folder = self
        for part in folders:
            child = here.children.get(part)
            if not isinstance(child, Folder):
                raise KeyError(path)
            here = child
        return here, name

    def package(self, path: str) -> Package:
        """KeyError when ``path`` names no package."""
        folder, name = self.holder(path)
        child = folder.children[name]
        if isinstance(child, Folder):
            raise KeyError(path)
        return child


class Block:
    """A policy block: rules used as one placeholder row in packages."""

    def __init__(self, name: str, oid: int) -> None:
        self.name = name
        self.oid = oid
        self.version = 1
        self.settings: dict[str, Any] = dict(SETTINGS)
        self.database = Database("block")

    def record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "obj ver": self.version,
            "oid": self.oid,
            "package settings": dict(self.settings),
            "type": "pblock",
        }
