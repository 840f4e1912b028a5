"""Views as pages: those of type ``html``, whose template an app brings."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from standin.home.tree import Home
from standin.rest.exchange import TRUE, Entry, Refusal
from standin.rest.http import Answer
from standin.rest.router import Router
from standin.users.accounts import Accounts
from standin.users.caller import Caller
from standin.web import shell

_MAKO = re.compile(r"\$\{|<%|</%|^\s*%(?!%)|^\s*##|\\\n", re.MULTILINE)
"""Splunk Web reads templates as Mako; the stand-in serves those that hold plain HTML."""
_TEMPLATE = re.compile(r"(?P<app>[\w.-]+):/templates/(?P<name>[\w.-]+)")


class Pages:
    """What ``app/<app>/<view>`` shows."""

    def __init__(self, home: Home, router: Router, accounts: Accounts) -> None:
        self._home = home
        self._router = router
        self._accounts = accounts

    def view(self, app: str, name: str, caller: Caller) -> Answer:
        """A view as HTML."""
        self._check(app, caller)
        found = self._named(app, "views", name, caller)
        root = ET.fromstring(str(found.content["eai:data"]))  # noqa: S314  the app is trusted
        if root.tag != "view" or root.get("type") != "html":
            raise Refusal(
                501,
                f"{app}/{name} is a <{root.tag}>: the stand-in shows views of type html only",
                unknown=True,
            )
        text = self._template(root.get("template", "")).read_text(encoding="utf-8")
        if mako := _MAKO.search(text):
            raise Refusal(
                501,
                f"The template of {app}/{name} holds Mako ({mako[0].strip()!r}): the stand-in "
                "shows plain HTML only",
                unknown=True,
            )
        return Answer(200, shell.HTML, text.encode())

    def default_view(self, app: str, caller: Caller) -> str:
        """The view of an app's navigation that is marked as its default, else its first."""
        self._check(app, caller)
        nav = self._named(app, "nav", "default", caller)
        root = ET.fromstring(str(nav.content["eai:data"]))  # noqa: S314  the app is trusted
        views = [each for each in root.iter("view") if each.get("name")]
        chosen = [each for each in views if each.get("default", "").lower() in TRUE] or views
        if not chosen:
            raise Refusal(404, f"The navigation of {app} names no view")
        return str(chosen[0].get("name"))

    def home_app(self, caller: Caller) -> str:
        """The app that a user starts in. Splunk's own launcher is not here."""
        user = self._accounts.find(caller.name)
        chosen = user.default_app if user else ""
        if chosen in self._home.enabled():
            return chosen
        for app in self._home.enabled():
            if (self._home.app(app) / "default" / "data" / "ui" / "nav" / "default.xml").is_file():
                return app
        raise Refusal(404, "No app has a page", unknown=True)

    def _check(self, app: str, caller: Caller) -> None:
        found = self._router.call("GET", "/services/apps/local", {"count": ["0"]}, caller).entries
        shown = {each.name: each for each in found}.get(app)
        if shown is None or shown.content["disabled"]:
            raise Refusal(404, f"There is no app {app}", unknown=True)
        if not shown.content["visible"]:
            raise Refusal(404, f"The app {app} is not visible")

    def _named(self, app: str, kind: str, name: str, caller: Caller) -> Entry:
        path = f"/servicesNS/{caller.name}/{app}/data/ui/{kind}/{name}"
        return self._router.call("GET", path, {}, caller).entries[0]

    def _template(self, reference: str) -> Path:
        found = _TEMPLATE.fullmatch(reference)
        if found is None or found["app"] not in self._home.enabled():
            raise Refusal(501, f"The stand-in does not know the template {reference}", unknown=True)
        path = self._home.app(found["app"]) / "appserver" / "templates" / found["name"]
        if not path.is_file():
            raise Refusal(404, f"There is no template {reference}", unknown=True)
        return path
