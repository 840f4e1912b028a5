"""``python -m fmgstate worker …``: what runs on a worker host."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from fmgstate.errors import FmgStateError
from fmgstate.workers.configuration import Configuration, load

DONE, WRONG = 0, 2
PROBED_SECONDS = 90.0
"""A worker that did not show itself for so long is not ready."""
PARENT_SECONDS = 1.0

Say = Callable[[str], None]


def main(arguments: Sequence[str], say: Say = print) -> int:
    """The status to exit with."""
    asked = _parser().parse_args(list(arguments))
    try:
        configuration = load(Path(asked.file), os.environ)
        logging.basicConfig(level=configuration.log_level,
                            format="%(asctime)s %(levelname)s %(name)s %(message)s")  # fmt: skip
        return int(asked.do(configuration, asked, say))
    except FmgStateError as error:
        say(str(error))
        return WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fmgstate worker")
    below = parser.add_subparsers(required=True, metavar="command")
    commands = {}
    for name, do, says in (
        ("check", _check, "say everything that is wrong before anything starts"),
        ("run", _run, "take tasks; restart what dies or takes none any more"),
        ("schedule", _schedule, "send polls on time; may run on several hosts"),
        ("metrics", _metrics, "answer Prometheus"),
        ("probe", _probe, "whether the worker on this host takes tasks; for health checks"),
        ("consume", _consume, "take tasks, unsupervised (started by 'run')"),
    ):
        command = commands[name] = below.add_parser(name, help=says)
        command.add_argument("file", help="the configuration (YAML)")
        command.add_argument("--name", default=f"fmgstate@{socket.gethostname()}",
                             help="of this worker; each on a host needs its own")  # fmt: skip
        command.set_defaults(do=do)
    commands["check"].add_argument("--login", action="store_true",
                                   help="also log in to each FortiManager")  # fmt: skip
    commands["consume"].add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
    return parser


def _check(configuration: Configuration, asked: argparse.Namespace, say: Say) -> int:
    from fmgstate.workers.check import check

    found = check(configuration, login=asked.login)
    for one in found:
        say(one)
    if not found:
        managers = ", ".join(one.name for one in configuration.managers)
        say(f"Nothing is wrong: {managers}; Redis at {configuration.redis.place}.")
    return WRONG if found else DONE


def _run(configuration: Configuration, asked: argparse.Namespace, _say: Say) -> int:
    from fmgstate.workers.app import make_app
    from fmgstate.workers.watchdog import Supervisor, consume_command

    ended = _told_to_end()
    app = make_app(configuration, asked.name)
    command = consume_command(asked.file, asked.name)
    Supervisor(app, configuration, asked.name, command).run(ended.is_set, ended.wait)
    return DONE


def _consume(configuration: Configuration, asked: argparse.Namespace, _say: Say) -> int:
    from fmgstate.workers.app import QUEUES, make_app, ping_queue
    from fmgstate.workers.tasks import register

    if asked.parent:
        threading.Thread(target=_end_with, args=(asked.parent,), daemon=True).start()
    app = make_app(configuration, asked.name)
    register(app, configuration)
    app.worker_main([
        "worker", "--pool", "prefork", "--hostname", asked.name,
        "--queues", ",".join([ping_queue(asked.name), *QUEUES]),
        "--concurrency", str(configuration.concurrency), "--loglevel", configuration.log_level,
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ])  # fmt: skip
    return DONE


def _schedule(configuration: Configuration, _asked: object, _say: Say) -> int:
    from fmgstate.workers.app import make_app
    from fmgstate.workers.scheduler import Scheduler

    ended = _told_to_end()
    Scheduler(make_app(configuration), configuration, sleep=ended.wait).run(ended.is_set)
    return DONE


def _metrics(configuration: Configuration, _asked: object, say: Say) -> int:
    from fmgstate.workers.metrics import serve

    if not configuration.metrics_port:
        say("metrics.port is not set. Set it, for example to 9464.")
        return WRONG
    ended = _told_to_end()
    end = serve(configuration.redis, configuration.metrics_host, configuration.metrics_port)
    ended.wait()
    end()
    return DONE


def _probe(configuration: Configuration, asked: argparse.Namespace, say: Say) -> int:
    from fmgstate.workers.watchdog import ready_file

    file, age = ready_file(configuration, asked.name), None
    with suppress(OSError):
        age = time.time() - file.stat().st_mtime
    if age is not None and age < PROBED_SECONDS:
        return DONE
    said = "never" if age is None else f"{age:.0f} s ago"
    say(f"The worker {asked.name} last took a task {said}. 'worker run' restarts it.")
    return WRONG


def _told_to_end() -> threading.Event:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended


def _end_with(parent: int) -> None:
    """A worker whose supervisor was killed would be one too many beside the next one's."""
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
