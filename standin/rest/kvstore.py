"""The KV store: documents of the apps' collections."""

import json
import sqlite3
import threading
import uuid
from pathlib import Path
from typing import Any

Document = dict[str, Any]


class KvStore:
    """Documents of all collections, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self.changes = 0
        """Grows with every write."""
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
            self.changes += 1
            self._database.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                [(app, collection, each["_key"], json.dumps(each)) for each in documents],
            )
        return [str(document["_key"]) for document in documents]

    def delete(self, app: str, collection: str, keys: list[str]) -> None:
        """Deletes documents."""
        with self._lock, self._database:
            self.changes += 1
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
