"""Lookup definitions of transforms.conf, and the CSV files and collections they name."""

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Protocol

from standin.errors import StandinError
from standin.home.layers import Confs, Stanza
from standin.home.tree import Home
from standin.knowledge.calculated import Compile
from standin.knowledge.lookup_definition import (
    check_definition,
    fields_of,
    is_kvstore,
    table_of,
)
from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.context import LookupTable


class Documents(Protocol):
    """The KV store's collections, as automatic lookups need them."""

    def rows(self, definition: Stanza, caller: None) -> list[dict[str, str]]:
        """Rows of a kvstore lookup."""

    def changes(self) -> int:
        """Grows whenever a document was written."""

    def replicated(self, definition: Stanza) -> bool:
        """Whether indexers get the collection."""


@dataclass
class LookupFiles:
    """Finds lookup tables as one app sees them."""

    home: Home
    confs: Confs
    app: str | None
    matches: Compile
    collections: Documents | None = None
    _defined: dict[str, tuple[int, LookupTable]] = field(default_factory=dict)

    def path(self, name: str) -> Path | None:
        """The CSV file of that name: the app's own, then what other apps share, then system's."""
        installed = self.home.enabled()
        own = [self.app] if self.app in installed and self.app is not None else []
        shared = [
            app
            for app in installed
            if app not in own and (not own or self.confs.is_exported(app, "lookups", name))
        ]
        for app in [*own, *shared, "system"]:
            path = self.home.app(app) / "lookups" / name
            if path.is_file():
                return path
        return None

    def table(self, name: str) -> LookupTable | None:
        """A table by its definition's name or its file's name; None when there is neither."""
        stanza = self.confs.stanza("transforms", name, self.app)
        if stanza is not None:
            return self.defined(stanza)
        path = self.path(name)
        if path is None:
            return None
        fields, rows = _read(path)
        return LookupTable(name, fields, rows)

    def defined(self, stanza: Stanza) -> LookupTable:
        """The table of one definition, read once; of a collection when it changed."""
        known = self._defined.get(stanza.name)
        if known is None or known[0] != self.changes(stanza):
            known = self._defined[stanza.name] = (
                self.changes(stanza),
                self._read_defined(stanza),
            )
        return known[1]

    def changes(self, stanza: Stanza) -> int:
        """Grows when the rows of a definition may have changed."""
        return self.collections.changes() if self.collections and is_kvstore(stanza) else 0

    def _read_defined(self, stanza: Stanza) -> LookupTable:
        check_definition(stanza)
        fields, rows = self._content(stanza)
        table = table_of(stanza, fields, rows)
        if not table.filter:
            return table
        try:
            matches = self.matches(table.filter)
        except Exception as error:
            raise _refused(stanza, "filter", str(error)) from error
        return replace(table, rows=[row for row in rows if matches({**row})])

    def _content(self, stanza: Stanza) -> tuple[list[str], list[dict[str, str]]]:
        if is_kvstore(stanza):
            return fields_of(stanza), self._documents(stanza)
        filename = PurePath(stanza.settings["filename"]).name
        path = self.path(filename)
        if path is None:
            raise _refused(stanza, "filename", f"there is no lookups/{filename} that is visible")
        return _read(path)

    def _documents(self, stanza: Stanza) -> list[dict[str, str]]:
        if self.collections is None:
            raise _refused(stanza, "external_type", "there is no KV store here")
        try:
            replicated = self.collections.replicated(stanza)
            rows = self.collections.rows(stanza, None)
        except StandinError as error:
            raise _refused(stanza, "collection", str(error)) from error
        if not replicated:
            why = "an automatic lookup needs replicate = true of it in collections.conf"
            raise _refused(stanza, "collection", why)
        return rows


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        fields = next(reader, [])
        rows = [dict(zip(fields, line, strict=False)) for line in reader if line]
    return fields, rows


def _refused(stanza: Stanza, key: str, why: str) -> KnowledgeRefused:
    return KnowledgeRefused("transforms", stanza.name, key, why)
