"""A lookup's stanza of transforms.conf: which rows it matches, and how."""

import re
from collections.abc import Iterable

from standin.home.layers import Stanza
from standin.knowledge.known_settings import (
    LOOKUP_SETTINGS,
    LOOKUP_SETTINGS_WITHOUT_EFFECT_HERE,
    boolean,
    check_transform,
    whole_number,
)
from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.context import LookupTable, TimeBounds

_MOST_MATCHES = 1000
_LONG_AGO = 2_000_000_000
_MATCH_TYPE = re.compile(r"[\s,]*([A-Za-z]+)\s*\(\s*([^)\s]+)\s*\)[\s,]*")


def check_definition(stanza: Stanza) -> None:
    """Refuses a definition with settings or of a kind that the stand-in does not know."""
    check_transform(stanza, LOOKUP_SETTINGS | LOOKUP_SETTINGS_WITHOUT_EFFECT_HERE, "a lookup")
    if stanza.settings.get("external_type", "kvstore") != "kvstore":
        raise _refused(stanza, "external_type", "only CSV and kvstore lookups are known here")
    if not is_kvstore(stanza) and not stanza.settings.get("filename"):
        raise _refused(stanza, "filename", "a lookup needs one")
    if is_kvstore(stanza) and not (collection_of(stanza) and fields_of(stanza)):
        raise _refused(stanza, "collection", "a kvstore lookup names it, and its fields_list")


def is_kvstore(stanza: Stanza) -> bool:
    """Whether its rows are documents of a collection."""
    return stanza.settings.get("external_type") == "kvstore"


def collection_of(stanza: Stanza) -> str:
    """The collection of the definition's app that has its rows."""
    return stanza.settings.get("collection", "")


def fields_of(stanza: Stanza) -> list[str]:
    """``fields_list``, delimited by commas and spaces."""
    return re.findall(r"[^\s,]+", stanza.settings.get("fields_list", ""))


def table_of(stanza: Stanza, fields: list[str], rows: list[dict[str, str]]) -> LookupTable:
    """The table of a definition that was checked."""
    return LookupTable(
        stanza.name,
        fields,
        rows,
        case_sensitive=_case_sensitive(stanza, rows),
        max_matches=_max_matches(stanza),
        min_matches=whole_number(stanza, "transforms", "min_matches", 0),
        default_match=stanza.settings.get("default_match", ""),
        match_types=_match_types(stanza),
        times=_times(stanza, fields),
        filter=stanza.settings.get("filter", "").strip(),
        in_kvstore=is_kvstore(stanza),
    )


def _case_sensitive(stanza: Stanza, rows: Iterable[dict[str, str]]) -> bool:
    """Of kvstore lookups ``false`` is obeyed where all data is in lower case only."""
    if boolean(stanza, "transforms", "case_sensitive_match", default=True):
        return True
    return is_kvstore(stanza) and any(
        cell != cell.lower() for row in rows for name, cell in row.items() if name != "_key"
    )


def _max_matches(stanza: Stanza) -> int | None:
    number = whole_number(stanza, "transforms", "max_matches", 0)
    if number > _MOST_MATCHES:
        raise _refused(stanza, "max_matches", f"at most {_MOST_MATCHES}")
    return number or None


def _match_types(stanza: Stanza) -> tuple[tuple[str, str], ...]:
    text = stanza.settings.get("match_type", "")
    found, end = [], 0
    for part in _MATCH_TYPE.finditer(text):
        if part.start() != end or part[1].upper() not in ("WILDCARD", "CIDR", "EXACT"):
            break
        found.append((part[2], part[1].upper()))
        end = part.end()
    if text[end:].strip():
        why = f"{text[end:].strip()!r} is no WILDCARD, CIDR or EXACT (field)"
        raise _refused(stanza, "match_type", why)
    return tuple(found)


def _times(stanza: Stanza, fields: list[str]) -> TimeBounds | None:
    name = stanza.settings.get("time_field", "")
    if not name:
        return None
    if name not in fields:
        raise _refused(stanza, "time_field", f"the table has no field {name!r}")
    return TimeBounds(
        name,
        stanza.settings.get("time_format", "") or "%s.%Q",
        _seconds(stanza, "min_offset_secs", 0),
        _seconds(stanza, "max_offset_secs", _LONG_AGO),
    )


def _seconds(stanza: Stanza, key: str, default: int) -> int:
    value = stanza.settings.get(key, "")
    if not re.fullmatch(r"-?\d+|", value):
        raise _refused(stanza, key, f"{value!r} is no whole number")
    return int(value) if value else default


def _refused(stanza: Stanza, key: str, why: str) -> KnowledgeRefused:
    return KnowledgeRefused("transforms", stanza.name, key, why)
