"""What every handler is given, and the forms an answer takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.query.params import Query, read_options
from simulator.query.rows import plain_rows
from simulator.refusal import Refused
from simulator.schema.table_spec import Enum
from simulator.sessions import Session, Sessions
from simulator.state.fortimanager import FortiManager
from simulator.urls import Routes

Answer = dict[str, Any]
"""The result entry without ``status`` and ``url``: mostly ``{"data": …}``, ``{}`` for no data."""

Param = Mapping[str, Any]
routes = Routes()


@dataclass
class Call:
    """One param of one request, and who asks. ``session`` is None with an API token."""

    fm: FortiManager
    sessions: Sessions
    session: Session | None
    user: str
    method: str
    verbose: bool

    @property
    def session_number(self) -> int:
        return self.session.number if self.session else 0


def empty_answer(form: str) -> Answer:
    """How a table without rows answers: ``list``, ``null`` or ``missing``."""
    return {} if form == "missing" else {"data": [] if form == "list" else None}


def plain_table(
    call: Call,
    param: Param,
    rows: Sequence[Mapping[str, Any]],
    enums: Mapping[str, Enum],
    empty: str = "list",
    keep: tuple[str, ...] = ("name", "oid"),
) -> Answer:
    """A device manager table, with everything a query may ask of it."""
    query = Query.read(param)
    numbered = query.select(rows)
    if "count" in query.options:
        return {"data": len(numbered)}
    answers = plain_rows(query.slice(numbered), query, enums, call.verbose, keep)
    return {"data": answers} if answers else empty_answer(empty)


def plain_row(
    call: Call, param: Param, row: Mapping[str, Any], enums: Mapping[str, Enum]
) -> Answer:
    """One row of a device manager table."""
    query = Query.read({**param, "filter": None, "range": None})
    return {"data": plain_rows([(1, row)], query, enums, call.verbose)[0]}


def data_of(param: Param) -> dict[str, Any]:
    """The ``data`` of a write or exec as one dict. Refused (-10) when it is none."""
    data = param.get("data")
    if isinstance(data, list) and data:
        data = data[0]
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise Refused(-10)
    return data


def options_of(param: Param) -> frozenset[str]:
    return read_options(param)
