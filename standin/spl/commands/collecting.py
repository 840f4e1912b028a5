"""collect: rows become events of a summary index, which are of the sourcetype stash."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standin.spl.columns import known
from standin.spl.context import Collected
from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.numbers import number
from standin.spl.numbers import text as written
from standin.spl.options import boolean, options, plain, refused
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.time_format import format_time
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context

_PAGE = "Search Reference: collect"


def _stash(word: Word) -> str:
    if word.text != "stash":
        raise Unsupported("collect sourcetype=: what props do to it", word.position)
    return word.text


def _raw(word: Word) -> str:
    if word.text.lower() != "raw":
        raise Unsupported("collect output_format=hec", word.position)
    return "raw"


_OPTIONS = {
    "index": plain,
    "addinfo": boolean,
    "addtime": boolean,
    "marker": plain,
    "testmode": boolean,
    "host": plain,
    "source": plain,
    "sourcetype": _stash,
    "timeformat": plain,
    "output_format": _raw,
    "file": refused("collect file=: a file of the search head"),
    "spool": refused("collect spool=: a file of the search head"),
    "uselb": refused("collect uselb=: how files are broken into events"),
    "run_in_preview": refused("collect run_in_preview=: previews write nothing"),
}
for _name in _OPTIONS:
    construct("option of collect", _name, _PAGE)
construct("rule", "host, source, … of what collect writes", _PAGE, "are called orig_… (ours)")
_OF_THE_EVENT = ("host", "source", "sourcetype", "index", "splunk_server")
_INFO = ("search_name", "search_now", "info_min_time", "info_max_time", "info_search_time")
_WHOLE_WORD = re.compile(r"[A-Za-z0-9]+\Z")


@dataclass(frozen=True)
class _Writer:
    """How rows become events in one search."""

    given: dict[str, Any]
    info: dict[str, str]
    context: Context
    earliest: float | None

    def event(self, row: Row, columns: list[str]) -> Collected:
        """An event with its ``_raw`` if the row has one, else of all its fields."""
        time = number(row.get("_time"))
        if time is None:
            time = self.context.now if self.earliest is None else self.earliest
        if raw := written(row.get("_raw", "")):
            if self.given.get("marker"):
                raise Undocumented("where collect writes a marker into events that have a _raw")
            return self._made(raw, time, stamped=False)
        form = self.given.get("timeformat", "%m/%d/%Y %H:%M:%S %z")
        parts = [format_time(math.floor(time), form, self.context.timezone)]
        parts += [_pair(name, row.get(name, value)) for name, value in self.info.items()]
        parts += [
            _pair(f"orig_{name}" if name in _OF_THE_EVENT else name, row[name])
            for name in columns
            if name in row and not name.startswith("_") and name not in self.info
        ]
        if marker := self.given.get("marker"):
            parts.append(marker)
        return self._made(", ".join(parts), math.floor(time), stamped=True)

    def _made(self, text: str, time: float, *, stamped: bool) -> Collected:
        given = self.given
        source = given.get("source", self.context.saved)
        return Collected(text, time, given["index"], given.get("host", ""), source, stamped)


def _pair(name: str, value: Any) -> str:
    """In quotation marks where the value is more than letters and digits."""
    if isinstance(value, list):
        raise Undocumented(f"how collect writes the values of the multivalue {name}: use mvjoin")
    text = written(value)
    if '"' in text:
        raise Undocumented(f"how collect writes the quotation marks in {name}")
    plain_number = name in _INFO and name != "search_name"
    return f"{name}={text}" if plain_number or _WHOLE_WORD.match(text) else f'{name}="{text}"'


def _info(context: Context, earliest: float | None, latest: float | None) -> dict[str, str]:
    """Ends of the time range that are open are not told."""
    info: dict[str, str] = {}
    if context.saved:
        info = {"search_name": context.saved, "search_now": f"{context.now:.3f}"}
    if earliest is not None:
        info["info_min_time"] = f"{earliest:.3f}"
    if latest is not None:
        info["info_max_time"] = f"{latest:.3f}"
    return {**info, "info_search_time": f"{context.now:.3f}"}


def read_collect(command: CommandText) -> Runnable:
    given, rest = options(command, _OPTIONS, once=True)
    if rest or not given.get("index"):
        raise Malformed("collect takes index=<a summary index> and options", command.position)
    if given.get("addtime") is False:
        raise Undocumented("what time collect addtime=false finds", command.position)

    def run(stream: Stream, context: Context) -> Stream:
        rows, columns = known(stream)
        earliest, latest = stream.range or (context.earliest, context.latest)
        info = _info(context, earliest, latest) if given.get("addinfo", True) else {}
        writer = _Writer(given, info, context, earliest)
        events = [writer.event(row, columns) for row in rows]
        if not given.get("testmode"):
            context.collect(events)
        return Stream(rows, stream.fields, stream.events, notes=stream.notes)

    return Step(run)


_SAYS = "rows go on; the form of the events is that of published ones; the time is _time if there"
for _name in ("collect", "stash"):
    command(_name, _PAGE, _SAYS)(read_collect)
