"""From FortiManager's rows to policies and objects. Sources: API facts 1.5, 2.4 and 2.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

from fmgstate.errors import NormalizeError
from fmgstate.inventory.model import Target
from fmgstate.native import Row, choice, flag, meta_fields, names, number, rows, text
from fmgstate.policy import model, tables

NEGATIONS = tuple((name, f"{name}-negate") for name in tables.NEGATIONS)
HAS_OWN_TARGETS = 16
"""In ``obj flags``: the policy has installation targets of its own."""
REVISION_ACTS = {1: "add", 2: "delete", 3: "modify"}
NEVER = ("", "0000-00-00 00:00:00")
EMPTY: tuple[Any, ...] = (None, "", [], {})


def policies(table: str, part: str, native: Iterable[Row]) -> list[model.Policy]:
    """One table's policies in their order; a section title holds until the next one."""
    found = []
    section = ""
    for sequence, row in enumerate(native, start=1):
        section = text(row, "global-label") or section
        found.append(policy(table, part, sequence, section, row))
    return found


def policy(table: str, part: str, sequence: int, section: str, row: Row) -> model.Policy:
    """One policy row, ``verbose`` or not."""
    policyid = number(row, "policyid")
    if policyid is None:
        raise NormalizeError(f"FortiManager sent a row of {table} without a policyid.")
    return model.Policy(
        policyid=policyid,
        table=table,
        part=part,
        sequence=sequence,
        section=section,
        uuid=text(row, "uuid"),
        name=text(row, "name"),
        enabled=row.get("status") is None or flag(row, "status"),
        action=choice(row, "action", tables.ACTION),
        internet_service=_gathered(row, tables.INTERNET_SERVICES),
        internet_service_src=_gathered(row, tables.INTERNET_SERVICES_SRC),
        negated=tuple(
            name
            for name, key in NEGATIONS
            if row.get(key, "disable") != "disable" and flag(row, key)
        ),
        nat=flag(row, "nat"),
        ippool=flag(row, "ippool"),
        logtraffic=choice(row, "logtraffic", tables.LOGTRAFFIC),
        utm=flag(row, "utm-status"),
        inspection_mode=choice(row, "inspection-mode", tables.INSPECTION_MODE),
        profiles=_profiles(row),
        comments=text(row, "comments"),
        expires=_expiry(row),
        block=_block(row),
        install_on=install_on(row),
        meta=meta_fields(row),
        modified_time=number(row, "_modified timestamp"),
        modified_by=text(row, "_last-modified-by"),
        other=_other(row),
        **{field: names(row, key) for field, key in tables.REFERENCES.items()},
    )


def central_dnat(table: str, native: Iterable[Row]) -> list[model.CentralDnat]:
    """One table of central DNAT, in its order."""
    return [
        model.CentralDnat(
            table,
            _named(table, row),
            sequence,
            enabled=row.get("status") is None or flag(row, "status"),
            install_on=install_on(row),
        )
        for sequence, row in enumerate(native, start=1)
    ]


def firewall_object(table: str, row: Row) -> model.FirewallObject:
    """One object row with its per-device mappings."""
    name = _named(table, row)
    return model.FirewallObject(
        table=table,
        name=name,
        uuid=text(row, "uuid"),
        values=_values(table, row),
        mappings=tuple(_mappings(table, row)),
    )


def objects(table: str, native: Iterable[Row]) -> list[model.FirewallObject]:
    """One table's objects, by name."""
    return sorted((firewall_object(table, row) for row in native), key=lambda one: one.name)


def last_revisions(native: Iterable[Row]) -> dict[str, dict[str, str]]:
    """Of each key its newest revision: ``user``, ``note``, ``time`` (epoch seconds), ``act``."""
    newest: dict[str, Row] = {}
    for row in native:
        key = text(row, "key")
        if key not in newest or (number(newest[key], "timestamp") or 0) <= (
            number(row, "timestamp") or 0
        ):
            newest[key] = row
    return {
        key: {name: value for name, value in _author(row).items() if value}
        for key, row in newest.items()
    }


def _author(row: Row) -> dict[str, str]:
    return {
        "user": text(row, "user"),
        "note": text(row, "note"),
        "time": text(row, "timestamp"),
        "act": choice(row, "act", REVISION_ACTS),
    }


def install_on(row: Row) -> Optional[tuple[Target, ...]]:
    """Installation targets of one policy: None = as the package (key missing), () = nowhere.

    Before 7.0.11, 7.2.5 and 7.4.3 "nowhere" shows in the flags only.
    """
    if "scope member" not in row:
        return () if (number(row, "obj flags") or 0) & HAS_OWN_TARGETS else None
    return tuple(Target(text(one, "name"), text(one, "vdom")) for one in rows(row, "scope member"))


def _gathered(row: Row, keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for key in keys if key in row for name in names(row, key))


def _profiles(row: Row) -> dict[str, str]:
    return {key: found[0] for key in tables.PROFILES if key in row and (found := names(row, key))}


def _expiry(row: Row) -> str:
    value = row.get("policy-expiry-date") or row.get("policy-expiry-date-utc")
    if isinstance(value, list):
        value = " ".join(str(part) for part in value)
    if value is None or value == "0000-00-00" or str(value) in NEVER:
        return ""
    return str(value)


def _block(row: Row) -> str:
    """The policy block's name; builds that send its number instead give "oid 1234"."""
    value = row.get("_policy_block")
    if value in (None, "", 0, "0", []):
        return ""
    if isinstance(value, int):
        return f"oid {value}"
    return next(iter(names(row, "_policy_block")), "")


def _other(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in tables.OTHER_LISTS:
        if key in row and (listed := names(row, key)):
            found[key] = list(listed)
    for key, words in tables.OTHER_WORDS.items():
        if key in row and (word := choice(row, key, words)) not in ("", "disable"):
            found[key] = word
    return found


def _values(table: str, row: Row) -> dict[str, Any]:
    words = tables.OBJECT_WORDS.get(table, {})
    found: dict[str, Any] = {}
    for key in tables.OBJECT_TABLES[table]:
        if key in ("name", "uuid") or row.get(key) in EMPTY:
            continue
        found[key] = choice(row, key, words[key]) if key in words else _plain(row[key])
    return found


def _plain(value: Any) -> Any:
    """Text, or a list of text, or a list of objects; numbers become text, as ``verbose`` varies."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in value if value[key] not in EMPTY}
    return str(value)


def _mappings(table: str, row: Row) -> list[model.Mapping]:
    """One entry per (device, VDOM), whatever FortiManager gathered under one ``_scope``."""
    found = []
    fields = [*tables.OBJECT_TABLES[table], "local-intf", "intrazone-deny"]
    words = {**tables.OBJECT_WORDS.get(table, {}), "intrazone-deny": tables.ON_OFF}
    for entry in rows(row, "dynamic_mapping"):
        values = {
            key: choice(entry, key, words[key]) if key in words else _plain(entry[key])
            for key in fields
            if key != "name" and entry.get(key) not in EMPTY
        }
        for scope in rows(entry, "_scope"):
            found.append(model.Mapping(Target(text(scope, "name"), text(scope, "vdom")), values))
    return sorted(found, key=lambda one: one.target)


def _named(table: str, row: Row) -> str:
    name = text(row, "name")
    if not name:
        raise NormalizeError(f"FortiManager sent a row of {table} without a name.")
    return name
