"""storage/collections: the KV store."""

import json
import sqlite3
import threading
import uuid
from pathlib import Path
from typing import Any

from standin.home.layers import Confs
from standin.rest.confs import entry_of
from standin.rest.exchange import Entries, Plain, Refusal, Reply, Request, unsupported

MOST_ROWS = 50_000
MOST_SAVED = 1_000
Document = dict[str, Any]


class KvStore:
    """Documents of all collections, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False)
        path.chmod(0o600)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS documents (app TEXT, collection TEXT, key TEXT,"
            " document TEXT, PRIMARY KEY (app, collection, key))"
        )

    def documents(self, app: str, collection: str) -> list[Document]:
        """All documents of a collection, by key."""
        with self._lock:
            rows = self._database.execute(
                "SELECT document FROM documents WHERE app = ? AND collection = ? ORDER BY key",
                (app, collection),
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def document(self, app: str, collection: str, key: str) -> Document | None:
        """One document."""
        with self._lock:
            row = self._database.execute(
                "SELECT document FROM documents WHERE app = ? AND collection = ? AND key = ?",
                (app, collection, key),
            ).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def save(self, app: str, collection: str, documents: list[Document]) -> list[str]:
        """Inserts or replaces documents; returns their keys."""
        for document in documents:
            document.setdefault("_key", uuid.uuid4().hex)
            document.setdefault("_user", "nobody")
        with self._lock, self._database:
            self._database.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                [(app, collection, each["_key"], json.dumps(each)) for each in documents],
            )
        return [str(document["_key"]) for document in documents]

    def delete(self, app: str, collection: str, keys: list[str]) -> None:
        """Deletes documents."""
        with self._lock, self._database:
            self._database.executemany(
                "DELETE FROM documents WHERE app = ? AND collection = ? AND key = ?",
                [(app, collection, key) for key in keys],
            )

    def replace(
        self, app: str, collection: str, gone: list[str], documents: list[Document]
    ) -> list[str]:
        """Deletes documents by key and saves others."""
        self.delete(app, collection, gone)
        return self.save(app, collection, documents)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._database.close()


class KvStoreEndpoint:
    """storage/collections/config and storage/collections/data."""

    def __init__(self, confs: Confs, store: KvStore) -> None:
        self._confs = confs
        self._store = store

    def config(self, request: Request) -> Reply:
        """Collections as collections.conf defines them."""
        app, name = request.context, request.tail
        stanza = self._confs.stanza("collections", name, app) if name else None
        if name and stanza is None:
            raise Refusal(404, f"Could not find object id={name}")
        if request.method == "GET":
            stanzas = [stanza] if stanza else self._confs.stanzas("collections", app).values()
            return Entries([entry_of(each) for each in stanzas])
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
        if request.method == "GET":
            return self._read(request, stanza.app, collection, key)
        if request.method == "POST":
            return self._write(request, stanza.app, collection, key)
        if request.method == "DELETE":
            return self._delete(request, stanza.app, collection, key)
        raise unsupported(request)

    def _read(self, request: Request, app: str, collection: str, key: str) -> Reply:
        if key:
            return _json(self._existing(app, collection, key))
        for name in request.arguments.keys() - {"query", "limit", "skip", "output_mode"}:
            raise Refusal(400, f"The stand-in does not know {name}= here.", unknown=True)
        found = self._matching(request, app, collection)
        skip = int(request.get("skip", "0"))
        limit = min(int(request.get("limit", "0")) or MOST_ROWS, MOST_ROWS)
        return _json(found[skip : skip + limit])

    def _write(self, request: Request, app: str, collection: str, key: str) -> Reply:
        value = _parsed(request.body)
        if key == "batch_save":
            if not isinstance(value, list):
                raise Refusal(400, "Request body must be a JSON array.")
            if len(value) > MOST_SAVED:
                raise Refusal(
                    400,
                    f"Request exceeds API limits - see limits.conf for details. "
                    f"(Too many documents for a single batch save, max {MOST_SAVED})",
                )
            return _json(self._store.save(app, collection, value))
        if not isinstance(value, dict):
            raise Refusal(400, "Request body must be a JSON object.")
        if key:
            self._existing(app, collection, key)
            return _json({"_key": self._store.save(app, collection, [value | {"_key": key}])[0]})
        if "_key" in value and self._store.document(app, collection, str(value["_key"])):
            raise Refusal(409, f"A document with _key={value['_key']} already exists.")
        return _json({"_key": self._store.save(app, collection, [value])[0]}, status=201)

    def _delete(self, request: Request, app: str, collection: str, key: str) -> Reply:
        if key:
            self._existing(app, collection, key)
            keys = [key]
        else:
            keys = [str(each["_key"]) for each in self._matching(request, app, collection)]
        self._store.delete(app, collection, keys)
        return _json({})

    def _existing(self, app: str, collection: str, key: str) -> Document:
        document = self._store.document(app, collection, key)
        if document is None:
            raise Refusal(404, "Could not find object.")
        return document

    def _matching(self, request: Request, app: str, collection: str) -> list[Document]:
        query = _parsed((request.get("query") or "{}").encode())
        if not isinstance(query, dict) or any(
            name.startswith("$") or isinstance(value, dict | list) for name, value in query.items()
        ):
            raise Refusal(400, "The stand-in knows only query={field: value}.", unknown=True)
        return [
            each
            for each in self._store.documents(app, collection)
            if all(each.get(name) == value for name, value in query.items())
        ]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise Refusal(400, f"JSON in the request is not valid: {error}") from error


def _json(value: Any, status: int = 200) -> Plain:
    return Plain(json.dumps(value).encode(), status=status)
