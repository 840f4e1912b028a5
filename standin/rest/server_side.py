"""Small endpoints about the server: indexes, apps, info, messages, the current user."""

import json
import threading
from dataclasses import replace
from urllib.parse import parse_qs

from standin.home import conf_file
from standin.home.layers import Confs, Stanza
from standin.home.tree import Home
from standin.rest.confs import content_of, entry_of
from standin.rest.exchange import Entries, Entry, Refusal, Reply, Request, unsupported

VERSION = "9.4.0"
GUID = "00000000-0000-0000-0000-000000000000"


class ServerEndpoints:
    """What the server says of itself."""

    def __init__(self, home: Home, confs: Confs, server_name: str) -> None:
        self._home = home
        self._confs = confs
        self._server_name = server_name
        self._lock = threading.Lock()
        self._messages: dict[str, dict[str, str]] = {}

    def info(self, request: Request) -> Reply:
        """server/info."""
        _only_get(request)
        return Entries([Entry("server-info", {
            "serverName": self._server_name, "host": self._server_name, "version": VERSION,
            "build": "stand-in", "guid": GUID,
            "product_type": "enterprise", "instance_type": "stand-in", "isFree": False,
            "isTrial": False, "mode": "normal", "kvStoreStatus": "ready", "os_name": "Linux",
            "server_roles": ["indexer", "search_head", "kv_store"], "startup_time": 0,
        }, sharing="system")])  # fmt: skip

    def apps(self, request: Request) -> Reply:
        """apps/local[/<app>]."""
        _only_get(request)
        if request.tail and request.tail not in self._home.installed():
            raise Refusal(404, f"Could not find object id={request.tail}")
        names = [request.tail] if request.tail else self._home.installed()
        return Entries([self._app(name) for name in names])

    def indexes(self, request: Request) -> Reply:
        """data/indexes[/<name>]."""
        stanzas = self._confs.stanzas("indexes")
        if request.method == "POST" and not request.tail:
            request.require("indexes_edit")
            name = request.need("name")
            if name in stanzas:
                raise Refusal(409, f"Index name {name} already exists.")
            if request.get("datatype", "event") != "event":
                raise Refusal(400, "The stand-in has indexes of events only.", unknown=True)
            self._home.set_system("indexes", name, request.fields("name"))
            return Entries([_index(self._confs.stanzas("indexes")[name])], status=201)
        _only_get(request)
        if not request.tail:
            return Entries([_index(each) for each in stanzas.values()])
        if request.tail not in stanzas:
            raise Refusal(404, f"Could not find object id={request.tail}")
        return Entries([_index(stanzas[request.tail])])

    def messages(self, request: Request) -> Reply:
        """messages[/<name>]: bulletin messages."""
        if request.method != "GET":
            request.require("delete_messages" if request.method == "DELETE" else "edit_messages")
        with self._lock:
            if request.method == "POST" and not request.tail:
                fields = _message_fields(request)
                self._messages[fields["name"]] = fields
                return Entries([_message(fields)], status=201)
            if request.tail and request.tail not in self._messages:
                raise Refusal(404, f"Could not find object id={request.tail}")
            if request.method == "DELETE" and request.tail:
                del self._messages[request.tail]
                return Entries([])
            _only_get(request)
            chosen = [self._messages[request.tail]] if request.tail else self._messages.values()
            return Entries([_message(each) for each in chosen])

    def _app(self, name: str) -> Entry:
        enabled = self._home.is_enabled(name)
        content: dict[str, object] = {"disabled": not enabled}
        for stanza in ("install", "launcher", "ui", "id"):
            # Of a disabled app nothing is merged into what others see, but this list shows it.
            found = self._confs.stanza("app", stanza, name) if enabled else self._own(name, stanza)
            if found:
                content = content_of(found) | content
        content |= {
            "visible": content.pop("is_visible", "0") in ("1", "true"),
            "configured": content.pop("is_configured", "0") in ("1", "true"),
        }
        return Entry(name, content, name)

    def _own(self, app: str, stanza: str) -> Stanza:
        settings: dict[str, str] = {}
        for layer in ("default", "local"):
            settings |= conf_file.read(self._home.app(app) / layer / "app.conf").get(stanza, {})
        return Stanza(stanza, app, settings, exported=False)


def _index(stanza: Stanza) -> Entry:
    """With what pages choose indexes by."""
    entry = entry_of(stanza)
    more = {"isInternal": stanza.name.startswith("_"), "datatype": "event"}
    return replace(entry, content=entry.content | more)


def _only_get(request: Request) -> None:
    if request.method != "GET":
        raise unsupported(request)


def _message_fields(request: Request) -> dict[str, str]:
    # solnlib labels a form body as JSON: take whichever it is.
    fields = request.fields()
    if not fields:
        try:
            fields = {name: str(value) for name, value in json.loads(request.body).items()}
        except ValueError:
            fields = {name: each[0] for name, each in parse_qs(request.body.decode()).items()}
    for name in ("name", "value"):
        if not fields.get(name):
            raise Refusal(400, f"The following required arguments are missing: {name}.")
    return fields


def _message(fields: dict[str, str]) -> Entry:
    content = {
        "message": fields["value"],
        "severity": fields.get("severity", "info"),
        fields["name"]: fields["value"],
    }
    return Entry(fields["name"], content, sharing="system")
