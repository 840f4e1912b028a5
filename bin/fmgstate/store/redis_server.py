"""How a Redis (or Valkey) server is reached, and what its errors mean.

The only home of redis-py beside ``in_redis`` and ``leases_in_redis``: importing it costs 140 ms,
so nothing that answers a search imports this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Optional

from redis import Redis, exceptions
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from fmgstate.errors import ConfigurationError, StoreDamaged, StoreError, StoreFull
from fmgstate.store.codec import TooNew, Unreadable

REACH = "Start the server, or correct host, port and TLS settings."
MORE_ROOM = "Give the server more memory (maxmemory) and keep maxmemory-policy noeviction."
UPDATE = "Update the app on this host: another one writes with a newer version."


@dataclass(frozen=True)
class RedisServer:
    """Where the shared store is. ``prefix``: begins every key. ``timeout``: seconds for one
    command. TLS is verified against ``ca_file`` or the system's authorities."""

    host: str = "127.0.0.1"
    port: int = 6379
    database: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: str = ""
    prefix: str = "fmgstate"
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not self.prefix or any(one.isspace() or one in "{}*?[]" for one in self.prefix):
            raise ConfigurationError(
                f"The key prefix {self.prefix!r} cannot be used.",
                "Use letters, digits, '.', '-', '_' and ':'.",
            )

    @property
    def place(self) -> str:
        """For messages: without user and password."""
        return f"{self.host}:{self.port}/{self.database}"

    def connect(self, retries: int = 3) -> Redis:
        """A client with a pool; connects when first used, and again after a break."""
        tls: dict[str, Any] = (
            {"ssl": True, "ssl_ca_certs": self.ca_file or None} if self.tls else {}
        )
        return Redis(
            host=self.host, port=self.port, db=self.database, username=self.username or None,
            password=self.password or None, socket_timeout=self.timeout,
            socket_connect_timeout=min(self.timeout, 5.0), health_check_interval=30,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), retries),
            retry_on_error=[exceptions.ConnectionError, exceptions.TimeoutError], **tls,
        )  # fmt: skip


@contextmanager
def errors_of(place: str) -> Iterator[None]:
    """Turns the backend's errors into ours, with the cure."""
    try:
        yield
    except Unreadable as error:
        cure = UPDATE if isinstance(error, TooNew) else _FORGET
        raise StoreDamaged(f"The store at {place} cannot be read: {error}.", cure) from error
    except exceptions.RedisError as error:
        raise translated(place, error) from error


_FORGET = "Delete the keys with this app's prefix on that server: they are collected again."


def translated(place: str, error: exceptions.RedisError) -> StoreError:
    """What it means. The server's text is shown only where it cannot hold what is stored."""
    meaning = _meaning(error)
    if meaning is None:
        return StoreError(
            f"The store at {place} refused a command ({type(error).__name__}).", REACH
        )
    kind, what, cure = meaning
    return kind(f"The store at {place} {what}.", cure)


def _meaning(error: exceptions.RedisError) -> Optional[tuple[type[StoreError], str, str]]:
    text = str(error)
    if isinstance(error, exceptions.AuthenticationError) or text.startswith(
        ("NOAUTH", "WRONGPASS")
    ):
        return StoreError, "refused the user or password", "Correct the user and password."
    if isinstance(error, exceptions.NoPermissionError):
        return (
            StoreError,
            "forbids what the store needs",
            "Grant the user the commands and keys that the guide lists.",
        )
    if isinstance(error, exceptions.BusyLoadingError):
        return StoreError, "is still loading its data", "Wait until it has read its file."
    if isinstance(error, exceptions.TimeoutError):
        return StoreError, "did not answer in time", REACH
    if isinstance(error, exceptions.ConnectionError):
        return StoreError, "cannot be reached", REACH
    if text.startswith("OOM") or isinstance(error, exceptions.OutOfMemoryError):
        return StoreFull, "has no memory left", MORE_ROOM
    if text.startswith("MISCONF"):
        return StoreFull, "cannot write its file and takes no changes", "Give its disk more room."
    if isinstance(error, exceptions.ReadOnlyError):
        return StoreError, "is a read-only replica", "Name the primary server."
    return None
