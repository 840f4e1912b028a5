"""``fmglookup``: which rule decides a flow, of every event or of one that the search names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, Optional

from fmgstate import wiring
from fmgstate.collect.decisions import Decisions
from fmgstate.collect.flow_texts import FlowReader, moment
from fmgstate.errors import ConfigurationError
from fmgstate.search.answers import ByColumn
from fmgstate.search.command import Command, Enrich, Generate, Invocation, Task, Transform
from fmgstate.search.flows import Flows, Question, Row, Where, contradiction
from fmgstate.search.fmgpolicy import prefix, renewing
from fmgstate.search.lookup_events import AGE, ALL, DEFAULT, PARTS, Columns, Events, reading, shown
from fmgstate.search.options import Option, boolean, names, whole
from fmgstate.search.permission import Permission, permitted
from fmgstate.settings import store_path

NAME = "fmglookup"
FLOW = ("src", "dest", "transport", "dest_port", "srcintf", "dstintf", "src_port", "user", "time",
        "icmp_type", "icmp_code")  # fmt: skip
"""Options that name one flow."""
NAMED = tuple(part for part in PARTS if part != "serial")
"""Parts of a flow whose field can be named: ``<part>_field=``."""
PREFIX = "lookup_"
"""Before what is added to events, unless another one is given."""
OF_ONE = "flow"
"""A field that only one flow's row has: what was read of the options."""
FIRST_ROWS = ("device", "vdom", "flow", "action", "policyid", "name", "uuid")

OPTIONS = (
    *(Option(name) for name in FLOW[:3]),
    Option("dest_port", None, whole(0, 65535)),
    *(Option(name) for name in FLOW[4:6]),
    Option("src_port", None, whole(0, 65535)),
    *(Option(name) for name in FLOW[7:9]),
    Option("icmp_type", None, whole(0, 255)),
    Option("icmp_code", 0, whole(0, 255)),
    Option("device"),
    Option("vdom"),
    Option("all_devices", False, boolean),
    *(Option(f"{part}_field") for part in NAMED),
    Option("prefix", None, prefix),
    Option("fields", (), names),
    Option("fresh", None, whole(1)),
)


def command(access: Permission = permitted) -> Command:
    """The command. ``access``: what the one who searches may see."""
    return Command(NAME, OPTIONS, lambda asked: start(asked, access), generates=_names_a_flow)


def _names_a_flow(args: Sequence[str]) -> bool:
    return any(arg.partition("=")[0] in FLOW for arg in args)


def start(asked: Invocation, access: Permission) -> Task:
    """What one use of the command does: generate where a flow is named, else add to events."""
    options = asked.options
    fields = tuple(dict.fromkeys([*options["fields"], *asked.fields]))
    named = [name for name in FLOW if options[name] not in (None, 0)]
    _check(fields, (*ALL, OF_ONE) if named else ALL)
    if named and not (options["src"] and options["dest"]):
        raise ConfigurationError(
            f"{NAME} is given {', '.join(named)}, which is no flow.",
            "Give src and dest for one flow; for a flow of each event, name fields, as in "
            "src_field=<field>.",
        )
    if options["all_devices"] and options["device"]:
        raise ConfigurationError(f"{NAME} has both device and all_devices.", "Give one of them.")
    if options["vdom"] and not options["device"]:
        raise ConfigurationError(f"{NAME} has a vdom, but no device.", "Give device, too.")
    decisions = wiring.decisions(store_path(os.environ), access(asked), options["fresh"])
    asked.at_end(decisions.close)
    return (_one if named else _of_events)(asked, decisions, fields)


def _one(asked: Invocation, decisions: Decisions, fields: Sequence[str]) -> Task:
    options = asked.options
    of_events = [f"{part}_field" for part in NAMED if options[f"{part}_field"]]
    if of_events:
        raise ConfigurationError(
            f"{NAME}: {', '.join(of_events)} names a field of events, but src and dest name one "
            "flow.",
            "Leave out either.",
        )
    if decisions.is_empty():
        raise ConfigurationError(f"{NAME}: {NOTHING}", CURE)
    where = _named_device(options, decisions)
    if where is None and not options["all_devices"]:
        raise ConfigurationError(
            f"{NAME} is not told which device to look at.",
            "Give device=<name or serial number> and vdom=<name>, or all_devices=true.",
        )
    question = _question(options)
    flows = Flows(decisions)

    def rows() -> Iterator[Row]:
        asked_for = unanswered = 0
        found = flows.everywhere(question) if where is None else [flows.one(where, question)]
        for row in found:
            asked_for, unanswered = asked_for + 1, unanswered + (not row["found"])
            if where is not None and not row["found"]:
                asked.warn(f"{NAME}: {row['why']}")
            first = {name: row[name] for name in fields or FIRST_ROWS}
            told = shown({**first, **row})
            wanted = dict.fromkeys([*fields, *AGE]) if fields else told
            yield {(options["prefix"] or "") + name: told[name] for name in wanted}
        if not asked_for:
            asked.info(f"{NAME}: {NOWHERE}")
        elif where is None and unanswered:
            asked.warn(f"{NAME}: {unanswered} of {asked_for} VDOMs have no answer: see why.")

    return Generate(rows)


def _of_events(asked: Invocation, decisions: Decisions, fields: Sequence[str]) -> Task:
    options = asked.options
    if decisions.is_empty():
        asked.warn(f"{NAME}: {NOTHING} {CURE}")
    before = PREFIX if options["prefix"] is None else options["prefix"]
    columns = Columns(fields or DEFAULT, before)
    named = {part: options[f"{part}_field"] for part in NAMED}
    fixed = _named_device(options, decisions)
    if options["all_devices"]:
        read = reading(named, ("", "", ""))
        events = Events(decisions, read, columns)

        def behind() -> Sequence[Row]:
            _end(asked, events, read.fields)
            return ()

        return Transform(events.everywhere, after=behind)
    read = reading(named, fixed)
    events = Events(decisions, read, columns)
    return Enrich(
        read.fields,
        columns.names,
        ByColumn(events.answer),
        before=renewing(events.renew),
        after=lambda: _end(asked, events, read.fields),
    )


def _named_device(options: dict[str, Any], decisions: Decisions) -> Optional[Where]:
    """The device that the search names. Raises with the nearest names when there is none."""
    if not options["device"]:
        return None
    where = options["device"], "", options["vdom"] or ""
    site = decisions.site(*where)
    if site.why and not decisions.is_empty():
        raise ConfigurationError(site.why, "" if options["vdom"] else LISTED)
    return where


def _question(options: dict[str, Any]) -> Question:
    at = options["time"] or ""
    if at and moment(at) is None:
        raise ConfigurationError(
            f"{NAME}: time={at} is no time.", 'Write time="2026-11-22 09:30", as the FortiGate has.'
        )
    given = [
        name for name in FLOW if options[name] not in (None, 0 if name == "icmp_code" else None)
    ]
    wrong = contradiction(options["transport"] or "", given)
    if wrong:
        raise ConfigurationError(f"{NAME}: {wrong[1]}")
    kind, port, src_port = (options[name] for name in ("icmp_type", "dest_port", "src_port"))
    question = Question(
        options["src"],
        options["dest"],
        options["transport"] or ("tcp" if kind is None else "icmp"),
        "" if port is None else str(port),
        options["srcintf"] or "",
        options["dstintf"] or "",
        "" if src_port is None else str(src_port),
        "" if kind is None else f"icmp/{kind}/{options['icmp_code']}",
        options["user"] or "",
        "",
        at,
    )
    flow = FlowReader().flow(question)
    if isinstance(flow, str):
        raise ConfigurationError(f"{NAME}: {flow}", _cure_of_flow(flow))
    return question


def _cure_of_flow(why: str) -> str:
    """``why``: a sentence of ``FlowReader``."""
    if "ICMP" in why:
        return "Give icmp_type=<number>, such as 8 for an echo request."
    if "protocol" in why:
        return "Give transport=tcp, udp, sctp, icmp, icmp6, or a protocol's number."
    if "port" in why:
        return "Give dest_port=<number>."
    return "Give two addresses of one IP version, such as 10.1.2.3 or 2001:db8::1; no networks."


def _end(asked: Invocation, events: Events, fields: Sequence[str]) -> None:
    """What is worth to be said behind the last event."""
    if events.without_flow and not events.with_flow:
        asked.warn(
            f"{NAME}: no event has a source and a destination in the fields "
            f"{', '.join(fields[:4])}. Name the fields, as in src_field=<field>, or search for "
            "traffic logs."
        )


def _check(fields: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in fields if name not in known]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], known, 1)
        meant = f"Did you mean {near[0]}? " if near else ""
        raise ConfigurationError(
            f"{NAME} has no field {', '.join(unknown)}.", f"{meant}There are: {', '.join(known)}."
        )


NOTHING = "nothing was collected on this host yet, so no rule is found."
NOWHERE = "no VDOM that you may see has a policy package."
LISTED = (
    "Give vdom=<name>, too, where it has several; | fmgsnapshot what=devices lists what there is."
)
CURE = "Make an account and inputs here, or load what another host publishes."
