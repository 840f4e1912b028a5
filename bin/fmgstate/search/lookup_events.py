"""Events to flows: which of their fields say what, and what is added to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple, Optional

from fmgstate.collect.decisions import Decisions
from fmgstate.collect.flow_texts import Texts
from fmgstate.collect.rule_cells import cell, cells_of_list
from fmgstate.search.flows import Flows, Row, Verdict, Where
from fmgstate.search.rows import MULTIVALUE, Record

PARTS: dict[str, tuple[str, ...]] = {
    "src": ("srcip", "src"),
    "dest": ("dstip", "dest"),
    "transport": ("proto", "transport"),
    "dest_port": ("dstport", "dest_port"),
    "src_interface": ("srcintf", "src_interface"),
    "dest_interface": ("dstintf", "dest_interface"),
    "src_port": ("srcport", "src_port"),
    "service": ("service",),
    "user": ("user",),
    "date": ("date",),
    "time": ("time",),
    "serial": ("devid",),
    "device": ("devname", "dvc"),
    "vdom": ("vd",),
}
"""What a flow is made of -> the fields that say it, the first that an event has. FortiGate's own
names come first: its field ``transport`` is a translated port, where CIM's is the protocol."""
OF_FLOW, OF_DEVICE = list(PARTS)[:-3], list(PARTS)[-3:]

AGE = ("snapshot_time", "changed_time", "stale", "plane")
LISTS = ("may_hit", "explanation")
DEFAULT = (
    "found", "why", "action", "policyid", "name", "uuid", "may_hit", "explanation", "package",
    "device", "vdom",
)  # fmt: skip
ALL = (
    *DEFAULT, "rule_action", "part", "block", "fortimanager", "adom", "package_status", *AGE,
)  # fmt: skip
MOST_KEPT = 50_000


def shown(row: Mapping[str, Any]) -> Row:
    """A row as a search shows it: true and false, and ``may_hit`` as text."""
    found = {name: _truth(value) for name, value in row.items()}
    found["may_hit"] = [_may(one) for one in row["may_hit"]]
    return found


def _truth(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _may(rule: Mapping[str, Any]) -> str:
    """ "12 (web in), accept: source port is not given" """
    title = f"{rule['policyid']} ({rule['name']})" if rule["name"] else f"{rule['policyid']}"
    return f"{title}, {rule['rule_action']}: {'; '.join(rule['reasons'])}"


class Reading(NamedTuple):
    """Which fields are read, and how keys of their values become flows on devices.

    ``by_name_only``: of the last field that says the protocol, for its numbers are ports.
    ``fixed``: the device where the command names one; None = the event's own.
    """

    fields: list[str]
    places: dict[str, list[int]]
    by_name_only: bool
    fixed: Optional[Where]

    def read(self, values: Sequence[Sequence[str]]) -> tuple[Sequence[Where], Sequence[Texts]]:
        """The device of each event, and its flow. ``values``: of each field, one an event."""
        columns, number = list(values), len(values[0])
        if self.by_name_only:
            at = self.places["transport"][-1]
            columns[at] = ["" if text.isdecimal() else text for text in columns[at]]
        nothing: Sequence[str] = [""] * number
        parts = {
            part: reduce(_either, (columns[at] for at in places), nothing)
            for part, places in self.places.items()
        }
        questions = list(zip(*(parts[part] for part in OF_FLOW)))
        if self.fixed is not None:
            return [self.fixed] * number, questions
        return list(zip(*(parts[part] for part in OF_DEVICE))), questions


def reading(named: Mapping[str, Optional[str]], fixed: Optional[Where]) -> Reading:
    """``named``: part -> the one field that says it; None = those of ``PARTS``."""
    wanted = dict(PARTS)
    for part, field in named.items():
        if field is not None:
            wanted[part] = (field,)
            if part == "device":
                wanted["serial"] = ()
    if fixed is not None:
        wanted.update(dict.fromkeys(OF_DEVICE, ()))
    fields = list(dict.fromkeys(field for some in wanted.values() for field in some))
    places = {part: [fields.index(field) for field in some] for part, some in wanted.items()}
    return Reading(fields, places, named.get("transport") is None, fixed)


def _either(first: Sequence[str], second: Sequence[str]) -> Sequence[str]:
    """Of two columns the first one's text, where it has any."""
    if not any(second):
        return first
    return second if not any(first) else [one or other for one, other in zip(first, second)]


class Columns:
    """What is added, and how a verdict looks in it. ``names``: with ``__mv_…`` behind lists."""

    def __init__(self, fields: Sequence[str], prefix: str) -> None:
        self.fields = list(dict.fromkeys([*fields, *AGE]))
        self.names: list[str] = []
        for name in self.fields:
            self.names.append(prefix + name)
            if name in LISTS:
                self.names.append(MULTIVALUE + prefix + name)
        self._prefix = prefix
        self._age: Optional[Row] = None
        self._of_site: dict[str, bytes] = {}

    def cells(self, verdict: Verdict) -> bytes:
        """As CSV."""
        row, found = verdict.row("explanation" in self.fields), list[bytes]()
        site = verdict.site
        if self._age is not site.age:
            self._age = site.age
            self._of_site = {name: cell(one) for name, one in {**site.where, **site.age}.items()}
        of_site = self._of_site
        for name in self.fields:
            if name in of_site:
                found.append(of_site[name])
            elif name == "may_hit":
                found += cells_of_list(map(_may, row[name]))
            elif name in LISTS:
                found += cells_of_list(row[name])
            else:
                found.append(cell(row[name]))
        return b",".join(found)

    def added(self, row: Row) -> Row:
        """As fields of a record."""
        told = shown(row)
        return {self._prefix + name: told[name] for name in self.fields}


class Events:
    """Answers to events. ``without_flow``, ``with_flow``: how many had no addresses, and had."""

    def __init__(self, decisions: Decisions, read: Reading, columns: Columns) -> None:
        self._flows, self._read, self._columns = Flows(decisions), read, columns
        self._cells: dict[int, tuple[Verdict, bytes]] = {}
        self.without_flow = self.with_flow = 0

    def renew(self, now: float) -> None:
        """Look at the store anew."""
        self._flows.decisions.renew(now)
        self._cells.clear()

    def answer(self, values: Sequence[Sequence[str]]) -> list[bytes]:
        """The cells for each event. ``values``: of each field, one an event."""
        known, found = self._cells, []
        places, questions = self._read.read(values)
        self._count(questions)
        if len(known) > MOST_KEPT:
            known.clear()
        for verdict in self._flows.verdicts_on(places, questions):
            told = known.get(id(verdict))
            if told is None:  # what is kept beside the cells keeps its id its own
                told = known[id(verdict)] = verdict, self._columns.cells(verdict)
            found.append(told[1])
        return found

    def everywhere(self, records: Iterable[Record]) -> Iterator[Row]:
        """A row for each record and VDOM."""
        fields = self._read.fields
        for record in records:
            values = [[_text(record.get(name, ""))] for name in fields]
            _, [question] = self._read.read(values)
            self._count([question])
            for site in self._flows.decisions.every_site():
                [verdict] = self._flows.decisions.decide(site, [question])
                yield {**record, **self._columns.added(verdict.row())}

    def _count(self, asked: Sequence[Texts]) -> None:
        without = len([True for one in asked if not (one[0] and one[1])])
        self.without_flow += without
        self.with_flow += len(asked) - without


def _text(value: Any) -> str:
    return value if isinstance(value, str) else (value[0] if value else "")
