"""``earliest=`` and its kin inside a search expression."""

from __future__ import annotations

import math

from standin.spl.errors import Malformed
from standin.spl.numbers import number
from standin.spl.registry import construct
from standin.spl.search_part import Part, Test
from standin.spl.times import Clock, search_time
from standin.spl.values import Row

_PAGE = "Search Reference: Time modifiers"
MODIFIERS = {
    "earliest": ("_time", True),
    "latest": ("_time", False),
    "_index_earliest": ("_indextime", True),
    "_index_latest": ("_indextime", False),
}
"""Name -> the field it limits, whether from below."""

_OLD = "an old spelling: write earliest= and latest="
_UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
AGO = {
    f"{edge}{name}ago": ("latest" if edge == "end" else "earliest", seconds)
    for edge in ("", "start", "end")
    for name, seconds in _UNITS.items()
}
"""``startdaysago=1`` and its like: the modifier, and the seconds of its unit."""
ALIKE = {
    "starttime": "earliest",
    "starttimeu": "earliest",
    "endtime": "latest",
    "endtimeu": "latest",
}
_OLD_NAMES = [
    *(f"searchtimespan{unit}" for unit in ("months", *_UNITS)),
    *(f"{edge}monthsago" for edge in ("", "start", "end")),
]
REFUSED = {
    **dict.fromkeys(_OLD_NAMES, _OLD),
    "savedsearch": "events of a saved search: write its search",
    "savedsplunk": "events of a saved search: write its search",
    "hosttag": "write tag::host=",
    "eventtypetag": "write tag::eventtype=",
    "splunk_server_group": "there is one server only",
}

for _name in MODIFIERS:
    construct("search", f"{_name}=", _PAGE, "over the time range picker's")
for _name in (*AGO, *ALIKE):
    construct("search", f"{_name}=", _PAGE, "as earliest= or latest=")
construct("search", "timeformat=", "Search Reference: search")
for _name, _why in REFUSED.items():
    construct("refused search modifier", f"{_name}=", "Search Reference: search", _why)


def modifier(
    name: str, sign: str, value: str, clock: Clock, position: int, timeformat: str
) -> Part:
    """Events with no time at all do not pass. ``endtime`` includes its second, ``latest`` not."""
    if sign != "=":
        raise Malformed(f"{name} takes '='", position)
    if name in AGO:
        name, seconds = AGO[name]
        if not value.isdecimal():
            raise Malformed(f"{value!r} is no whole number", position)
        value = f"-{int(value) * seconds}s"
    included = name.startswith("endtime")
    name = ALIKE.get(name, name)
    field, below = MODIFIERS[name]
    limit = search_time(value, clock, position, timeformat)
    if included:
        limit = math.nextafter(limit, math.inf)
    test = _since(field, limit) if below else _before(field, limit)
    reads = frozenset({field})
    if field != "_time":
        return Part(test, reads)
    if below:
        return Part(test, reads, earliest=limit, timed=True)
    return Part(test, reads, latest=limit, timed=True)


def _since(field: str, limit: float) -> Test:
    def test(row: Row) -> bool:
        at = number(row.get(field))
        return at is not None and at >= limit

    return test


def _before(field: str, limit: float) -> Test:
    def test(row: Row) -> bool:
        at = number(row.get(field))
        return at is not None and at < limit

    return test
