"""auth/login and authentication/current-context: who one is."""

import json
from collections.abc import Callable
from xml.sax.saxutils import escape

from standin.rest.exchange import Entries, Entry, Plain, Refusal, Reply, Request, unsupported
from standin.rest.rendering import JSON_TYPE, XML_TYPE
from standin.users.accounts import Accounts
from standin.users.sessions import Sessions


class LoginEndpoint:
    """From a name and a password to a session."""

    def __init__(self, sessions: Sessions, accounts: Accounts, port: Callable[[], int]) -> None:
        self._port = port
        self._sessions = sessions
        self._accounts = accounts

    def login(self, request: Request) -> Reply:
        """POST auth/login; with ``cookie=1`` the key comes as a cookie too."""
        if request.method != "POST":
            raise unsupported(request)
        request.allow("username", "password", "cookie", "output_mode")
        key = self._sessions.login(request.get("username"), request.get("password"))
        if key is None:
            raise Refusal(401, "Login failed", level="WARN")
        cookie = f"splunkd_{self._port()}={key}; Path=/; Secure; HttpOnly"
        headers = (("Set-Cookie", cookie),) if request.flag("cookie") else ()
        if request.as_json:
            body = json.dumps({"sessionKey": key, "message": "", "code": ""}).encode()
            return Plain(body, JSON_TYPE, headers=headers)
        text = f"<response>\n  <sessionKey>{escape(key)}</sessionKey>\n</response>\n"
        return Plain(text.encode(), XML_TYPE, headers=headers)

    def current_context(self, request: Request) -> Reply:
        """authentication/current-context[/context]."""
        if request.method != "GET":
            raise unsupported(request)
        caller = request.caller
        user = self._accounts.find(caller.name)
        held = list(user.roles) if user else ["admin"]
        return Entries([Entry("context", {
            "username": caller.name, "realname": user.realname if user else "",
            "email": user.email if user else "", "roles": held,
            "capabilities": sorted(caller.capabilities), "type": "Splunk",
            "defaultApp": (user.default_app if user else "") or "launcher",
            "defaultAppIsUserOverride": bool(user and user.default_app),
            "defaultAppSourceRole": "system", "restart_background_jobs": True,
            "tz": user.timezone if user else "",
        }, sharing="system")])  # fmt: skip
