"""``python -m fmgstate worker …``: what runs on a worker host."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from fmgstate.errors import FmgStateError
from fmgstate.workers.configuration import Configuration, load


def main(arguments: Sequence[str], say: Callable[[str], None] = print) -> int:
    """The status to exit with."""
    asked = _parser().parse_args(list(arguments))
    try:
        configuration = load(Path(asked.file), os.environ)
        logging.basicConfig(level=configuration.log_level,
                            format="%(asctime)s %(levelname)s %(name)s %(message)s")  # fmt: skip
        return int(asked.do(configuration, asked, say))
    except FmgStateError as error:
        say(str(error))
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fmgstate worker")
    below = parser.add_subparsers(required=True, metavar="command")
    for name, do, says in (
        ("consume", _consume, "take tasks from the queues (started by 'run')"),
        ("schedule", _schedule, "send polls on time; may run on several hosts"),
    ):
        command = below.add_parser(name, help=says)
        command.add_argument("file", help="the configuration (YAML)")
        command.add_argument("--name", default=f"fmgstate@{socket.gethostname()}",
                             help="of this worker; each on a host needs its own")  # fmt: skip
        command.set_defaults(do=do)
    return parser


def _consume(configuration: Configuration, asked: argparse.Namespace, _say: object) -> int:
    from fmgstate.workers.app import QUEUES, make_app
    from fmgstate.workers.tasks import register

    app = make_app(configuration)
    register(app, configuration)
    app.worker_main([
        "worker", "--pool", "prefork", "--hostname", asked.name, "--queues", ",".join(QUEUES),
        "--concurrency", str(configuration.concurrency), "--loglevel", configuration.log_level,
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ])  # fmt: skip
    return 0


def _schedule(configuration: Configuration, _asked: object, _say: object) -> int:
    from fmgstate.workers.app import make_app
    from fmgstate.workers.scheduler import Scheduler

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    Scheduler(make_app(configuration), configuration, sleep=ended.wait).run(ended.is_set)
    return 0
