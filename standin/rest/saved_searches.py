"""saved/searches: reports as clients list, make and dispatch them."""

import re
from collections.abc import Callable

from standin.rest.exchange import (
    TRUE,
    Entries,
    Entry,
    Refusal,
    Reply,
    Request,
    unsupported,
    unsupported_argument,
)
from standin.rest.jobs import JobsEndpoint, started
from standin.rest.objects_endpoint import ObjectsEndpoint, Shape, plain_content, split_action
from standin.rest.sharing import named
from standin.scheduler.saved import ONLY
from standin.search.jobs import Job
from standin.search.question import Question
from standin.users.objects import KnowledgeObject, Objects

_CONF_NAMES = {
    "is_scheduled": "enableSched", "alert_type": "counttype", "alert_comparator": "relation",
    "alert_threshold": "quantity",
}  # fmt: skip
_REST_NAMES = {conf: rest for rest, conf in _CONF_NAMES.items()}
_KNOWN = frozenset({
    *_CONF_NAMES, "search", "description", "cron_schedule", "disabled", "is_visible", "actions",
    "alert_condition", "realtime_schedule", "run_on_startup", "run_n_times", "max_concurrent",
    "schedule_window", "schedule_priority", "schedule_as", "allow_skew", "vsid",
    "restart_on_searchpeer_add", "request.ui_dispatch_app", "request.ui_dispatch_view",
    "workload_pool", "auto_summarize", "next_scheduled_time", "qualifiedSearch",
    "defer_scheduled_searchable_idxc", "skip_scheduled_realtime_idxc", "federated.provider",
})  # fmt: skip
_PREFIXES = ("action.", "alert.", "dispatch.", "display.", "auto_summarize.", "args.", "durable.",
             "dispatchAs")  # fmt: skip
_BOOLEAN = ("is_scheduled", "is_visible", "disabled", "realtime_schedule", "run_on_startup",
            "alert.track", "alert.suppress", "alert.digest_mode")  # fmt: skip
DEFAULTS = {
    "default": {
        "enableSched": "0", "counttype": "always", "is_visible": "1", "max_concurrent": "1",
        "dispatch.ttl": "2p", "dispatch.buckets": "0", "dispatch.max_count": "500000",
        "dispatch.max_time": "0", "dispatch.lookups": "1", "dispatch.spawn_process": "1",
        "realtime_schedule": "1", "run_on_startup": "0", "schedule_window": "0",
        "schedule_priority": "default", "alert.track": "0", "alert.severity": "3",
        "alert.suppress": "0", "alert.digest_mode": "1", "alert.expires": "24h",
    }
}  # fmt: skip
_ACTIONS = ("dispatch", "history", "suppress", "acknowledge", "scheduled_times",
            "reschedule")  # fmt: skip

_DISPATCH = ("dispatch.earliest_time", "dispatch.latest_time", "dispatch.now", "dispatch.ttl",
             "dispatch.max_count", "dispatch.buckets", "dispatch.provenance",
             "dispatch.spawn_process", "dispatch.reduce_freq", "dispatch.check_risky_command",
             "dispatch.label",
             *ONLY)  # fmt: skip

Trigger = Callable[[KnowledgeObject], Callable[[Job], None]]
"""What runs the actions of a saved search once a job of it is done."""


class SavedSearchesEndpoint:
    """Saved searches and what can be done with them."""

    def __init__(self, objects: Objects, jobs: JobsEndpoint) -> None:
        self._objects = ObjectsEndpoint(
            objects,
            "savedsearches",
            Shape(_content, _settings, _is_search, ("search",), private=True),
        )
        self._jobs = jobs
        self.trigger: Trigger

    def __call__(self, request: Request) -> Reply:
        """saved/searches[/<name>[/<action>]]."""
        name, action = split_action(request.tail, _ACTIONS)
        if action in ("", "_reload"):
            return self._objects(request)
        found = self._objects.all_named(request, name)[0]
        if request.method != "GET":
            named(request)
        if action == "history" and request.method == "GET":
            return self._jobs.history(request, found.app, found.name)
        if action == "dispatch" and request.method == "POST":
            return self._dispatch(request, found)
        if (
            action in ("suppress", "acknowledge")
            and found.settings.get("alert.suppress", "0").lower() in TRUE
        ):
            raise Refusal(501, "The stand-in tells no throttling of alerts", unknown=True)
        if action == "suppress" and request.method == "GET":
            return Entries([Entry(name, {"suppressed": False, "expiration": "0"}, found.app)])
        if action == "acknowledge" and request.method == "POST":
            request.allow("key", "output_mode")
            return Entries([self._objects.entry(found)])
        raise unsupported(request)

    def _dispatch(self, request: Request, found: KnowledgeObject) -> Reply:
        request.require("search")
        request.allow(*_DISPATCH, "args.*", "output_mode", "trigger_actions", "force_dispatch")
        _check_user(request, found)
        act = self.trigger(found) if request.flag("trigger_actions") else None
        settings = found.settings | request.fields("trigger_actions", "force_dispatch")
        job = self._jobs.dispatch(question_of(found, settings, request.caller.name))
        if act:
            act(job)
        return started(request, job)


def _check_user(request: Request, found: KnowledgeObject) -> None:
    """savedsearches.conf.spec, dispatchAs: a shared search is dispatched as its owner, or as who
    asks; a private one has no such choice."""
    given = found.settings.get("dispatchAs", "owner").strip().lower()
    if given not in ("owner", "user"):
        raise Refusal(400, f"dispatchAs = {given} is neither user nor owner.")
    others = found.owner not in ("nobody", request.caller.name)
    if given == "owner" and others and found.sharing != "user":
        raise Refusal(501, f"The stand-in does not dispatch {found.name} as its owner.",
                      unknown=True)  # fmt: skip


def question_of(found: KnowledgeObject, settings: dict[str, str], user: str) -> Question:
    """What a saved search asks; ``settings``: its own with those of this run."""
    for name, only in ONLY.items():
        if name in settings and settings[name].lower() not in only:
            raise Refusal(400, f"The stand-in knows {name}={only[0]} only.", unknown=True)
    text = settings["search"]
    for name, value in settings.items():
        if name.startswith("args."):
            text = text.replace(f"${name}$", value)
    ttl = settings.get("dispatch.ttl", "")
    now = settings.get("dispatch.now", "")
    if not re.fullmatch(r"(\d+(\.\d+)?)?", now):
        raise Refusal(400, f"The stand-in knows dispatch.now as seconds only, not {now}.",
                      unknown=True)  # fmt: skip
    return Question(
        text, user, found.app,
        settings.get("dispatch.earliest_time", ""), settings.get("dispatch.latest_time", ""),
        float(now) if now else None,
        float(ttl) if ttl.isdigit() else Question.ttl,
        max_count=int(settings.get("dispatch.max_count", "500000")),
        label=settings.get("dispatch.label", found.name), saved=found.name,
        provenance=settings.get("dispatch.provenance", ""),
        status_buckets=int(settings.get("dispatch.buckets", "0")),
        asked={name: value for name, value in settings.items() if name.startswith("dispatch.")},
    )  # fmt: skip


def _content(found: KnowledgeObject) -> dict[str, object]:
    content: dict[str, object] = {
        _REST_NAMES.get(name, name): value for name, value in plain_content(found).items()
    }
    for name in _BOOLEAN:
        if name in content:
            content[name] = str(content[name]).lower() in TRUE
    actions = [
        name.split(".")[1]
        for name, value in found.settings.items()
        if re.fullmatch(r"action\.\w+", name) and value.lower() in TRUE
    ]
    return {"actions": ",".join(actions), "description": "", "cron_schedule": ""} | content | {
        "qualifiedSearch": found.settings.get("search", ""), "triggered_alert_count": 0,
    }  # fmt: skip


def _settings(given: dict[str, str]) -> dict[str, str]:
    for name in given:
        if name not in _KNOWN and not name.startswith(_PREFIXES):
            raise unsupported_argument(name)
    settings = {_CONF_NAMES.get(name, name): value for name, value in given.items()}
    for name in (*_BOOLEAN, "enableSched"):
        if name in settings:
            settings[name] = "1" if settings[name].lower() in TRUE else "0"
    for action in filter(None, settings.pop("actions", "").split(",")):
        settings[f"action.{action.strip()}"] = "1"
    return settings


def _is_search(found: KnowledgeObject) -> bool:
    return "search" in found.settings
