"""Policies as cells of CSV: what a search command adds to an event, rendered once and kept.

A rule's cells are bytes with ``BETWEEN`` between them, in the order of ``FIELDS`` or ``MORE``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from fmgstate.collect.scope import BLOCK, HITCOUNTS, INVENTORY, PACKAGE, Scope

if TYPE_CHECKING:
    from fmgstate.record import Record

RENDERING = "2"
"""Of this module: raised when it renders otherwise."""
KINDS = (INVENTORY, PACKAGE, BLOCK, HITCOUNTS)
"""Scopes that have something to be rendered."""

FIELDS = (
    "uuid", "name", "action", "section", "owner", "ticket",
    "policyid", "table", "comments", "modified_time", "modified_by", "enabled", "part", "sequence",
    "expires",
)  # fmt: skip
"""A rule's first cells, what most searches want at the front: no more is taken apart than asked."""
FRONT = FIELDS.index("policyid")
"""So many of them are the front of a value in the file: see ``store.key_files``."""
LISTS = (
    "srcintf", "dstintf", "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service", "schedule",
    "users", "groups", "negated",
)  # fmt: skip
"""Fields of several values: two cells each, text and multivalue text."""
MORE = ("nat", "logtraffic", "utm", "inspection_mode", "internet_service", "internet_service_src")
META = "meta"
"""The last of the further cells: all meta fields as JSON, which is no CSV."""
HIT_FIELDS = ("hits", "last_hit")

BETWEEN = b"\0"
_MUST_QUOTE = re.compile('[",\r\n]')

Tables = dict[str, dict[int, bytes]]


class Rendered(NamedTuple):
    """As ``store.key_files`` keeps it. ``further``: of the same rules, in a file of their own."""

    extra: Any
    tables: Tables
    further: Tables


def rendered(scope: Scope, records: Iterable[Record]) -> Rendered:
    """What is looked up of a scope.

    Inventory: extra has ``devices`` (name, host name or serial in lower case -> facts, as
    ``index.devices`` gives them) and ``blocks`` (number -> path). Package and block: extra is the
    list of policy blocks that stand in it; tables are FortiManager's, policyid -> ``FIELDS``, and
    further ones. Hit counts: FortiManager's tables, policyid -> uuid and ``HIT_FIELDS``.
    """
    if scope.kind == INVENTORY:
        return Rendered(_inventory(scope, list(records)), {}, {})
    if scope.kind == HITCOUNTS:
        return Rendered(None, _hits(records), {})
    return _policies(records)


def front(row: bytes) -> int:
    """How long the front of a rule's first cells is."""
    return len(row) - len(row.split(BETWEEN, FRONT)[-1]) - 1


def cell(value: Any) -> bytes:
    """One cell of CSV: None is empty, booleans are true and false."""
    if isinstance(value, str):
        text = value
    elif value is None:
        return b""
    elif isinstance(value, bool):
        return b"true" if value else b"false"
    else:
        text = str(value)
    if _MUST_QUOTE.search(text):
        text = '"{}"'.format(text.replace('"', '""'))
    return text.encode("utf-8", "replace").replace(BETWEEN, b"")


def cells_of_list(values: Iterable[str]) -> tuple[bytes, bytes]:
    """Text and multivalue text of a list, as Splunk has them."""
    texts = list(values)
    if len(texts) < 2:
        return (cell(texts[0]) if texts else b""), b""
    encoded = ";".join(f"${text.replace('$', '$$')}$" for text in texts)
    return cell("\n".join(texts)), cell(encoded)


def _policies(records: Iterable[Record]) -> Rendered:
    tables: Tables = {}
    further: Tables = {}
    blocks = []
    for record in records:
        if record["kind"] != "policy":
            continue
        name, number = record["table"], int(record["policyid"])
        tables.setdefault(name, {})[number] = _first(record)
        further.setdefault(name, {})[number] = _further(record)
        if record.get("block"):
            blocks.append(record["block"])
    return Rendered(blocks, tables, further)


def _first(record: Record) -> bytes:
    meta = {name.lower(): value for name, value in record.get("meta", {}).items()}
    values = {"owner": meta.get("owner"), "ticket": meta.get("ticket"), **record}
    return BETWEEN.join(cell(values.get(name)) for name in FIELDS)


def _further(record: Record) -> bytes:
    cells: list[bytes] = []
    for name in LISTS:
        cells += cells_of_list(record.get(name, ()))
    for name in MORE:
        value = record.get(name)
        cells.append(cell(", ".join(value) if isinstance(value, list) else value))
    return BETWEEN.join([*cells, json.dumps(record.get("meta", {})).encode("ascii")])


def _hits(records: Iterable[Record]) -> Tables:
    """Sums over the package; what single devices counted is left out."""
    tables: Tables = {}
    for record in records:
        if "device" not in record:
            values = [record.get(name, "") for name in ("uuid", *HIT_FIELDS)]
            row = BETWEEN.join(map(cell, values))
            tables.setdefault(record["table"], {})[int(record["policyid"])] = row
    return tables


def _inventory(scope: Scope, records: list[Record]) -> dict[str, Any]:
    from fmgstate.collect import index  # a look-up that finds its files has no use for it

    return {"devices": index.devices(scope, records), "blocks": index.block_paths(records)}
