"""makeresults, gentimes: rows out of nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from standin.spl.errors import Malformed
from standin.spl.options import boolean, choice, generating, nothing, options, plain, whole
from standin.spl.parsing import CommandText
from standin.spl.registry import MEASURED, Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.times import SECONDS, Clock, parse_span, search_time, shifted
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context

_MAKERESULTS = {
    "count": whole,
    "annotate": boolean,
    "splunk_server": plain,
    "splunk_server_group": plain,
    "format": choice("csv", "json"),
    "data": plain,
}
for _name in _MAKERESULTS:
    construct("option of makeresults", _name, "Search Reference: makeresults")
construct(
    "option of makeresults",
    "data",
    "Search Reference: makeresults",
    f"of JSON also _raw and _time, objects and arrays as text, {MEASURED}",
)


@command("makeresults", "Search Reference: makeresults")
def read_makeresults(command: CommandText) -> Runnable:
    generating(command)
    given, rest = options(command, _MAKERESULTS, once=True)
    nothing(command, rest)
    if ("format" in given) != ("data" in given):
        raise Malformed("makeresults: format and data go together", command.position)
    if "data" in given:
        if len(given) > 2:
            raise Malformed("makeresults: data goes with nothing but format", command.position)
        rows = _data(given["format"], given["data"], command)
        fields = list(dict.fromkeys(name for row in rows for name in row))
        return Step(lambda _stream, _context: Stream(map(dict, rows), fields), frozenset())
    extra: Row = {}
    if given.get("annotate"):
        extra = {"splunk_server": "standin"}

    def run(_stream: Stream, context: Context) -> Stream:
        count = given.get("count", 1)
        now = int(context.now)
        return Stream(({"_time": now, **extra} for _ in range(count)), ["_time", *extra])

    return Step(run, frozenset())


def _data(form: str, data: str, command: CommandText) -> list[Row]:
    if form == "csv":
        reader = csv.DictReader(io.StringIO(data.strip()))
        return [
            {name.strip(): value.strip() for name, value in row.items() if name and value}
            for row in reader
        ]
    try:
        found = json.loads(data)
    except ValueError as error:
        raise Malformed(f"makeresults: data is no JSON: {error}", command.position) from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Malformed("makeresults: data must be a list of objects", command.position)
    now = int(command.clock.now)
    return [{"_raw": _written(one), "_time": now, **_from_object(one)} for one in found]


def _from_object(found: dict[str, Any]) -> Row:
    return {name: _written(value) for name, value in found.items() if value is not None}


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@command("gentimes", "Search Reference: gentimes")
def read_gentimes(command: CommandText) -> Runnable:
    generating(command)
    given, rest = options(command, {"start": plain, "end": plain, "increment": plain})
    nothing(command, rest)
    if "start" not in given:
        raise Malformed("gentimes needs start=", command.position)
    clock = command.clock
    begin = _day(given["start"], clock, command)
    end = _day(given["end"], clock, command) if "end" in given else _today(clock)
    step = parse_span(given.get("increment", "1d"), command.position)
    if step.unit not in SECONDS:
        raise Malformed("gentimes: increment is in s, m, h or d", command.position)

    def rows() -> Iterator[Row]:
        at = begin
        while at < end:
            after = shifted(at, int(step.count), step.unit, clock.timezone)
            yield {
                "starttime": int(at),
                "starthuman": _human(at, clock),
                "endtime": int(after) - 1,
                "endhuman": _human(after - 1, clock),
            }
            at = after

    columns = ["endhuman", "endtime", "starthuman", "starttime"]
    return Step(lambda _stream, _context: Stream(rows(), columns), frozenset())


def _day(text: str, clock: Clock, command: CommandText) -> float:
    if text.removeprefix("-").isdecimal():
        return shifted(_today(clock), int(text), "d", clock.timezone)
    with_time = text if text.count(":") else f"{text}:0:0:0"
    try:
        return search_time(with_time, clock, command.position)
    except Malformed:
        return search_time(with_time, clock, command.position, "%m/%d/%y:%H:%M:%S")


def _today(clock: Clock) -> float:
    local = datetime.fromtimestamp(clock.now, clock.timezone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _human(at: float, clock: Clock) -> str:
    local = datetime.fromtimestamp(at, clock.timezone)
    return local.strftime("%a %b ") + str(local.day) + local.strftime(" %H:%M:%S %Y")
