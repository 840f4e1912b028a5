"""``static/``: files of the apps, and the few scripts of Splunk Web's own that pages load."""

import mimetypes
import re
from pathlib import Path

from standin.home.tree import Home
from standin.rest.exchange import Refusal
from standin.rest.http import Answer

_SCRIPTS = Path(__file__).with_name("scripts")
_OWN = {
    "js/i18n.js": "i18n.js",
    "build/api/layout.js": "layout.js",
    "build/api/layout-dark.js": "layout.js",
    "build/api/get_theme.js": "get_theme.js",
}
_BUSTER = re.compile(r"@[\w.:]+/")
_TYPES = {
    ".js": "application/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
}


class StaticFiles:
    """``[@<build>[:<app build>]/]app/<app>/…`` is ``appserver/static/…`` of an enabled app."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def answer(self, path: str) -> Answer:
        """A file by its path behind ``static/``."""
        buster = _BUSTER.match(path)
        path = path[buster.end() :] if buster else path
        return _file(self._find(path), for_ever=bool(buster))

    def _find(self, path: str) -> Path:
        if path in _OWN:
            return _SCRIPTS / _OWN[path]
        kind, _slash, rest = path.partition("/")
        app, _slash, name = rest.partition("/")
        if kind != "app" or app not in self._home.enabled():
            raise Refusal(404, f"static/{path}: the stand-in does not have it", unknown=True)
        folder = (self._home.app(app) / "appserver" / "static").resolve()
        file = (folder / name).resolve()
        if folder not in file.parents or not file.is_file():
            raise Refusal(404, f"static/{path}: {app} has no such file", unknown=True)
        return file


def _file(path: Path, *, for_ever: bool) -> Answer:
    """``for_ever``: a browser may keep it, as its path names the build."""
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    caching = "max-age=31536000" if for_ever else "no-cache"
    headers = (("Cache-Control", caching),)
    return Answer(200, kind or "application/octet-stream", path.read_bytes(), headers)
