"""datamodel: events of a data model's dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin.spl.data_model import dataset
from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.options import boolean, generating, options
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream

if TYPE_CHECKING:
    from standin.spl.context import Context

PAGE = "Search Reference: datamodel"
_STRINGS = ("search_string", "flat_string", "acceleration_search_string")
_MODES = ("search", "flat", "acceleration_search", *_STRINGS)

for _name, _says in (
    ("strict_fields", "true: default fields and those that constraints name; else datamodels.conf"),
    ("summariesonly, allow_old_summaries", "no effect: data models count as wholly summarized"),
):
    construct("option of datamodel", _name, PAGE, _says)


@command("datamodel", PAGE, "modes search and flat; root datasets of events and those below")
def read_datamodel(command: CommandText) -> Runnable:
    generating(command)
    flags = ("strict_fields", "summariesonly", "allow_old_summaries")
    given, words = options(command, dict.fromkeys(flags, boolean))
    names = [word.text for word in words if word.quoted or word.text != ","]
    mode = names.pop() if len(names) > 1 and names[-1].lower() in _MODES else ""
    if mode.lower() in _STRINGS:
        raise Undocumented("The text of a data model's search is not documented", command.position)
    if mode.lower() == "acceleration_search":
        raise Unsupported("Nothing is accelerated here: use the mode search", command.position)
    if len(names) > 2:
        raise Malformed(f"datamodel has no mode '{names[-1]}'", words[-1].position)
    if not mode:
        raise Undocumented(
            "datamodel without a mode gives JSON in a form that is not documented: name a data"
            " model, a dataset and search or flat",
            command.position,
        )
    flat = mode.lower() == "flat"

    def run(_stream: Stream, context: Context) -> Stream:
        found = dataset(".".join(names), command.position, context)
        strict = given.get("strict_fields", found.strict)
        rows = found.events(context, flat=flat, strict=strict)
        return Stream(rows, events=True, range=(context.earliest, context.latest))

    return Step(run, frozenset())
