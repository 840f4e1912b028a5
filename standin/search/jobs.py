"""Search jobs from their start until they expire."""

import re
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from standin.errors import StandinError
from standin.search.gate import Gate, Stopped
from standin.search.previews import Previews
from standin.search.question import Question
from standin.search.table import Table
from standin.spl.errors import SplError
from standin.spl.stream import Stream
from standin.spl.values import Row

_WORKERS = 16


@dataclass
class Progress:
    """What a job has read so far, and what its commands said: level and text."""

    scanned: int = 0
    matched: int = 0
    messages: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Running:
    """A search that runs: its rows, the times it covers."""

    stream: Stream
    earliest: float | None
    latest: float | None
    timezone: tzinfo


@dataclass(frozen=True)
class Ready:
    """What starts a search whose text was read, rows passing a gate; what it will have read."""

    run: Callable[[Gate], Running]
    progress: Progress


Prepare = Callable[[Question, float], Ready]
"""Reads a question's text (raising SplError)."""


@dataclass
class Job:
    """One search job. Times in epoch seconds; ``state`` as ``dispatchState`` says it."""

    sid: str
    question: Question
    created: float
    state: str = "QUEUED"
    table: Table = field(default_factory=Table)
    progress: Progress = field(default_factory=Progress)
    earliest: float | None = None
    latest: float | None = None
    ended: float | None = None
    touched: float = 0.0
    ttl: float = 600.0
    priority: int = 5
    saved: bool = False
    may_preview: bool = False
    """Whether it was started so that previews of it can be made."""
    gate: Gate = field(default_factory=Gate)
    previews: Previews = field(default_factory=Previews)
    messages: list[tuple[str, str]] = field(default_factory=list)
    future: "Future[None] | None" = None

    @property
    def is_done(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("DONE", "FAILED")

    @property
    def shown_state(self) -> str:
        """``dispatchState``."""
        return "PAUSED" if self.gate.is_paused and not self.is_done else self.state

    def so_far(self) -> Table:
        """Its results, those so far while it runs."""
        return self.table if self.is_done else self.previews.latest(self.gate, self.table)

    def wait(self, seconds: float | None = None) -> None:
        """Waits until it is done."""
        if self.future:
            self.future.result(seconds)

    def expires(self) -> float | None:
        """When it will be forgotten; None as long as it runs."""
        return (
            None if self.ended is None or self.saved else max(self.ended, self.touched) + self.ttl
        )


class Jobs:
    """The jobs of one search head."""

    def __init__(
        self,
        prepare: Prepare,
        clock: Callable[[], float],
        fault: Callable[[str, BaseException], None],
    ) -> None:
        self._prepare = prepare
        self._clock = clock
        self._fault = fault
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._threads = ThreadPoolExecutor(_WORKERS, "standin search")

    def start(self, question: Question) -> Job:
        """Starts a search; raises SplError (or StandinError) when its text is refused."""
        now = self._clock()
        question = replace(question, sid=question.sid or self._sid(question, now))
        ready = self._prepare(question, now)
        job = Job(question.sid, question, now, progress=ready.progress, touched=now)
        job.ttl, job.may_preview = question.ttl, question.preview
        with self._lock:
            if job.sid in self._jobs:
                raise StandinError(f"A job with the id {job.sid} is there already")
            self._jobs[job.sid] = job
        job.future = self._threads.submit(self._run, job, ready.run)
        return job

    def find(self, sid: str) -> Job | None:
        """A job that has not expired."""
        self._expire()
        with self._lock:
            return self._jobs.get(sid)

    def all(self) -> list[Job]:
        """Jobs, the newest first."""
        self._expire()
        with self._lock:
            return list(reversed(self._jobs.values()))

    def touch(self, job: Job) -> None:
        """Counts the time to live from now on."""
        job.touched = self._clock()

    def ttl_left(self, job: Job) -> int:
        """Seconds until it expires; its whole time to live while it runs."""
        end = job.expires()
        return int(job.ttl) if end is None else max(0, int(end - self._clock()))

    def cancel(self, job: Job) -> None:
        """Stops a job and forgets it."""
        job.gate.cancel()
        with self._lock:
            self._jobs.pop(job.sid, None)

    def runtime(self, job: Job) -> float:
        """Seconds it has run."""
        return (job.ended or self._clock()) - job.created

    def close(self) -> None:
        """Cancels every job and waits for the threads."""
        for job in self.all():
            self.cancel(job)
        self._threads.shutdown(cancel_futures=True)

    def _run(self, job: Job, run: Callable[[Gate], Running]) -> None:
        job.state = "RUNNING"
        try:
            running = run(job.gate)
            job.earliest, job.latest = running.earliest, running.latest
            job.table.begin(running.stream, running.timezone)
            for row in self._flowing(job, running.stream):
                job.table.rows.append(row)
            job.table.end(running.stream)
            job.messages += [("INFO", note) for note in running.stream.notes]
            state = "DONE"
        except Stopped:
            state = "DONE"
        except (SplError, StandinError) as error:
            job.table.rows.clear()
            job.messages.append(("FATAL", str(error)))
            state = "FAILED"
        except Exception as error:  # noqa: BLE001  a fault of the stand-in is a failed search
            job.table.rows.clear()
            job.messages.append(("FATAL", f"The stand-in failed: {error!r}"))
            self._fault(job.question.text, error)
            state = "FAILED"
        job.messages += [one for one in job.progress.messages if one not in job.messages]
        job.ended = self._clock()
        job.state = state

    def _flowing(self, job: Job, stream: Stream) -> Iterator[Row]:
        # Behind a gate within the search comes what it makes of the rows that passed: all of it.
        rows = stream.rows if job.gate.is_within else job.gate.through(stream.rows)
        for number, row in enumerate(rows):
            if job.gate.cancelled:
                raise Stopped
            if number >= job.question.max_count:
                return
            yield row

    def _expire(self) -> None:
        now = self._clock()
        with self._lock:
            for sid, job in list(self._jobs.items()):
                end = job.expires()
                idle = job.question.auto_cancel
                if (end is not None and now > end) or (0 < idle < now - job.touched):
                    job.gate.cancel()
                    del self._jobs[sid]

    def _sid(self, question: Question, now: float) -> str:
        stamp = f"{now:.3f}"
        unique = secrets.token_hex(3)
        if question.saved:
            name = re.sub(r"\W", "", question.saved)[:24]
            return f"{question.user}__{question.user}__{question.app}__{name}_at_{stamp}_{unique}"
        return f"{stamp}_{unique}"
