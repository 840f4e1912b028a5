"""Arguments of a new search job: what each means here, which are refused."""

import json
import re
from dataclasses import dataclass

from standin.rest.exchange import Refusal, Request
from standin.rest.job_status import DEFAULT_TTL
from standin.search.question import Question

TIME_FORMAT = "%FT%T.%Q%:z"
_NO_EFFECT = (
    # They change how splunkd works inside, not what comes out.
    "spawn_process", "reduce_freq", "force_bundle_replication", "sync_bundle_replication",
    "enable_event_stream", "search_listener", "workload_pool", "auto_pause",
    "check_risky_command", "adhoc_search_level", "summarize", "indexedRealtime",
    "reload_macros", "webframework.cache.hash", "allow_partial_results",
)  # fmt: skip
_USED = (
    "search", "exec_mode", "earliest_time", "latest_time", "now", "timeout", "auto_cancel",
    "max_count", "label", "id", "status_buckets", "preview", "provenance", "required_field_list",
    "rf", "namespace", "output_mode", "custom.*", "count", "offset", "f", "show_metadata",
    "ttl", "postprocess_searches",
)  # fmt: skip
_ONLY = {
    "search_mode": "normal", "sample_ratio": "1", "max_time": "0", "auto_finalize_ec": "0",
    "enable_lookups": "1", "segmentation": "none",
    "sid": "",  # SplunkSearch sends it so with every new job
    "time_format": TIME_FORMAT, "output_time_format": TIME_FORMAT,
}  # fmt: skip
_ALIASES = {"enable_lookups": ("1", "true", "t"), "segmentation": ("none", "raw")}
_SID = re.compile(r"[\w@-][\w.:@-]*")


@dataclass(frozen=True)
class Asked:
    """A question and how its caller waits for the answer."""

    question: Question
    exec_mode: str


def asked(request: Request, app: str) -> Asked:
    """What a POST to search/jobs asks for."""
    request.allow(*_USED, *_NO_EFFECT, *_ONLY)
    for name, only in _ONLY.items():
        if name in request.arguments and request.get(name) not in _ALIASES.get(name, (only,)):
            raise Refusal(400, f"The stand-in knows {name}={only} only.", unknown=True)
    _check_post_processing(request)
    mode = request.get("exec_mode") or "normal"
    if mode not in ("blocking", "oneshot", "normal"):
        raise Refusal(400, f"Invalid exec_mode {mode!r}.", level="FATAL")
    if request.get("id") and not _SID.fullmatch(request.get("id")):
        raise Refusal(400, "Invalid search id.", level="FATAL")
    return Asked(_question(request, app), mode)


def _question(request: Request, app: str) -> Question:
    text = request.get("search")
    if not text.strip():
        raise Refusal(400, "Empty search.", level="FATAL")
    fields = [
        name.strip()
        for each in (*request.all("rf"), *request.all("required_field_list"))
        for name in each.split(",")
    ]
    return Question(
        text,
        request.caller.name,
        request.get("namespace") or app,
        request.get("earliest_time"),
        request.get("latest_time"),
        _seconds(request, "now"),
        _seconds(request, "timeout") or _seconds(request, "ttl") or float(DEFAULT_TTL),
        _seconds(request, "auto_cancel") or 0.0,
        request.number("max_count", 0) or 500_000,
        request.get("label"),
        sid=request.get("id"),
        status_buckets=request.number("status_buckets", 0),
        # "search/jobs" of the REST API Reference: on by default where status_buckets > 0.
        preview=request.flag("preview", default=request.number("status_buckets", 0) > 0),
        provenance=request.get("provenance"),
        required_fields=tuple(fields),
        # Splunk's own pages find a job again by comparing these with what they would send.
        asked={
            name: values[0] for name, values in request.arguments.items() if name != "output_mode"
        },
    )


def _check_post_processing(request: Request) -> None:
    """Dashboards tell beforehand what they will ask of the results, so that splunkd may run it at
    once; here it is run when they ask."""
    text = request.get("postprocess_searches") or "[]"
    try:
        searches = json.loads(text)
    except ValueError:
        searches = None
    if not isinstance(searches, list) or not all(isinstance(each, str) for each in searches):
        raise Refusal(400, "postprocess_searches is no list of searches in JSON.", level="FATAL")


def _seconds(request: Request, name: str) -> float | None:
    text = request.get(name)
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise Refusal(400, f"{name}={text} is no number of seconds.", level="FATAL")
    return float(text)
