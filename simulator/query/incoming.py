"""What clients write, in the form rows are kept in."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from simulator.query.integers import to_words
from simulator.refusal import Refused
from simulator.schema.table_spec import TableSpec

_MASKED = ("subnet", "wildcard", "ip", "natip")


def normalized(spec: TableSpec, data: Mapping[str, Any]) -> dict[str, Any]:
    """Enumerations as words, single references as lists, ``10.0.0.1/32`` as address and mask.

    Refused (-10) when a value has a form its attribute cannot have.
    """
    if not all(_possible(spec, name, value) for name, value in data.items()):
        raise Refused(-10)
    return {name: _masked(name, value) for name, value in to_words(spec, data).items()}


def _possible(spec: TableSpec, name: str, value: Any) -> bool:
    if name == spec.key:
        number = isinstance(value, int) or (isinstance(value, str) and value.isdigit())
        return number if name in ("policyid", "id") else isinstance(value, str)
    if name in spec.subtables or name in ("dynamic_mapping", "scope member"):
        items = [] if value is None else value
        return isinstance(items, list) and all(_is_entry(one) for one in items)
    if isinstance(spec.defaults.get(name), list) and isinstance(value, list):
        return all(isinstance(one, (str, int)) for one in value)
    return name != "meta fields" or isinstance(value, dict)


def _is_entry(one: Any) -> bool:
    if not isinstance(one, dict) or "dynamic_mapping" in one:
        return False
    scope = one.get("_scope") or []
    scopes = [scope] if isinstance(scope, dict) else scope
    return isinstance(scopes, list) and all(
        isinstance(at, dict) and isinstance(at.get("name"), str) for at in scopes
    )


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
