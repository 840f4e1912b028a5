"""What clients write, in the form rows are kept in."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from simulator.query.integers import to_words
from simulator.schema.table_spec import TableSpec

_MASKED = ("subnet", "wildcard", "ip", "natip")


def normalized(spec: TableSpec, data: Mapping[str, Any]) -> dict[str, Any]:
    """Enumerations as words, single references as lists, ``10.0.0.1/32`` as address and mask."""
    return {name: _masked(name, value) for name, value in to_words(spec, data).items()}


def _masked(name: str, value: Any) -> Any:
    if name == "dynamic_mapping" and isinstance(value, list):
        return [{inner: _masked(inner, one) for inner, one in mapping.items()} for mapping in value]
    if name in _MASKED and isinstance(value, list) and len(value) == 1:
        value = value[0]
    if name not in _MASKED or not isinstance(value, str):
        return value
    if name == "wildcard":
        return value.replace("/", " ").split()
    try:
        network = ipaddress.ip_interface(value.strip().replace(" ", "/"))
    except ValueError:
        return value
    return [str(network.ip), str(network.netmask)]
