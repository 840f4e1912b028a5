"""The whole simulated FortiManager."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable
from random import Random
from typing import Any

from simulator.refusal import Refused
from simulator.schema.table_spec import TableSpec
from simulator.schema.tables import Catalogue, catalogue
from simulator.state.adom import Adom
from simulator.state.devices import Device
from simulator.state.packages import Package
from simulator.state.table import Database, Row
from simulator.state.tasks import Tasks
from simulator.versions import Version

START = 1_735_689_600
"""2025-01-01 00:00 UTC: what a scenario holds was made before this time."""


class FortiManager:
    """``lock`` is held while one param is answered or one edit made: nobody sees half of either."""

    def __init__(self, version: Version, seed: int, clock: Callable[[], float] = time.time) -> None:
        self.version = version
        self.clock = clock
        self.random = Random(seed)
        self.lock = threading.RLock()
        self.hostname = "fmg-sim"
        self.serial = "FMG-VMTM00000001"
        self.workspace_mode = "disabled"
        self.task_seconds = 2.0
        self._oids = itertools.count(101)
        self.tasks = Tasks()
        self.devices: dict[str, Device] = {}
        self.adoms: dict[str, Adom] = {}
        self.meta_fields: dict[str, list[dict[str, Any]]] = {}
        self.new_adom: Callable[[FortiManager, str], Adom] | None = None
        self.global_database = Adom("Global", 10, {}, self.random)

    def oid(self) -> int:
        return next(self._oids)

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def catalogue(self, database: Database) -> Catalogue:
        return catalogue(database.place, self.version)

    def spec(self, database: Database, path: str) -> TableSpec:
        """Refused (-6) when this version offers no such table there."""
        spec = self.catalogue(database).specs.get(path)
        if spec is None:
            raise Refused(-6)
        return spec

    def adom(self, name: str) -> Adom:
        """Refused (-3) when there is none."""
        if name.lower() == "global":
            return self.global_database
        found = self.adoms.get(name)
        if found is None:
            raise Refused(-3)
        return found

    def device(self, name: str) -> Device:
        """By name; Refused (-3) when there is none."""
        found = self.devices.get(name)
        if found is None:
            raise Refused(-3)
        return found

    def insert(self, database: Database, path: str, values: dict[str, Any]) -> Row:
        """Put a row at the table's end without any bookkeeping (scenarios)."""
        spec = self.spec(database, path)
        row = Row(spec, self.numbered(values), self.oid())
        row.created = row.modified = START
        database.table(spec).place(row)
        return row

    def numbered(self, values: dict[str, Any]) -> dict[str, Any]:
        """``values`` with an ``oid`` for every per-device mapping."""
        mappings = values.get("dynamic_mapping")
        if not mappings or all("oid" in one for one in mappings):
            return values
        numbered = [one if "oid" in one else {**one, "oid": self.oid()} for one in mappings]
        return {**values, "dynamic_mapping": numbered}

    def adom_devices(self, adom: Adom) -> list[Device]:
        return [device for device in self.devices.values() if device.adom == adom.name]

    def targets(self, adom: Adom, package: Package) -> list[tuple[str, str]]:
        """(device, vdom) the package is installed to: its scope members, groups resolved."""
        found: dict[tuple[str, str], None] = {}
        for member in package.targets or []:
            if "vdom" in member:
                found[(member["name"], member["vdom"])] = None
            else:
                found.update(dict.fromkeys(adom.members(member["name"])))
        return list(found)
