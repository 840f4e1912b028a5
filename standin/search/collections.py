"""Collections of the KV store as lookups read and write them."""

from typing import Any

from standin.home.layers import Confs, Stanza
from standin.knowledge.lookup_definition import collection_of, fields_of
from standin.rest.kvstore import KvStore
from standin.search.errors import SearchFailed
from standin.spl.context import Writing
from standin.spl.numbers import text
from standin.users.access import Access
from standin.users.caller import Caller


class Collections:
    """Documents of the collections that kvstore lookups name; a lookup's own app has them."""

    def __init__(self, confs: Confs, store: KvStore, access: Access) -> None:
        self._confs = confs
        self._store = store
        self._access = access

    def rows(self, definition: Stanza, caller: Caller | None) -> list[dict[str, str]]:
        """A row a document, by ``_key``, with the fields of ``fields_list`` that it has.

        ``caller``: who asks; None: the instance itself, for an automatic lookup.
        """
        name = self._existing(definition)
        if caller and not self._access.acl(definition.app, "collections", name).may_read(caller):
            raise SearchFailed(f"{caller.name} may not read the collection {name}")
        fields = fields_of(definition)
        return [
            {one: _text(definition, each[one]) for one in fields if each.get(one) is not None}
            for each in self._store.documents(definition.app, name)
        ]

    def changes(self) -> int:
        """Grows whenever a document was written."""
        return self._store.changes

    def write(
        self, definition: Stanza, caller: Caller, rows: list[dict[str, str]], how: Writing
    ) -> None:
        """Replaces the documents; with ``append`` those only that have the ``_key`` of a row."""
        name = self._existing(definition)
        if not self._access.acl(definition.app, "collections", name).may_write(caller):
            raise SearchFailed(f"{caller.name} may not write the collection {name}")
        fields = dict.fromkeys([*fields_of(definition), "_key"])
        documents: list[dict[str, Any]] = [
            {one: row[one] for one in fields if row.get(one)} for row in rows
        ]
        there = [str(each["_key"]) for each in self._store.documents(definition.app, name)]
        if how.append and not how.updates and not {*there}.isdisjoint(_keys(documents)):
            raise SearchFailed(
                "The stand-in does not know what outputlookup allow_updates=false does with a"
                " _key that is there already"
            )
        gone = [] if how.append else there
        self._store.replace(definition.app, name, gone, documents)

    def numbers(self, definition: Stanza) -> frozenset[str]:
        """Fields that collections.conf types as numbers."""
        stanza = self._confs.stanza("collections", self._existing(definition), definition.app)
        settings = stanza.settings if stanza else {}
        return frozenset(
            key.removeprefix("field.")
            for key, value in settings.items()
            if key.startswith("field.") and value.strip().lower() in ("number", "time")
        )

    def replicated(self, definition: Stanza) -> bool:
        """Whether indexers get the collection: ``replicate`` of collections.conf."""
        stanza = self._confs.stanza("collections", self._existing(definition), definition.app)
        value = stanza.settings.get("replicate", "") if stanza else ""
        return value.lower() in ("1", "true", "t", "yes", "y")

    def _existing(self, definition: Stanza) -> str:
        name = collection_of(definition)
        stanza = self._confs.stanza("collections", name, definition.app)
        if stanza is None or stanza.app != definition.app:
            raise SearchFailed(
                f"The lookup {definition.name} names the collection {name}, which the app"
                f" {definition.app} does not have in collections.conf"
            )
        return name


def _keys(documents: list[dict[str, Any]]) -> set[str]:
    return {each["_key"] for each in documents if "_key" in each}


def _text(definition: Stanza, value: Any) -> str:
    if isinstance(value, bool | dict | list):
        raise SearchFailed(
            f"The stand-in does not know how the lookup {definition.name} shows"
            f" {type(value).__name__}"
        )
    return text(value)
