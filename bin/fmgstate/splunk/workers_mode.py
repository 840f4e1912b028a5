"""Inputs where workers refresh: they publish from the workers' store, as the Workers tab says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any, Callable, Optional

from fmgstate.collect.input_run import InputRun
from fmgstate.collect.outcome import RunSummary
from fmgstate.errors import ConfigurationError, FmgStateError, StoreError
from fmgstate.splunk.splunkd import Splunkd

TRUE = ("1", "true", "t", "yes", "on")
DEFAULT_PORT, DEFAULT_PREFIX = 6379, "fmgstate"
MOST_PORT = 65_535


@dataclass(frozen=True)
class WorkersMode:
    """``server``: what ``RedisServer`` is made of. ``fallback``: an input may ask FortiManager
    itself while the server is away."""

    server: Mapping[str, Any] = field(repr=False)
    fallback: bool


def workers_mode(splunkd: Splunkd) -> Optional[WorkersMode]:
    """None where inputs refresh by themselves. Raises ``ConfigurationError`` with the cure."""
    stanza = splunkd.stanza("settings", "workers") or {}
    if not _is_set(stanza, "use_workers"):
        return None
    host, port = _text(stanza, "redis_host"), _text(stanza, "redis_port") or str(DEFAULT_PORT)
    if not host:
        raise ConfigurationError(
            "Workers are switched on, but the host of their Redis is empty.",
            "Enter it on the Workers tab of the Configuration page, or switch workers off.",
        )
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= MOST_PORT):
        raise ConfigurationError(
            f"The port of the workers' Redis is {port!r}.", "Enter a number such as 6379."
        )
    server = {
        "host": host,
        "port": int(port),
        "username": _text(stanza, "redis_username"),
        "password": _text(stanza, "redis_password"),
        "tls": _is_set(stanza, "redis_tls"),
        "ca_file": _text(stanza, "redis_ca_file"),
        "prefix": _text(stanza, "redis_prefix") or DEFAULT_PREFIX,
    }
    return WorkersMode(server, _is_set(stanza, "fallback"))


class PublishesOnly:
    """Runs an input as ``wiring.run_input`` does, but FortiManager is left to the workers.

    ``embedded``: takes over while their store is away, where that is allowed.
    """

    def __init__(
        self, mode: WorkersMode, embedded: Callable[[InputRun], RunSummary], log: logging.Logger
    ) -> None:
        self._mode, self._embedded, self._log = mode, embedded, log

    def __call__(self, asked: InputRun) -> RunSummary:
        """One run of an input. Raises ``StoreError`` when there is nothing to publish from."""
        from fmgstate.shared_copy import lose
        from fmgstate.shared_store import publish_input, server_of

        server = server_of(self._mode.server)
        try:
            summary = publish_input(
                asked.kind, asked.stream, asked.account.manager, asked.plan, server, asked.emit,
                asked.report,
            )  # fmt: skip
            self._bring_copy(asked.stream, Path(asked.store_file))
            return summary
        except StoreError as error:
            lose(Path(asked.store_file), error, time())
            if not self._mode.fallback:
                raise
            self._log.warning(
                'input="%s" %s This input asks FortiManager itself meanwhile.', asked.stream, error
            )
        return self._embedded(asked)

    def _bring_copy(self, stream: str, store_file: Path) -> None:
        """This host's searches answer from it, and a run without the workers goes on from it."""
        from fmgstate.shared_copy import bring
        from fmgstate.shared_store import server_of

        try:
            bring(server_of(self._mode.server), store_file, time())
        except FmgStateError as error:
            self._log.warning('input="%s" The copy for searches is old: %s', stream, error)


def _is_set(stanza: Mapping[str, Any], key: str) -> bool:
    return _text(stanza, key).lower() in TRUE


def _text(stanza: Mapping[str, Any], key: str) -> str:
    return str(stanza.get(key) or "").strip()
