"""Urls of FortiManager's JSON-RPC API. Pure text: nothing is asked from here."""

from __future__ import annotations

LOGIN = "/sys/login/user"
LOGOUT = "/sys/logout"
STATUS = "/sys/status"

ENDPOINT = "/jsonrpc"

CLOUD_HOSTS = ".fortimanager.forticloud.com"
CLOUD_LOGIN = "/p/forticloud_jsonrpc_login/"
FORTICLOUD_OAUTH = "https://customerapiauth.fortinet.com/api/v1/oauth/token/"


def path(*names: str) -> str:
    """One url from the names of its steps: ``path("pm", "pkg", "adom", "a/b")``.

    A ``/`` within a name is escaped; a package in folders is one name a step.
    """
    return "/" + "/".join(escape(name) for name in names)


def escape(name: str) -> str:
    r"""A name as one step of a url: FortiManager wants ``net\/24`` for ``net/24``."""
    return name.replace("/", "\\/")


def steps(url: str) -> list[str]:
    r"""The names a url is made of, the reverse of ``path``; outer slashes do not count."""
    marked = url.replace("\\/", "\0").strip("/")
    return [step.replace("\0", "/") for step in marked.split("/")]


def adom(url: str) -> str:
    """The ADOM a url speaks of, "" when it names none; ``global`` for the global database."""
    names = steps(url)
    if "adom" in names[:-1]:
        return names[names.index("adom") + 1]
    return "global" if "global" in names[:3] and names[0] == "pm" else ""
