"""A search command and the loop that runs it: getinfo, chunks, messages, errors, the end.

    def start(asked: Invocation) -> Task:
        return Generate(lambda: rows_of(asked.options["adom"]))

    main(lambda: Command("fmgexample", (Option("adom"),), start))

What goes wrong in ``start`` or later is an ``FmgStateError``: its sentence, with the cure, is shown
in Splunk as an error of the search. Anything else is told as a defect, without its text.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Optional, Union

from fmgstate.errors import ConfigurationError, Defect, FmgStateError
from fmgstate.search import frames
from fmgstate.search.options import Option, Refused, Values, parse

if TYPE_CHECKING:  # imported when splunkd is asked already
    from fmgstate.search.answers import Answer, AnswerAt
    from fmgstate.search.rows import Record, Row
    from fmgstate.search.steps import Step

DONE, FAILED = 0, 1
MOST_ROWS, GARBAGE = 50_000, 200_000
"""Of a reply; objects until Python looks for cycles: chunks make many, and none of these."""

STATEFUL, STREAMING, EVENTS, REPORTING = "stateful", "streaming", "events", "reporting"
"""Kinds of commands. Stateful ones stay on the search head; streaming ones go to the indexers."""


class Invocation:
    """One use of a command in a search.

    ``options``: every option's value. ``fields``: what stands behind the command without ``=``.
    ``searchinfo``: what splunkd tells of the search, as it came: ``session_key``, ``splunkd_uri``,
    ``username``, ``app``, ``sid``, ``earliest_time``, …
    ``preview``: whether the results may be of a search that still runs. ``begun``: what was begun
    as soon as these were known, see ``main``.
    """

    def __init__(self, metadata: frames.Metadata) -> None:
        searchinfo = metadata.get("searchinfo")
        if not isinstance(searchinfo, dict):
            raise ConfigurationError("splunkd told nothing of the search (no searchinfo).")
        self.searchinfo: dict[str, Any] = searchinfo
        self.preview = bool(metadata.get("preview"))
        self.options: Values = {}
        self.fields: list[str] = []
        self.begun: Optional[object] = None
        self._messages: list[tuple[str, str]] = []
        self._said: set[tuple[str, str]] = set()
        self._endings: list[Callable[[], None]] = []

    @property
    def search(self) -> str:
        """The whole search, as it was written."""
        from urllib.parse import unquote  # takes longer to import than most commands to answer

        return unquote(str(self.searchinfo.get("search", "")))

    def info(self, text: str) -> None:
        """Shown below the search bar. The same text is shown once a search."""
        self._say("INFO", text)

    def warn(self, text: str) -> None:
        """As ``info``, as a warning."""
        self._say("WARN", text)

    def error(self, text: str) -> None:
        """As ``info``, as an error; the command goes on."""
        self._say("ERROR", text)

    def at_end(self, what: Callable[[], None]) -> None:
        """Called when the command ends, however that comes: to close what was opened."""
        self._endings.append(what)

    def end(self) -> None:
        """Do what was asked for at the end."""
        while self._endings:
            self._endings.pop()()

    def inspector(self) -> frames.Metadata:
        """What was said since the last reply, as a reply carries it."""
        messages, self._messages = self._messages, []
        return {"inspector": {"messages": messages}} if messages else {}

    def _say(self, level: str, text: str) -> None:
        if (level, text) not in self._said:
            self._said.add((level, text))
            self._messages.append((level, text))


class Enrich(NamedTuple):
    """Adds the columns ``added`` to every event, as the values of ``fields`` decide.

    ``answer`` is given combinations of their values, each once while it is remembered, and gives
    the cells: see ``answers.Columns``, also for ``answer_at`` and ``apart``. ``before``: called
    before each chunk; True = what was answered is outdated. ``after``: behind the last event.
    """

    fields: Sequence[str]
    added: Sequence[str]
    answer: Answer
    kind: str = STATEFUL
    before: Callable[[], bool] = lambda: False
    after: Callable[[], None] = lambda: None
    answer_at: Optional[AnswerAt] = None
    apart: int = 0


class Transform(NamedTuple):
    """Makes rows of records, chunk by chunk. ``fields``: those it needs; None = all there are."""

    rows: Callable[[Iterator[Record]], Iterable[Row]]
    fields: Optional[Sequence[str]] = None
    kind: str = STATEFUL
    after: Callable[[], Iterable[Row]] = lambda: ()
    """Rows behind those of the last record."""


class Generate(NamedTuple):
    """Makes rows of nothing: the first command of a search. ``rows_a_reply``: at most."""

    rows: Callable[[], Iterable[Row]]
    kind: str = STATEFUL
    rows_a_reply: int = MOST_ROWS


Task = Union[Enrich, Transform, Generate]


class Command(NamedTuple):
    """``name``: as it is called in a search. ``start``: called when the options are known.

    ``maxinputs``: at most so many events a chunk; None = as Splunk is set. ``generates``: whether
    such arguments make it the first command of a search, to be told though they are wrong.
    """

    name: str
    options: Sequence[Option]
    start: Callable[[Invocation], Task]
    maxinputs: Optional[int] = None
    generates: Callable[[Sequence[str]], bool] = lambda _args: False


Load = Callable[[], Command]
Begin = Callable[[Invocation], object]


def main(load: Load, begin: Optional[Begin] = None) -> None:
    """Runs the command on this process's standard streams and ends the process.

    ``load``: imports and makes the command, once splunkd has told what it is used for. ``begin``:
    called before that; what it gives is ``Invocation.begun``, and goes on meanwhile.
    """
    gc.set_threshold(GARBAGE)
    status = run(load, sys.stdin.buffer, sys.stdout.buffer, begin)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain of it once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if "threading" in sys.modules:  # there may be threads to wait for, and what they end with
        sys.exit(status)
    # All is said and closed. Python would clear up for 8 ms, and splunkd wait for it.
    os._exit(status)


def run(load: Load, source: BinaryIO, sink: BinaryIO, begin: Optional[Begin] = None) -> int:
    """Everything from getinfo to the last chunk; the status to exit with."""
    try:
        return _run(load, source, sink, begin)
    except frames.Stopped:
        return DONE


def _run(load: Load, source: BinaryIO, sink: BinaryIO, begin: Optional[Begin]) -> int:
    try:
        frame = frames.read(source)
        if frame is None:
            return DONE
        asked = _invocation(frame)
        asked.begun = begin(asked) if begin else None
        command = load()
    except FmgStateError as error:
        frames.write(sink, {"type": STATEFUL, **_errors(error)})
        return FAILED
    try:
        return _converse(command, asked, source, sink)
    finally:
        asked.end()


def _converse(command: Command, asked: Invocation, source: BinaryIO, sink: BinaryIO) -> int:
    try:
        asked.options, asked.fields = parse(command.options, _args(asked))
        task = command.start(asked)
    except Exception as error:  # noqa: BLE001
        told = {"generating": True} if command.generates(_args(asked)) else {}
        frames.write(sink, {"type": STATEFUL, **told, **_errors(error, asked)})
        return FAILED
    frames.write(sink, {**_settings(command, task), **asked.inspector()})
    from fmgstate.search.steps import step_of

    step = step_of(task, asked)
    try:
        while _exchange(step, asked, source, sink):
            pass
    except frames.Stopped:
        raise
    except Exception as error:  # noqa: BLE001
        frames.write(sink, {**_errors(error, asked), "finished": True})
        return FAILED
    return DONE


def _exchange(step: Step, asked: Invocation, source: BinaryIO, sink: BinaryIO) -> bool:
    """One chunk and its reply; False when there is no more. Keeps neither while it waits."""
    frame = frames.read(source)
    if frame is None:
        return False
    metadata, body = frame
    if metadata.get("action") != "execute":
        raise frames.BrokenFrame(f"Expected execute, not {metadata.get('action')!r}.")
    finished, pieces = step(body, bool(metadata.get("finished")))
    frames.write(sink, {**asked.inspector(), "finished": finished}, pieces)
    return True


def _invocation(frame: tuple[frames.Metadata, bytes]) -> Invocation:
    metadata, body = frame
    if metadata.get("action") != "getinfo" or body:
        raise frames.BrokenFrame(f"Expected getinfo, not {metadata.get('action')!r}.")
    return Invocation(metadata)


def _args(asked: Invocation) -> list[str]:
    args = asked.searchinfo.get("args")
    return [str(arg) for arg in args] if isinstance(args, list) else []


def _settings(command: Command, task: Task) -> frames.Metadata:
    """What splunkd is told of the command."""
    told: frames.Metadata = {"type": task.kind}
    if isinstance(task, Generate):
        told["generating"] = True
    elif task.fields is not None:
        told["required_fields"] = list(task.fields)
    if command.maxinputs is not None:
        told["maxinputs"] = command.maxinputs
    return told


def _errors(error: Exception, asked: Optional[Invocation] = None) -> frames.Metadata:
    if isinstance(error, Refused):
        texts = error.reasons
    elif isinstance(error, FmgStateError):
        texts = (str(error),)
    else:
        texts = (str(Defect(error)),)
    said = asked.inspector() if asked else {}
    messages = said.get("inspector", {}).get("messages", [])
    return {"inspector": {"messages": [*messages, *(("ERROR", text) for text in texts)]}}
