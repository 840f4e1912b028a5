"""This host's copy of what other hosts publish, kept in step with the KV store.

Who answers calls ``mirror_follow.follow``: at most once a minute it asks splunkd for
``fmgstate_mirror``, a handler of its own process, which brings the store up to date with splunkd's
own rights: users see of the collection only what their ADOMs allow, through answers. Nobody waits
longer than ``WAIT_SECONDS``: a longer load goes on in that process, and answers come from the old
copy.

Where workers refresh, the copy is of their store instead of the collection.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Any, Callable, NamedTuple, Optional

from fmgstate import wiring
from fmgstate.collect.copying import alone, followed, looked, note
from fmgstate.errors import Defect, FmgStateError, StoreError
from fmgstate.search.mirror_collection import Collection, Manifest
from fmgstate.search.mirror_follow import (
    DONE,
    LOADING,
    LOOK_SECONDS,
    WAIT_SECONDS,
)
from fmgstate.search.rest_reply import NO_METHOD, OK, Refusal, Reply, reply
from fmgstate.search.splunkd import Splunkd
from fmgstate.search.workers_setting import FindServer, no_workers, uses_workers
from fmgstate.settings import store_file

NOT_FOLLOWED = "Answers come from the last copy of what the workers keep, and are stale."
NOT_HERE = "Its newest content has not reached this search head yet."


class Mirrored(NamedTuple):
    """``version``: of the manifest that was followed. ``behind``: scopes whose newest content could
    not be had."""

    version: str
    loaded: int = 0
    dropped: int = 0
    behind: int = 0


def mirror(collection: Collection, file: Path, now: float) -> Mirrored:
    """Follow the collection; one process of the host at a time. Raises ``FmgStateError``."""
    with alone(file):
        if now < looked(file) + LOOK_SECONDS / 2:
            return Mirrored(followed(file))
        version = collection.version()
        if not version or version == followed(file):
            note(file, version)
            return Mirrored(version)
        manifest = collection.manifest()
        done = _brought(collection, manifest, file, now)
        note(file, "" if done.behind else manifest.version)
        return done


def _brought(collection: Collection, manifest: Manifest, file: Path, now: float) -> Mirrored:
    loaded = behind = 0
    with wiring.copies(file, now) as copies:
        wanted = copies.wanted(manifest.copies.values())
        here = [one for one in wanted if copies.has(one)]
        copies.note_freshness(manifest.freshness)
        copies.note_collectors(manifest.collectors)
        for one in here:
            copies.note(one)
        there = set(here)
        for one, records in collection.contents(each for each in wanted if each not in there):
            if records is None:
                copies.fall_behind(one.scope, NOT_HERE)
                behind += 1
            else:
                copies.put(one, records)
                loaded += 1
        dropped = copies.keep_only(one.scope for one in wanted)
    return Mirrored(manifest.version, loaded, dropped, behind)


def follow_workers(server: Mapping[str, Any], file: Path, now: float) -> None:
    """As ``mirror``, of what workers keep on Redis. Raises ``FmgStateError``."""
    from fmgstate.shared_copy import bring
    from fmgstate.shared_store import server_of

    try:
        bring(server_of(server), file, now)
    except StoreError as error:
        raise StoreError(f"{NOT_FOLLOWED} {error.what}", error.cure) from None


class Mirror:
    """The handler of ``fmgstate_mirror``: loads in a thread, answers in time."""

    def __init__(
        self,
        file: Path,
        connect: Callable[[str, str], Splunkd] = Splunkd,
        find_server: FindServer = no_workers,
    ) -> None:
        self._file, self._connect, self._find_server = file, connect, find_server
        self._thread: Optional[threading.Thread] = None
        self._error = ""

    @classmethod
    def of_this_host(
        cls, environ: Mapping[str, str], find_server: FindServer = no_workers
    ) -> Mirror:
        """As splunkd starts it."""
        return cls(store_file(environ), find_server=find_server)

    def handle(self, in_string: str) -> Reply:
        """``state``: done or loading; ``error``: why the last one failed."""
        asked = json.loads(in_string)
        if asked.get("method") != "POST":
            return Refusal("Use POST.", "", NO_METHOD).reply()
        thread = self._thread
        if thread is None or not thread.is_alive():
            thread = self._thread = threading.Thread(
                target=self._load,
                args=(asked["server"]["rest_uri"], asked["system_authtoken"]),
                daemon=True,
            )
            thread.start()
        thread.join(WAIT_SECONDS)
        state = LOADING if thread.is_alive() else DONE
        return reply(json.dumps({"state": state, "error": self._error}), OK)

    def _load(self, uri: str, token: str) -> None:
        try:
            with self._connect(uri, token) as splunkd:
                server = self._find_server(uri, token) if uses_workers(splunkd) else None
                if server is None:
                    mirror(Collection(splunkd), self._file, time())
                else:
                    follow_workers(server, self._file, time())
            self._error = ""
        except FmgStateError as error:
            self._error = str(error)
        except Exception as error:  # noqa: BLE001
            self._error = str(Defect(error))
