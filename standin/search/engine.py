"""Makes a question ready to run: its user, its times, its text."""

from dataclasses import replace
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from standin.search.context import InstanceContext, Parts
from standin.search.errors import SearchFailed
from standin.search.gate import Gate
from standin.search.jobs import Job, Progress, Ready, Running
from standin.search.language import Prepared, Watchable
from standin.search.question import Question
from standin.search.table import Table
from standin.spl.context import Predicate
from standin.spl.stream import Stream
from standin.spl.times import Clock, search_time
from standin.spl.values import Row
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

    def prepare(self, question: Question, now: float) -> Ready:
        """Reads the text: SplError when it is refused."""
        context = self._context(question, now)
        prepared = self.parts.language.parse(question.text, context)

        def run(gate: Gate) -> Running:
            stream = self._stream(prepared, question, now, gate)
            return Running(stream, context.earliest, context.latest, context.timezone)

        return Ready(run, context.progress)

    def post_process(
        self, job: Job, text: str, caller: Caller, preview: Table | None = None
    ) -> Table:
        """Runs more commands over a job's results, or over a preview of them."""
        table = preview or job.table
        context = self._context(job.question, job.created, caller)
        base = Stream([dict(row) for row in table.rows], table.given, table.events)
        return _table(self.parts.language.post_process(text, context, base), context.timezone)

    def _stream(self, prepared: Prepared, question: Question, now: float, gate: Gate) -> Stream:
        if not isinstance(prepared, Watchable):
            return prepared.run()
        passing = prepared.first_part(gate, keep=question.preview)

        def preview(rows: list[Row]) -> Table:
            # Read anew: commands may keep what they have seen.
            context = self._context(replace(question, as_preview=True), now)
            again = self.parts.language.parse(question.text, context)
            assert isinstance(again, Watchable)
            so_far = Stream(rows, passing.fields, passing.events, passing.range)
            return _table(again.rest(so_far), context.timezone)

        if question.preview and prepared.previews:
            gate.make = preview
        return prepared.rest(passing)

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
            saved=question.saved,
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


def _table(stream: Stream, timezone: tzinfo) -> Table:
    table = Table()
    table.begin(stream, timezone)
    table.rows = list(stream.rows)
    table.end(stream)
    return table


def _moment(text: str, now: float, timezone: tzinfo) -> float | None:
    """Epoch seconds that earliest_time or latest_time means; None when it is empty."""
    return search_time(text, Clock(now, timezone)) if text.strip() else None
