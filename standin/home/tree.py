"""The folders of a SPLUNK_HOME and the settings Splunk itself would ship."""

import os
from collections.abc import Callable
from pathlib import Path

from standin.home import conf_file

SYSTEM_DEFAULTS: dict[str, conf_file.Stanzas] = {
    "server": {"sslConfig": {"enableSplunkdSSL": "true"}},
    "web": {"settings": {"enableSplunkWebSSL": "false"}},
    "inputs": {"default": {"index": "default", "host": "$decideOnStartup"}},
    "indexes": {name: {} for name in ("main", "_internal", "_audit", "history", "summary")},
    "props": {
        "default": {
            "TRUNCATE": "10000",
            "SHOULD_LINEMERGE": "True",
            "LINE_BREAKER": r"([\r\n]+)",
            "MAX_TIMESTAMP_LOOKAHEAD": "128",
        }
    },
}

Read = Callable[[Path], conf_file.Stanzas]


class Home:
    """Paths below one SPLUNK_HOME."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.apps = self.path / "etc" / "apps"
        self.system = self.path / "etc" / "system"
        self.auth = self.path / "etc" / "auth"
        self.logs = self.path / "var" / "log" / "splunk"
        self.database = self.path / "var" / "lib" / "splunk"
        self.index_file = self.path / "var" / "index.sqlite"

    def create(self, server_name: str) -> None:
        """Makes the folders and writes Splunk's own default settings."""
        for folder in (self.apps, self.system, self.auth, self.logs, self.database):
            folder.mkdir(parents=True, exist_ok=True)
        self.path.joinpath("bin").mkdir(exist_ok=True)
        self.auth.chmod(0o700)
        for conf, stanzas in SYSTEM_DEFAULTS.items():
            conf_file.write(self.system / "default" / f"{conf}.conf", stanzas)
        self.set_system("server", "general", {"serverName": server_name})

    def set_system(self, conf: str, stanza: str, settings: dict[str, str]) -> None:
        """Adds settings to etc/system/local."""
        path = self.system / "local" / f"{conf}.conf"
        stanzas = conf_file.read(path)
        stanzas.setdefault(stanza, {}).update(settings)
        conf_file.write(path, stanzas)

    def app(self, name: str) -> Path:
        """The folder of an app; ``system`` is Splunk's own."""
        return self.system if name == "system" else self.apps / name

    def installed(self) -> list[str]:
        """Ids of the apps present, sorted."""
        return sorted(entry.name for entry in self.apps.iterdir() if entry.is_dir())

    def is_enabled(self, app: str, read: Read = conf_file.read) -> bool:
        """app.conf.spec, [install] state: splunkd reads nothing of an app that is disabled."""
        state = "enabled"
        for layer in ("default", "local"):
            install = read(self.app(app) / layer / "app.conf").get("install", {})
            state = install.get("state", state)
        if state not in ("enabled", "disabled"):
            raise ValueError(f"[install] state = {state} in app.conf of {app}: not known")
        return state == "enabled"

    def enabled(self) -> list[str]:
        """Ids of the apps present that are not disabled, sorted."""
        return [app for app in self.installed() if self.is_enabled(app)]

    def checkpoints(self, kind: str) -> Path:
        """The checkpoint folder of one kind of input, made when absent."""
        folder = self.database / "modinputs" / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def environment(self) -> dict[str, str]:
        """Environment of a process that splunkd starts, without its PYTHONPATH.

        Built from nothing, so that neither proxies nor a virtual environment of the caller
        leak into the app.
        """
        kept = {
            key: os.environ[key] for key in ("HOME", "LANG", "TZ", "TMPDIR") if key in os.environ
        }
        return kept | {
            "PATH": f"{self.path}/bin:/usr/local/bin:/usr/bin:/bin",
            "SPLUNK_HOME": str(self.path),
            "SPLUNK_ETC": str(self.path / "etc"),
            "SPLUNK_DB": str(self.database),
        }
