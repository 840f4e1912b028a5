"""``fmgrefresh``: asks FortiManager now, where an account is; shows each scope as it is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fmgstate import wiring
from fmgstate.collect import hosts, refresh_now
from fmgstate.collect.known_names import check, matches
from fmgstate.errors import ConfigurationError
from fmgstate.search.access import READ, REFRESH, Access, NotAllowed, access, app_folder
from fmgstate.search.command import Command, Generate, Invocation, Task
from fmgstate.search.flat_rows import Row, flat
from fmgstate.search.mirror_follow import follow
from fmgstate.search.options import Option, names, one_of, refuse_words, whole
from fmgstate.search.refresh_by_workers import start as by_workers
from fmgstate.search.splunkd import Splunkd, SplunkdError
from fmgstate.search.workers_setting import uses_workers
from fmgstate.settings import APP, Account, Plan, store_file

NAME = "fmgrefresh"
POLICIES, HITCOUNTS = "policies", "hitcounts"
ROWS_A_REPLY = 10
"""Few, so that progress is seen."""
PASSWORDS = "list_storage_passwords"
NOT_FOUND = 404

FindAccount = Callable[[str, str, str], Account]
"""splunkd's address, a session key and an account's name to the account with its secrets."""

OPTIONS = (
    Option("account", ""),
    Option("what", POLICIES, one_of(POLICIES, HITCOUNTS)),
    Option("adom", (), names),
    Option("package", ""),
    Option("wait", 120, whole(0, 3600)),
)


def command(find: FindAccount) -> Command:
    """The command. ``find``: how an account is read."""
    return Command(NAME, OPTIONS, lambda asked: start(asked, find), generates=lambda _: True)


def start(asked: Invocation, find: FindAccount) -> Task:
    """What one use of the command does."""
    refuse_words(asked.fields, OPTIONS)
    uri, key = (str(asked.searchinfo.get(one) or "") for one in ("splunkd_uri", "session_key"))
    file, options = store_file(os.environ), asked.options
    with Splunkd(uri, key) as splunkd:
        user = access(splunkd, app_folder())
        user.need(READ)
        user.need(REFRESH)
        if uses_workers(splunkd):
            return by_workers(asked, lambda: Splunkd(uri, key), lambda manager: _adoms(
                options["adom"], options["package"], user, manager, file))  # fmt: skip
        there = accounts(splunkd)
        if not there:
            follow(splunkd, file)  # the copy knows which hosts publish
        name = _account(options["account"], there, file)
    if PASSWORDS not in user.capabilities:
        raise NotAllowed(
            f"The user {user.user} may not use the password of account {name} "
            f"(capability {PASSWORDS}).",
            "Ask a Splunk administrator for a role that has it, or to run this search.",
        )
    account = find(uri, key, name)
    adoms = _adoms(options["adom"], options["package"], user, account.manager, file)
    plan = Plan(adoms=adoms, hitcount_seconds=0.0)
    counting = options["what"] == HITCOUNTS

    def rows() -> Iterator[Row]:
        failed = done = 0
        packages: set[str] = set()
        for row in wiring.refresh_now(account, plan, counting, file, float(options["wait"])):
            failed, done = failed + bool(row["error"]), done + 1
            packages |= {row["name"]} - {""}
            if not row["name"] or matches(options["package"], row["name"]):
                yield flat(row)
        told = f"{NAME}: {account.manager}: {done} scopes asked for, {failed} of them failed."
        (asked.warn if failed else asked.info)(told)
        if options["package"] and not failed:
            check("policy package or block", options["package"], packages)

    return Generate(rows, rows_a_reply=ROWS_A_REPLY)


def accounts(splunkd: Splunkd) -> list[str]:
    """Names of the accounts on this host."""
    path = f"/servicesNS/nobody/{APP}/configs/conf-{APP}_account"
    try:
        told = splunkd.get(path, count="0")
    except SplunkdError as error:
        if error.status == NOT_FOUND:
            return []
        raise
    return [str(entry["name"]) for entry in told["entry"] if entry["name"] != "default"]


def _account(wanted: str, known: Sequence[str], file: Path) -> str:
    """The account that is meant. Raises ``ConfigurationError`` with where there is one."""
    if not known:
        raise ConfigurationError(
            f"{NAME}: no FortiManager account is set up on this host, so it cannot ask.",
            _elsewhere(file),
        )
    if wanted and wanted not in known:
        from difflib import get_close_matches

        near = get_close_matches(wanted, known, 3) or known
        raise ConfigurationError(
            f"{NAME}: there is no account {wanted} on this host.",
            f"Give one of: {', '.join(near)}.",
        )
    if not wanted and len(known) > 1:
        raise ConfigurationError(
            f"{NAME}: this host has several accounts.",
            f"Give account=<name>, one of: {', '.join(sorted(known))}.",
        )
    return wanted or known[0]


def _elsewhere(file: Path) -> str:
    with wiring.open_store(file) as store:
        found = hosts.known(store)
    if not found:
        return "Run it on the host whose inputs collect, or make an account on this one."
    told = [f"{one.host} (it collects from {one.manager})" for one in found[:3]]
    return f"Run it on {' or '.join(told)}, or make an account on this host."


def _adoms(
    wanted: Sequence[str], package: str, user: Access, manager: str, file: Path
) -> tuple[str, ...]:
    """Those that are asked for, of those that may be seen; empty = all."""
    hidden = [one for one in wanted if "*" not in one and one not in (user.adoms or (one,))]
    if user.adoms is not None and (hidden or not user.adoms):
        raise NotAllowed(
            f"The user {user.user} may not see {', '.join(hidden) or 'any ADOM'}.",
            f"Give adom=<name>, of: {', '.join(sorted(user.adoms)) or 'none'}.",
        )
    with wiring.open_store(file) as store:
        adoms = refresh_now.meant(store, manager, wanted, package, user.adoms)
    if user.adoms is not None and not adoms:
        raise NotAllowed(
            f"None of the ADOMs that the user {user.user} may see is known here.",
            refresh_now.NEW_TO_SOME,
        )
    return adoms
