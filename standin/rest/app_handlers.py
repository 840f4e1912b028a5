"""REST handlers of the apps themselves: ``admin_external`` stanzas of restmap.conf."""

import json
import subprocess
from typing import Any

from standin.home.layers import Confs, Stanza
from standin.home.tree import Home
from standin.inputs.script import Interpreter
from standin.rest.capabilities import check
from standin.rest.exchange import Entries, Entry, Refusal, Reply, Request, unsupported
from standin.rest.exposure import Exposure
from standin.rest.router import Endpoint
from standin.splunkd_log import SplunkdLog
from standin.users.sessions import Sessions

_PATIENCE_S = 120
_MARK = b"\nstandin-reply:"
_ACTIONS = {"GET": "list", "DELETE": "remove"}


class AppHandlers:
    """Finds and runs the handler scripts that apps declare."""

    def __init__(
        self,
        home: Home,
        confs: Confs,
        interpreter: Interpreter,
        sessions: Sessions,
        log: SplunkdLog,
        exposure: Exposure,
    ) -> None:
        self._home = home
        self._confs = confs
        self._interpreter = interpreter
        self._sessions = sessions
        self._log = log
        self._exposure = exposure

    def find(self, name: str) -> Endpoint | None:
        """The endpoint of a handler, when an app declares it as a member of its admin stanza."""
        stanzas = self._confs.stanzas("restmap")
        stanza = stanzas.get(f"admin_external:{name}")
        exposing = self._exposing(stanzas, name)
        if stanza is None or exposing is None:
            return None

        def serve(request: Request) -> Reply:
            if request.via_web and not self._exposure.allows(request.method, request.path):
                raise Refusal(404, f"no [expose:…] of web.conf lets Splunk Web pass {name} on")
            check(exposing.settings, request)
            return self._serve(request, name, stanza)

        return serve

    def _exposing(self, stanzas: dict[str, Stanza], name: str) -> Stanza | None:
        """The ``admin:`` stanza that has the handler among its members."""
        for stanza in stanzas.values():
            members = stanza.settings.get("members", "").split(",")
            if stanza.name.startswith("admin:") and name in [each.strip() for each in members]:
                return stanza
        return None

    def _serve(self, request: Request, name: str, stanza: Stanza) -> Reply:
        entity, slash, last = request.tail.rpartition("/")
        action = last if slash and last in ("enable", "disable", "_reload") else ""
        entity = entity if action else request.tail
        fields = request.fields()
        if action == "_reload":
            return Entries([])
        if action:
            fields = {"disabled": "1" if action == "disable" else "0"}
        verb = _ACTIONS.get(request.method) or ("edit" if entity else "create")
        if request.method not in ("GET", "POST", "DELETE"):
            raise unsupported(request)
        allowed = [each.strip() for each in stanza.settings.get("handleractions", "").split(",")]
        if verb not in allowed:
            raise Refusal(405, f"{name} does not handle the action {verb}")
        if verb == "create":
            entity = request.need("name")
            fields = request.fields("name")
        key = self._sessions.key_of(request.caller.name)
        reply = self._run(stanza, {
            "action": verb, "id": entity or None, "session_key": key,
            "arguments": {key: [value] for key, value in fields.items()},
            "app": stanza.app, "user": request.owner, "handler": name,
        })  # fmt: skip
        entries = [_entry(each, stanza.app) for each in reply["entries"]]
        return Entries(entries, status=201 if verb == "create" else 200)

    def _run(self, stanza: Stanza, question: dict[str, Any]) -> dict[str, Any]:
        script = self._home.app(stanza.app) / "bin" / stanza.settings["handlerfile"]
        environment = self._interpreter.environment()
        done = subprocess.run(
            self._interpreter.command(script),
            input=json.dumps(question).encode(),
            capture_output=True,
            env=environment,
            cwd="/",
            timeout=_PATIENCE_S,
            check=False,
        )
        _before, mark, answer = done.stdout.rpartition(_MARK)
        for line in done.stderr.decode(errors="replace").splitlines():
            self._log.write("ERROR", "AdminManagerExternal", f"{script.name}: {line}")
        if not mark:
            raise Refusal(
                500 if done.returncode == 0 else 404,
                (
                    f"{script} gave no reply (exit code {done.returncode}): "
                    f"{done.stderr.decode(errors='replace')[-600:]}"
                ),
                unknown=True,
            )
        reply: dict[str, Any] = json.loads(answer)
        if "error" in reply:
            raise Refusal(int(reply["status"]), str(reply["error"]))
        return reply


def _entry(found: dict[str, Any], app: str) -> Entry:
    content = found["content"] | {"disabled": found["content"].get("disabled", False)}
    return Entry(found["name"], content, app)
