"""``fmgpolicy``: adds to each traffic log which rule decided it, as FortiManager has it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from time import monotonic, time

from fmgstate import wiring
from fmgstate.collect.rule_columns import ALL, META
from fmgstate.collect.rules import KEY, WHAT, Rules
from fmgstate.errors import ConfigurationError
from fmgstate.search.command import Command, Enrich, Invocation, Task
from fmgstate.search.options import Option, names, whole
from fmgstate.search.permission import Permission, permitted
from fmgstate.search.rows import MULTIVALUE
from fmgstate.settings import store_path

NAME = "fmgpolicy"
DEFAULT = (
    "found", "why", "name", "action", "package", "section", "comments", "owner", "ticket",
    "modified_time", "modified_by", "hits", "last_hit",
)  # fmt: skip
"""What is added when no fields are asked for; the age is added always."""
RENEW_SECONDS = 10.0
"""A search that takes long looks at the store again that often."""

_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*|")


def prefix(text: str) -> str:
    """Reads what stands before the names of the added fields; may be empty."""
    if not _PREFIX.fullmatch(text):
        raise ValueError("write letters, digits, _ and dots only")
    return text


OPTIONS = (
    Option("prefix", "rule_", prefix),
    Option("fields", (), names),
    Option("fresh", None, whole(1)),
    *(Option(name, name) for name in KEY),
)


def command(access: Permission = permitted) -> Command:
    """The command. ``access``: what the one who searches may see."""
    return Command(NAME, OPTIONS, lambda asked: start(asked, access))


def renewing(renew: Callable[[float], object]) -> Callable[[], bool]:
    """What an ``Enrich`` calls before each chunk: looks at the state anew once in a while."""
    renewed = monotonic()

    def before() -> bool:
        nonlocal renewed
        if monotonic() < renewed + RENEW_SECONDS:
            return False
        renewed = monotonic()
        renew(time())
        return True

    return before


def start(asked: Invocation, access: Permission) -> Task:
    """What one use of the command does."""
    fields = tuple(dict.fromkeys([*asked.options["fields"], *asked.fields])) or DEFAULT
    _check(fields)
    allowed, file = access(asked), store_path(os.environ)
    rules = wiring.rules(file, fields, allowed, asked.options["fresh"])
    asked.at_end(rules.close)
    if rules.is_empty():
        asked.warn(
            f"{NAME}: nothing was collected on this host yet, so no rule is found. "
            "Make an account and inputs here, or load what another host publishes."
        )
    return Enrich(
        [asked.options[name] for name in KEY],
        [_column(asked.options["prefix"], name) for name in rules.columns.names],
        rules.answer,
        before=renewing(rules.renew),
        after=lambda: _end(asked, rules),
        answer_at=rules.answer_at,
        apart=WHAT,
    )


def _end(asked: Invocation, rules: Rules) -> None:
    """What is worth to be said behind the last event."""
    if rules.keyless and not rules.keyed:
        fields = ", ".join(asked.options[name] for name in KEY[:3])
        asked.warn(
            f"{NAME}: no event has any of the fields {fields}. "
            "Search for FortiGate's traffic logs, or name the fields, as in policyid=<field>."
        )


def _column(before: str, name: str) -> str:
    if name.startswith(MULTIVALUE):
        return MULTIVALUE + before + name[len(MULTIVALUE) :]
    return before + name


def _check(fields: Sequence[str]) -> None:
    unknown = [name for name in fields if name not in ALL and not name.startswith(META)]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], ALL, 1)
        meant = f"Did you mean {near[0]}? " if near else ""
        raise ConfigurationError(
            f"{NAME} has no field {', '.join(unknown)}.",
            f"{meant}There are: {', '.join(ALL)}, and meta.<name> for a meta field.",
        )
