"""Hosts and proxies as people write them. Pure text: nothing is looked up from here."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from fmgstate.errors import ConfigurationError


def host_of(manager: str) -> str:
    """The name or address in ``manager``, without a port. ``ConfigurationError`` if it is none."""
    try:
        parts = urlsplit(f"//{manager}")
        if parts.hostname and (parts.port is None or parts.port > 0):
            return parts.hostname
    except ValueError:
        pass
    raise ConfigurationError(
        f"The FortiManager host {manager!r} is no name or address with an optional port.",
        "Check the host in the account, like fmg.example.com or 192.0.2.1:8443.",
    )


def proxies(proxy: str) -> dict[str, str]:
    """The account's proxy by the scheme of the urls it is for; a bare host means HTTP."""
    if not proxy.strip():
        return {}
    return {"https": proxy.strip() if "://" in proxy else f"http://{proxy.strip()}"}


def proxy_name(proxy: str) -> str:
    """A proxy by host and port alone: its url may hold a password."""
    parts = urlsplit(proxies(proxy).get("https", ""))
    return parts.netloc.rpartition("@")[2] or "of the account"


def proxy_secrets(proxy: str) -> tuple[str, ...]:
    """What is secret of a proxy: its credentials as written, and the password as it is."""
    credentials = proxies(proxy).get("https", "").partition("://")[2].rpartition("@")[0]
    password = credentials.partition(":")[2]
    return tuple(filter(None, (credentials, password, unquote(password))))
