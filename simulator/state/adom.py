"""An ADOM: its packages, objects, devices, groups, revisions and workspace lock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulator.state.packages import Block, Folder
from simulator.state.table import Database


@dataclass
class Group:
    """A device group. ``members`` are (device, vdom); ``groups`` the groups inside it."""

    name: str
    oid: int
    members: list[tuple[str, str]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    description: str = ""
    kind: str = "normal"
    meta: dict[str, str] = field(default_factory=dict)


@dataclass
class Lock:
    user: str
    session: int
    time: int
    kind: int = 1
    url: str = ""


class Adom:
    """``values``: its ``/dvmdb/adom`` record without ``name`` and ``oid``, in verbose form."""

    def __init__(self, name: str, oid: int, values: dict[str, Any], random: Random) -> None:
        self.name = name
        self.oid = oid
        self.values = values
        self.root = Folder("", 0)
        self.blocks: dict[str, Block] = {}
        self.objects = Database("object")
        self.groups: dict[str, Group] = {}
        self.history: list[dict[str, Any]] = []
        self.revisions: list[dict[str, Any]] = []
        self.locks: dict[str, Lock] = {}
        self.dirty = False
        self.backup: Any = None
        self._random = random
        self.objects_version = ""
        self.touch_objects()

    def touch_objects(self) -> None:
        """An object changed: ``devinfo`` answers a new uuid."""
        self.objects_version = str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def record(self) -> dict[str, Any]:
        return {**self.values, "name": self.name, "oid": self.oid}

    def members(self, group: str, seen: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
        """All (device, vdom) of a group, those of the groups inside it included."""
        here = self.groups.get(group)
        if here is None or group in seen:
            return []
        found = list(here.members)
        for inner in here.groups:
            found.extend(self.members(inner, seen | {group}))
        return found
