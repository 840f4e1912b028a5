"""Lookup tables: CSV files of the apps and collections of the KV store."""

import csv
from dataclasses import replace
from pathlib import Path

from standin.home.layers import Stanza
from standin.home.tree import Home
from standin.knowledge.lookup_definition import (
    check_definition,
    fields_of,
    is_kvstore,
    table_of,
)
from standin.knowledge.refusal import KnowledgeRefused
from standin.search.collections import Collections
from standin.search.errors import SearchFailed
from standin.spl.context import LookupTable, Writing
from standin.users.caller import Caller
from standin.users.objects import KnowledgeObject, Objects


class Lookups:
    """The lookups that one instance's disks and KV store hold."""

    def __init__(self, home: Home, objects: Objects, collections: Collections) -> None:
        self._home = home
        self._objects = objects
        self._collections = collections

    def table(self, name: str, caller: Caller, app: str) -> LookupTable | None:
        """A lookup by its definition's name or its file's; None when there is none.

        Its ``filter`` is not obeyed yet.
        """
        found = self._objects.find("transforms", name, caller, app)
        if found and ("filename" in found.settings or "external_type" in found.settings):
            return self._defined(found, caller)
        path = self.file(name, caller, app)
        if path is None:
            return None
        fields, rows = read_csv(path)
        return LookupTable(name, fields, rows)

    def write(
        self,
        name: str,
        fields: list[str],
        rows: list[dict[str, str]],
        how: Writing,
        caller: Caller,
        app: str,
    ) -> None:
        """Replaces or adds to a lookup's rows; a file that is not there is made."""
        if "output_file" not in caller.capabilities:
            raise SearchFailed(f"outputlookup needs the capability output_file: {caller.name}")
        found = self._objects.find("transforms", name, caller, app)
        if found and "filename" not in found.settings:
            self._collections.write(_checked(found), caller, rows, how)
            return
        if found:
            if found.settings.get("check_permission", "0") in ("1", "true") and not found.can_write:
                raise SearchFailed(f"{caller.name} may not write the lookup {name}")
            file, home_app = found.settings["filename"], found.app
        else:
            file, home_app = name, app
        if not file.endswith(".csv"):
            raise SearchFailed(f"The lookup {name!r} is neither defined nor a file name (.csv)")
        path = self.file(file, caller, home_app)
        if path is not None and how.append:
            fields, old = read_csv(path)
            rows = [*old, *rows]
        path = path or self._new(file, how.place, caller, home_app)
        if rows:
            write_csv(path, fields, rows)
        elif how.keeps_empty:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        else:
            path.unlink(missing_ok=True)

    def _new(self, file: str, place: str, caller: Caller, app: str) -> Path:
        """Where a file is made: create_context of outputlookup."""
        if place == "user":
            folder = self._home.path / "etc" / "users" / caller.name / app
        else:
            folder = self._home.app("system" if place == "system" else app)
        return folder / "lookups" / _safe(file)

    def file(self, name: str, caller: Caller, app: str) -> Path | None:
        """A lookup file: the user's, his app's, or one that another app exports."""
        name = _safe(name)
        own = [self._home.path / "etc" / "users" / caller.name / app / "lookups" / name]
        if not self._home.is_enabled(app):
            own = []
        elif self._objects.access.acl(app, "lookups", name).may_read(caller):
            own.append(self._home.app(app) / "lookups" / name)
        for other in self._home.enabled():
            acl = self._objects.access.acl(other, "lookups", name)
            if other != app and acl.exported and acl.may_read(caller):
                own.append(self._home.app(other) / "lookups" / name)
        return next((path for path in own if path.is_file()), None)

    def _defined(self, found: KnowledgeObject, caller: Caller) -> LookupTable:
        definition = _checked(found)
        try:
            table = table_of(definition, *self._content(definition, caller))
        except KnowledgeRefused as error:
            raise SearchFailed(str(error)) from error
        if not table.in_kvstore:
            return table
        return replace(table, numbers=self._collections.numbers(definition))

    def _content(
        self, definition: Stanza, caller: Caller
    ) -> tuple[list[str], list[dict[str, str]]]:
        if is_kvstore(definition):
            return fields_of(definition), self._collections.rows(definition, caller)
        name = definition.settings["filename"]
        path = self.file(name, caller, definition.app)
        if path is None:
            raise SearchFailed(f"Could not find the file {name} of the lookup {definition.name}")
        return read_csv(path)


def _checked(found: KnowledgeObject) -> Stanza:
    definition = Stanza(found.name, found.app, found.settings, exported=False)
    try:
        check_definition(definition)
    except KnowledgeRefused as error:
        raise SearchFailed(str(error)) from error
    return definition


def read_csv(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of a lookup file; empty cells stay empty texts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        fields = list(reader.fieldnames or [])
        rows = [{name: row.get(name) or "" for name in fields} for row in reader]
    return fields, rows


def write_csv(path: Path, fields: list[str], rows: list[dict[str, str]]) -> None:
    """Replaces a lookup file in one step."""
    fields = [name for name in fields if name != "_key"]
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: row.get(name, "") for name in fields} for row in rows)
    fresh.replace(path)


def _safe(name: str) -> str:
    if "/" in name or name.startswith("."):
        raise SearchFailed(f"{name!r} is no name of a lookup file")
    return name
