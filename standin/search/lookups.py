"""Lookup tables: CSV files of the apps and collections of the KV store."""

import csv
import re
from pathlib import Path
from typing import Any

from standin.home.tree import Home
from standin.rest.kvstore import KvStore
from standin.search.errors import SearchFailed
from standin.spl.context import LookupTable
from standin.spl.numbers import text
from standin.users.caller import Caller
from standin.users.objects import KnowledgeObject, Objects

_MATCH_TYPE = re.compile(r"\s*(WILDCARD|CIDR)\s*\(\s*([^)\s]+)\s*\)\s*", re.IGNORECASE)
_KNOWN = frozenset({
    "filename", "external_type", "collection", "fields_list", "case_sensitive_match",
    "max_matches", "min_matches", "default_match", "match_type", "check_permission",
    "batch_index_query", "allow_caching", "index_fields_on_startup", "replicate", "disabled",
    "max_ext_batch",
})  # fmt: skip


class Lookups:
    """The lookups that one instance's disks and KV store hold."""

    def __init__(self, home: Home, objects: Objects, kv: KvStore) -> None:
        self._home = home
        self._objects = objects
        self._kv = kv

    def table(self, name: str, caller: Caller, app: str) -> LookupTable | None:
        """A lookup by its definition's name or its file's; None when there is none."""
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
        caller: Caller,
        app: str,
    ) -> None:
        """Replaces a lookup's rows; a file that is not there is made in the app."""
        if "output_file" not in caller.capabilities:
            raise SearchFailed(f"outputlookup needs the capability output_file: {caller.name}")
        found = self._objects.find("transforms", name, caller, app)
        if found and "filename" not in found.settings:
            self._write_collection(found, caller, rows)
            return
        if found:
            if found.settings.get("check_permission", "0") in ("1", "true") and not found.can_write:
                raise SearchFailed(f"{caller.name} may not write the lookup {name}")
            file, home_app = found.settings["filename"], found.app
        else:
            file, home_app = name, app
        if not file.endswith(".csv"):
            raise SearchFailed(f"The lookup {name!r} is neither defined nor a file name (.csv)")
        path = self.file(file, caller, home_app) or (
            self._home.app(home_app) / "lookups" / _safe(file)
        )
        write_csv(path, fields, rows)

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
        settings = found.settings
        for key in settings:
            if key not in _KNOWN:
                raise SearchFailed(f"The stand-in does not know {key} in the lookup {found.name}")
        if settings.get("external_type", "kvstore") != "kvstore":
            raise SearchFailed(f"The stand-in runs no lookups of type {settings['external_type']}")
        fields, rows = self._content(found, caller)
        most = settings.get("max_matches")
        return LookupTable(
            found.name,
            fields,
            rows,
            case_sensitive=settings.get("case_sensitive_match", "true").lower() in ("1", "true"),
            max_matches=int(most) if most else None,
            min_matches=int(settings.get("min_matches", "0")),
            default_match=settings.get("default_match", ""),
            match_types=_match_types(found),
        )

    def _content(
        self, found: KnowledgeObject, caller: Caller
    ) -> tuple[list[str], list[dict[str, str]]]:
        if "filename" in found.settings:
            path = self.file(found.settings["filename"], caller, found.app)
            if path is None:
                raise SearchFailed(
                    f"Could not find the file {found.settings['filename']} of the lookup "
                    f"{found.name}"
                )
            return read_csv(path)
        fields = [each.strip() for each in found.settings["fields_list"].split(",")]
        documents = self._kv.documents(found.app, self._collection(found))
        return fields, [
            {name: _text(found, each[name]) for name in fields if each.get(name) is not None}
            for each in documents
        ]

    def _write_collection(
        self, found: KnowledgeObject, caller: Caller, rows: list[dict[str, str]]
    ) -> None:
        fields = [each.strip() for each in found.settings["fields_list"].split(",")]
        collection = self._collection(found)
        kept = [{name: row[name] for name in fields if row.get(name)} for row in rows]
        old = [str(each["_key"]) for each in self._kv.documents(found.app, collection)]
        documents: list[dict[str, Any]] = [{**row, "_user": caller.name} for row in kept]
        self._kv.replace(found.app, collection, old, documents)

    def _collection(self, found: KnowledgeObject) -> str:
        name = found.settings.get("collection", "")
        if not name or "fields_list" not in found.settings:
            raise SearchFailed(f"The lookup {found.name} names no collection and fields_list")
        return name


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


def _match_types(found: KnowledgeObject) -> tuple[tuple[str, str], ...]:
    types = []
    for part in found.settings.get("match_type", "").split(","):
        if part.strip():
            match = _MATCH_TYPE.fullmatch(part)
            if match is None:
                raise SearchFailed(f"match_type {part.strip()!r} of the lookup {found.name}")
            types.append((match[2], match[1].upper()))
    return tuple(types)


def _text(found: KnowledgeObject, value: Any) -> str:
    if isinstance(value, bool | dict | list):
        raise SearchFailed(
            f"The stand-in does not know how the lookup {found.name} shows {type(value).__name__}"
        )
    return text(value)


def _safe(name: str) -> str:
    if "/" in name or name.startswith("."):
        raise SearchFailed(f"{name!r} is no name of a lookup file")
    return name
