"""What FortiManager said to one question, and how a reply is read without trusting it."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from fmgstate.errors import (
    BadAnswer,
    FortiManagerError,
    LoginRefused,
    NotFound,
    PermissionRefused,
    RequestRefused,
)
from fmgstate.fortimanager import urls
from fmgstate.fortimanager.secrets import Censor, strip

Param = dict[str, Any]
"""One question: ``{"url": ..., "fields": [...], ...}``."""

OK, INTERNAL_ERROR, NO_PERMISSION, LOGIN_FAIL = 0, -1, -11, -22
NO_OBJECT, INVALID_URL = -3, -6

_parsing = threading.Lock()


@dataclass(frozen=True)
class Answer:
    """One question's answer. ``code`` 0 is success; ``data`` holds no secrets. ``task``: the
    number of the task that was started, where one was and FortiManager tells it beside ``data``."""

    url: str
    code: int
    message: str
    data: Any = field(repr=False)
    manager: str = ""
    task: Optional[int] = None

    def rows(self) -> list[dict[str, Any]]:
        """A table's rows, [] when it is empty. Raises when refused or when it is no table."""
        data = self.value()
        if data is None:
            return []
        if isinstance(data, list) and all(isinstance(row, dict) for row in data):
            return data
        raise self._misshapen("a list of objects")

    def row(self) -> dict[str, Any]:
        """One object. Raises when refused or when something else came."""
        data = self.value()
        if isinstance(data, list) and len(data) == 1:
            data = data[0]
        if isinstance(data, dict):
            return data
        raise self._misshapen("one object")

    def value(self) -> Any:
        """Plain data (a count, a chksum), None when there was none. Raises when refused."""
        if self.code != OK:
            raise self.error()
        return self.data

    def error(self) -> FortiManagerError:
        """What a code other than 0 means, and the cure."""
        where = f"{self.manager or 'FortiManager'}"
        said = f"(code {self.code}: {self.message or 'no message'})"
        if self.code == NO_PERMISSION:
            return PermissionRefused(
                f"{where} does not permit reading {self.url} {said}.", _permission_cure(self.url)
            )
        if self.code in (NO_OBJECT, INVALID_URL):
            return NotFound(
                f"{where} does not have {self.url} {said}.",
                "Check the names of ADOM and package: one may have been deleted or renamed,"
                " or this version does not know the url.",
            )
        if self.code == LOGIN_FAIL:
            return LoginRefused(
                f"{where} refused the log-in at {self.url} {said}.",
                "Check user and password in the account; too many wrong log-ins lock the user or"
                " this host's address for a while (admin-lockout-duration), and a user may hold"
                " only login-max sessions at a time.",
            )
        return RequestRefused(
            f"{where} refused {self.url} {said}.",
            "The next run asks again; if it stays, look the code up in FortiManager's event log.",
        )

    def _misshapen(self, wanted: str) -> BadAnswer:
        return BadAnswer(
            f"{self.manager or 'FortiManager'} answered {self.url} with"
            f" {_kind(self.data)} where {wanted} belongs.",
            "If its version is supported, report this with the FortiManager build.",
        )


def _permission_cure(url: str) -> str:
    adom = urls.adom(url)
    allowed = f"ADOM {adom!r}" if adom else "the ADOM asked for"
    return (
        "In FortiManager give the API user rpc-permit (set rpc-permit read-write), an admin profile"
        f" that may read this, and access to {allowed}."
    )


def _kind(data: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", type(None): "nothing"}
    return names.get(type(data), type(data).__name__)


def decode(raw: bytes, own: Sequence[str] = ()) -> dict[str, Any]:
    """A reply's bytes as an object whose ``result`` holds no secrets, ``own`` being the account's.
    ``ValueError`` when it is no JSON object."""
    try:
        reply = _parse(raw.decode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(reply, dict):
        raise ValueError("not a JSON object")
    if "result" in reply:
        reply["result"] = strip(raw, reply["result"], own)
    return reply


def _parse(text: str) -> Any:
    """Parse with the garbage collector held: it would walk the growing answer again and again."""
    with _parsing:
        running = gc.isenabled()
        gc.disable()
        try:
            return json.loads(text)
        finally:
            if running:
                gc.enable()


def read_reply(
    manager: str, censor: Censor, params: Sequence[Param], reply: dict[str, Any]
) -> list[Answer]:
    """The answers to ``params`` in their order. ``BadAnswer`` when ``reply`` does not fit them."""
    result = reply["result"] if "result" in reply else [reply.get("error")] * len(params)
    asked = [str(param.get("url", "")) for param in params]
    if isinstance(result, dict):  # it may echo the url of one of the questions: it is meant for all
        result = [{**result, "url": None}] * len(asked)
        if len(asked) > 1 and _answer(manager, censor, asked[0], result[0]).code == OK:
            raise _unfit(manager, asked, "one success for several questions")
    if not isinstance(result, list):
        raise _unfit(manager, asked, f"{_kind(result)} as result")
    if len(result) != len(asked):
        raise _unfit(manager, asked, f"{len(result)} answers to {len(asked)} questions")
    _check_order(manager, asked, result)
    answers = [_answer(manager, censor, *pair) for pair in zip(asked, result)]
    if "result" not in reply and any(answer.code == OK for answer in answers):
        raise _unfit(manager, asked, "a success among its errors")
    return answers


def _answer(manager: str, censor: Censor, url: str, entry: Any) -> Answer:
    if not isinstance(entry, dict):
        raise _unfit(manager, [url], f"{_kind(entry)} as an answer")
    status = entry.get("status", entry)
    code = status.get("code") if isinstance(status, dict) else None
    if type(code) is not int or (code == OK and status is entry):
        raise _unfit(manager, [url], "no status code")
    message = censor.text(status.get("message", ""))
    task = entry.get("taskid")
    return Answer(
        url, code, message, entry.get("data"), manager, task if type(task) is int else None
    )


def _check_order(manager: str, asked: Sequence[str], result: Sequence[Any]) -> None:
    """FortiManager echoes each url: an echo of another question is a mix-up."""
    for url, entry in zip(asked, result):
        echo = entry.get("url") if isinstance(entry, dict) else None
        if isinstance(echo, str) and echo != url and echo in asked:
            raise _unfit(manager, [url], "the answer to another question")


def _unfit(manager: str, asked: Sequence[str], what: str) -> BadAnswer:
    more = f" and {len(asked) - 1} more" if len(asked) > 1 else ""
    first = asked[0] if asked else "nothing"
    return BadAnswer(
        f"{manager} answered {first}{more} with {what}.",
        "The next run asks again; if it stays, check what is between here and FortiManager"
        " (proxy, load balancer) and report it with the FortiManager build.",
    )
