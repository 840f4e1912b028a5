"""What a rule asks beside interfaces, addresses and services: time, expiry, users, and the rest.

Times are the FortiGate's own clock: FortiManager's schedules carry no time zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Optional

from fmgstate.lean_dataclass import dataclass
from fmgstate.policy.flow import HIT, MAY, MISS, Flow, Judgement
from fmgstate.policy.reasons import Reason
from fmgstate.policy.resolve import Book

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS, NEVER = "always", "none"
Window = tuple[str, tuple[str, ...], str, str]
""" ("recurring", days, "HH:MM", "HH:MM"), ("onetime", (), first minute, last) as ISO text, or
("unknown", (reason,), "", "")."""


@dataclass(frozen=True)
class Conditions:
    """``windows``: when it is active, None = always. ``expires``: ISO text, "" = never;
    ``expiry_sure``: the rule says that its expiry is in force. ``doubts``: reasons of which no
    flow can say whether they hold. All fields are plain data."""

    schedule: tuple[str, ...] = ()
    windows: Optional[tuple[Window, ...]] = None
    expires: str = ""
    expiry_sure: bool = True
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def trivial(self) -> bool:
        """Do they hold for every flow?"""
        asked = self.expires or self.users or self.groups or self.doubts
        return self.windows is None and not asked

    def judge(self, flow: Flow) -> Judgement:
        """Do they hold for this flow?"""
        found = [self._time(flow.time), self._expiry(flow.time), self._user(flow.user)]
        if any(state == MISS for state, _ in found):
            return MISS, ()
        reasons = tuple(reason for _, some in found for reason in some) + self.doubts
        return (MAY, reasons) if reasons else (HIT, ())

    def _time(self, time: Optional[datetime]) -> Judgement:
        if self.windows is None:
            return HIT, ()
        if not self.windows:
            return MISS, ()
        if time is None:
            return MAY, (Reason.NO_TIME(" ".join(self.schedule)),)
        unknown = tuple(days[0] for kind, days, _, _ in self.windows if kind == "unknown")
        if any(_inside(window, time) for window in self.windows):
            return HIT, ()
        return (MAY, tuple(dict.fromkeys(unknown))) if unknown else (MISS, ())

    def _expiry(self, time: Optional[datetime]) -> Judgement:
        if not self.expires:
            return HIT, ()
        if time is None:
            return MAY, (Reason.EXPIRES(self.expires),)
        if time.isoformat(" ") < self.expires:
            return HIT, ()
        if self.expiry_sure:
            return MISS, ()
        return MAY, (Reason.EXPIRED(self.expires),)

    def _user(self, user: Optional[str]) -> Judgement:
        if not self.users and not self.groups:
            return HIT, ()
        if user is None:
            return MAY, (Reason.ONLY_FOR(", ".join((*self.users, *self.groups))),)
        if user in self.users:
            return HIT, ()
        if not self.groups:
            return MISS, ()
        return MAY, (Reason.MAY_BE_IN_GROUP(user, ", ".join(self.groups)),)


NONE = Conditions()


def windows(names: Iterable[str], book: Book) -> Optional[tuple[Window, ...]]:
    """When schedules of these names are active; None = always, () = never."""
    found: list[Window] = []
    for name in names:
        part = _schedule(name, book, ())
        if part is None:
            return None
        found += part
    return tuple(found)


def _schedule(name: str, book: Book, above: tuple[str, ...]) -> Optional[list[Window]]:
    recurring = book.named("firewall/schedule/recurring", name)
    if recurring is not None:
        return _recurring(name, recurring)
    onetime = book.named("firewall/schedule/onetime", name)
    if onetime is not None:
        return [_onetime(name, onetime)]
    group = book.named("firewall/schedule/group", name)
    if group is not None and name not in above:
        parts = [_schedule(one, book, (*above, name)) for one in _listed(group.get("member"))]
        if any(part is None for part in parts):
            return None
        return [window for part in parts for window in part or ()]
    if name in (ALWAYS, NEVER):
        return None if name == ALWAYS else []
    why = Reason.SCHEDULE_IN_ITSELF if group else Reason.NO_SUCH_SCHEDULE
    return [_unknown(why(name))]


def _recurring(name: str, values: dict[str, Any]) -> Optional[list[Window]]:
    days = tuple(day for text in _listed(values.get("day")) for day in text.lower().split())
    start, end = (" ".join(_listed(values.get(key))) or "00:00" for key in ("start", "end"))
    if days == (NEVER,) or not days:
        return None if name == ALWAYS and not days else []
    if not all(day in DAYS for day in days) or not (_is_clock(start) and _is_clock(end)):
        return [_unknown(Reason.UNREADABLE_SCHEDULE(name))]
    start, end = start[:5].rjust(5, "0"), end[:5].rjust(5, "0")
    if set(days) == set(DAYS) and start == end:
        return None
    return [("recurring", days, start, end)]


def _onetime(name: str, values: dict[str, Any]) -> Window:
    try:
        start, end = (_moment(values[key]) for key in ("start", "end"))
    except (KeyError, ValueError):
        return _unknown(Reason.UNREADABLE_SCHEDULE(name))
    return "onetime", (), start, end


def _moment(value: Any) -> str:
    """["HH:MM", "YYYY/MM/DD"] or both in one text, as ISO text."""
    clock, day = sorted(part for text in _listed(value) for part in text.split())[:2]
    if "/" in clock:
        clock, day = day, clock
    return datetime.strptime(f"{day} {clock}", "%Y/%m/%d %H:%M").isoformat(" ")  # noqa: DTZ007


def _inside(window: Window, time: datetime) -> bool:
    kind, days, start, end = window
    if kind == "unknown":
        return False
    if kind == "onetime":
        return start <= time.isoformat(" ") <= f"{end[:-2]}59.999999"
    clock = time.strftime("%H:%M")
    today = DAYS[time.weekday()] in days
    if start < end:
        return today and start <= clock < end
    yesterday = DAYS[(time - timedelta(days=1)).weekday()] in days
    return (today and clock >= start) or (yesterday and clock < end)


def _is_clock(text: str) -> bool:
    hours, colon, minutes = text.partition(":")
    return bool(colon) and hours.isdigit() and minutes[:2].isdigit()


def _unknown(reason: str) -> Window:
    return "unknown", (reason,), "", ""


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]
