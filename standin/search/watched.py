"""A search in two parts, between which one may look.

The first part hands on row by row; the rest works on all its rows (stats, sort, …). A preview is
what the rest makes of the rows so far, as splunkd's previews of transforming searches are.
"""

from dataclasses import dataclass

from standin.search.gate import Gate
from standin.spl.commands.fieldformat import rendered
from standin.spl.context import Context
from standin.spl.interpret import Pipeline, Search
from standin.spl.macros import expand
from standin.spl.pipeline import split_pipeline
from standin.spl.registry import CONSTRUCTS
from standin.spl.stream import Stream
from standin.spl.subsearch import subsearches

# "Command types" of the Search Reference; table is not among them, but passes row by row here.
STREAMING = frozenset({
    "accum", "addinfo", "autoregress", "convert", "dedup", "delta", "eval", "extract",
    "fieldformat", "fields", "fillnull", "head", "highlight", "iconify", "iplocation", "kv",
    "lookup", "makemv", "multikv", "mvexpand", "nomv", "rangemap", "regex", "reltime",
    "rename", "replace", "rex", "search", "spath", "strcat", "streamstats", "table", "tags",
    "typer", "where", "xmlkv", "xpath",
})  # fmt: skip
WRITING = frozenset({
    "collect", "delete", "dump", "mcollect", "meventcollect", "outputcsv", "outputlookup",
    "outputtext", "sendalert", "sendemail", "stash", "tscollect",
})  # fmt: skip


@dataclass
class Watched:
    """``first``: steps before the cut. ``previews``: the rest writes nothing and has no
    subsearches of its own, which would run again with each preview."""

    search: Search
    first: int
    previews: bool

    @classmethod
    def of(cls, search: Search, text: str, context: Context) -> "Watched":
        """``text``: what ``search`` was read from."""
        commands = split_pipeline(expand(text, context), 0, context, implied="search")
        first = 1
        while first < len(commands) and _hands_on(commands[first].name):
            first += 1
        rest = commands[first:]
        previews = bool(rest) and not any(
            each.name in WRITING or subsearches(each.text) for each in rest
        )
        return cls(search, first, previews)

    def run(self) -> Stream:
        """Its results; nobody looks."""
        return self.search.run()

    def first_part(self, gate: Gate, *, keep: bool) -> Stream:
        """Rows before any command waits for all of them, by way of ``gate``."""
        steps = self.search.pipeline.steps
        head = Pipeline(steps[: self.first]).run(Stream([], begins=True), self.search.context)
        if self.first < len(steps):
            head.rows = gate.within(head.rows, keep=keep and self.previews)
        return head

    def rest(self, stream: Stream) -> Stream:
        """What the second part makes of rows."""
        steps = self.search.pipeline.steps
        return rendered(Pipeline(steps[self.first :]).run(stream, self.search.context), steps)


def _hands_on(name: str) -> bool:
    """Commands of apps say themselves whether they do: they are let do as they will."""
    return name in STREAMING or ("command", name) not in CONSTRUCTS
