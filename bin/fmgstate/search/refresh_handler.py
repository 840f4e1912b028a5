"""``/services/fmgstate_refresh``: asks workers for a refresh, for people who may not know the
password of their Redis. A process of its own, as redis-py takes long to import.

GET: which FortiManagers there are. POST ``{"fortimanager", "what", "adoms"}``: the request's name.
GET ``request=<name>&first=<number>``: what became of it since. GET ``copy=1``: has this host's copy
brought up to date. Without workers: status 404.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Callable, Optional

from fmgstate.errors import Defect, FmgStateError, StoreError
from fmgstate.search.access import READ, REFRESH, Access, NotAllowed
from fmgstate.search.rest import ask_splunkd
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
from fmgstate.search.splunkd import SplunkdError
from fmgstate.search.workers_setting import FindServer
from fmgstate.settings import StoreFile, store_file

if TYPE_CHECKING:
    from fmgstate.shared_store import RefreshRequests

SETTINGS_SECONDS = 15.0
MOST_ADOMS = 1000
WHAT = ("policies", "hitcounts")
NO_SCHEDULER = "No scheduler of the workers is at work on the Redis at {}."
START_ONE = "Start one on a worker host: python -m fmgstate worker schedule <configuration file>."


class Refreshing:
    """``find_server``: where the workers' Redis is, with the system's own rights."""

    def __init__(
        self,
        file: StoreFile,
        find_server: FindServer,
        ask: Callable[[str, str], Access] = ask_splunkd,
    ) -> None:
        self._file, self._find_server, self._ask = file, find_server, ask
        self._found = 0.0
        self._known: Optional[tuple[Mapping[str, Any], RefreshRequests]] = None

    @classmethod
    def of_this_host(cls, environ: Mapping[str, str], find_server: FindServer) -> Refreshing:
        """As splunkd starts it."""
        return cls(store_file(environ), find_server)

    def handle(self, in_string: str) -> Reply:
        """Never raises: what goes wrong is a reply with its status."""
        try:
            told = json.loads(in_string)
            return reply(json.dumps(self._answer(Request.of(told), told)))
        except Refusal as refusal:
            return _refused(refusal.message, refusal.status)
        except NotAllowed as error:
            return _refused(str(error), FORBIDDEN)
        except SplunkdError as error:
            return _refused(str(error), NO_SESSION if error.status == NO_SESSION else UNAVAILABLE)
        except StoreError as error:
            return _refused(str(error), UNAVAILABLE)
        except FmgStateError as error:
            return _refused(str(error), FAILED)
        except Exception as error:  # noqa: BLE001
            return _refused(str(Defect(error)), FAILED)

    def _answer(self, request: Request, told: Mapping[str, Any]) -> dict[str, Any]:
        if request.method not in ("GET", "POST"):
            raise Refusal("Use GET or POST.", "", NO_METHOD)
        user = self._ask(request.uri, request.token)
        user.need(READ)
        user.need(REFRESH)
        requests = self._requests(request.uri, str(told.get("system_authtoken", "")))
        if request.method == "POST":
            return _asked(requests, _body(request), user)
        asked = request.single(("request", "first", "copy"))
        if "copy" in asked:
            return {"error": self._copy()}
        if "request" not in asked:
            return {"fortimanagers": _managers(requests), "redis": requests.place}
        return self._progress(requests, asked)

    def _progress(self, requests: RefreshRequests, asked: Mapping[str, str]) -> dict[str, Any]:
        first = asked.get("first", "0")
        if not (first.isascii() and first.isdigit()):
            raise Refusal("first must be a whole number.", "first")
        found = requests.events(asked["request"], int(first))
        if not found and not requests.events(asked["request"]):
            raise Refusal("There is no such request, or it is too old.", "request", NO_PATH)
        return {"events": found}

    def _copy(self) -> str:
        """Searches of this host are to answer what was just read; "" or why they do not."""
        from fmgstate.shared_copy import bring
        from fmgstate.shared_store import server_of

        assert self._known is not None
        try:
            bring(server_of(self._known[0]), self._file, time(), anew=True)
        except FmgStateError as error:
            return str(error)
        return ""

    def _requests(self, uri: str, token: str) -> RefreshRequests:
        """Settings take splunkd a while to tell, and progress is asked for often."""
        if self._known is None or monotonic() > self._found + SETTINGS_SECONDS:
            server = self._find_server(uri, token)
            self._found = monotonic()
            if server is None:
                self._known = None
                raise Refusal("Workers are switched off on this host.", "", NO_PATH)
            if self._known is None or self._known[0] != server:
                from fmgstate.shared_store import requests_of

                self._known = server, requests_of(server)
        return self._known[1]


def _refused(sentence: str, status: int) -> Reply:
    """As splunkd itself refuses."""
    return reply(json.dumps({"messages": [{"type": "ERROR", "text": sentence}]}), status)


def _asked(requests: RefreshRequests, body: Mapping[str, Any], user: Access) -> dict[str, Any]:
    manager, what, adoms = (body.get(one) for one in ("fortimanager", "what", "adoms"))
    adoms = [] if adoms is None else adoms
    if not isinstance(manager, str) or not manager:
        raise Refusal("fortimanager must be a name.", "fortimanager")
    if what not in WHAT:
        raise Refusal(f"what must be one of {', '.join(WHAT)}.", "what")
    names = isinstance(adoms, list) and all(isinstance(one, str) and one for one in adoms)
    if not names or len(adoms) > MOST_ADOMS:
        raise Refusal(f"adoms must be a list of at most {MOST_ADOMS} names.", "adoms")
    if user.adoms is not None and (not adoms or not user.adoms.issuperset(adoms)):
        raise NotAllowed(
            f"The user {user.user} may not see all ADOMs that are asked for.",
            f"Give some of: {', '.join(sorted(user.adoms)) or 'none'}.",
        )
    known = _managers(requests)
    if manager not in known:
        there = f"There are: {', '.join(known)}." if known else "There is none."
        raise Refusal(f"The workers do not collect from {manager}. {there}", "fortimanager")
    return {"request": requests.ask(manager, str(what), adoms), "time": time()}


def _managers(requests: RefreshRequests) -> list[str]:
    found = requests.managers()
    if found is None:
        raise StoreError(NO_SCHEDULER.format(requests.place), START_ONE)
    return found


def _body(request: Request) -> Mapping[str, Any]:
    try:
        found = json.loads(request.body or "")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refusal('Send JSON: {"fortimanager": …, "what": …, "adoms": […]}.', "body")
    return found
