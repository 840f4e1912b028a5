"""The configuration that is edited while it is collected, and every state that it ever had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any, Optional
from urllib.parse import quote

from fmgstate.collect.scope import OBJECTS, PACKAGE, Scope
from simulator.control import Running, SideDoorRefused

ADOM = "branch"
PACKAGES = ("hq", "hq-guest", "sites/branches", "default")
TABLES = {"hq": "firewall/proxy-policy", "sites/branches": "firewall/security-policy"}
"""Package -> its second table with rules of its own."""
ADDRESSES = "firewall/address"
COMMENTS = {ADDRESSES: "comment", "firewall/addrgrp": "comment"}
NAMES = ("srcaddr", "dstaddr", "service")
FEWEST_RULES, MOST_RULES = 6, 30

Row = dict[str, Any]
State = dict[str, tuple[Any, ...]]
"""Table -> its rows in order, as far as edits touch them. Every edit leaves a mark in it."""


def package_of_truth(tables: dict[str, list[Row]]) -> State:
    """What the simulator says it has, read without the library."""
    return {
        name: tuple(
            (row["policyid"], row.get("uuid", ""), row.get("name") or "", row.get("comments") or "",
             row.get("status", "enable") == "enable", *(_names(row.get(key)) for key in NAMES))
            for row in rows
        )
        for name, rows in tables.items()
        if rows and "policyid" in rows[0]
    }  # fmt: skip


def package_of_records(records: Iterable[Row]) -> State:
    """What is kept, in the same form."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for one in sorted(records, key=lambda record: record["sequence"]):
        found.setdefault(one["table"], []).append(
            (one["policyid"], one.get("uuid", ""), one.get("name", ""), one.get("comments", ""),
             one["enabled"], *(_names(one.get(key)) for key in NAMES))
        )  # fmt: skip
    return {table: tuple(rows) for table, rows in found.items()}


def objects_of_truth(tables: dict[str, list[Row]]) -> State:
    """Addresses and groups with what edits change of them."""
    return {
        table: tuple(sorted(_object(row, row) for row in tables.get(table, ())))
        for table in COMMENTS
    }


def objects_of_records(records: Iterable[Row]) -> State:
    """What is kept, in the same form."""
    found: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COMMENTS}
    for one in records:
        if one["table"] in COMMENTS:
            found[one["table"]].append(_object(one, one.get("values", {})))
    return {table: tuple(sorted(rows)) for table, rows in found.items()}


def _object(row: Row, values: Row) -> tuple[Any, ...]:
    member = values.get("member")
    return (row["name"], row.get("uuid", ""), values.get("comment") or "",
            str(values.get("subnet") or ""), _names(member))  # fmt: skip


def _names(value: Any) -> tuple[str, ...]:
    return tuple([value] if isinstance(value, str) else value or ())


class World:
    """Edits as people make them, one after another; ``states`` has what each scope was, in order.
    A package's name, or "" for the objects, -> its states; None = it was not there."""

    def __init__(self, simulator: Running, dice: Random) -> None:
        self._simulator, self._dice = simulator, dice
        self.states: dict[str, list[Optional[State]]] = {}
        self.edits: Counter[str] = Counter()
        self.marks = 0
        self._added: list[str] = []
        for name in ("", *PACKAGES):
            self.record(name)

    @property
    def packages(self) -> list[str]:
        """Those that are there now."""
        return [*PACKAGES, *self._added]

    def mark(self) -> str:
        """A text that no state has had yet."""
        self.marks += 1
        return f"edit {self.marks}."

    def record(self, name: str) -> None:
        """Ask the simulator what it has now."""
        there = not name or name in self.packages
        state = self._truth(name) if there else None
        known = self.states.setdefault(name, [])
        if not known or known[-1] != state:
            known.append(state)

    def record_all(self) -> None:
        """After edits that were made behind our back."""
        self._added = [name for name in self._added if self._is_there(name)]
        for name in list(self.states):
            self.record(name)

    def _is_there(self, name: str) -> bool:
        try:
            self._truth(name)
        except SideDoorRefused:
            return False
        return True

    def position(self, scope: Scope, records: list[Row]) -> int:
        """Which of the scope's states ``records`` are: the last such one; -1 = it had none such."""
        read = objects_of_records if scope.kind == OBJECTS else package_of_records
        found, states = read(records), self.states.get(scope.name, [])
        return max((i for i, state in enumerate(states) if state == found), default=-1)

    def newest(self) -> dict[str, int]:
        """The number of each scope's present state."""
        return {name: len(states) - 1 for name, states in self.states.items()}

    def is_ours(self, scope: Scope) -> bool:
        return scope.adom == ADOM and scope.kind in (OBJECTS, PACKAGE)

    def edit(self) -> None:
        """One random edit, and what came of it."""
        kind, door, body, name = self.plan()
        try:
            self._simulator.side(door, body)
        except SideDoorRefused:
            self.edits["refused"] += 1
            return
        self.edits[kind] += 1
        if door == "/package/add":
            self._added.append(name)
        elif door == "/package/delete":
            self._added.remove(name)
        self.record(name)

    def plan(self) -> tuple[str, str, Row, str]:
        """A random edit: its kind, the side door's path and body, and the scope it is in."""
        kinds = [self._rule, self._rule, self._rule, self._place, self._place, self._object,
                 self._object, self._package, self._device]  # fmt: skip
        return self._dice.choice(kinds)()

    def _rule(self) -> tuple[str, str, Row, str]:
        name = self._dice.choice([*self.packages, "hq", "hq", "hq"])
        rules = self.states[name][-1] or {}
        keys = [row[0] for row in rules.get("firewall/policy", ())]
        where, mark = {"adom": ADOM, "package": name, "user": "anna"}, self.mark()
        what = self._dice.random()
        if not keys or (what < 0.3 and len(keys) < MOST_RULES):
            values = {**self._values(mark), "name": f"rule {mark}"}
            return "rule added", "/policy/add", {**where, "set": values}, name
        if what < 0.5 and len(keys) > FEWEST_RULES:
            body = {**where, "policyid": self._dice.choice(keys)}
            return "rule deleted", "/policy/delete", body, name
        if what < 0.6 and name in TABLES:
            body = {**where, "table": TABLES[name], "policyid": 1, "set": {"comments": mark}}
            return "rule edited", "/policy/edit", body, name
        body = {**where, "policyid": self._dice.choice(keys), "set": self._values(mark)}
        return "rule edited", "/policy/edit", body, name

    def _values(self, mark: str) -> Row:
        known = [row[0] for row in (self.states[""][-1] or {})[ADDRESSES]]
        return {
            "comments": mark,
            "status": self._dice.choice(["enable", "enable", "disable"]),
            "srcaddr": self._dice.sample(known, 2),
            "dstaddr": ["all"],
            "service": [self._dice.choice(["HTTPS", "SSH", "ALL"])],
        }

    def _place(self) -> tuple[str, str, Row, str]:
        name = self._dice.choice(["hq", "hq", "sites/branches"])
        keys = [row[0] for row in (self.states[name][-1] or {})["firewall/policy"]]
        moved, target = self._dice.sample(keys, 2)
        body = {"adom": ADOM, "package": name, "policyid": moved, "target": target,
                "option": self._dice.choice(["before", "after"])}  # fmt: skip
        return "rule moved", "/policy/move", body, name

    def _object(self) -> tuple[str, str, Row, str]:
        names = [row[0] for row in (self.states[""][-1] or {})[ADDRESSES]]
        ours = [name for name in names if name.startswith("host ")]
        mark = self.mark()
        network = [f"10.{self._dice.randrange(250)}.{self._dice.randrange(250)}.0", "255.255.255.0"]
        where = {"adom": ADOM, "table": ADDRESSES, "user": "bob"}
        values = {"subnet": network, "comment": mark}
        what = self._dice.random()
        if what < 0.3 or not ours:
            values["name"] = f"host {mark}"
            return "object added", "/object/add", {**where, "set": values}, ""
        if what < 0.6:
            body = {**where, "name": self._dice.choice(ours)}
            return "object deleted", "/object/delete", body, ""
        name = self._dice.choice([*ours, "hq-lan", "hq-servers"])
        return "object edited", "/object/edit", {**where, "name": name, "set": values}, ""

    def _package(self) -> tuple[str, str, Row, str]:
        if self._added and self._dice.random() < 0.5:
            name = self._dice.choice(self._added)
            return "package deleted", "/package/delete", {"adom": ADOM, "package": name}, name
        name = f"extra {self._dice.randrange(4)}"
        targets = [{"name": "fgt-hq", "vdom": "guest"}]
        return "package added", "/package/add", {"adom": ADOM, "package": name, "targets": targets}, name  # fmt: skip  # noqa: E501

    def _device(self) -> tuple[str, str, Row, str]:
        body = {"device": "fgt-berlin", "set": {"desc": self.mark()}}
        return "device edited", "/device/edit", body, ""

    def _truth(self, name: str) -> State:
        where = f"&package={quote(name)}" if name else ""
        tables = self._simulator.side(f"/truth?adom={ADOM}{where}")["tables"]
        return package_of_truth(tables) if name else objects_of_truth(tables)
