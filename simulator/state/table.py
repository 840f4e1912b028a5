"""Rows and tables of a configuration database, with the bookkeeping FortiManager keeps of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.schema.table_spec import TableSpec


class Row:
    """One policy or object: ``values`` are its attributes in verbose form, without defaults.

    Values are never changed in place: an edit puts a new value under the key, so rows may share
    lists, and an answer being written never sees half an edit. ``scope`` is the install-on list
    of a policy (None = the package's targets); ``meta`` its meta field values.
    ``recorded``: its making is in the revision history.
    """

    __slots__ = (
        "author",
        "created",
        "creator",
        "meta",
        "modified",
        "oid",
        "recorded",
        "scope",
        "spec",
        "values",
        "version",
    )

    def __init__(self, spec: TableSpec, values: dict[str, Any], oid: int) -> None:
        self.spec = spec
        self.values = values
        self.oid = oid
        self.created = self.modified = 0
        self.creator = self.author = "admin"
        self.version = 1
        self.scope: list[Any] | None = None
        self.meta: dict[str, str] | None = None
        self.recorded = False

    @property
    def key(self) -> str:
        return str(self.values[self.spec.key])

    def get(self, attribute: str, default: Any = None) -> Any:
        """The attribute's value or its default; also the names of the bookkeeping."""
        values = self.values
        if attribute in values:
            return values[attribute]
        if attribute in self.spec.defaults:
            return self.spec.defaults[attribute]
        known = _BOOKKEEPING.get(attribute)
        return getattr(self, known) if known else default

    def extra_info(self) -> dict[str, Any]:
        return {
            "_created timestamp": self.created,
            "_created-by": self.creator,
            "_last-modified-by": self.author,
            "_modified timestamp": self.modified,
            "obj ver": self.version,
        }


_BOOKKEEPING = {
    "oid": "oid",
    "_created timestamp": "created",
    "_created-by": "creator",
    "_last-modified-by": "author",
    "_modified timestamp": "modified",
    "obj ver": "version",
}


class Table:
    """Rows by key, in order. ``version`` is what option ``chksum`` answers."""

    __slots__ = ("rows", "spec", "version")

    def __init__(self, spec: TableSpec) -> None:
        self.spec = spec
        self.rows: dict[str, Row] = {}
        self.version = 1

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)

    def place(self, row: Row) -> None:
        """Put ``row`` at the end."""
        self.rows[row.key] = row

    def next_number(self) -> int:
        """A policyid nobody uses."""
        taken = [int(key) for key in self.rows if key.isdigit() and int(key) < 1_071_741_824]
        return max(taken, default=0) + 1

    def move(self, key: str, target: str, before: bool) -> None:
        """Put the row ``key`` just before or after ``target``. KeyError when either is missing."""
        moved = self.rows[key]
        if target not in self.rows:
            raise KeyError(target)
        if key == target:
            return
        order: dict[str, Row] = {}
        for name, row in self.rows.items():
            if name == key:
                continue
            if name == target and before:
                order[key] = moved
            order[name] = row
            if name == target and not before:
                order[key] = moved
        self.rows = order


class Database:
    """The tables of one place: an ADOM's objects, a package, a policy block, a device's VDOM."""

    __slots__ = ("place", "tables")

    def __init__(self, place: str) -> None:
        self.place = place
        self.tables: dict[str, Table] = {}

    def table(self, spec: TableSpec) -> Table:
        """The table of ``spec``, made empty when it was never asked for."""
        table = self.tables.get(spec.path)
        if table is None:
            table = self.tables[spec.path] = Table(spec)
        return table
