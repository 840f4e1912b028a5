"""Commands of installed packages, as a search on this instance meets them."""

from __future__ import annotations

from collections.abc import Callable

from standin.commands.arguments import split
from standin.commands.conversation import Conversation, Manner, SearchInfo
from standin.commands.definition import Definition, definition
from standin.home.layers import Confs
from standin.home.tree import Home
from standin.inputs.script import Interpreter
from standin.search.context import Command, InstanceContext
from standin.spl.stream import Stream
from standin.splunkd_log import SplunkdLog
from standin.users.sessions import Sessions


class InstalledCommands:
    """Finds a command by commands.conf and runs it as the search's user."""

    def __init__(
        self,
        home: Home,
        confs: Confs,
        interpreter: Interpreter,
        sessions: Sessions,
        log: SplunkdLog,
        uri: Callable[[], str],
        manner: Manner | None = None,
    ) -> None:
        self._home, self._confs, self._interpreter = home, confs, interpreter
        self._sessions, self._log, self._uri = sessions, log, uri
        self.manner = manner or Manner()

    def __call__(self, name: str, context: InstanceContext) -> Command | None:
        """How ``context``'s search runs it; None where no app that it sees has it."""
        found = definition(self._home, self._confs, name, context.app)
        if found is None:
            return None
        return lambda text, stream: self._run(found, context, text, stream)

    def _run(
        self, found: Definition, context: InstanceContext, text: str, stream: Stream
    ) -> Stream:
        def report(level: str, message: str) -> None:
            if level == "DEBUG":
                self._log.write("INFO", "ChunkedExternProcessor", message)
            else:
                context.progress.messages.append((level, message))

        info = self._info(context)
        talk = Conversation(found, self._interpreter, info, report, self.manner)
        return talk.run(split(text), stream, stream.begins)

    def _info(self, context: InstanceContext) -> SearchInfo:
        dispatch = self._home.path / "var" / "run" / "splunk" / "dispatch" / context.sid
        dispatch.mkdir(parents=True, exist_ok=True)
        key = self._sessions.open(context.user)
        earliest, latest = (str(one or 0) for one in (context.earliest, context.latest))
        return SearchInfo(context.sid, context.app, context.user, context.text, str(dispatch), key,
                          self._uri(), earliest_time=earliest, latest_time=latest,
                          preview=context.as_preview)  # fmt: skip
