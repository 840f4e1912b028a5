"""Who changed what: the object revision history (``_objrev``)."""

from __future__ import annotations

from simulator.handlers.calls import Answer, Call, Param
from simulator.query.params import Query
from simulator.query.rows import plain_rows
from simulator.refusal import Refused
from simulator.state.fortimanager import FortiManager
from simulator.state.places import find_place


def object_history(call: Call, param: Param, adom: str, parts: list[str]) -> Answer:
    """``_objrev/{pkg/<p>|pblock/<b>|obj}/<table>[/<key>]``: rows of adds, edits, deletes."""
    if not parts:
        raise Refused(-6)
    path, key = _table_path(call.fm, adom, parts)
    rows = [
        {name: value for name, value in row.items() if name != "_path"}
        for row in call.fm.adom(adom).history
        if row["_path"] == path and (key is None or row["key"] == key)
    ]
    query = Query.read(param)
    numbered = query.select(rows)
    if "count" in query.options:
        return {"data": len(numbered)}
    answers = plain_rows(query.slice(numbered), query, {}, verbose=True)
    return {"data": answers} if answers else {}


def _table_path(fm: FortiManager, adom: str, parts: list[str]) -> tuple[str, str | None]:
    place, rest = find_place(fm, adom, parts)
    found = fm.catalogue(place.database).longest(rest)
    if found is None:
        raise Refused(-6)
    spec, key = found
    return f"{place.prefix}/{spec.path}", key[0] if key else None
