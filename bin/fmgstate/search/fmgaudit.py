"""``fmgaudit``: what is found in policy packages: shadowed, too wide, unused, expired, …"""

from __future__ import annotations

import os
from collections.abc import Iterator

from fmgstate import wiring
from fmgstate.collect.audit_rows import Chosen
from fmgstate.collect.state_scopes import Wanted
from fmgstate.collect.why import SOME_ADOMS_ONLY
from fmgstate.errors import ConfigurationError
from fmgstate.search.command import Command, Generate, Invocation, Task
from fmgstate.search.flat_rows import Row, flat
from fmgstate.search.options import Option, names, refuse_words, whole
from fmgstate.search.permission import Permission, permitted
from fmgstate.settings import store_path

NAME = "fmgaudit"
FIRST = ("severity", "risk", "description", "policyid", "policy_name")

OPTIONS = (
    Option("severity", (), names),
    Option("risk", (), names),
    Option("rule", ""),
    *(Option(name, "") for name in ("adom", "device", "vdom", "package")),
    Option("seconds", 60, whole(1, 3600)),
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
    audit = wiring.audit_rows(
        store_path(os.environ), allowed, options["fresh"], float(options["seconds"])
    )
    asked.at_end(audit.close)
    if audit.is_empty():
        raise ConfigurationError(
            f"{NAME}: nothing was collected on this host yet.",
            "Make an account and inputs here, or load what another host publishes.",
        )
    for wrong in audit.wrong:
        asked.warn(f"{NAME}: {wrong}")
    wanted = Wanted(*(options[name] for name in ("adom", "device", "vdom", "package")))
    severities = tuple(one.lower() for one in options["severity"])
    chosen = Chosen(wanted, severities, options["risk"], options["rule"])
    found = audit.rows(chosen, lambda text: asked.warn(f"{NAME}: {text}"))

    def rows() -> Iterator[Row]:
        any_row = False
        for row in found:
            any_row = True
            first = {name: row.get(name, "") for name in FIRST}
            yield flat({**first, **row})
        if not any_row:
            limited = "" if allowed is None else f" {SOME_ADOMS_ONLY}"
            asked.info(f"{NAME}: nothing is found of what is asked for.{limited}")

    return Generate(rows)
