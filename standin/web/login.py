"""The login form, its cookies, and the form key that a change must carry."""

import hmac
import json
import secrets
import threading
from collections.abc import Callable
from html import escape
from urllib.parse import urlsplit

from standin.rest.exchange import Refusal
from standin.rest.http import Answer, HttpRequest
from standin.users.sessions import Sessions
from standin.web import shell

_FORM = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Login</title></head><body>
<form method="post" action="login">
<input type="hidden" name="cval" value="{cval}">
<input type="hidden" name="return_to" value="{return_to}">
<label>Username <input name="username" id="username" autocomplete="username"></label>
<label>Password <input name="password" id="password" type="password"></label>
<input type="submit" value="Sign In"><p class="error" role="alert">{error}</p>
</form></body></html>
"""
_FIELDS = {"cval", "return_to", "username", "password", "set_has_logged_in"}


class Login:
    """``account/login`` and ``account/logout``. Cookies carry the port in their names, as Splunk
    Web's do: ``splunkd_<port>`` is the session key, ``splunkweb_csrf_token_<port>`` the form key
    that scripts read and send back as ``X-Splunk-Form-Key``."""

    def __init__(self, sessions: Sessions, port: Callable[[], int]) -> None:
        self._sessions = sessions
        self._port = port
        self._lock = threading.Lock()
        self._form_keys: dict[str, str] = {}

    def answer(self, request: HttpRequest, what: str) -> Answer:
        """One request below ``account/``."""
        if what == "logout" and request.method == "GET":
            return self._logout(request)
        if what != "login" or request.method not in ("GET", "POST"):
            raise Refusal(
                404,
                f"The stand-in does not know {request.method} account/{what}",
                unknown=True,
            )
        if request.method == "GET":
            return self._form(request, _first(request.query(), "return_to"), "", 200)
        return self._log_in(request)

    def user(self, request: HttpRequest) -> str:
        """Who asks; empty when nobody is logged in."""
        caller = self._sessions.of_key(self.key(request))
        return caller.name if caller else ""

    def key(self, request: HttpRequest) -> str:
        """The session key that a request carries."""
        return request.cookies().get(f"splunkd_{self._port()}", "")

    def check_form_key(self, request: HttpRequest) -> None:
        """Refuses a change without the session's form key, in its header and its cookie.

        Splunk Web's own published code looks at the header of scripts only, which say that they
        are ones by ``X-Requested-With``.
        """
        with self._lock:
            right = self._form_keys.get(self.key(request), "")
        sent = request.headers.get("x-splunk-form-key", "")
        kept = request.cookies().get(f"splunkweb_csrf_token_{self._port()}", "")
        same = all(hmac.compare_digest(right, each) for each in (sent, kept))
        if not right or not same or not _is_script(request):
            raise Refusal(
                401, "Splunk cannot authenticate the request. CSRF validation failed.", level="WARN"
            )

    def _log_in(self, request: HttpRequest) -> Answer:
        given = {name: values[0] for name, values in request.form().items()}
        if unknown := sorted(given.keys() - _FIELDS):
            raise Refusal(400, f"The stand-in does not know {unknown[0]}= here.", unknown=True)
        back = _local(given.get("return_to", ""))
        cval = request.cookies().get("cval", "")
        if not cval or given.get("cval") != cval:
            return self._refused(request, back, "No cookie support detected. Check your browser.")
        key = self._sessions.login(given.get("username", ""), given.get("password", ""))
        if key is None:
            return self._refused(request, back, "Login failed")
        form_key = str(secrets.randbelow(10**20))
        with self._lock:
            self._form_keys[key] = form_key
        port = self._port()
        cookies = (
            ("Set-Cookie", f"splunkd_{port}={key}; Path=/; HttpOnly; SameSite=Lax"),
            ("Set-Cookie", f"splunkweb_csrf_token_{port}={form_key}; Path=/; SameSite=Lax"),
        )
        if _is_script(request):
            return Answer(200, shell.JSON, json.dumps({"status": 0}).encode(), cookies)
        return shell.redirect(back, cookies)

    def _refused(self, request: HttpRequest, back: str, why: str) -> Answer:
        if _is_script(request):
            return Answer(401, shell.JSON, json.dumps({"status": 1, "message": why}).encode())
        return self._form(request, back, why, 401)

    def _form(self, request: HttpRequest, return_to: str, error: str, status: int) -> Answer:
        cval = request.cookies().get("cval", "")
        cval = cval if cval.isdigit() else str(secrets.randbelow(10**9))
        text = _FORM.format(cval=cval, return_to=escape(_local(return_to)), error=escape(error))
        cookie = (("Set-Cookie", f"cval={cval}; Path=/en-US/account/; HttpOnly; SameSite=Lax"),)
        return Answer(status, shell.HTML, text.encode(), cookie)

    def _logout(self, request: HttpRequest) -> Answer:
        key = self.key(request)
        self._sessions.close(key)
        with self._lock:
            self._form_keys.pop(key, None)
        over = f"splunkd_{self._port()}=; Path=/; Max-Age=0; HttpOnly"
        return shell.redirect("login", (("Set-Cookie", over),))


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("x-requested-with", "") == "XMLHttpRequest"


def _first(arguments: dict[str, list[str]], name: str) -> str:
    return arguments.get(name, [""])[0]


def _local(target: str) -> str:
    """A path of this server; the start page for anything else."""
    parts = urlsplit(target)
    here = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if here and not parts.netloc and target.isprintable() else "/en-US/"
