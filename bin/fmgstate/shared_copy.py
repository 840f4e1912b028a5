"""This host's copy of the workers' store, which its searches answer from: on disk, as if this host
had collected, so that they are as quick, and answer while Redis is away.

Imports redis-py, as ``shared_store`` does: never in a search command.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace

from fmgstate import wiring
from fmgstate.collect import copying, store_copy
from fmgstate.collect.store_copy import Followed
from fmgstate.errors import FmgStateError, StoreError
from fmgstate.settings import StoreFile
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.redis_server import RedisServer

LOOK_SECONDS = 60.0
AGAIN_SECONDS = 10.0
"""So soon is tried again what failed."""
ANSWER_SECONDS = 1.2
"""So long is waited for a server: less than a search waits for its copy."""
LAST_COPY = "This is the last copy of what the workers keep."


def bring(server: RedisServer, file: StoreFile, now: float, anew: bool = False) -> Followed:
    """Bring the copy up to date; one process of the host at a time. ``anew``: though another one
    did a moment ago.

    Raises ``StoreError`` where Redis cannot be read: then all of the copy is stale until it can.
    """
    with copying.alone(file):
        if not anew and now < copying.looked(file) + LOOK_SECONDS / 2:
            return Followed()
        try:
            return _brought(server, file)
        except StoreError as error:
            lose(file, error, now)
            raise


def lose(file: StoreFile, error: StoreError, now: float) -> None:
    """Say of every copied scope that it may be older than what the workers keep."""
    if not _is_there(file):
        return
    with suppress(FmgStateError), wiring.open_store(file) as here:
        store_copy.lose(here, f"{error.what} {LAST_COPY}")
    with suppress(FmgStateError):
        copying.note(file, "", now - LOOK_SECONDS + AGAIN_SECONDS)


def _brought(server: RedisServer, file: StoreFile) -> Followed:
    quick = replace(server, timeout=min(server.timeout, ANSWER_SECONDS))
    there = RedisStore(quick, quick.connect(retries=0))
    try:
        version = there.version()
        if version and version == copying.followed(file) and _is_there(file):
            copying.note(file, version)
            return Followed()
        with wiring.healthy_store(file) as here:
            done = store_copy.follow(there, here)
            wiring.refresh_key_files(here, file)
        # What could not be read may be readable the next time, whatever the version is then.
        copying.note(file, "" if done.behind else version)
        return done
    finally:
        there.close()


def _is_there(file: StoreFile) -> bool:
    return os.path.exists(file)  # noqa: PTH110
