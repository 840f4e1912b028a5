"""The one place where commands ask what the one who searches may see."""

from __future__ import annotations

import os
from _thread import allocate_lock, start_new_thread  # threading itself is slow to import
from collections.abc import Collection
from typing import TYPE_CHECKING, Callable, Optional

from fmgstate.search.access import READ, Access, access, app_folder
from fmgstate.search.mirror_follow import follow
from fmgstate.search.splunkd import Splunkd
from fmgstate.settings import store_path

if TYPE_CHECKING:  # asked for before the rest of a command is imported
    from fmgstate.search.command import Invocation

Permission = Callable[["Invocation"], Optional[Collection[str]]]
"""The names of the ADOMs that may be seen; None = all. Raises ``FmgStateError`` for one who may not
search at all."""


class Asking:
    """splunkd is asked, on one connection, while the command is imported."""

    def __init__(self, asked: Invocation) -> None:
        self._uri, self._key = (
            str(asked.searchinfo.get(one) or "") for one in ("splunkd_uri", "session_key")
        )
        self._error: Optional[BaseException] = None
        self._running = allocate_lock()
        self._running.acquire()
        try:
            start_new_thread(self._run, ())
        except RuntimeError:  # no more threads
            self._run()

    def answer(self) -> tuple[Access, str]:
        """What the user may, and what is to be told of this host's copy. Waits for it; raises what
        went wrong."""
        with self._running:
            if self._error is not None:
                raise self._error
            return self._access, self._told

    def _run(self) -> None:
        try:
            self._ask()
        except BaseException as error:  # noqa: BLE001
            self._error = error
        finally:
            self._running.release()

    def _ask(self) -> None:
        with Splunkd(self._uri, self._key) as splunkd:
            self._access = access(splunkd, app_folder())
            self._access.need(READ)
            self._told = follow(splunkd, store_path(os.environ))


def begin(asked: Invocation) -> Asking:
    """Ask now; ``permitted`` waits for the answer."""
    return Asking(asked)


def permitted(asked: Invocation) -> Optional[Collection[str]]:
    """As splunkd says of the search's session. Raises ``NotAllowed`` without the capability."""
    asking = asked.begun if isinstance(asked.begun, Asking) else begin(asked)
    found, told = asking.answer()
    if told:
        asked.info(told)
    return found.adoms
