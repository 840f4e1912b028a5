"""Custom alert actions: the script of the package, JSON on its standard input.

alert_actions.conf.spec; "Custom alert action" pages of the developer's guide.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from standin.errors import StandinError
from standin.home.layers import Confs, Stanza
from standin.home.tree import Home
from standin.inputs.script import Interpreter
from standin.spl.numbers import text as text_of
from standin.spl.values import Row, Value

_KNOWN = re.compile(
    r"(is_custom|label|description|icon_path|payload_format|python\.(version|required)|disabled|"
    r"maxtime|maxresults|ttl|hostname|track_alert|command|forceCsvResults|"
    r"alert\.execute\.cmd(\.arg\.\d+)?|param\..+)\Z"
)
_ONLY = {"command": (), "hostname": (), "forceCsvResults": ("auto", "true", "1"),
         "disabled": ("0", "false")}  # fmt: skip
"""Settings that would change what is run or told, with the values for which they do not."""
_TOKEN = re.compile(r"\$([A-Za-z][\w.]*)\$")
_TIME = re.compile(r"(\d+)([smhd]?)\Z")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
MOST_RESULTS = "10000"
MOST_TIME = "5m"
"""``maxresults`` and ``maxtime`` of alert_actions.conf.spec 9.0; in the oldest it was 100."""


@dataclass(frozen=True)
class Alert:
    """One alert to act on. ``rows``: its results in order; ``fields``: their columns."""

    search_name: str
    app: str
    owner: str
    sid: str
    fields: list[str]
    rows: list[Row]
    server_host: str
    server_uri: str
    session_key: str = field(repr=False)
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Acted:
    """How an action ended. ``lines``: what it wrote to standard error."""

    action: str
    exit_code: int
    lines: list[str]


class AlertActions:
    """Runs alert actions of installed apps."""

    def __init__(self, home: Home, confs: Confs, interpreter: Interpreter) -> None:
        self._home, self._confs, self._interpreter = home, confs, interpreter

    def run(self, name: str, alert: Alert) -> Acted:
        """Raises StandinError when no app has such an action, or its stanza is not understood."""
        stanza = self._stanza(name, alert.app)
        script = self._home.app(stanza.app) / "bin" / f"{name}.py"
        if not script.is_file():
            raise StandinError(f"[{name}] of alert_actions.conf in {stanza.app}: no {script.name}")
        limit, seconds = _limits(stanza)
        payload = self._payload(stanza, replace(alert, rows=alert.rows[:limit]))
        try:
            done = subprocess.run(
                self._interpreter.command(script, "--execute"), input=json.dumps(payload).encode(),
                capture_output=True, env=self._interpreter.environment(), cwd="/", check=False,
                timeout=seconds,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise StandinError(f"{name} was aborted after its maxtime, {seconds:g} s") from error
        return Acted(name, done.returncode, done.stderr.decode(errors="replace").splitlines())

    def _stanza(self, name: str, app: str) -> Stanza:
        stanza = self._confs.stanza("alert_actions", name, app)
        if stanza is None:
            raise StandinError(f"no app has the alert action {name}")
        where = f"[{name}] of alert_actions.conf in {stanza.app}"
        unknown = sorted(key for key in stanza.settings if not _KNOWN.match(key))
        if unknown:
            raise StandinError(f"{where}: settings not known here: {', '.join(unknown)}")
        if stanza.settings.get("is_custom", "0") not in ("1", "true"):
            raise StandinError(f"{where}: only is_custom = 1 is run here")
        if stanza.settings.get("payload_format", "xml") != "json":
            raise StandinError(f"{where}: only payload_format = json is run here")
        if any(key.startswith("alert.execute.cmd") for key in stanza.settings):
            raise StandinError(f"{where}: alert.execute.cmd is not run here")
        for key, harmless in _ONLY.items():
            if stanza.settings.get(key, "").strip().lower() not in ("", *harmless):
                raise StandinError(f"{where}: {key} = {stanza.settings[key]} is not obeyed here")
        return stanza

    def _payload(self, stanza: Stanza, alert: Alert) -> dict[str, Any]:
        first = alert.rows[0] if alert.rows else {}
        defaults = {key[6:]: value for key, value in stanza.settings.items()
                    if key.startswith("param.")}  # fmt: skip
        configuration = {**defaults, **alert.parameters}
        return {
            "app": alert.app, "owner": alert.owner, "sid": alert.sid,
            "search_name": alert.search_name, "server_host": alert.server_host,
            "server_uri": alert.server_uri, "session_key": alert.session_key,
            "results_file": str(self._results_file(alert)),
            "results_link": f"{alert.server_host}/app/{alert.app}/search?sid={alert.sid}",
            "search_uri": f"/servicesNS/{alert.owner}/{alert.app}/saved/searches/"
                          f"{alert.search_name}",
            "result": _shown(first),
            "configuration": {key: _with_tokens(value, alert, first)
                              for key, value in configuration.items()},
        }  # fmt: skip

    def _results_file(self, alert: Alert) -> Path:
        folder = self._home.path / "var" / "run" / "splunk" / "dispatch" / alert.sid
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "results.csv.gz"
        with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*alert.fields, *(f"__mv_{name}" for name in alert.fields)])
            for row in alert.rows:
                values = [row.get(name, "") for name in alert.fields]
                writer.writerow([*map(text_of, values), *map(_several, values)])
        return path


def _limits(stanza: Stanza) -> tuple[int, float]:
    """How many results it is given, and how many seconds."""
    where = f"[{stanza.name}] of alert_actions.conf in {stanza.app}"
    most = stanza.settings.get("maxresults", MOST_RESULTS).strip()
    time = stanza.settings.get("maxtime", MOST_TIME).strip()
    found = _TIME.match(time)
    if not most.isdigit() or not int(most):
        raise StandinError(f"{where}: maxresults = {most} is not understood")
    if found is None or not int(found[1]):
        raise StandinError(f"{where}: maxtime = {time} is not understood")
    return int(most), float(int(found[1]) * _SECONDS[found[2]])


def _several(value: Value) -> str:
    if not isinstance(value, list) or len(value) < 2:
        return ""
    return ";".join("$" + part.replace("$", "$$") + "$" for part in value)


def _shown(row: Row) -> dict[str, str | list[str]]:
    """A result as the payload holds it: every value is text."""
    return {
        name: value if isinstance(value, list) else text_of(value) for name, value in row.items()
    }


def _with_tokens(text: str, alert: Alert, first: Row) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name.startswith("result."):
            return text_of(first.get(name[7:], ""))
        known = {"name": alert.search_name, "app": alert.app, "owner": alert.owner}
        if name not in known:
            raise StandinError(f"token ${name}$ in a parameter of {alert.search_name}: not known")
        return known[name]

    return _TOKEN.sub(value, text)
