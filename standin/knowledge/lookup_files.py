"""Lookup definitions of transforms.conf and the CSV files they name."""

import csv
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from standin.home.layers import Confs, Stanza
from standin.home.tree import Home
from standin.knowledge.known_settings import (
    LOOKUP_SETTINGS,
    LOOKUP_SETTINGS_WITHOUT_EFFECT_HERE,
    boolean,
    check_transform,
    whole_number,
)
from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.context import LookupTable

_MOST_MATCHES = 1000


@dataclass
class LookupFiles:
    """Finds lookup tables as one app sees them."""

    home: Home
    confs: Confs
    app: str | None
    _defined: dict[str, LookupTable] = field(default_factory=dict)

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
        """The table of one definition, read once."""
        if stanza.name not in self._defined:
            self._defined[stanza.name] = self._read_defined(stanza)
        return self._defined[stanza.name]

    def _read_defined(self, stanza: Stanza) -> LookupTable:
        check_transform(stanza, LOOKUP_SETTINGS | LOOKUP_SETTINGS_WITHOUT_EFFECT_HERE, "a lookup")
        if stanza.settings.get("collection") or stanza.settings.get("external_type"):
            raise _refused(stanza, "external_type", "only CSV lookups are known here")
        filename = PurePath(stanza.settings.get("filename", "")).name
        if not filename:
            raise _refused(stanza, "filename", "a lookup needs one")
        path = self.path(filename)
        if path is None:
            raise _refused(stanza, "filename", f"there is no lookups/{filename} that is visible")
        fields, rows = _read(path)
        return LookupTable(
            stanza.name,
            fields,
            rows,
            case_sensitive=boolean(stanza, "transforms", "case_sensitive_match", default=True),
            max_matches=_max_matches(stanza),
            min_matches=whole_number(stanza, "transforms", "min_matches", 0),
            default_match=stanza.settings.get("default_match", ""),
            match_types=_match_types(stanza),
        )


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        fields = next(reader, [])
        rows = [dict(zip(fields, line, strict=False)) for line in reader if line]
    return fields, rows


def _max_matches(stanza: Stanza) -> int | None:
    number = whole_number(stanza, "transforms", "max_matches", 0)
    if number > _MOST_MATCHES:
        raise _refused(stanza, "max_matches", f"at most {_MOST_MATCHES}")
    return number or None


def _match_types(stanza: Stanza) -> tuple[tuple[str, str], ...]:
    found = []
    for part in stanza.settings.get("match_type", "").replace(",", " ").split():
        kind, opening, field = part.rstrip(")").partition("(")
        if kind.upper() not in ("WILDCARD", "CIDR", "EXACT") or not opening or not field:
            raise _refused(stanza, "match_type", f"{part!r} is no WILDCARD, CIDR or EXACT (field)")
        found.append((field, kind.upper()))
    return tuple(found)


def _refused(stanza: Stanza, key: str, why: str) -> KnowledgeRefused:
    return KnowledgeRefused("transforms", stanza.name, key, why)
