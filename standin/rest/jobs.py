"""search/jobs and search/v2/jobs: searches as clients run them."""

from dataclasses import replace

from standin.errors import StandinError
from standin.rest import listing, rendering, result_arguments
from standin.rest.exchange import Entries, Plain, Refusal, Reply, Request, unsupported
from standin.rest.job_arguments import asked
from standin.rest.job_status import entry_of
from standin.search.engine import Engine
from standin.search.formats import EXPORTS, FORMATS, Formats, Page
from standin.search.jobs import Job, Jobs
from standin.search.question import Question
from standin.search.table import Table
from standin.spl.errors import SplError

MOST_ROWS = 50_000
DEFAULT_ROWS = 100
DEFAULT_APP = "search"


class JobsEndpoint:
    """Search jobs of one search head."""

    def __init__(self, jobs: Jobs, engine: Engine) -> None:
        self._jobs = jobs
        self._engine = engine

    def __call__(self, request: Request) -> Reply:
        """search/jobs[/<sid>[/<what>]]."""
        request.require("search")
        sid, _slash, what = request.tail.partition("/")
        if not sid:
            return self._start(request) if request.method == "POST" else self._list(request)
        if sid == "export":
            return self._export(request)
        job = self._job(request, sid)
        if not what:
            return self._one(request, job)
        if what == "control":
            return self._control(request, job)
        if what in ("results", "results_preview", "events"):
            return self._results(request, job, what)
        if what == "search.log" and request.method == "GET":
            log = "\n".join(f"{level} {text}" for level, text in job.messages)
            return Plain(log.encode(), "text/plain; charset=utf-8")
        raise Refusal(404, f"The stand-in does not know search/jobs/<sid>/{what}", unknown=True)

    def dispatch(self, question: Question) -> Job:
        """Starts a search; a text that is refused is a Refusal with level FATAL."""
        try:
            return self._jobs.start(question)
        except (SplError, StandinError) as error:
            raise Refusal(400, str(error), level="FATAL") from error

    def history(self, request: Request, app: str, name: str) -> Reply:
        """Jobs of a saved search, by their ids, the newest first."""
        if request.get("sort_key", "start") != "start" or request.get("sort_dir") == "asc":
            raise Refusal(400, "The stand-in knows sort_key=start, sort_dir=desc.", unknown=True)
        found = [
            job
            for job in self._jobs.all()
            if (job.question.app, job.question.saved) == (app, name) and self._may(request, job)
        ]
        entries = [entry_of(self._jobs, job, atom=not request.as_json) for job in found]
        named = [replace(each, name=str(each.content["sid"])) for each in entries]
        rest = {
            name: values
            for name, values in request.arguments.items()
            if name not in ("sort_key", "sort_dir")
        }
        page, _total, _offset = listing.page(replace(request, arguments=rest), named)
        return Entries(page, paged=False)

    def _start(self, request: Request) -> Reply:
        ask = asked(request, request.app if request.app not in ("", "-") else DEFAULT_APP)
        job = self.dispatch(ask.question)
        if ask.exec_mode == "oneshot":
            job.wait()
            if job.state == "FAILED":
                raise Refusal(400, job.messages[-1][1], level="FATAL")
            return self._page(request, job, FORMATS, DEFAULT_ROWS)
        if ask.exec_mode == "blocking":
            job.wait()
        return started(request, job)

    def _export(self, request: Request) -> Reply:
        if request.method not in ("GET", "POST"):
            raise unsupported(request)
        ask = asked(request, request.app if request.app not in ("", "-") else DEFAULT_APP)
        if "exec_mode" in request.arguments:
            raise Refusal(400, "exec_mode is not known to export", unknown=True)
        job = self.dispatch(ask.question)
        job.wait()
        if job.state == "FAILED":
            raise Refusal(400, job.messages[-1][1], level="FATAL")
        return self._page(request, job, EXPORTS, 0)

    def _list(self, request: Request) -> Reply:
        if request.method != "GET":
            raise unsupported(request)
        if sids := request.all("id"):
            found = [job for sid in sids if (job := self._jobs.find(sid))]
        else:
            found = self._jobs.all()
        atom = not request.as_json
        return Entries([
            entry_of(self._jobs, job, atom=atom) for job in found if self._may(request, job)
        ])  # fmt: skip

    def _one(self, request: Request, job: Job) -> Reply:
        if request.method == "DELETE":
            self._jobs.cancel(job)
            return _message(request, "Search job cancelled.")
        if request.method == "POST":
            raise Refusal(400, "The stand-in changes no job but by control", unknown=True)
        self._jobs_seen(job)
        entry = entry_of(self._jobs, job, atom=not request.as_json)
        return Entries([entry], paged=False, alone=True)

    def _control(self, request: Request, job: Job) -> Reply:
        if request.method != "POST":
            raise unsupported(request)
        request.allow("action", "ttl", "priority", "output_mode")
        action = request.need("action")
        if action == "cancel":
            self._jobs.cancel(job)
            return _message(request, "Search job cancelled.")
        if action == "finalize":
            job.gate.finalize()
            job.wait()
        elif action == "touch":
            self._jobs.touch(job)
        elif action == "setttl":
            request.need("ttl")
            job.ttl = float(request.number("ttl", 0))
            self._jobs.touch(job)
        else:
            _switch(request, job, action)
        return _message(request, f"Action {action} done.")

    def _results(self, request: Request, job: Job, what: str) -> Reply:
        result_arguments.check(request)
        self._jobs_seen(job)
        if what == "events":
            return self._events(request, job)
        if what == "results" and not job.is_done:
            return Plain(b"", status=204)
        if what == "results_preview" and not (job.is_done or job.question.preview):
            return Plain(b"", status=204)
        return self._page(request, job, FORMATS, DEFAULT_ROWS)

    def _events(self, request: Request, job: Job) -> Reply:
        if job.table.events:
            return self._page(request, job, FORMATS, DEFAULT_ROWS)
        if job.question.status_buckets:
            raise Refusal(
                501, "The stand-in keeps no events of searches that transform them", unknown=True
            )
        # splunkd keeps them for status_buckets > 0 only.
        return Plain(*_rendered(request, Page(Table(), [], []), FORMATS))

    def _page(
        self,
        request: Request,
        job: Job,
        formats: Formats,
        default: int,
    ) -> Reply:
        is_done = job.is_done
        table = job.so_far()
        post = request.get("search") if request.tail not in ("", "export") else ""
        if post.strip():
            try:
                table = self._engine.post_process(job, post, request.caller, table)
            except (SplError, StandinError) as error:
                raise Refusal(400, str(error), level="FATAL") from error
        rows = list(table.rows)
        # limits.conf [restapi] maxresultrows; an export has no such bound.
        most = MOST_ROWS if formats is FORMATS else len(rows)
        shown, offset = result_arguments.part(request, rows, default, most)
        result_arguments.check_lines(request, shown)
        page = Page(
            table,
            result_arguments.columns(request, table.fields(rows)),
            shown,
            offset,
            not is_done,
            tuple(job.messages),
            request.flag("show_metadata"),
            len(rows) if post.strip() else None,
        )
        return Plain(*_rendered(request, page, formats))

    def _job(self, request: Request, sid: str) -> Job:
        job = self._jobs.find(sid)
        if job is None:
            raise Refusal(404, "Unknown sid.", level="FATAL")
        if not self._may(request, job):
            raise Refusal(403, "insufficient permission to access this resource", level="WARN")
        return job

    def _jobs_seen(self, job: Job) -> None:
        if job.question.auto_cancel:
            self._jobs.touch(job)

    def _may(self, request: Request, job: Job) -> bool:
        return request.caller.is_admin or job.question.user == request.caller.name


def started(request: Request, job: Job) -> Plain:
    """The answer to a search that was started: its id."""
    if request.as_json:
        return Plain(f'{{"sid": "{job.sid}"}}'.encode(), status=201)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<response><sid>{job.sid}</sid></response>'
    return Plain(body.encode(), rendering.XML_TYPE, 201)


def _switch(request: Request, job: Job, action: str) -> None:
    if action in ("pause", "unpause"):
        (job.gate.pause if action == "pause" else job.gate.unpause)()
    elif action == "setpriority":
        job.priority = _priority(request)
    elif action in ("save", "unsave"):
        job.saved = action == "save"
    elif action in ("enablepreview", "disablepreview"):
        _switch_preview(job, on=action == "enablepreview")
    else:
        raise Refusal(400, f"The stand-in does not know action={action}", unknown=True)


def _switch_preview(job: Job, *, on: bool) -> None:
    if on and not job.may_preview:
        raise Refusal(501, "The stand-in previews no job that was started without", unknown=True)
    job.question = replace(job.question, preview=on)


def _priority(request: Request) -> int:
    request.need("priority")
    priority = request.number("priority", 5)
    if not 0 <= priority <= 10:
        raise Refusal(400, f"priority={priority} is not between 0 and 10.")
    return priority


def _rendered(request: Request, page: Page, formats: Formats) -> tuple[bytes, str]:
    mode = request.get("output_mode") or "xml"
    if mode not in formats:
        raise Refusal(400, f"The stand-in does not know output_mode={mode}", unknown=True)
    if mode == "raw" and any("_raw" not in row for row in page.rows):
        raise Refusal(501, "The stand-in knows output_mode=raw of events only", unknown=True)
    content_type, render = formats[mode]
    return render(page), content_type


def _message(request: Request, text: str) -> Plain:
    body, kind = rendering.message(text, json_wanted=request.as_json, level="INFO")
    return Plain(body, kind)
