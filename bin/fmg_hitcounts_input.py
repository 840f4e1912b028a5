"""The input ``fmg_hitcounts``: what UCC's generated script calls."""

from __future__ import annotations

from splunklib.modularinput import EventWriter, InputDefinition, ValidationDefinition

from fmgstate.splunk import inputs


def validate_input(definition: ValidationDefinition) -> None:
    inputs.validate("hitcounts", definition)


def stream_events(definition: InputDefinition, _writer: EventWriter) -> None:
    inputs.stream("hitcounts", definition)
