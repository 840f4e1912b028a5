"""From a path to its endpoint, and from an endpoint's reply to bytes."""

import hmac
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from standin.rest import listing, rendering
from standin.rest.exchange import Entries, Plain, Refusal, Reply, Request

_LOG = logging.getLogger("standin.rest")
_NAMESPACE = re.compile(r"/servicesNS/(?P<owner>[^/]+)/(?P<app>[^/]+)/(?P<rest>.+)|/services/(.+)")

Endpoint = Callable[[Request], Reply]


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Refused:
    """A request the stand-in did not know what to do with."""

    method: str
    path: str
    why: str


class Router:
    """Checks the session key, finds the endpoint, renders its reply."""

    def __init__(self, session_key: str) -> None:
        self._session_key = session_key
        self._endpoints: dict[str, Endpoint] = {}
        self._fallback: Callable[[str], Endpoint | None] = lambda _path: None
        self.refused: list[Refused] = []

    def add(self, path: str, endpoint: Endpoint) -> None:
        """Serves ``path`` and everything below it; a trailing ``-`` joins the next segment."""
        self._endpoints[path] = endpoint

    def otherwise(self, find: Callable[[str], Endpoint | None]) -> None:
        """Where to look for the endpoint of a path that none of the others serves."""
        self._fallback = find

    def answer(
        self, method: str, target: str, authorization: str, content_type: str, body: bytes
    ) -> Answer:
        """The answer to one HTTP request."""
        split = urlsplit(target)
        arguments = parse_qs(split.query, keep_blank_values=True)
        if "json" not in content_type:
            for name, values in parse_qs(
                body.decode(errors="replace"), keep_blank_values=True
            ).items():
                arguments.setdefault(name, []).extend(values)
        json_wanted = arguments.get("output_mode") == ["json"]
        try:
            self._check(authorization)
            return self._dispatch(method, split.path, arguments, body)
        except Refusal as refusal:
            if refusal.unknown:
                self._refuse(method, split.path, refusal.message)
            text, kind = rendering.message(refusal.message, json_wanted=json_wanted)
            return Answer(refusal.status, kind, text)
        except Exception as error:  # noqa: BLE001  a fault here must show up in `refused`
            self._refuse(method, split.path, f"failed: {error!r}")
            _LOG.exception("%s %s failed", method, split.path)
            text, kind = rendering.message(
                f"The stand-in failed: {error!r}", json_wanted=json_wanted
            )
            return Answer(501, kind, text)

    def _dispatch(
        self, method: str, path: str, arguments: dict[str, list[str]], body: bytes
    ) -> Answer:
        found = _NAMESPACE.fullmatch(path)
        if found is None:
            raise Refusal(404, f"{path}: the stand-in does not know this path", unknown=True)
        rest = (found["rest"] or found[4]).strip("/")
        prefix, endpoint = self._find(rest)
        if endpoint is None:
            raise Refusal(404, f"{path}: the stand-in does not know this path", unknown=True)
        # splunktaucclib quotes slashes once more than the path as a whole is quoted.
        tail = unquote(rest[len(prefix) :].strip("/")).replace("%2F", "/")
        request = Request(
            method,
            unquote(found["owner"] or "nobody"),
            unquote(found["app"] or ""),
            tail,
            arguments,
            body,
        )
        return self._render(request, endpoint(request), prefix)

    def _find(self, rest: str) -> tuple[str, Endpoint | None]:
        for prefix, endpoint in self._endpoints.items():
            if rest == prefix or rest.startswith(prefix if prefix.endswith("-") else prefix + "/"):
                return prefix, endpoint
        first = rest.partition("/")[0]
        return first, self._fallback(first)

    def _render(self, request: Request, reply: Reply, prefix: str) -> Answer:
        if isinstance(reply, Plain):
            return Answer(reply.status, reply.content_type, reply.body)
        # Links name the collection: the path without the entity that was asked for.
        endpoint = prefix
        if prefix.endswith("-") or prefix == "data/inputs":
            endpoint = prefix + ("" if prefix.endswith("-") else "/") + request.tail.split("/")[0]
        entries, total, offset = reply.entries, len(reply.entries), 0
        if request.method == "GET":
            entries, total, offset = listing.page(request, reply.entries)
        shown = Entries(entries, reply.status)
        if request.as_json:
            body = rendering.as_json(shown, endpoint, total, offset)
            return Answer(reply.status, rendering.JSON_TYPE, body)
        body = rendering.as_atom(shown, endpoint, total, offset)
        return Answer(reply.status, rendering.XML_TYPE, body)

    def _check(self, authorization: str) -> None:
        scheme, _space, key = authorization.partition(" ")
        if scheme not in ("Splunk", "Bearer") or not hmac.compare_digest(
            key.encode(), self._session_key.encode()
        ):
            raise Refusal(401, "call not properly authenticated")

    def _refuse(self, method: str, path: str, why: str) -> None:
        self.refused.append(Refused(method, path, why))
        _LOG.error("refused %s %s: %s", method, path, why)
