"""A search job as its entity shows it."""

from datetime import datetime
from typing import Any

from standin.rest.exchange import Entry
from standin.search.jobs import Job, Jobs

DEFAULT_TTL = 600


def entry_of(jobs: Jobs, job: Job, *, atom: bool) -> Entry:
    """The entity of a job; ``atom``: messages by level, as the XML form has them."""
    content = _content(jobs, job) | {"messages": _messages(job, atom=atom)}
    question = job.question
    link = f"/servicesNS/{question.user}/{question.app}/search/jobs/{job.sid}"
    return Entry(
        question.text, content, question.app, "global", question.user,
        read=(question.user,), write=(question.user,), link=link, updated=job.ended or job.created,
        published=datetime.fromtimestamp(job.created, job.table.timezone).isoformat(),
    )  # fmt: skip


def _content(jobs: Jobs, job: Job) -> dict[str, Any]:
    question, results = job.question, len(job.table.rows)
    timezone = job.table.timezone
    runtime = round(jobs.runtime(job), 3)
    events = job.progress.matched
    content: dict[str, Any] = {
        "sid": job.sid, "label": question.label or question.saved, "search": question.text,
        "dispatchState": job.shown_state, "doneProgress": 1 if job.is_done else 0,
        "isDone": job.is_done, "isFailed": job.state == "FAILED", "isFinalized": job.gate.finalized,
        "isPaused": job.shown_state == "PAUSED", "isZombie": False, "isSaved": job.saved,
        "isSavedSearch": bool(question.saved), "isScheduled": question.scheduled,
        "isRealTimeSearch": False,
        "isPreviewEnabled": question.preview, "isEventsPreviewEnabled": False,
        "isRemoteTimeline": False, "isBatchModeSearch": False, "isTimeCursored": True,
        "canSummarize": False, "delegate": "", "diskUsage": 0, "dropCount": 0,
        "eventAvailableCount": results if job.table.events else 0, "eventCount": events,
        "eventFieldCount": 0, "eventIsStreaming": True, "eventIsTruncated": False,
        "eventSearch": question.text.partition("|")[0].strip(), "eventSorting": "desc",
        "keywords": "", "numPreviews": job.previews.number, "pid": "0", "priority": job.priority,
        "provenance": question.provenance, "remoteSearch": "", "reportSearch": None,
        "resultCount": results, "resultIsStreaming": job.table.events,
        "resultPreviewCount": len(job.so_far().rows) if question.preview else results,
        "runDuration": runtime, "sampleRatio": "1", "sampleSeed": "0",
        "scanCount": job.progress.scanned,
        "statusBuckets": question.status_buckets, "ttl": jobs.ttl_left(job),
        "defaultTTL": str(DEFAULT_TTL), "defaultSaveTTL": "604800", "workload_pool": "",
        "normalizedSearch": "", "searchProviders": [], "bundleVersion": "0",
        "performance": {}, "fieldMetadataStatic": {}, "fieldMetadataResults": {},
        "request": question.asked, "runtime": {"auto_cancel": str(int(question.auto_cancel)),
                                               "auto_pause": "0"},
        "searchEarliestTime": job.earliest, "searchLatestTime": job.latest,
    }  # fmt: skip
    for name, value in (("earliestTime", job.earliest), ("latestTime", job.latest)):
        moment = job.created if value is None and name == "latestTime" else value or 0.0
        content[name] = datetime.fromtimestamp(moment, timezone).isoformat(timespec="milliseconds")
    return content


def _messages(job: Job, *, atom: bool) -> object:
    if not atom:
        return [{"type": level, "text": text, "help_url": ""} for level, text in job.messages]
    levels: dict[str, list[str]] = {}
    for level, text in job.messages:
        levels.setdefault(level.lower(), []).append(text)
    return levels
