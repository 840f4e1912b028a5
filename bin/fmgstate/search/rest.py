"""The REST look-up: one request of splunkd in, its reply out, in a process that stays.

What is remembered is bounded: tokens, sets of fields, and what was looked up since the store was
last looked at.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any, Optional

from fmgstate.errors import Defect, FmgStateError
from fmgstate.search.access import READ, Access, NotAllowed, access, app_folder
from fmgstate.search.mirror_follow import WAIT_SECONDS, follow
from fmgstate.search.rest_answers import Answering
from fmgstate.search.rest_reply import (
    FAILED,
    FORBIDDEN,
    NO_METHOD,
    NO_PATH,
    NO_SESSION,
    UNAVAILABLE,
    Refusal,
    Reply,
    reply,
)
from fmgstate.search.rest_request import Request
from fmgstate.search.splunkd import Splunkd, SplunkdError
from fmgstate.settings import store_file

TOKEN_SECONDS = 60.0
MOST_TOKENS = 1000

Ask = Callable[[str, str], Access]
"""Address of splunkd and token to whose it is."""
Bring = Callable[[str, str, Path], None]
LOOK_SECONDS = 5.0
"""So long is not looked whether the copy is old."""


def ask_splunkd(uri: str, token: str) -> Access:
    """What splunkd and the app's settings say of a token."""
    with Splunkd(uri, token) as splunkd:
        return access(splunkd, app_folder())


def bring_copy(uri: str, token: str, file: Path) -> None:
    """Bring the copy of what other hosts publish up to date, where that was not done lately."""
    with suppress(FmgStateError), Splunkd(uri, token) as splunkd:
        follow(splunkd, file)


class Rest:
    """``handle`` is called with one request after another."""

    def __init__(self, file: Path, ask: Ask = ask_splunkd, bring: Bring = bring_copy) -> None:
        self._file, self._answering = file, Answering(file)
        self._ask, self._bring = ask, bring
        self._bringing: Optional[Thread] = None
        self._brought = 0.0
        self._known: OrderedDict[str, tuple[float, Access]] = OrderedDict()

    @classmethod
    def of_this_host(cls, environ: Mapping[str, str]) -> Rest:
        """As splunkd starts it."""
        return cls(store_file(environ))

    def handle(self, in_string: str) -> Reply:
        """Never raises: what goes wrong is a reply with its status."""
        try:
            return self._handle(json.loads(in_string))
        except Refusal as refusal:
            return refusal.reply()
        except NotAllowed as error:
            return Refusal(str(error), "", FORBIDDEN).reply()
        except SplunkdError as error:
            status = NO_SESSION if error.status == NO_SESSION else UNAVAILABLE
            return Refusal(str(error), "", status).reply()
        except FmgStateError as error:
            return Refusal(str(error), "", FAILED).reply()
        except Exception as error:  # noqa: BLE001
            return Refusal(str(Defect(error)), "", FAILED).reply()

    def close(self) -> None:
        """Let go of the store."""
        self._answering.close()

    def _handle(self, asked: Mapping[str, Any]) -> Reply:
        request = Request.of(asked)
        answers = self._answering.paths.get(request.path)
        if answers is None:
            there = ", ".join(f"fmgstate/{one}" for one in self._answering.paths)
            raise Refusal(f"There is no such path here, but {there}.", "", NO_PATH)
        answer = answers.get(request.method)
        if answer is None:
            raise Refusal(f"Use {' or '.join(answers)}.", "", NO_METHOD)
        adoms = self._access(request).adoms
        self._bring_up_to_date(request)
        return reply(answer(request, adoms))

    def _bring_up_to_date(self, request: Request) -> None:
        """In a thread, as it may take a while; only where nothing is here yet it is waited for."""
        if monotonic() < self._brought + LOOK_SECONDS:
            return
        self._brought = monotonic()
        if self._bringing is None or not self._bringing.is_alive():
            asked = request.uri, request.token, self._file
            self._bringing = Thread(target=self._bring, args=asked, daemon=True)
            self._bringing.start()
            if not self._file.exists():
                self._bringing.join(2 * WAIT_SECONDS)

    def _access(self, request: Request) -> Access:
        now = monotonic()
        kept = self._known.get(request.token)
        if kept is None or now >= kept[0] + TOKEN_SECONDS:
            self._known.pop(request.token, None)
            while len(self._known) >= MOST_TOKENS:
                self._known.popitem(last=False)
            kept = self._known[request.token] = now, self._ask(request.uri, request.token)
        kept[1].need(READ)
        return kept[1]
