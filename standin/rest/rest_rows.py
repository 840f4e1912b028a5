"""``| rest``: the entities of a path as rows."""

from collections.abc import Iterator
from typing import Any

from standin.rest.exchange import Entry, Refusal
from standin.rest.router import Router
from standin.search.errors import SearchFailed
from standin.spl.values import Row
from standin.users.caller import Caller

_OURS = ("splunk_server", "timeout")


class RestRows:
    """Asks the instance's own endpoints, as the user who searches."""

    def __init__(self, router: Router) -> None:
        self._router = router

    def __call__(self, path: str, arguments: dict[str, str], caller: Caller) -> Iterator[Row]:
        """One row an entry; its settings, ``title``, ``id``, ``author`` and ``eai:acl.*``."""
        given = {name: [value] for name, value in arguments.items() if name not in _OURS}
        server = arguments.get("splunk_server", "local")
        if server not in ("local", "standin", "*"):
            raise SearchFailed(f"rest: there is no server {server!r}")
        path = path if path.startswith("/") else f"/{path}"
        if not path.startswith("/services"):
            path = f"/services{path}"
        try:
            # Without a count splunkd's rest command returns every entry.
            reply = self._router.call("GET", path, {"count": ["0"], **given}, caller)
        except Refusal as refusal:
            if refusal.unknown:
                self._router.refuse("| rest", path, refusal.message)
            raise SearchFailed(f"rest: {refusal.message}") from refusal
        for entry in reply.entries:
            yield _row(entry)


def _row(entry: Entry) -> Row:
    row: Row = {
        "title": entry.name, "author": entry.owner, "splunk_server": "standin",
        "eai:acl.app": entry.app, "eai:acl.owner": entry.owner, "eai:acl.sharing": entry.sharing,
    }  # fmt: skip
    _put(row, "eai:acl.perms.read", list(entry.read))
    _put(row, "eai:acl.perms.write", list(entry.write))
    for name, value in entry.content.items():
        _put(row, name, value)
    return row


def _put(row: Row, name: str, value: Any) -> None:
    if isinstance(value, bool):
        row[name] = "1" if value else "0"
    elif isinstance(value, list):
        texts = [str(each) for each in value]
        if texts:
            row[name] = texts[0] if len(texts) == 1 else texts
    elif isinstance(value, dict):
        for key, each in value.items():
            _put(row, f"{name}.{key}", each)
    elif value is not None:
        row[name] = str(value)
