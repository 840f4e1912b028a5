"""``fmgsnapshot``: the state itself as rows: devices, packages, policies, objects, hit counts."""

from __future__ import annotations

import os
from collections.abc import Iterator

from fmgstate import wiring
from fmgstate.collect.scope import HITCOUNTS
from fmgstate.collect.state_rows import POLICIES, WHAT
from fmgstate.collect.state_scopes import Wanted
from fmgstate.collect.why import SOME_ADOMS_ONLY
from fmgstate.errors import ConfigurationError
from fmgstate.search.command import Command, Generate, Invocation, Task
from fmgstate.search.flat_rows import Row, flat
from fmgstate.search.options import Option, boolean, one_of, refuse_words, whole
from fmgstate.search.permission import Permission, permitted
from fmgstate.settings import store_path

NAME = "fmgsnapshot"
BY_DEVICE = (
    "Hits are kept by device only where their input is set to count by device: leave device and "
    "vdom out for those of packages."
)
ROWS_A_REPLY = 5_000
"""Policies are wide: so many at once keep memory small."""

OPTIONS = (
    Option("what", POLICIES, one_of(*WHAT)),
    *(Option(name, "") for name in ("adom", "device", "vdom", "package")),
    Option("resolved", False, boolean),
    Option("fresh", None, whole(1)),
)


def command(access: Permission = permitted) -> Command:
    """The command. ``access``: what the one who searches may see."""
    return Command(NAME, OPTIONS, lambda asked: start(asked, access), generates=lambda _: True)


def start(asked: Invocation, access: Permission) -> Task:
    """What one use of the command does."""
    refuse_words(asked.fields, OPTIONS)
    options = asked.options
    allowed = access(asked)
    state = wiring.state_rows(store_path(os.environ), allowed, options["fresh"])
    asked.at_end(state.close)
    if state.is_empty(options["what"]):
        raise ConfigurationError(
            f"{NAME}: nothing was collected on this host yet.",
            "Make an account and inputs here, or load what another host publishes.",
        )
    wanted = Wanted(*(options[name] for name in ("adom", "device", "vdom", "package")))
    found = state.rows(options["what"], wanted, options["resolved"])

    def rows() -> Iterator[Row]:
        any_row = False
        for row in found:
            any_row = True
            yield flat(row)
        if not any_row:
            told = [f"{NAME}: there are no {options['what']} of what is asked for."]
            if options["what"] == HITCOUNTS and (wanted.device or wanted.vdom):
                told.append(BY_DEVICE)
            if allowed is not None:
                told.append(SOME_ADOMS_ONLY)
            asked.info(" ".join(told))

    return Generate(rows, rows_a_reply=ROWS_A_REPLY)
