"""REST handlers of the apps that stay alive: ``[script:…]`` stanzas with scripttype persist."""

import base64
import json
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from standin.home.layers import Confs, Stanza
from standin.home.tree import Home
from standin.inputs.script import Interpreter
from standin.rest import rendering
from standin.rest.capabilities import holds
from standin.rest.exchange import FALSE, TRUE, Refusal
from standin.rest.exposure import Exposure
from standin.rest.http import Answer, HttpRequest
from standin.rest.persistent_process import HandlerDied, HandlerProcess
from standin.rest.router import Router
from standin.splunkd_log import SplunkdLog
from standin.users.caller import NOBODY, Caller

_NAMESPACE = re.compile(r"/servicesNS/(?P<user>[^/]+)/(?P<app>[^/]+)(?P<rest>/.+)|/services(/.+)")
_KNOWN = frozenset({
    "match", "script", "scripttype", "handler", "requireAuthentication", "output_modes",
    "passPayload", "passSession", "passHttpHeaders", "passHttpCookies", "passSystemAuth",
    "passConf", "python.version", "python.required", "script.param", "capability",
    "capability.get", "capability.post", "capability.put", "capability.delete", "disabled",
    "includeInAccessLog", "acceptFrom", "stream",
})  # fmt: skip
_REPLY = frozenset({"payload", "payload_base64", "status", "headers"})


@dataclass
class _Route:
    match: str
    stanza: Stanza
    process: HandlerProcess

    def flag(self, name: str, *, default: bool = False) -> bool:
        text = self.stanza.settings.get(name, "true" if default else "false").lower()
        if text not in (*TRUE, *FALSE):
            raise Refusal(501, f"{name} = {text} in restmap.conf: not understood", unknown=True)
        return text in TRUE


@dataclass(frozen=True)
class Server:
    """What a handler is told of the server."""

    name: str
    guid: str
    port: int


class PersistentHandlers:
    """Finds, starts and asks the persistent handlers of an instance's apps."""

    def __init__(
        self,
        home: Home,
        confs: Confs,
        interpreter: Interpreter,
        router: Router,
        log: SplunkdLog,
        exposure: Exposure,
    ) -> None:
        self._home = home
        self._confs = confs
        self._interpreter = interpreter
        self._router = router
        self._log = log
        self._exposure = exposure
        self._routes: list[_Route] | None = None
        self._processes: dict[tuple[str, str, str], HandlerProcess] = {}
        self.server = Server("standin", "", 0)

    def quick(self, http: HttpRequest) -> Awaitable[Answer] | None:
        """The coming answer of the handler whose path this is; None when it is nobody's."""
        found = _NAMESPACE.fullmatch(http.path)
        if found is None:
            return None
        rest = "/" + (found["rest"] or found[4]).strip("/")
        for route in self._all():
            if rest == route.match or rest.startswith(route.match + "/"):
                space = {"user": found["user"], "app": found["app"]} if found["user"] else {}
                return self._answer(http, route, rest, space)
        return None

    def forget(self) -> None:
        """Reads restmap.conf anew; processes stay."""
        self._routes = None

    def process(self, name: str) -> HandlerProcess:
        """The process of the stanza ``script:<name>``."""
        for route in self._all():
            if route.stanza.name == f"script:{name}":
                return route.process
        raise KeyError(name)

    def leave(self) -> None:
        """Lets go of every process's pipes; called in the loop."""
        for process in self._processes.values():
            process.leave()

    def stop(self, grace: float) -> None:
        """Ends every process, once the loop has ended."""
        for process in self._processes.values():
            process.stop(grace)

    def _all(self) -> list[_Route]:
        routes = self._routes
        if routes is None:
            stanzas = self._confs.stanzas("restmap", inherit=False).values()
            found = [
                self._route(stanza)
                for stanza in stanzas
                if stanza.name.startswith("script:")
                and stanza.settings.get("scripttype") == "persist"
                and stanza.settings.get("disabled", "0").lower() not in TRUE
            ]
            # The longest match wins.
            routes = self._routes = sorted(found, key=lambda route: -len(route.match))
        return routes

    def _route(self, stanza: Stanza) -> _Route:
        settings = stanza.settings
        script = self._home.app(stanza.app) / "bin" / settings.get("script", "")
        key = (str(script), settings.get("handler", ""), settings.get("script.param", ""))
        if key not in self._processes:
            self._processes[key] = HandlerProcess(self._interpreter, script, *key[1:], self._log)
        return _Route(settings.get("match", "").rstrip("/"), stanza, self._processes[key])

    async def _answer(
        self, http: HttpRequest, route: _Route, rest: str, space: dict[str, str]
    ) -> Answer:
        json_wanted = "output_mode=xml" not in http.target
        try:
            question = self._question(http, route, rest, space)
            return self._reply(await route.process.ask(json.dumps(question).encode()))
        except Refusal as refusal:
            if refusal.unknown:
                self._router.refuse(http.method, http.path, refusal.message)
            body, kind = rendering.message(
                refusal.message, json_wanted=json_wanted, level=refusal.level
            )
            return Answer(refusal.status, kind, body)
        except (HandlerDied, ValueError) as error:
            name = route.stanza.name
            self._log.write("ERROR", "PersistentScript", f"[{name}] failed: {error}")
            body, kind = rendering.message(f"{name} failed: {error}", json_wanted=json_wanted)
            return Answer(500, kind, body)

    def _question(
        self, http: HttpRequest, route: _Route, rest: str, space: dict[str, str]
    ) -> dict[str, Any]:
        self._check_stanza(route)
        if http.via_web and not self._exposure.allows(http.method, rest.strip("/")):
            raise Refusal(404, f"{rest}: no [expose:…] of web.conf lets Splunk Web pass this on")
        sessions = self._router.sessions
        caller = sessions.caller(http.headers.get("authorization", ""), http.cookies())
        if caller is None and route.flag("requireAuthentication", default=True):
            raise Refusal(401, "call not properly authenticated", level="WARN")
        self._check_capability(http, route, caller or NOBODY)
        query = parse_qsl(urlsplit(http.target).query, keep_blank_values=True)
        settings = route.stanza.settings
        question: dict[str, Any] = {
            **self._mode(route, dict(query)),
            "server": {
                "rest_uri": f"https://127.0.0.1:{self.server.port}",
                "hostname": self.server.name, "servername": self.server.name,
                "guid": self.server.guid,
            },
            "query": query, "method": http.method, "rest_path": unquote(rest),
            "connection": {"src_ip": http.client, "ssl": True, "listening_port": self.server.port},
        }  # fmt: skip
        if space:
            question["ns"] = {name: unquote(value) for name, value in space.items()}
        if path_info := unquote(rest[len(route.match) :].strip("/")):
            question["path_info"] = path_info
        if route.flag("passConf", default=True):
            question["restmap"] = {"name": route.stanza.name, "conf": settings}
        if route.flag("passSession", default=True) and caller:
            question["session"] = {
                "user": caller.name,
                "authtoken": sessions.key_of(caller.name),
            }
        if route.flag("passSystemAuth"):
            question["system_authtoken"] = sessions.system_key
        return question | _body(http, route)

    def _mode(self, route: _Route, query: dict[str, str]) -> dict[str, Any]:
        modes = [
            each.strip() for each in route.stanza.settings.get("output_modes", "xml").split(",")
        ]
        mode = query.get("output_mode")
        if mode and mode not in ("json", "xml"):
            raise Refusal(400, f"output_mode={mode} is not supported by this endpoint")
        return {"output_mode": mode or modes[0], "output_mode_explicit": mode is not None}

    def _check_stanza(self, route: _Route) -> None:
        settings, name = route.stanza.settings, route.stanza.name
        for key in settings.keys() - _KNOWN:
            raise Refusal(501, f"[{name}] {key}: the stand-in does not know it", unknown=True)
        for key in ("match", "script", "handler"):
            if not settings.get(key):
                raise Refusal(404, f"[{name}] has no {key}", unknown=True)
        if settings.get("python.version", "python3") not in ("python3", "default", "python"):
            raise Refusal(501, f"[{name}] python.version: Python 3 only", unknown=True)
        if settings.get("acceptFrom", "*") != "*" or route.flag("stream"):
            raise Refusal(501, f"[{name}] acceptFrom, stream: not known here", unknown=True)

    def _check_capability(self, http: HttpRequest, route: _Route, caller: Caller) -> None:
        for key in ("capability", f"capability.{http.method.lower()}"):
            text = route.stanza.settings.get(key, "").strip()
            if text and not holds(text, caller.capabilities):
                raise Refusal(
                    403,
                    f"You (user={caller.name}) do not have permission to perform this operation "
                    f"(requires capability: {text}).",
                    level="WARN",
                )

    def _reply(self, reply: dict[str, Any]) -> Answer:
        if reply.keys() - _REPLY:
            raise HandlerDied(f"replied with {sorted(reply.keys() - _REPLY)}: not understood")
        status = int(reply.get("status", 200))
        headers = reply.get("headers", {})
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
        kind = rendering.JSON_TYPE
        others = []
        for name, value in pairs:
            if name.lower() == "content-type":
                kind = str(value)
            else:
                others.append((str(name), str(value)))
        return Answer(status, kind, _payload(reply), tuple(others))


def _payload(reply: dict[str, Any]) -> bytes:
    if "payload_base64" in reply:
        return base64.b64decode(reply["payload_base64"])
    payload = reply.get("payload", "")
    return payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()


def _body(http: HttpRequest, route: _Route) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if http.body and "urlencoded" in http.headers.get("content-type", ""):
        found["form"] = parse_qsl(http.body.decode(errors="replace"), keep_blank_values=True)
    wish = route.stanza.settings.get("passPayload", "false").lower()
    if wish == "base64":
        found["payload_base64"] = base64.b64encode(http.body).decode()
    elif route.flag("passPayload") and http.body:
        found["payload"] = http.body.decode(errors="replace")
    if route.flag("passHttpHeaders"):
        found["headers"] = list(http.headers.items())
    if route.flag("passHttpCookies"):
        found["cookies"] = list(http.cookies().items())
    return found
