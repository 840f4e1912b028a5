"""Conf layering: what an app, or splunkd itself, sees of a conf file."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from standin.home import conf_file
from standin.home.tree import Home


@dataclass(frozen=True)
class Stanza:
    """A stanza as merged from all layers; ``app`` is the app of the layer that won."""

    name: str
    app: str
    settings: dict[str, str]
    exported: bool


@dataclass(frozen=True)
class _Layer:
    app: str
    path: Path
    only_exported: bool


class Confs:
    """Reads merged conf files and writes the ``local`` ones."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.RLock()
        self._parsed: dict[Path, tuple[tuple[int, int], conf_file.Stanzas]] = {}

    def exists(self, conf: str, app: str | None = None) -> bool:
        """Whether any layer visible to ``app`` has this conf file."""
        with self._lock:
            return any(layer.path.is_file() for layer in self._layers(conf, app))

    def stanzas(
        self, conf: str, app: str | None = None, *, inherit: bool = True
    ) -> dict[str, Stanza]:
        """Merged stanzas by name: in the context of ``app``, or globally when it is None.

        ``[default]`` is merged into every stanza (unless not to ``inherit``) and not listed.
        """
        with self._lock:
            defaults, merged, owner, exported = self._merge(conf, app)
        base = defaults if inherit else {}
        return {
            name: Stanza(name, owner[name], base | settings, exported[name])
            for name, settings in merged.items()
        }

    def stanza(
        self, conf: str, name: str, app: str | None = None, *, inherit: bool = True
    ) -> Stanza | None:
        """One merged stanza, or None."""
        return self.stanzas(conf, app, inherit=inherit).get(name)

    def defaults(self, conf: str, app: str | None = None) -> dict[str, str]:
        """The merged ``[default]`` stanza."""
        with self._lock:
            return self._merge(conf, app)[0]

    def write(self, app: str, conf: str, stanza: str, settings: dict[str, str]) -> None:
        """Adds settings to a stanza of the app's ``local`` folder."""
        with self._lock:
            path = self._local(app, conf)
            stanzas = conf_file.read(path)
            stanzas.setdefault(stanza, {}).update(settings)
            conf_file.write(path, stanzas)

    def create_file(self, app: str, conf: str) -> bool:
        """Makes an empty local conf file; False when there is one."""
        with self._lock:
            if self.exists(conf, app):
                return False
            conf_file.write(self._local(app, conf), {})
            return True

    def remove(self, app: str, conf: str, stanza: str) -> bool:
        """Removes a stanza from the app's ``local`` folder; False when it was not there."""
        with self._lock:
            path = self._local(app, conf)
            stanzas = conf_file.read(path)
            if stanzas.pop(stanza, None) is None:
                return False
            conf_file.write(path, stanzas)
            return True

    def _local(self, app: str, conf: str) -> Path:
        return self._home.app(app) / "local" / f"{conf}.conf"

    def _merge(
        self, conf: str, app: str | None
    ) -> tuple[dict[str, str], conf_file.Stanzas, dict[str, str], dict[str, bool]]:
        defaults: dict[str, str] = {}
        merged: conf_file.Stanzas = {}
        owner: dict[str, str] = {}
        exported: dict[str, bool] = {}
        for layer in self._layers(conf, app):
            for name, settings in self._read(layer.path).items():
                is_exported = layer.app == "system" or self.is_exported(layer.app, conf, name)
                if layer.only_exported and not is_exported:
                    continue
                if name == "default":
                    defaults.update(settings)
                    continue
                merged.setdefault(name, {}).update(settings)
                owner[name] = layer.app
                exported[name] = is_exported
        return defaults, merged, owner, exported

    def _read(self, path: Path) -> conf_file.Stanzas:
        """The file's stanzas, parsed again only when it changed. Not to be modified."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return {}
        version = (status.st_mtime_ns, status.st_ino)
        known = self._parsed.get(path)
        if known is None or known[0] != version:
            known = self._parsed[path] = (version, conf_file.read(path))
        return known[1]

    def _layers(self, conf: str, app: str | None) -> Iterator[_Layer]:
        """Layers from lowest to highest precedence."""
        name = f"{conf}.conf"
        system = self._home.system
        apps = [each for each in self._home.installed() if self._home.is_enabled(each, self._read)]
        yield _Layer("system", system / "default" / name, only_exported=False)
        if app is None:
            for kind in ("default", "local"):
                for other in reversed(apps):
                    yield _Layer(other, self._home.app(other) / kind / name, only_exported=False)
            yield _Layer("system", system / "local" / name, only_exported=False)
            return
        yield _Layer("system", system / "local" / name, only_exported=False)
        own = [app] if app in apps else []
        for other in [each for each in apps if each != app] + own:
            for kind in ("default", "local"):
                path = self._home.app(other) / kind / name
                yield _Layer(other, path, only_exported=other != app)

    def is_exported(self, app: str, conf: str, stanza: str) -> bool:
        """Whether an app's metadata share an object with all apps; ``conf`` may be ``lookups``."""
        meta: conf_file.Stanzas = {}
        for name in ("default.meta", "local.meta"):
            for key, settings in self._read(self._home.app(app) / "metadata" / name).items():
                meta.setdefault(unquote(key), {}).update(settings)
        for key in (f"{conf}/{stanza}", conf, "default"):
            if "export" in meta.get(key, {}):
                return meta[key]["export"] == "system"
        return False
