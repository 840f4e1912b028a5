"""Zones of the FortiGates, which FortiManager has only in its copy of each device's configuration.

They are part of the inventory, but not of the poll that brings it: they are read for a device whose
marks moved, again and again for one that waits for its install, and for all after a while, as
nobody tells that the marks move with every change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, Union

from fmgstate.collect.ask import AdomNews, News
from fmgstate.collect.runner import Runner
from fmgstate.collect.scope import INVENTORY, Scope
from fmgstate.collect.source import Source
from fmgstate.errors import FmgStateError, NotFound, PermissionRefused, RequestRefused, StoreError
from fmgstate.fortimanager.answer import Answer
from fmgstate.inventory import events, fetch, zone_rows
from fmgstate.inventory.model import Device, Vdom, Zone
from fmgstate.inventory.zones import NOT_PERMITTED, NOT_READABLE, NOT_THERE, NOT_TOLD
from fmgstate.store.base import Store

VDOMS_A_REQUEST = 13
"""Times three questions: no more than ``Limits.params_per_request``."""
EDITED, EDITED_SECONDS = "mod", 300.0
"""Database status of a device that was edited since its last install: another edit may move no
mark, so its zones are read as often as answers are to be fresh."""


class Asked(NamedTuple):
    """One VDOM whose zones are read. ``fortios``: the version of its FortiGate."""

    adom: str
    device: str
    vdom: str
    fortios: str


@dataclass(frozen=True)
class Read:
    """``zones`` None: there was no reply. ``unknown``: why there may be others. ``error``: of what
    was refused. ``requests``: its share."""

    zones: Union[tuple[Zone, ...], None]
    unknown: str = ""
    error: str = ""
    requests: float = 0.0


@dataclass(frozen=True)
class _Kept:
    """What is kept of an ADOM's zones. ``time``: when all were read; ``edited_time``: when those of
    edited devices were."""

    vdoms: Mapping[tuple[str, str], Vdom]
    marks: Mapping[str, str]
    time: float = 0.0
    edited_time: float = 0.0

    def vdom(self, device: Device, mark: str, name: str) -> Union[Vdom, None]:
        """The VDOM with the zones that hold still; None = they must be read."""
        known = self.vdoms.get((device.name, name))
        if known is None or self.marks.get(device.name) != mark:
            return None
        unread = known.zones is None and not known.zones_unknown
        return None if unread or known.zones_unknown == NOT_TOLD else known


_NOTHING = _Kept({}, {})


def with_zones(
    source: Source, store: Store, news: News, runner: Runner, now: float, longest: float
) -> News:
    """The news with the zones of all devices: as kept, or read where they may have changed.

    ``longest``: after so many seconds all are read in any case.
    """
    reading = f"{fetch.ZONES_READING} {'.'.join(map(str, news.version))}"
    told = {name: one for name, one in news.adoms.items() if isinstance(one, AdomNews)}
    kept = {
        name: _kept(store, Scope(INVENTORY, source.manager, name), reading, now - longest, now)
        for name in told
    }
    due = [asked for name, one in told.items() for asked in _due(name, one, kept[name], now)]
    groups = [due[i : i + VDOMS_A_REQUEST] for i in range(0, len(due), VDOMS_A_REQUEST)]
    read: dict[Asked, Read] = {}
    for some in runner.run(partial(_read, source), groups):
        read.update(some)
    found = {name: _put(one, kept[name], read, reading, now) for name, one in told.items()}
    return replace(news, adoms={**news.adoms, **found})


def _kept(store: Store, scope: Scope, reading: str, since: float, now: float) -> _Kept:
    try:
        snapshot = store.load(scope.key)
    except StoreError:  # keeping the inventory tells it, and what to do
        return _NOTHING
    facts = snapshot.content.get("zones") if snapshot else None
    if snapshot is None or not facts or facts["reading"] != reading:
        return _NOTHING
    if not since < facts["time"] <= now:
        return _NOTHING
    known = events.vdoms(snapshot.content["records"])
    return _Kept(known, facts["marks"], facts["time"], facts.get("edited_time", facts["time"]))


def _due(adom: str, news: AdomNews, kept: _Kept, now: float) -> Iterator[Asked]:
    for device in news.inventory.devices:
        again = _again(device, kept, now)
        for vdom in device.vdoms:
            if again or kept.vdom(device, news.device_marks[device.name], vdom.name) is None:
                yield Asked(adom, device.name, vdom.name, device.version)


def _again(device: Device, kept: _Kept, now: float) -> bool:
    return device.database_status == EDITED and now - kept.edited_time >= EDITED_SECONDS


def _read(source: Source, group: Sequence[Asked]) -> dict[Asked, Read]:
    """The zones of some VDOMs, with all questions in one request where each fits a page."""
    tables = [q for one in group for q in fetch.zone_tables(*one[1:])]
    plain = [fetch.sdwan_question(*one[1:]) for one in group]
    with source.counting() as count:
        try:
            answers = source.tables(tables, plain)
        except FmgStateError as error:
            failed = Read(None, error=str(error), requests=count.requests / len(group))
            return dict.fromkeys(group, failed)
    share = count.requests / len(group)
    told = zip(answers[: len(tables) : 2], answers[1 : len(tables) : 2], answers[len(tables) :])
    return {one: replace(_zones(*three), requests=share) for one, three in zip(group, told)}


def _zones(zones: Answer, members: Answer, sdwan: Answer) -> Read:
    """What is refused is not known; what beside it was told holds all the same."""
    found: list[Zone] = []
    failures: list[FmgStateError] = []
    try:
        found += zone_rows.zones(zones.rows())
    except FmgStateError as error:
        failures.append(error)
    try:
        found += zone_rows.sdwan_zones(sdwan.row(), members.rows())
    except FmgStateError as error:
        failures.append(error)
    return Read(tuple(found), *_why(failures))


def _why(failures: Sequence[FmgStateError]) -> tuple[str, str]:
    if not failures:
        return "", ""
    for one in failures:
        if isinstance(one, RequestRefused):  # it may pass by itself
            return NOT_TOLD, str(one)
    first = failures[0]
    if isinstance(first, PermissionRefused):
        return NOT_PERMITTED, str(first)
    return (NOT_THERE if isinstance(first, NotFound) else NOT_READABLE), str(first)


def _put(
    news: AdomNews, kept: _Kept, read: Mapping[Asked, Read], reading: str, now: float
) -> AdomNews:
    adom, marks = news.inventory.adom.name, news.device_marks
    devices, mine = [], []
    for device in news.inventory.devices:
        vdoms = []
        for vdom in device.vdoms:
            known = read.get(Asked(adom, device.name, vdom.name, device.version))
            mine += [known] if known else []
            held = known or kept.vdom(device, marks[device.name], vdom.name)
            vdoms.append(_with(vdom, held))
        devices.append(replace(device, vdoms=tuple(vdoms)))
    again = any(_again(device, kept, now) for device in devices)
    return replace(
        news,
        inventory=replace(news.inventory, devices=tuple(devices)),
        zones={
            "reading": reading,
            "time": kept.time or now,
            "marks": marks,
            "edited_time": now if again else kept.edited_time or now,
        },
        requests=news.requests + sum(one.requests for one in mine),
        missing=_missing(mine),
    )


def _with(vdom: Vdom, held: Union[Read, Vdom, None]) -> Vdom:
    if held is None:
        return vdom
    unknown = held.unknown if isinstance(held, Read) else held.zones_unknown
    return replace(vdom, zones=held.zones, zones_unknown=unknown)


def _missing(read: Iterable[Read]) -> str:
    errors = [one.error for one in read if one.error]
    if not errors:
        return ""
    return f"Zones of {len(errors)} VDOMs could not be read. First of all: {errors[0]}"
