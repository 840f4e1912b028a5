"""``python -m fmgstate``: what the app does, on a terminal. Text, or ``--json`` for programs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, Optional

from fmgstate import cli_text, policy_cli, settings, wiring
from fmgstate.errors import ConfigurationError, FmgStateError
from fmgstate.settings import Account, Limits, Plan

DONE, FAILED, NOT_FOUND = 0, 1, 3
PASSWORD, TOKEN, STORE = "FMGSTATE_PASSWORD", "FMGSTATE_TOKEN", "FMGSTATE_STORE"

WORKER = "worker"

Command = Callable[[argparse.Namespace], int]


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs one command; returns the exit code: 0 done, 1 failed, 2 wrong usage, 3 not found."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == [WORKER]:
        return _worker(given[1:])
    options = _parser().parse_args(given)
    command: Command = options.command
    try:
        return command(options)
    except FmgStateError as error:
        _print(options, {"error": str(error)}, f"Error: {error}", sys.stderr)
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _worker(arguments: Sequence[str]) -> int:
    """Commands of a worker host, where the extra ``workers`` is installed."""
    try:
        from fmgstate.workers.cli import main as workers
    except ImportError as missing:
        cure = "Install the extra: pip install 'fmgstate[workers]'. Workers run outside Splunk."
        print(f"Error: {missing.name} is not installed. {cure}", file=sys.stderr)
        return FAILED
    return workers(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fmgstate", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--store", type=Path, help=f"store file (else {STORE}, else Splunk's own)")
    common.add_argument("--json", action="store_true", help="one JSON document instead of text")
    common.add_argument("--fresh", type=float, metavar="SECONDS",
                        help="older is stale (default: as inputs are set)")  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_refresh(commands, common)
    status = commands.add_parser("status", parents=[common], help="each scope: age, outcome, cost")
    status.set_defaults(command=_status)
    policy = commands.add_parser("policy", parents=[common], help="one policy by its key")
    policy.add_argument("--device", help="name, host name or any HA member's serial")
    policy.add_argument("--vdom", default="root", help="default %(default)s")
    policy.add_argument("--policyid", type=int)
    policy.add_argument("--uuid")
    policy.set_defaults(command=_policy)
    policy_cli.add_commands(commands, common, store_file)
    commands.add_parser(WORKER, add_help=False, help="workers outside Splunk: worker --help")
    return parser


def _add_refresh(commands: Any, common: argparse.ArgumentParser) -> None:
    refresh = commands.add_parser(
        "refresh", parents=[common], help="ask FortiManager what moved and fetch it",
        epilog=f"The password is read from {PASSWORD}, an API token from {TOKEN}.",
    )  # fmt: skip
    refresh.add_argument("--host", required=True, help="FortiManager, with :port if not 443")
    refresh.add_argument("--user", default="")
    refresh.add_argument("--ca", default="", help="PEM file of the CA that signed its certificate")
    refresh.add_argument("--proxy", default="", help="URL of an HTTP proxy")
    refresh.add_argument("--adom", action="append", default=[], help="again for each; default all")
    refresh.add_argument("--sessions", type=_sessions, default=Limits().sessions)
    refresh.set_defaults(command=_refresh)


def _sessions(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _refresh(options: argparse.Namespace) -> int:
    account = Account(
        options.host, options.user, os.environ.get(PASSWORD, ""), os.environ.get(TOKEN, ""),
        options.ca, options.proxy,
    )  # fmt: skip
    summary = wiring.refresh_all(
        account,
        Plan(adoms=tuple(options.adom)),
        Limits(sessions=options.sessions),
        store_file(options),
        lambda outcome: None if options.json else print(cli_text.outcome(outcome), flush=True),
        lambda damage, moved_to: print(cli_text.set_aside(damage, moved_to), file=sys.stderr),
    )
    _print(options, cli_text.summary_facts(summary), summary.text())
    return FAILED if summary.failed else DONE


def _status(options: argparse.Namespace) -> int:
    with wiring.open_store(store_file(options)) as store:
        rows = wiring.answers(store, options.fresh).status()
    _print(options, rows, cli_text.status(rows))
    return DONE if rows else NOT_FOUND


def _policy(options: argparse.Namespace) -> int:
    if not options.uuid and (options.device is None or options.policyid is None):
        raise ConfigurationError(
            "A policy is looked up by its uuid, or by device and policyid.",
            "Give --uuid U, or --device D --vdom V --policyid N.",
        )
    with wiring.open_store(store_file(options)) as store:
        answers = wiring.answers(store, options.fresh)
        if options.uuid:
            rows = answers.by_uuid(options.uuid)
        else:
            rows = answers.by_policyid(options.device, options.vdom, options.policyid)
    _print(options, rows, "\n\n".join(cli_text.policy(row) for row in rows))
    return DONE if rows[0]["found"] else NOT_FOUND


def store_file(options: argparse.Namespace) -> Path:
    """``--store``, else the environment, else where the app keeps it on a Splunk host."""
    if options.store or os.environ.get(STORE):
        return Path(options.store or os.environ[STORE])
    return settings.store_file(os.environ)


def _print(options: argparse.Namespace, facts: Any, text: str, file: Any = None) -> None:
    print(json.dumps(facts, indent=1) if options.json else text, file=file or sys.stdout)
