"""configs/conf-<name> and properties/<name>."""

from dataclasses import replace

from standin.home.layers import Confs, Stanza
from standin.rest.exchange import TRUE, Entries, Entry, Plain, Refusal, Reply, Request, unsupported
from standin.rest.objects_endpoint import ObjectsEndpoint
from standin.users.objects import Objects


def content_of(stanza: Stanza) -> dict[str, object]:
    """Settings of a stanza as its entity shows them."""
    disabled = stanza.settings.get("disabled", "0").lower() in TRUE
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

    def __init__(self, confs: Confs, objects: Objects) -> None:
        self._confs = confs
        self._objects = objects

    def configs(self, request: Request) -> Reply:
        """configs/conf-<name>[/<stanza>[/<action>]]."""
        conf, _slash, tail = request.tail.partition("/")
        return ObjectsEndpoint(self._objects, conf)(replace(request, tail=tail))

    def properties(self, request: Request) -> Reply:
        """properties[/<conf>[/<stanza>[/<key>]]]."""
        if request.method == "POST" and not request.tail:
            request.require("rest_properties_set")
            created = self._confs.create_file(request.context, request.need("__conf"))
            return Entries([], status=201 if created else 303)
        if request.method != "GET" or not request.tail:
            raise unsupported(request)
        request.require("rest_properties_get")
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
