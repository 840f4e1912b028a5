"""From a path of Splunk Web to who answers it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from standin.home.tree import Home
from standin.rest.exchange import Refusal
from standin.rest.http import Answer, HttpRequest
from standin.rest.router import Router
from standin.rest.server import HttpPort
from standin.users.accounts import Accounts
from standin.users.sessions import Sessions
from standin.web import shell
from standin.web.login import Login
from standin.web.pages import Pages
from standin.web.static_files import StaticFiles

_PATH = re.compile(r"/(?P<locale>[a-z]{2}-[A-Z]{2})(?P<rest>/.*)?")
_SPLUNKD = "/splunkd/__raw"
_SAFE = ("GET", "HEAD", "OPTIONS")
LOCALE = "en-US"


@dataclass(frozen=True)
class Behind:
    """What Splunk Web stands in front of. ``splunkd``: passes a request on to it."""

    home: Home
    router: Router
    sessions: Sessions
    accounts: Accounts
    splunkd: Callable[[HttpRequest], Answer]


class WebFront:
    """Splunk Web of one instance. ``port``: where it is reached, known once it is bound."""

    def __init__(self, behind: Behind, zone: str) -> None:
        self._behind = behind
        self.port = 0
        self._zone = zone
        self._login = Login(behind.sessions, lambda: self.port)
        self._pages = Pages(behind.home, behind.router, behind.accounts)
        self._static = StaticFiles(behind.home)

    def answer(self, request: HttpRequest) -> Answer:
        """The answer to one request. What nobody serves is a 404 and noted as refused."""
        return self._behind.router.guarded(request, self._answer)

    def _answer(self, request: HttpRequest, _arguments: dict[str, list[str]]) -> Answer:
        if request.path == "/":
            return shell.redirect(f"/{LOCALE}/")
        if request.path == "/favicon.ico":
            return Answer(204, "image/x-icon", b"")
        found = _PATH.fullmatch(request.path)
        if found is None:
            raise _unknown(request)
        if found["locale"] != LOCALE:
            raise Refusal(404, f"Splunk Web speaks {LOCALE} only here", unknown=True)
        rest = found["rest"] or "/"
        if rest.startswith(f"{_SPLUNKD}/"):
            return self._splunkd(request, rest.removeprefix(_SPLUNKD))
        if rest.startswith("/static/"):
            _only_get(request)
            return self._static.answer(unquote(rest.removeprefix("/static/")))
        if rest.startswith("/account/"):
            return self._login.answer(request, rest.removeprefix("/account/"))
        _only_get(request)
        return self._page(request, rest)

    def _page(self, request: HttpRequest, rest: str) -> Answer:
        name = self._login.user(request)
        if rest == "/config":
            _autoload(request)
            return shell.script(shell.configuration(name, LOCALE, self.port, self._zone))
        if rest == "/i18ncatalog":
            _autoload(request)
            return shell.script(shell.CATALOG)
        if not name:
            return shell.redirect(
                f"/{LOCALE}/account/login?return_to={quote(request.target, safe='')}"
            )
        caller = self._behind.sessions.of_user(name)
        assert caller
        words = [unquote(each) for each in rest.strip("/").split("/")]
        if words == [""]:
            return shell.redirect(f"/{LOCALE}/app/{self._pages.home_app(caller)}")
        if words[0] != "app" or len(words) not in (2, 3):
            raise _unknown(request)
        if len(words) == 2:
            view = self._pages.default_view(words[1], caller)
            return shell.redirect(f"/{LOCALE}/app/{words[1]}/{view}")
        return self._pages.view(words[1], words[2], caller)

    def _splunkd(self, request: HttpRequest, path: str) -> Answer:
        if request.method not in _SAFE:
            self._login.check_form_key(request)
        key = self._login.key(request)
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in ("cookie", "authorization", "x-splunk-form-key")
        }
        if key:
            headers["authorization"] = f"Splunk {key}"
        query = request.target.partition("?")[2]
        target = path + ("?" + query if query else "")
        return self._behind.splunkd(replace(request, target=target, headers=headers, via_web=True))


def _unknown(request: HttpRequest) -> Refusal:
    return Refusal(404, f"{request.path}: the stand-in does not know this path", unknown=True)


def _only_get(request: HttpRequest) -> None:
    if request.method != "GET":
        raise Refusal(405, f"The stand-in does not know {request.method} here.", unknown=True)


def _autoload(request: HttpRequest) -> None:
    """Both scripts may be asked for as JSON too."""
    if request.query() != {"autoload": ["1"]}:
        raise Refusal(400, "The stand-in knows autoload=1 only.", unknown=True)


def web_port(behind: Behind, zone: str) -> HttpPort:
    """Splunk Web on a free port of 127.0.0.1, not yet started; plain HTTP, as Splunk ships it."""
    front = WebFront(behind, zone)
    http = HttpPort(front.answer)
    front.port = http.port
    return http
