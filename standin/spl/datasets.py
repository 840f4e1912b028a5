"""Datasets by type and name: ``savedsearch:x``, ``inputlookup:x``, ``datamodel:m.d``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin.spl.errors import Malformed
from standin.spl.parsing import CommandText

if TYPE_CHECKING:
    from standin.spl.interpret import Pipeline

TYPES = ("datamodel", "savedsearch", "inputlookup", "lookup")


def dataset(text: str, command: CommandText, position: int) -> Pipeline:
    """``text``: type, colon, name; the name may stand in quotation marks."""
    kind, sign, name = text.partition(":")
    if not sign or kind.lower() not in TYPES or not name.strip():
        raise Malformed(f"{command.name}: {text[:40]!r} is no dataset", position)
    return named(kind.lower(), name.strip().strip('"'), command, position)


def named(kind: str, name: str, command: CommandText, position: int) -> Pipeline:
    from standin.spl.interpret import parse, pipeline

    context = command.context
    assert context is not None
    if kind == "savedsearch":
        return parse(saved_text(name, command, position), context).pipeline
    if kind == "datamodel":
        return pipeline(f'| datamodel "{_escaped(name)}" flat', position, context)
    return pipeline(f'| inputlookup "{_escaped(name)}"', position, context)


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def saved_text(name: str, command: CommandText, position: int) -> str:
    found = None if command.context is None else command.context.saved_search(name)
    if found is None:
        raise Malformed(f"{command.name}: Unable to find saved search named '{name}'", position)
    return found
