"""Option ``syntax`` and ``object template``: the attributes of tables, and their defaults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.query.integers import to_integers
from simulator.schema.enumerations import SWITCH
from simulator.schema.table_spec import TableSpec

_NO_UUID = "00000000-0000-0000-0000-000000000000"


def syntax(specs: Iterable[TableSpec]) -> dict[str, Any]:
    """Table name to its attributes, with the integers of their enumerations (``opts``)."""
    return {spec.name: _table(spec) for spec in specs}


def template(spec: TableSpec, verbose: bool) -> dict[str, Any]:
    """A new object's defaults; references have none."""
    values = {
        name: value
        for name, value in spec.defaults.items()
        if name not in spec.references and value is not None and not isinstance(value, list)
    }
    return {**(values if verbose else to_integers(spec, values)), "uuid": _NO_UUID}


def _table(spec: TableSpec) -> dict[str, Any]:
    attributes = {name: _attribute(spec, name, value) for name, value in spec.defaults.items()}
    if spec.key not in attributes:
        number = spec.key in ("policyid", "id")
        attributes[spec.key] = {"type": "uint32" if number else "string"}
    return {"alimit": 400_000, "attr": attributes, "category": spec.category, "mkey": spec.key}


def _attribute(spec: TableSpec, name: str, value: Any) -> dict[str, Any]:
    enum = spec.enums.get(name) or (SWITCH if value in ("enable", "disable") else None)
    if enum:
        return {"default": value, "excluded": True, "opts": dict(enum), "sz": 4, "type": "uint32"}
    if name in spec.references:
        known = [
            {"category": path.replace("/", " "), "mkey": "name"} for path in spec.references[name]
        ]
        return {"max_argv": -1, "ref": known, "type": "datasrc"}
    kind = "uint32" if isinstance(value, int) else "list" if isinstance(value, list) else "string"
    return {"default": value, "type": kind}
