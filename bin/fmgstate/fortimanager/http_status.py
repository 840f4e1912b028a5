"""HTTP statuses other than 200 as sentences. FortiManager refuses questions with 200 and a code;
another status comes from its web server or from something in between."""

from __future__ import annotations

from fmgstate.errors import (
    BadAnswer,
    FortiManagerError,
    LoginRefused,
    PermissionRefused,
    Unreachable,
)


class Busy(Unreachable):
    """The web server in front answered that it cannot answer: nothing was carried out."""


_FIXED: dict[int, tuple[type[FortiManagerError], str, str]] = {
    401: (
        LoginRefused,
        "refused user or token",
        "Check the account: user and password, or an API token that is still valid.",
    ),
    403: (
        PermissionRefused,
        "lets nobody in from here",
        "Check that the user's trusted hosts, rpc-permit, admin profile and ADOM allow this.",
    ),
    404: (
        BadAnswer,
        "has no JSON API",
        "Check that host and port are those of a FortiManager's web interface.",
    ),
}


def http_error(manager: str, status: int, excerpt: str) -> FortiManagerError:
    """The error for ``status``; ``excerpt`` is the cleaned beginning of what came with it."""
    if status in _FIXED:
        kind, what, cure = _FIXED[status]
        return kind(f"{manager} {what} (HTTP {status}).", cure)
    came = f"HTTP {status}: {excerpt!r}"
    if status >= 500 or status == 429:
        return Busy(
            f"{manager} is too busy, restarting or broken ({came}).",
            "The next run asks again; if it stays, lower the number of sessions and look at"
            " FortiManager's load.",
        )
    return BadAnswer(
        f"{manager} did not answer as a FortiManager does ({came}).",
        "Check that host and port are FortiManager's own and that no portal redirects them.",
    )
