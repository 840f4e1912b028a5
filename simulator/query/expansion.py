"""``expand datasrc``: references replaced by the objects they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.query.integers import to_integers
from simulator.query.params import listed
from simulator.refusal import Refused
from simulator.schema.table_spec import TableSpec
from simulator.state.adom import Adom
from simulator.state.fortimanager import FortiManager
from simulator.state.table import Row


def expand(
    fm: FortiManager, adom: Adom, param: Mapping[str, Any], rows: list[dict[str, Any]],
    verbose: bool,
) -> None:  # fmt: skip
    """Names that no table asked for holds stay names. Refused (-8) when the form is another."""
    for wanted in listed(param.get("expand datasrc")):
        if not isinstance(wanted, dict) or not isinstance(wanted.get("datasrc"), list):
            raise Refused(-8)
        attribute = str(wanted.get("name"))
        if not all(isinstance(one, dict) for one in wanted["datasrc"]):
            raise Refused(-8)
        sources = [_Source(fm, adom, one) for one in wanted["datasrc"]]
        for row in rows:
            value = row.get(attribute)
            if isinstance(value, list):
                row[attribute] = [_found(sources, one, verbose) for one in value]


def _found(sources: list[_Source], name: Any, verbose: bool) -> Any:
    for source in sources:
        row = source.rows.get(str(name))
        if row is not None:
            return source.write(row, verbose)
    return name


class _Source:
    """One table references may point to, and the fields of it to show."""

    def __init__(self, fm: FortiManager, adom: Adom, wanted: Mapping[str, Any]) -> None:
        self.kind = str(wanted.get("obj type", ""))
        self.fields = tuple(map(str, listed(wanted.get("fields"))))
        self.spec = _spec(fm, adom, self.kind)
        self.rows = adom.objects.table(self.spec).rows if self.spec else {}

    def write(self, row: Row, verbose: bool) -> dict[str, Any]:
        spec = row.spec
        whole = {**spec.defaults, **row.values}
        if self.fields:
            whole = {name: whole[name] for name in self.fields if name in whole}
        answer = whole if verbose else to_integers(spec, whole)
        if spec.ordered:
            answer["obj seq"] = list(self.rows).index(row.key) + 1
        return {**answer, "obj type": self.kind, "oid": row.oid}


def _spec(fm: FortiManager, adom: Adom, kind: str) -> TableSpec | None:
    specs = fm.catalogue(adom.objects).specs.values()
    return next((spec for spec in specs if spec.name == kind), None)
