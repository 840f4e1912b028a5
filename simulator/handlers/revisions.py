"""Who changed what: the object revision history (``_objrev``)."""

from __future__ import annotations

from simulator.handlers.calls import Answer, Call, Param
from simulator.query.params import Query
from simulator.query.rows import plain_rows
from simulator.refusal import Refused
from simulator.state.edits import ADDED, revision
from simulator.state.fortimanager import FortiManager
from simulator.state.places import Place, find_place
from simulator.state.table import Table


def object_history(call: Call, param: Param, adom: str, parts: list[str]) -> Answer:
    """``_objrev/{pkg/<p>|pblock/<b>|obj}/<table>[/<key>]``: rows of adds, edits, deletes."""
    if not parts:
        raise Refused(-6)
    place, table, key = _table(call.fm, adom, parts)
    path = f"{place.prefix}/{table.spec.path}"
    rows = [
        {name: value for name, value in row.items() if name != "_path"}
        for row in place.adom.history
        if row["_path"] == path and (key is None or row["key"] == key)
    ]
    wanted = table if key is None else [table.rows[key]] if key in table.rows else []
    rows += [
        revision(place, row, ADDED, row.creator, row.created) for row in wanted if not row.recorded
    ]
    rows.sort(key=lambda row: row["timestamp"])
    query = Query.read(param)
    numbered = query.select(rows)
    if "count" in query.options:
        return {"data": len(numbered)}
    answers = plain_rows(query.slice(numbered), query, {}, verbose=True)
    return {"data": answers} if answers else {}


def _table(fm: FortiManager, adom: str, parts: list[str]) -> tuple[Place, Table, str | None]:
    place, rest = find_place(fm, adom, parts)
    found = fm.catalogue(place.database).longest(rest)
    if found is None:
        raise Refused(-6)
    spec, key = found
    return place, place.database.table(spec), key[0] if key else None
