"""storage/collections: collections of the KV store and their documents over REST."""

import json
from typing import Any

from standin.home.layers import Confs, Stanza
from standin.rest.confs import entry_of
from standin.rest.exchange import Entries, Plain, Refusal, Reply, Request, unsupported
from standin.rest.kv_query import ordered, projected, test_of
from standin.rest.kvstore import Document, KvStore
from standin.users.access import Access

# limits.conf [kvstore]: max_rows_per_query, max_documents_per_batch_save, max_queries_per_batch
MOST_ROWS = 50_000
MOST_SAVED = 1_000
MOST_QUERIES = 1_000
_READ = ("query", "fields", "sort", "limit", "skip", "shared", "output_mode")


class KvStoreEndpoint:
    """storage/collections/config and storage/collections/data."""

    def __init__(self, confs: Confs, store: KvStore, access: Access) -> None:
        self._confs = confs
        self._store = store
        self._access = access

    def config(self, request: Request) -> Reply:
        """Collections as collections.conf defines them."""
        app, name = request.context, request.tail
        stanza = self._confs.stanza("collections", name, app) if name else None
        if name and stanza is None:
            raise Refusal(404, f"Could not find object id={name}")
        if request.method == "GET":
            stanzas = [stanza] if stanza else self._confs.stanzas("collections", app).values()
            return Entries([entry_of(each) for each in stanzas])
        if request.method in ("POST", "DELETE"):
            self._check(request, app, name or request.need("name"), write=True)
        if request.method == "POST":
            created = name or request.need("name")
            if not name and self._confs.stanza("collections", created, app):
                raise Refusal(409, f"An object with name={created} already exists")
            self._confs.write(app, "collections", created, request.fields("name"))
            found = self._confs.stanzas("collections", app)[created]
            return Entries([entry_of(found)], status=200 if name else 201)
        if request.method == "DELETE" and name:
            self._confs.remove(app, "collections", name)
            keys = [str(each["_key"]) for each in self._store.documents(app, name)]
            self._store.delete(app, name, keys)
            return Entries([])
        raise unsupported(request)

    def data(self, request: Request) -> Reply:
        """Documents of a collection."""
        collection, _slash, key = request.tail.strip("/").partition("/")
        stanza = self._confs.stanza("collections", collection, request.context)
        if stanza is None:
            raise Refusal(404, f"Could not find collection {collection} in {request.context}")
        if request.owner not in ("nobody", "-"):
            raise Refusal(
                501, "The stand-in keeps the documents of nobody only, none of users", unknown=True
            )
        self._check(request, stanza.app, collection, write=request.method != "GET")
        if request.method == "GET":
            return self._read(request, stanza.app, collection, key)
        if request.method == "POST":
            return self._write(request, stanza, key)
        if request.method == "DELETE":
            return self._delete(request, stanza.app, collection, key)
        raise unsupported(request)

    def _check(self, request: Request, app: str, name: str, *, write: bool) -> None:
        acl = self._access.acl(app, "collections", name)
        if not (acl.may_write(request.caller) if write else acl.may_read(request.caller)):
            raise Refusal(403, "insufficient permission to access this resource", level="WARN")

    def _read(self, request: Request, app: str, collection: str, key: str) -> Reply:
        if key:
            request.allow("output_mode", "_")
            return _json(self._existing(app, collection, key))
        request.allow(*_READ)
        asked = {name: request.get(name) for name in ("fields", "sort", "skip", "limit")}
        return _json(self._found(app, collection, _query(request), asked))

    def _found(
        self, app: str, collection: str, query: Any, asked: dict[str, Any]
    ) -> list[Document]:
        documents = filter(test_of(query), self._store.documents(app, collection))
        found = ordered(list(documents), _text(asked, "sort"))
        skip, limit = _number(asked, "skip"), _number(asked, "limit")
        # More than this are silently left out, as limits.conf says.
        found = found[skip : skip + min(limit or MOST_ROWS, MOST_ROWS)]
        fields = _text(asked, "fields")
        return [projected(each, fields) for each in found] if fields else found

    def _write(self, request: Request, stanza: Stanza, key: str) -> Reply:
        app, collection = stanza.app, stanza.name
        value = _parsed(request.body)
        if key == "batch_find":
            return self._batch_find(stanza, value)
        if key == "batch_save":
            if not isinstance(value, list):
                raise Refusal(400, "Request body must be a JSON array.")
            if len(value) > MOST_SAVED:
                raise Refusal(
                    400,
                    f"Request exceeds API limits - see limits.conf for details. "
                    f"(Too many documents for a single batch save, max {MOST_SAVED})",
                )
            return _json(self._save(stanza, value))
        if not isinstance(value, dict):
            raise Refusal(400, "Request body must be a JSON object.")
        if key:
            self._existing(app, collection, key)
            return _json({"_key": self._save(stanza, [value | {"_key": key}])[0]})
        if "_key" in value and self._store.document(app, collection, str(value["_key"])):
            raise Refusal(409, f"A document with _key={value['_key']} already exists.")
        return _json({"_key": self._save(stanza, [value])[0]}, status=201)

    def _batch_find(self, stanza: Stanza, queries: Any) -> Reply:
        if not isinstance(queries, list) or len(queries) > MOST_QUERIES:
            raise Refusal(400, f"Request body must be a JSON array of at most {MOST_QUERIES}.")
        found = []
        for each in queries:
            if not isinstance(each, dict) or each.keys() - {
                "query", "fields", "sort", "limit", "skip"
            }:  # fmt: skip
                raise Refusal(400, "The stand-in does not know such a query.", unknown=True)
            found.append(self._found(stanza.app, stanza.name, each.get("query", {}), each))
        return _json(found)

    def _save(self, stanza: Stanza, documents: list[Any]) -> list[str]:
        if any(not isinstance(each, dict) for each in documents):
            raise Refusal(400, "Documents must be JSON objects.")
        if stanza.settings.get("enforceTypes", "false").lower() in ("1", "true"):
            raise Refusal(501, "The stand-in does not know enforceTypes", unknown=True)
        return self._store.save(stanza.app, stanza.name, documents)

    def _delete(self, request: Request, app: str, collection: str, key: str) -> Reply:
        if key:
            self._existing(app, collection, key)
            keys = [key]
        else:
            test = test_of(_query(request))
            documents = filter(test, self._store.documents(app, collection))
            keys = [str(each["_key"]) for each in documents]
        self._store.delete(app, collection, keys)
        return _json({})

    def _existing(self, app: str, collection: str, key: str) -> Document:
        document = self._store.document(app, collection, key)
        if document is None:
            raise Refusal(404, "Could not find object.")
        return document


def _number(asked: dict[str, Any], name: str) -> int:
    text = str(asked.get(name) or 0)
    if not text.isdigit():
        raise Refusal(400, f"{name}={text} is no number of documents.", unknown=True)
    return int(text)


def _text(asked: dict[str, Any], name: str) -> str:
    text = asked.get(name) or ""
    if not isinstance(text, str):
        raise Refusal(400, f"The stand-in knows {name} as text only.", unknown=True)
    return text


def _query(request: Request) -> Any:
    return _parsed((request.get("query") or "{}").encode())


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise Refusal(400, f"JSON in the request is not valid: {error}") from error


def _json(value: Any, status: int = 200) -> Plain:
    return Plain(json.dumps(value).encode(), status=status)
