"""What workers are told: one YAML file, with secrets from the environment or from files (0600)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import yaml

from fmgstate.errors import ConfigurationError
from fmgstate.settings import (
    FRESH_SECONDS,
    FULL_SET_SECONDS,
    HITCOUNT_SECONDS,
    POLL_SECONDS,
    Account,
    Limits,
    Plan,
)
from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.section import Complaints, Section

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Manager:
    """One FortiManager: how it is reached, how hard it may be asked, what is collected."""

    account: Account
    limits: Limits
    plan: Plan

    @property
    def name(self) -> str:
        return self.account.manager


@dataclass(frozen=True)
class Configuration:
    """``concurrency``: child processes of one worker. ``poll_seconds``: between two polls of one
    FortiManager. ``task_seconds``: a task that takes longer is ended; one of a worker that vanished
    comes back a little later. ``retention_seconds``: what was not confirmed for so long is dropped.
    ``remote_control``: Celery's own, and its events: Flower needs both.
    ``state_folder``: heartbeat and readiness files. ``metrics_port``: 0 = none."""

    managers: tuple[Manager, ...]
    redis: RedisServer
    concurrency: int = 8
    poll_seconds: float = POLL_SECONDS
    task_seconds: int = 270
    retention_seconds: float = 30 * 86_400.0
    count_hits: bool = True
    state_folder: Path = field(default_factory=lambda: Path("/var/lib/fmgstate"))
    remote_control: bool = False
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    log_level: str = "INFO"

    def manager(self, name: str) -> Manager:
        """Raises ``ConfigurationError`` for one that is not in the file."""
        for one in self.managers:
            if one.name == name:
                return one
        raise ConfigurationError(
            f"No FortiManager {name} is configured on this worker.",
            "Give all workers the same configuration file.",
        )


def load(path: Path, environ: Mapping[str, str]) -> Configuration:
    """Raises ``ConfigurationError`` that names everything that is wrong."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The configuration {path} cannot be read ({type(error).__name__}).",
            "Name a file that this user can read.",
        ) from None
    except yaml.YAMLError as error:
        raise ConfigurationError(
            f"The configuration {path} is no YAML{_place(error)}.", "Correct the file."
        ) from None
    return read(values, environ, str(path))


def read(values: Any, environ: Mapping[str, str], name: str = "the configuration") -> Configuration:
    """From the file's values."""
    complaints = Complaints(environ)
    top = Section(values, "", complaints)
    plan = _plan(top)
    managers = [_manager(one, plan) for one in top.sections("managers")]
    found = [one for one in managers if one is not None]
    redis = _redis(top.section("redis"))
    level = top.text("log_level", "INFO").upper()
    metrics = top.section("metrics")
    rest: dict[str, Any] = {
        "concurrency": top.whole("concurrency", 8, 1),
        "poll_seconds": top.number("poll_seconds", POLL_SECONDS, 1.0),
        "task_seconds": top.whole("task_seconds", 270, 5),
        "retention_seconds": top.number("retention_seconds", 30 * 86_400.0, 3600.0),
        "count_hits": top.flag("count_hits", True),
        "remote_control": top.flag("remote_control", False),
        "state_folder": Path(top.text("state_folder", "/var/lib/fmgstate")),
        "metrics_host": metrics.text("host", "127.0.0.1"),
        "metrics_port": metrics.whole("port", 0),
        "log_level": level,
    }
    metrics.end()
    _whole(top, managers, level)
    top.end()
    if complaints.found or redis is None:
        listed = "\n  ".join(complaints.found)
        raise ConfigurationError(f"{name} cannot be used:\n  {listed}\n", "Correct these lines.")
    return Configuration(tuple(found), redis, **rest)


def _whole(top: Section, managers: list[Optional[Manager]], level: str) -> None:
    names = [one.name for one in managers if one]
    if not managers:
        top.wrong("managers: at least one FortiManager is needed")
    for name in sorted({one for one in names if names.count(one) > 1}):
        top.wrong(f"managers: {name} is listed twice")
    if level not in LOG_LEVELS:
        top.wrong(f"log_level: must be one of {', '.join(LOG_LEVELS)}")


def _plan(top: Section) -> Plan:
    return Plan(
        (),
        top.number("fresh_seconds", FRESH_SECONDS, 1.0),
        top.number("full_set_seconds", FULL_SET_SECONDS, 60.0),
        top.number("hitcount_seconds", HITCOUNT_SECONDS, 60.0),
        top.flag("hitcounts_by_device", False),
    )


def _manager(one: Section, plan: Plan) -> Optional[Manager]:
    given: dict[str, Any] = {
        "host": one.text("host", required=True),
        "user": one.text("user"),
        "password": one.secret("password"),
        "token": one.secret("token"),
        "ca": one.text("ca"),
        "proxy": one.secret("proxy"),
    }
    limits = Limits(
        sessions=one.whole("sessions", 8, 1),
        session_idle=one.number("session_idle", 900.0, 30.0),
        page_rows=one.whole("page_rows", 1000, 1),
        params_per_request=one.whole("params_per_request", 40, 1),
        connect_timeout=one.number("connect_timeout", 10.0, 0.1),
        read_timeout=one.number("read_timeout", 120.0, 0.1),
    )
    adoms = one.texts("adoms")
    one.end()
    try:
        account = Account(**given)
    except ConfigurationError as error:
        one.wrong(str(error))
        return None
    wanted = Plan(adoms, plan.fresh_seconds, plan.full_set_seconds, plan.hitcount_seconds,
                  plan.hitcounts_by_device)  # fmt: skip
    return Manager(account, limits, wanted)


def _redis(section: Section) -> Optional[RedisServer]:
    given: dict[str, Any] = {
        "host": section.text("host", "127.0.0.1"),
        "port": section.whole("port", 6379, 1),
        "database": section.whole("database", 0),
        "username": section.text("username"),
        "password": section.secret("password"),
        "tls": section.flag("tls", False),
        "ca_file": section.text("ca_file"),
        "prefix": section.text("prefix", "fmgstate"),
        "timeout": section.number("timeout", 10.0, 0.1),
    }
    section.end()
    try:
        return RedisServer(**given)
    except ConfigurationError as error:
        section.wrong(str(error))
        return None


def _place(error: yaml.YAMLError) -> str:
    """Where, without the text there: it may be a secret."""
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
