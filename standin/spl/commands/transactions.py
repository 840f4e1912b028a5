"""transaction: events that belong together as one row.

Events come newest first. One transaction is open for each combination of the fields' values; it
is closed by its limits, by an event that ``startswith`` fits, or at the end of the events. What
the page leaves open is refused: transitive fields, lists of values, evicted transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from standin.spl.columns import settled
from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.expression import compile_expression
from standin.spl.numbers import number, tidy
from standin.spl.numbers import text as written
from standin.spl.options import Kind, boolean, names, only, options, plain, refused
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command, construct
from standin.spl.search_expression import compile_search
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.times import parse_span
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context

_PAGE = "Search Reference: transaction"
Test = Callable[[Row], bool]


def _limit(word: Word) -> float | None:
    """Seconds; None for none."""
    if word.text.startswith("-"):
        return None
    if word.text == "0":
        return 0.0
    seconds = parse_span(word.text, word.position).seconds
    if seconds is None:
        raise Malformed(f"transaction: {word.text!r} is in s, m, h or d", word.position)
    return seconds


def _events(word: Word) -> int:
    if not word.text.lstrip("-").isdecimal():
        raise Malformed(f"transaction: {word.text!r} is no number", word.position)
    return int(word.text)


_OPTIONS: dict[str, Kind] = {
    "maxspan": _limit,
    "maxpause": _limit,
    "maxevents": _events,
    "keepevicted": boolean,
    "maxopentxn": plain,
    "maxopenevents": plain,
    "delim": plain,
    "nullstr": plain,
    "mvlist": only(False, "transaction mvlist=: the order of the lists is not documented"),
    "mvraw": refused("transaction mvraw="),
    "name": refused("transaction name=: transactiontypes.conf"),
    "connected": only(True, "transaction connected="),
    "unifyends": only(False, "transaction unifyends="),
    "keeporphans": only(False, "transaction keeporphans="),
}
for _name in ("maxspan", "maxpause", "maxevents", "startswith", "endswith", "keepevicted"):
    construct("option of transaction", _name, _PAGE)
for _name in ("mvlist", "connected", "unifyends", "keeporphans"):
    construct("option of transaction", _name, _PAGE, "only what is the default")


@dataclass
class _Plan:
    fields: list[str]
    given: dict[str, Any]
    starts: Test | None
    ends: Test | None

    @property
    def closing(self) -> bool:
        """Whether a condition was given that closes transactions."""
        limits = ("maxspan", "maxpause", "maxevents")
        return self.starts is not None or any(name in self.given for name in limits)


@dataclass
class _Open:
    events: list[Row] = field(default_factory=list)

    def time(self, at: int) -> float:
        return _time(self.events[at])


def _time(row: Row) -> float:
    found = number(row.get("_time"))
    if found is None:
        raise Malformed("transaction needs _time")
    return float(found)


@command("transaction", _PAGE, "by the same values of all fields; limits, startswith, endswith")
def read_transaction(command: CommandText) -> Runnable:
    words, tests = _filters(command)
    given, rest = options(command, _OPTIONS, words)
    fields = names(rest, command, least=0)
    plan = _Plan(fields, given, tests.get("startswith"), tests.get("endswith"))
    if given.get("keepevicted") and (plan.starts or plan.ends):
        raise Unsupported("transaction keepevicted= with startswith or endswith", command.position)

    def run(stream: Stream, _context: Context) -> Stream:
        found = sorted(_transactions(stream, plan), key=_time, reverse=True)
        return settled(stream, found)

    return Step(run)


def _filters(command: CommandText) -> tuple[list[Word], dict[str, Test]]:
    """``startswith=`` and ``endswith=`` with what they take, and the other words."""
    words, rest, tests = command.words(), [], {}
    at = 0
    while at < len(words):
        name = words[at].text.lower()
        if name in ("startswith", "endswith") and at + 2 < len(words) and words[at + 1].text == "=":
            at, tests[name] = _filter(words, at + 2, command)
            continue
        rest.append(words[at])
        at += 1
    return rest, tests


def _filter(words: list[Word], at: int, command: CommandText) -> tuple[int, Test]:
    word = words[at]
    is_eval = word.text.lower() == "eval" and not word.quoted
    start = at + 1 if is_eval else at
    if start < len(words) and words[start].text == "(" and not words[start].quoted:
        end, depth = start, 0
        while end < len(words):
            mark = "" if words[end].quoted else words[end].text
            depth += (mark == "(") - (mark == ")")
            end += 1
            if not depth:
                break
        first, last = words[start].position, words[end - 1].position + 1
        text = command.text[first - command.position : last - command.position]
        if is_eval:
            expression = compile_expression(text, first, command.clock)
            return end, expression.predicate("transaction")
        return end, _search(text, first, command)
    return at + 1, _search(word.text, word.position, command)


def _search(text: str, position: int, command: CommandText) -> Test:
    assert command.context is not None
    return compile_search(text, position, command.context, times=False)


def _transactions(stream: Stream, plan: _Plan) -> Iterator[Row]:
    pool: dict[tuple[str, ...], _Open] = {}
    last = float("inf")
    for row in stream.rows:
        if _time(row) > last:
            raise Malformed(
                "transaction: the events are not in descending order of time: write sort 0 -_time"
            )
        last = _time(row)
        key = _key(row, plan)
        if key is not None:
            yield from _add(pool, key, row, plan)
    if plan.starts is None:
        yield from (_whole(one, plan) for one in pool.values())


def _key(row: Row, plan: _Plan) -> tuple[str, ...] | None:
    values = [row.get(name) for name in plan.fields]
    if not plan.fields or None not in values:
        if any(isinstance(value, list) for value in values):
            raise Undocumented("transaction by a field of several values")
        return tuple(written(value) for value in values)
    if any(value is not None for value in values):
        raise Undocumented("transaction by several fields, of which an event has only some")
    return None


def _add(
    pool: dict[tuple[str, ...], _Open], key: tuple[str, ...], row: Row, plan: _Plan
) -> Iterator[Row]:
    open_one = pool.get(key)
    if open_one is not None and _exceeds(open_one, row, plan):
        if plan.starts is None:
            yield _whole(open_one, plan)
        open_one = None
    if plan.ends is not None and plan.ends(row):
        if open_one is not None and plan.starts is None:
            yield _whole(open_one, plan)
        open_one = None
    elif plan.ends is not None and open_one is None:
        pool.pop(key, None)
        if plan.starts is None:
            raise Undocumented("transaction endswith= with events after the last end")
        return
    if open_one is None:
        open_one = pool[key] = _Open()
    open_one.events.append(row)
    if _complete(open_one, row, plan):
        yield _whole(open_one, plan)
        del pool[key]


def _complete(open_one: _Open, row: Row, plan: _Plan) -> bool:
    full: bool = len(open_one.events) == plan.given.get("maxevents", 1000)
    if plan.starts is None:
        return full
    if plan.starts(row):
        return True
    if full:
        raise Undocumented("transaction: maxevents reached before startswith")
    return False


def _exceeds(open_one: _Open, row: Row, plan: _Plan) -> bool:
    span, pause = plan.given.get("maxspan"), plan.given.get("maxpause")
    at = _time(row)
    too_long = span is not None and open_one.time(0) - at > span
    return too_long or (pause is not None and open_one.time(-1) - at > pause)


def _whole(found: _Open, plan: _Plan) -> Row:
    events = found.events[::-1]
    made: Row = {"_time": events[0]["_time"]}
    raws = [written(one["_raw"]) for one in events if "_raw" in one]
    if raws:
        made["_raw"] = "\n".join(raws)
    values: dict[str, set[str]] = {}
    for event in events:
        for name, value in event.items():
            if name[:1] != "_":
                parts = value if isinstance(value, list) else [written(value)]
                values.setdefault(name, set()).update(parts)
    for name, found_values in values.items():
        ordered = sorted(found_values)
        made[name] = ordered if len(ordered) > 1 else ordered[0]
    made["duration"] = tidy(found.time(0) - found.time(-1))
    made["eventcount"] = len(events)
    made["closed_txn"] = 1 if plan.closing else 0
    return made
