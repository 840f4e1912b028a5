"""Accounts as the Configuration page keeps them, and as this library wants them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fmgstate.errors import ConfigurationError
from fmgstate.settings import Account
from fmgstate.splunk.splunkd import Splunkd

TOKEN, BASIC = "token", "basic"
TRUE = ("1", "true", "t", "yes", "on")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s\\]+)-----END \1-----")
_PEM_LINE = 64


def account(splunkd: Splunkd, name: str) -> Account:
    """The account called ``name``, with the proxy that the app is set to use."""
    stanza = splunkd.stanza("account", name)
    if stanza is None:
        raise ConfigurationError(
            f"There is no account {name!r}.",
            "Make it on the app's Configuration page, or choose another account in the input.",
        )
    return _account(stanza, _proxy(splunkd.stanza("settings", "proxy") or {}))


def check(stanza: Mapping[str, Any]) -> None:
    """Raises ``ConfigurationError`` with the cure when an account cannot work like this."""
    _account(stanza, "")


def _account(stanza: Mapping[str, Any], proxy: str) -> Account:
    by_token = _text(stanza, "auth_type") == TOKEN
    return Account(
        host=_text(stanza, "host"),
        user="" if by_token else _text(stanza, "username"),
        password="" if by_token else _text(stanza, "password"),
        token=_text(stanza, "token") if by_token else "",
        ca=_with_line_ends(_text(stanza, "ca")),
        proxy=proxy,
    )


def _proxy(stanza: Mapping[str, Any]) -> str:
    """The proxy as a URL; empty when none is to be used."""
    if _text(stanza, "proxy_enabled").lower() not in TRUE:
        return ""
    host, port = _text(stanza, "proxy_url"), _text(stanza, "proxy_port")
    if not host or not port:
        raise ConfigurationError(
            "The proxy is switched on, but its host or port is empty.",
            "Enter both on the Proxy tab of the Configuration page, or switch the proxy off.",
        )
    user, password = _text(stanza, "proxy_username"), _text(stanza, "proxy_password")
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    return f"http://{login}{host}:{port}"


def _with_line_ends(ca: str) -> str:
    """PEM text as it must be: forms and conf files may have folded its lines into one."""
    blocks = [
        "\n".join([f"-----BEGIN {kind}-----", *_lines(body), f"-----END {kind}-----", ""])
        for kind, body in _PEM.findall(ca)
    ]
    return "".join(blocks) or ca


def _lines(body: str) -> list[str]:
    packed = re.sub(r"\\n|\\r|[\s\\]", "", body)
    return [packed[start : start + _PEM_LINE] for start in range(0, len(packed), _PEM_LINE)]


def _text(stanza: Mapping[str, Any], key: str) -> str:
    return str(stanza.get(key) or "").strip()
