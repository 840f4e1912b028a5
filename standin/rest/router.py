"""From a path to its endpoint, and from an endpoint's reply to bytes."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote, unquote_plus

from standin.errors import StandinError
from standin.rest import known_arguments, listing, rendering
from standin.rest.exchange import Entries, Plain, Refusal, Reply, Request
from standin.rest.http import Answer, HttpRequest
from standin.users.caller import NOBODY, Caller
from standin.users.sessions import Sessions

_LOG = logging.getLogger("standin.rest")
_NAMESPACE = re.compile(r"/servicesNS/(?P<owner>[^/]+)/(?P<app>[^/]+)/(?P<rest>.+)|/services/(.+)")

Endpoint = Callable[[Request], Reply]


@dataclass(frozen=True)
class Refused:
    """A request the stand-in did not know what to do with."""

    method: str
    path: str
    why: str


class Router:
    """Finds out who asks, finds the endpoint, renders its reply."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self._endpoints: dict[str, Endpoint] = {}
        self._open: set[str] = set()
        self._fallback: Callable[[str], Endpoint | None] = lambda _path: None
        self.refused: list[Refused] = []

    def add(self, path: str, endpoint: Endpoint, *, anybody: bool = False) -> None:
        """Serves ``path`` and everything below it; a trailing ``-`` joins the next segment.

        ``anybody``: without a session too.
        """
        self._endpoints[path] = endpoint
        if anybody:
            self._open.add(path)

    def otherwise(self, find: Callable[[str], Endpoint | None]) -> None:
        """Where to look for the endpoint of a path that none of the others serves."""
        self._fallback = find

    def answer(self, request: HttpRequest) -> Answer:
        """The answer to one HTTP request."""
        return self.guarded(request, self._dispatch)

    def guarded(
        self,
        request: HttpRequest,
        answer: Callable[[HttpRequest, dict[str, list[str]]], Answer],
    ) -> Answer:
        """An answer, or what to say when it is refused or fails."""
        arguments = request.arguments()
        json_wanted = arguments.get("output_mode", [""])[0].startswith("json")
        try:
            return answer(request, arguments)
        except Refusal as refusal:
            if refusal.unknown:
                self.refuse(request.method, request.path, refusal.message)
            text, kind = rendering.message(
                refusal.message, json_wanted=json_wanted, level=refusal.level
            )
            return Answer(refusal.status, kind, text)
        except StandinError as error:
            self.refuse(request.method, request.path, str(error))
            text, kind = rendering.message(str(error), json_wanted=json_wanted)
            return Answer(501, kind, text)
        except Exception as error:  # noqa: BLE001  a fault here must show up in `refused`
            self.refuse(request.method, request.path, f"failed: {error!r}")
            _LOG.exception("%s %s failed", request.method, request.path)
            text, kind = rendering.message(
                f"The stand-in failed: {error!r}", json_wanted=json_wanted
            )
            return Answer(501, kind, text)

    def call(self, method: str, path: str, arguments: dict[str, list[str]], who: Caller) -> Entries:
        """The entities of a path, for ``| rest``; raises Refusal."""
        request, endpoint, _prefix = self._request(
            HttpRequest(method, path, {}, b""), arguments, who
        )
        reply = endpoint(request)
        if not isinstance(reply, Entries):
            raise Refusal(400, f"{path} gives no entities", unknown=True)
        if not reply.paged:
            return reply
        return replace(reply, entries=listing.page(request, reply.entries)[0])

    def refuse(self, method: str, path: str, why: str) -> None:
        """Remembers a request that the stand-in did not know."""
        self.refused.append(Refused(method, path, why))
        _LOG.error("refused %s %s: %s", method, path, why)

    def _dispatch(self, http: HttpRequest, arguments: dict[str, list[str]]) -> Answer:
        caller = self.sessions.caller(http.headers.get("authorization", ""), http.cookies())
        if caller is None and not self._is_open(http.path):
            raise Refusal(401, "call not properly authenticated", level="WARN")
        request, endpoint, prefix = self._request(http, arguments, caller or NOBODY)
        reply = endpoint(request)
        if request.method != "GET":
            self.sessions.forget()
        return self._render(request, reply, prefix)

    def _is_open(self, path: str) -> bool:
        return any(path.startswith(f"/services/{each}") for each in self._open)

    def _request(
        self, http: HttpRequest, arguments: dict[str, list[str]], caller: Caller
    ) -> tuple[Request, Endpoint, str]:
        path = http.path
        found = _NAMESPACE.fullmatch(path)
        if found is None:
            raise Refusal(404, f"{path}: the stand-in does not know this path", unknown=True)
        rest = (found["rest"] or found[4]).strip("/")
        prefix, endpoint = self._find(rest)
        if endpoint is None:
            raise Refusal(404, f"{path}: the stand-in does not know this path", unknown=True)
        # splunklib writes blanks as plus signs; splunktaucclib quotes slashes once more than the
        # path as a whole is quoted.
        tail = unquote_plus(rest[len(prefix) :].strip("/")).replace("%2F", "/")
        request = Request(
            http.method,
            unquote(found["owner"] or "nobody"),
            unquote(found["app"] or ""),
            tail,
            arguments,
            http.body,
            caller,
            rest,
            http.headers,
            http.via_web,
            http.query(),
        )
        if prefix in self._endpoints:
            known_arguments.check(request, prefix)
        return request, endpoint, prefix

    def _find(self, rest: str) -> tuple[str, Endpoint | None]:
        best = ""
        for prefix in self._endpoints:
            whole = rest == prefix or rest.startswith(
                prefix if prefix.endswith("-") else prefix + "/"
            )
            if whole and len(prefix) > len(best):
                best = prefix
        if best:
            return best, self._endpoints[best]
        first = rest.partition("/")[0]
        return first, self._fallback(first)

    def _render(self, request: Request, reply: Reply, prefix: str) -> Answer:
        if isinstance(reply, Plain):
            return Answer(reply.status, reply.content_type, reply.body, reply.headers)
        # Links name the collection: the path without the entity that was asked for.
        endpoint = prefix
        if prefix.endswith("-") or prefix == "data/inputs":
            endpoint = prefix + ("" if prefix.endswith("-") else "/") + request.tail.split("/")[0]
        entries, total, offset = reply.entries, len(reply.entries), 0
        if request.method == "GET" and reply.paged:
            entries, total, offset = listing.page(request, reply.entries)
        shown = replace(reply, entries=entries)
        if request.as_json:
            body = rendering.as_json(shown, endpoint, total, offset)
            return Answer(reply.status, rendering.JSON_TYPE, body)
        body = rendering.as_atom(shown, endpoint, total, offset)
        return Answer(reply.status, rendering.XML_TYPE, body)
