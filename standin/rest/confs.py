"""configs/conf-<name> and properties/<name>."""

from standin.home.layers import Confs, Stanza
from standin.rest.exchange import Entries, Entry, Plain, Refusal, Reply, Request, unsupported

_TRUE = ("1", "true", "t", "yes", "y")


def content_of(stanza: Stanza) -> dict[str, object]:
    """Settings of a stanza as its entity shows them."""
    disabled = stanza.settings.get("disabled", "0").lower() in _TRUE
    return {
        **stanza.settings, "disabled": disabled,
        "eai:appName": stanza.app, "eai:userName": "nobody",
    }  # fmt: skip


def entry_of(stanza: Stanza) -> Entry:
    """The entity of a stanza."""
    sharing = "system" if stanza.app == "system" else "global" if stanza.exported else "app"
    return Entry(stanza.name, content_of(stanza), stanza.app, sharing)


class ConfsEndpoint:
    """Stanzas of conf files in the context of the app named in the path."""

    def __init__(self, confs: Confs) -> None:
        self._confs = confs

    def configs(self, request: Request) -> Reply:
        """configs/conf-<name>[/<stanza>[/<action>]]."""
        conf, _slash, name = request.tail.partition("/")
        name, action = _split_action(name)
        if action == "_reload" and request.method in ("GET", "POST"):
            return Entries([])
        if action:
            return self._switch(request, conf, name, action)
        if request.method == "GET":
            return self._list(request, conf, name)
        if request.method == "POST":
            return self._update(request, conf, name) if name else self._create(request, conf)
        if request.method == "DELETE" and name:
            return self._delete(request, conf, name)
        raise unsupported(request)

    def properties(self, request: Request) -> Reply:
        """properties[/<conf>[/<stanza>[/<key>]]]."""
        if request.method == "POST" and not request.tail:
            created = self._confs.create_file(request.context, request.need("__conf"))
            return Entries([], status=201 if created else 303)
        if request.method != "GET" or not request.tail:
            raise unsupported(request)
        conf, _slash, name = request.tail.partition("/")
        if not self._confs.exists(conf, request.context):
            raise Refusal(404, f"{conf} does not exist")
        stanzas = self._confs.stanzas(conf, request.context)
        if not name:
            return Entries([Entry(each.name, {}, each.app) for each in stanzas.values()])
        if name in stanzas:
            settings = stanzas[name].settings
            return Entries([Entry(key, {"$text": value}) for key, value in settings.items()])
        stanza, _slash, key = name.rpartition("/")
        if stanza in stanzas and key in stanzas[stanza].settings:
            return Plain(stanzas[stanza].settings[key].encode(), "text/plain; charset=utf-8")
        raise Refusal(404, f"{name} does not exist in {conf}.conf")

    def _list(self, request: Request, conf: str, name: str) -> Reply:
        if not name:
            stanzas = self._confs.stanzas(conf, request.context)
            return Entries([entry_of(each) for each in stanzas.values()])
        return Entries([entry_of(self._stanza(request, conf, name))])

    def _create(self, request: Request, conf: str) -> Reply:
        name = request.need("name")
        if self._confs.stanza(conf, name, request.context):
            raise Refusal(409, f"An object with name={name} already exists")
        self._confs.write(request.context, conf, name, request.fields("name"))
        return Entries([entry_of(self._stanza(request, conf, name))], status=201)

    def _update(self, request: Request, conf: str, name: str) -> Reply:
        self._stanza(request, conf, name)
        if "name" in request.arguments:
            raise Refusal(400, 'Argument "name" is not supported by this handler.')
        self._confs.write(request.context, conf, name, request.fields())
        return Entries([entry_of(self._stanza(request, conf, name))])

    def _switch(self, request: Request, conf: str, name: str, action: str) -> Reply:
        if request.method != "POST":
            raise unsupported(request)
        self._stanza(request, conf, name)
        disabled = "1" if action == "disable" else "0"
        self._confs.write(request.context, conf, name, {"disabled": disabled})
        return Entries([entry_of(self._stanza(request, conf, name))])

    def _delete(self, request: Request, conf: str, name: str) -> Reply:
        self._stanza(request, conf, name)
        if not self._confs.remove(request.context, conf, name):
            raise Refusal(403, f"{name} is shipped in default/{conf}.conf: it cannot be removed")
        return Entries([])

    def _stanza(self, request: Request, conf: str, name: str) -> Stanza:
        stanza = self._confs.stanza(conf, name, request.context)
        if stanza is None:
            raise Refusal(404, f"Could not find object id={name}")
        return stanza


def _split_action(name: str) -> tuple[str, str]:
    stem, slash, last = name.rpartition("/")
    if last == "_reload" or (slash and last in ("enable", "disable")):
        return stem, last
    return name, ""
