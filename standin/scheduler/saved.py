"""A stanza of savedsearches.conf, read strictly."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from standin.errors import StandinError
from standin.home.layers import Stanza
from standin.scheduler.cron import Cron

COUNT_TYPES = ("number of events", "number of hosts", "number of sources", "always", "custom")
RELATIONS = ("greater than", "less than", "equal to", "not equal to", "drops by", "rises by")
_PERIOD = re.compile(r"(\d+)\s*(s|m|h|d|sec|secs|seconds?|min|mins|minutes?|hours?|days?)?\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TRUE = ("1", "true", "t", "yes", "y", "on", "enable", "enabled")
_FALSE = ("0", "false", "f", "no", "n", "off", "disable", "disabled", "")

_NO_EFFECT = re.compile(
    r"(description|display\..*|request\.ui_dispatch_(app|view)|is_visible|vsid|alert\.(severity|"
    r"expires|display_view|managedBy)|dispatch\.(ttl|buckets|"
    r"auto_cancel|auto_pause|indexedRealtime.*|spawn_process|reduce_freq|"
    r"rt_backfill|rt_maximum_span|rate_limit_retry|allow_partial_results)|schedule_(priority|window)|"
    r"allow_skew|max_concurrent|restart_on_searchpeer_add|"
    r"workload_pool|alert_type|actions|auto_summarize.*|defer_scheduled_searchable_idxc|userid|"
    r"embed\.enabled|federated\.provider|action\.email\..*|action\.[\w-]+\._.*|"
    r"action\.[\w-]+\.(command|maxresults|maxtime|ttl|track_alert|inline|label|icon_path))\Z"
)
"""Keys that change nothing of what is run here: who runs it, how long it is kept, how it looks."""

ONLY: dict[str, tuple[str, ...]] = {
    "dispatch.sample_ratio": ("1",), "dispatch.lookups": ("1", "true", "t"),
    "dispatch.max_time": ("0",), "run_n_times": ("0",), "run_on_startup": ("0", "false", "f"),
}  # fmt: skip
"""Keys that would change what is run here, with the values for which they do not."""
_OF_ACTIONS = ("command", "maxresults", "maxtime")
"""Settings of an action that a saved search may override in Splunk."""


@dataclass(frozen=True)
class Suppression:
    """alert.suppress: ``period`` in seconds; ``fields``: one silence for each of their values."""

    period: float
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedSearch:
    """``cron``: None when it is not scheduled. ``quantity``: of ``relation``. ``actions``: enabled
    ones, with their parameters (``param.x`` as ``x``). ``digest``: one alert for all results.
    ``owner``: as whom it runs; ``nobody`` is splunk-system-user."""

    name: str
    app: str
    search: str
    cron: Cron | None = None
    continuous: bool = False
    earliest: str = ""
    latest: str = ""
    count_type: str = "always"
    relation: str = ""
    quantity: float = 0.0
    condition: str = ""
    suppression: Suppression | None = None
    digest: bool = True
    track: bool = False
    actions: dict[str, dict[str, str]] = field(default_factory=dict)
    max_count: int = 500_000
    owner: str = "nobody"


def saved_search(stanza: Stanza) -> SavedSearch:
    """Raises StandinError for a key or a value that is not known."""
    left = dict(stanza.settings)
    where = f"[{stanza.name}] of savedsearches.conf in {stanza.app}"

    def take(key: str, default: str = "") -> str:
        return left.pop(key, default).strip()

    def flag(key: str, default: str = "0") -> bool:
        return _flag(f"{where}: {key}", take(key, default))

    scheduled, disabled = flag("enableSched"), flag("disabled")
    scheduled = scheduled and not disabled
    cron = take("cron_schedule")
    if scheduled and not cron:
        raise StandinError(f"{where}: enableSched without cron_schedule")
    count_type = take("counttype", "always") or "always"
    found = SavedSearch(
        stanza.name, stanza.app, take("search"), Cron.parse(cron) if scheduled else None,
        not flag("realtime_schedule", "1"), take("dispatch.earliest_time"),
        take("dispatch.latest_time"), count_type, take("relation"),
        float(take("quantity") or 0), take("alert_condition"), _suppression(where, take, flag),
        flag("alert.digest_mode", "1"), _tracked(take("alert.track", "auto")),
        _actions(where, left), int(take("dispatch.max_count", "500000") or 500_000),
    )  # fmt: skip
    _check(where, found, left)
    return found


def _check(where: str, found: SavedSearch, left: dict[str, str]) -> None:
    for key, only in ONLY.items():
        if left.pop(key, only[0]).strip().lower() not in only:
            raise StandinError(f"{where}: only {key} = {only[0]} is known here")
    unknown = sorted(key for key in left if not _NO_EFFECT.match(key))
    if unknown:
        raise StandinError(f"{where}: settings not known here: {', '.join(unknown)}")
    if not found.search:
        raise StandinError(f"{where}: it has no search")
    if found.count_type not in COUNT_TYPES:
        raise StandinError(f"{where}: counttype {found.count_type!r} is not known")
    if found.count_type == "custom" and not found.condition:
        raise StandinError(f"{where}: counttype custom without alert_condition")
    if found.count_type.startswith("number of") and found.relation not in RELATIONS[:4]:
        raise StandinError(f"{where}: relation {found.relation!r} is not known here")


def _suppression(
    where: str, take: Callable[[str], str], flag: Callable[[str], bool]
) -> Suppression | None:
    fields = tuple(take("alert.suppress.fields").replace(",", " ").split())
    period = take("alert.suppress.period")
    group = take("alert.suppress.group_name")
    if not flag("alert.suppress"):
        return None
    if group:
        raise StandinError(f"{where}: alert.suppress.group_name = {group} is not obeyed here")
    match = _PERIOD.match(period)
    if match is None:
        raise StandinError(f"{where}: alert.suppress.period {period!r} is not understood")
    return Suppression(int(match[1]) * _SECONDS[(match[2] or "s")[0]], fields)


def _actions(where: str, left: dict[str, str]) -> dict[str, dict[str, str]]:
    on = {key.split(".")[1]: value for key, value in left.items()
          if key.startswith("action.") and key.count(".") == 1}  # fmt: skip
    actions: dict[str, dict[str, str]] = {}
    for name, value in on.items():
        del left[f"action.{name}"]
        start = f"action.{name}.param."
        given = {key[len(start) :]: left.pop(key) for key in list(left) if key.startswith(start)}
        if _flag(f"{where}: action.{name}", value):
            for key in (f"action.{name}.{each}" for each in _OF_ACTIONS):
                if key in left:
                    raise StandinError(f"{where}: {key} is obeyed in alert_actions.conf only")
            actions[name] = given
    return actions


def _tracked(value: str) -> bool:
    return value.lower() in ("auto", *_TRUE)


def _flag(where: str, value: str) -> bool:
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise StandinError(f"{where}: {value!r} is no boolean")
