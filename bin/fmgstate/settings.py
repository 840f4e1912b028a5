"""What a person configures, as frozen values. Nothing is read at import, nothing here does I/O."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Union

from fmgstate.errors import ConfigurationError
from fmgstate.lean_dataclass import dataclass, field

if TYPE_CHECKING:
    from pathlib import Path

APP = "fortimanager_policy_state"
POLL_SECONDS = 60.0
FRESH_SECONDS = 300.0
FULL_SET_SECONDS = 86_400.0
HITCOUNT_SECONDS = 3600.0

StoreFile = Union[str, os.PathLike[str]]
"""Where the store is: see ``store_path``."""


@dataclass(frozen=True)
class Account:
    """How to reach one FortiManager. Either ``user`` and ``password``, or ``token``.

    ``host``: name or address, with an optional scheme and port (``https://fmg.example.com:8443``);
    for an HA pair both, separated by a comma, the primary first.
    ``ca``: path of a PEM file, or PEM text; empty = the public CAs that ``requests`` brings.
    ``proxy``: URL of an HTTP proxy; may hold credentials.
    """

    host: str
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    ca: str = ""
    proxy: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if "@" in self.host:  # first of all, as the errors below tell the host
            raise ConfigurationError(
                "The FortiManager host holds a user or an @.",
                "Enter only its name or address as host; user and password have own fields.",
            )
        if not self.manager:
            raise ConfigurationError(
                "The FortiManager host is empty.", "Enter its name or address in the account."
            )
        for part in self.host.split(","):
            if part.strip().lower().startswith("http://"):
                raise ConfigurationError(
                    f"The FortiManager host {_address(part)!r} asks for plain HTTP.",
                    "FortiManager's API is HTTPS only: leave the scheme out or write https://.",
                )
        if not self.token and not (self.user and self.password):
            raise ConfigurationError(
                f"The account for {self.manager} has neither a user with a password nor a token.",
                "Enter user and password (recommended), or an API token.",
            )

    @property
    def manager(self) -> str:
        """Host and port as one name (``fmg.example.com``; the port only when it is not 443)."""
        return self.addresses[0] if self.addresses else ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """As ``manager``, for each member of an HA pair: the one to ask first at the front."""
        return tuple(filter(None, map(_address, self.host.split(","))))


def _address(host: str) -> str:
    name = host.strip().split("://", 1)[-1].split("/", 1)[0].lower()
    return name.removesuffix(":443")


@dataclass(frozen=True)
class Limits:
    """How hard one FortiManager may be asked. Times in seconds.

    ``sessions``: by all processes of this host together. ``session_idle``: FortiManager's
    ``idle_timeout_api``; so long does a session live that a killed process left behind.
    """

    sessions: int = 8
    session_idle: float = 900.0
    params_per_request: int = 40
    page_rows: int = 1000
    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    attempts: int = 4
    backoff: float = 0.5


@dataclass(frozen=True)
class Plan:
    """What to collect and how fresh it must be. Times in seconds.

    ``adoms`` empty = every FortiGate ADOM. ``hitcount_seconds``: a package's hits are counted
    again when they are about that old; ``hitcounts_by_device``: each FortiGate's own as well.
    """

    adoms: tuple[str, ...] = ()
    fresh_seconds: float = FRESH_SECONDS
    full_set_seconds: float = FULL_SET_SECONDS
    hitcount_seconds: float = HITCOUNT_SECONDS
    hitcounts_by_device: bool = False


def store_file(environ: Mapping[str, str]) -> Path:
    """``store_path`` as a path."""
    from pathlib import Path  # which a search command has no use for

    return Path(store_path(environ))


def store_path(environ: Mapping[str, str]) -> str:
    """Where a Splunk host keeps the store: one path for inputs, commands and REST handlers.

    Only SPLUNK_HOME decides: ``checkpoint_dir`` is per input, and search commands are not told any.
    The store makes the file and its folder when it is first written.
    """
    home = environ.get("SPLUNK_HOME", "")
    if not home:
        raise ConfigurationError(
            "SPLUNK_HOME is not set, so the store's place is unknown.",
            "Let Splunk start this, or set SPLUNK_HOME to the folder Splunk is installed in.",
        )
    return os.path.join(home, "var", "lib", "splunk", APP, "state.db")  # noqa: PTH118
