"""lookup(): a CSV table asked inside an expression."""

from __future__ import annotations

from typing import Any

from standin.spl.errors import Malformed
from standin.spl.functions.table import Site, builder
from standin.spl.json_text import written
from standin.spl.lookup_match import Finder
from standin.spl.nodes import Call, Compiled, Constant, Node
from standin.spl.values import Row

_SAYS = "one match gives values, several give arrays; none is null"


@builder("lookup", 3, 3, "Comparison and Conditional functions", _SAYS)
def _lookup(site: Site) -> Compiled:
    name, asked, wanted = site.call.arguments
    pairs = _parts(site, asked, "json_object")
    if not pairs or len(pairs) % 2:
        raise site.wrong("the second takes pairs of a table's field and a value")
    inputs = [_literal(site, part) for part in pairs[::2]]
    values = [site.compile(part).evaluate for part in pairs[1::2]]
    outputs = [_literal(site, part) for part in _parts(site, wanted, "json_array")]
    finder = _finder(site, _literal(site, name), inputs, outputs)

    def evaluate(row: Row) -> Any:
        found = [value(row) for value in values]
        if None in found:
            return None
        lines = finder.find(found)
        if not lines:
            return None
        columns = {field: [line.get(field, "") for line in lines] for field in outputs}
        return written({k: v[0] if len(v) == 1 else v for k, v in columns.items()})

    return site.made("any", evaluate, constant=False)


def _parts(site: Site, node: Node, function: str) -> tuple[Node, ...]:
    if not isinstance(node, Call) or node.name != function:
        raise site.wrong(f"it takes a table, json_object(…) and json_array(…), no {function} here")
    return node.arguments


def _literal(site: Site, node: Node) -> str:
    if not isinstance(node, Constant) or not isinstance(node.value, str):
        raise site.wrong("tables and their fields are named in quotation marks")
    return node.value


def _finder(site: Site, name: str, inputs: list[str], outputs: list[str]) -> Finder:
    tables = site.needs_clock().tables
    table = None if tables is None else tables(name)
    if table is None:
        raise Malformed(f"The lookup table '{name}' does not exist", site.position)
    if table.in_kvstore or table.times is not None:
        raise site.wrong("it asks CSV lookups without time bounds only")
    for field in (*inputs, *outputs):
        if field not in table.fields:
            raise Malformed(f"The lookup table '{name}' has no field '{field}'", site.position)
    return Finder(table, inputs)
