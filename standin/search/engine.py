"""Makes a question ready to run: its user, its times, its text."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from standin.search.context import InstanceContext, Parts
from standin.search.errors import SearchFailed
from standin.search.jobs import Job, Progress, Running
from standin.search.question import Question
from standin.search.table import Table
from standin.spl.context import Predicate
from standin.spl.stream import Stream
from standin.spl.times import Clock, search_time
from standin.users.accounts import Accounts
from standin.users.caller import Caller
from standin.users.sessions import Sessions


class Engine:
    """Runs searches on the parts of one instance."""

    def __init__(
        self, parts: Parts, sessions: Sessions, accounts: Accounts, timezone: tzinfo = UTC
    ) -> None:
        self.parts = parts
        self._sessions = sessions
        self._accounts = accounts
        self._timezone = timezone

    def prepare(self, question: Question, now: float) -> Callable[[], Running]:
        """Reads the text: SplError when it is refused. What it returns runs it."""
        context = self._context(question, now)
        prepared = self.parts.language.parse(question.text, context)

        def run() -> Running:
            return Running(
                prepared.run(), context.earliest, context.latest, context.progress, context.timezone
            )

        return run

    def post_process(self, job: Job, text: str, caller: Caller) -> Table:
        """Runs more commands over a job's results."""
        question = job.question
        context = self._context(question, job.created, caller)
        base = Stream([dict(row) for row in job.table.rows], job.table.given, job.table.events)
        stream = self.parts.language.post_process(text, context, base)
        table = Table()
        table.begin(stream, context.timezone)
        table.rows = list(stream.rows)
        table.end(stream)
        return table

    def timezone(self, user: str) -> tzinfo:
        """A user's time zone: his own, else the server's."""
        account = self._accounts.find(user)
        return ZoneInfo(account.timezone) if account and account.timezone else self._timezone

    def _context(
        self, question: Question, now: float, caller: Caller | None = None
    ) -> InstanceContext:
        caller = caller or self._sessions.of_user(question.user)
        if caller is None:
            raise SearchFailed(f"There is no user {question.user}")
        moment_of_start = question.now if question.now is not None else now
        timezone = self.timezone(question.user)
        context = InstanceContext(
            self.parts,
            caller,
            caller.name,
            question.app,
            moment_of_start,
            timezone,
            _moment(question.earliest, moment_of_start, timezone),
            _moment(question.latest, moment_of_start, timezone),
            Progress(),
            question.sid,
            text=question.text,
            as_preview=question.as_preview,
        )
        context.filter = self._filter(caller, context)
        return context

    def _filter(self, caller: Caller, context: InstanceContext) -> Predicate | None:
        if caller.refused:
            raise SearchFailed(f"The stand-in cannot obey {caller.refused}")
        if not caller.filter:
            return None
        compiled = self.parts.language.matches(caller.filter, context)
        return lambda row: bool(compiled(row))


def _moment(text: str, now: float, timezone: tzinfo) -> float | None:
    """Epoch seconds that earliest_time or latest_time means; None when it is empty."""
    return search_time(text, Clock(now, timezone)) if text.strip() else None
