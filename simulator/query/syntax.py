"""Option ``syntax``: the attributes of a table, with the integers of their enumerations."""

from __future__ import annotations

from typing import Any

from simulator.schema.enumerations import SWITCH
from simulator.schema.table_spec import TableSpec


def syntax(spec: TableSpec) -> dict[str, Any]:
    attributes = {name: _attribute(spec, name, value) for name, value in spec.defaults.items()}
    if spec.key not in attributes:
        number = spec.key in ("policyid", "id")
        attributes[spec.key] = {"type": "uint32" if number else "string"}
    table = {"alimit": 0, "attr": attributes, "category": spec.category, "mkey": spec.key}
    return {spec.name: table}


def _attribute(spec: TableSpec, name: str, value: Any) -> dict[str, Any]:
    enum = spec.enums.get(name) or (SWITCH if value in ("enable", "disable") else None)
    if enum:
        return {"default": value, "opts": dict(enum), "type": "enum"}
    if name in spec.references:
        return {"ref": [{"category": path} for path in spec.references[name]], "type": "datasrc"}
    kind = "uint32" if isinstance(value, int) else "list" if isinstance(value, list) else "string"
    return {"default": value, "type": kind}
