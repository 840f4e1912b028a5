"""The KV store collection in which copies of scopes reach every search head of a cluster.

Three kinds of documents: ``version`` (which manifest holds), ``manifest`` (every copy and where its
content is), and pieces of content, named by what is in them: they are never changed, only added and
later removed. All are fetched by name; only cleaning up lists them, page by page, as reading stops
silently at 50,000 rows.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Optional

from fmgstate.collect.hosts import Collector
from fmgstate.collect.loading import Copied
from fmgstate.errors import StoreError
from fmgstate.record import Record
from fmgstate.search.splunkd import Splunkd, SplunkdError
from fmgstate.settings import APP

COLLECTION = "fmgstate_scopes"
PATH = f"/servicesNS/nobody/{APP}/storage/collections/data/{COLLECTION}"
VERSION, MANIFEST = "version", "manifest"
PIECE_BYTES = 1 << 20
"""Of a document: the limit is 16 MB. A batch's is 50 MB and 1,000 documents."""
BATCH_BYTES, BATCH_PIECES = 8 << 20, 200
FETCHED_PIECES = 40
PAGE = 1000
GARBAGE_SECONDS = 3600.0
"""So long are pieces kept that no manifest names any more: somebody may be reading them."""
FORMAT = 1

Freshness = dict[str, dict[str, float]]


class Moved(Exception):
    """Somebody else has written the manifest meanwhile."""


@dataclass(frozen=True)
class Manifest:
    """``time``: when it was written, epoch seconds. ``version`` "" = there is none yet.
    ``collectors``: the hosts that published."""

    version: str
    time: float
    copies: dict[str, Copied]
    freshness: Freshness
    collectors: tuple[Collector, ...] = ()


class Collection:
    """Raises ``SplunkdError`` where the KV store cannot be reached."""

    def __init__(self, splunkd: Splunkd) -> None:
        self._splunkd = splunkd

    def version(self) -> str:
        """Of the manifest that holds; "" = there is none. One lean request."""
        return str((self._document(VERSION) or {}).get("version", ""))

    def manifest(self) -> Manifest:
        """All copies there are."""
        told = self._document(MANIFEST)
        if told is None:
            return Manifest("", 0.0, {}, {})
        if told.get("format") != FORMAT:
            raise StoreError(
                f"The collection {COLLECTION} was written by another version of this app.",
                "Install the same version of the app on all search heads.",
            )
        body = json.loads(_unpacked("".join(self._texts(told))))
        copies = {one["scope"]: Copied(**one) for one in body["copies"]}
        collectors = tuple(Collector(*one) for one in body.get("collectors", ()))
        return Manifest(told["version"], told["time"], copies, body["freshness"], collectors)

    def write(
        self,
        copies: Iterable[Copied],
        freshness: Freshness,
        now: float,
        after: str,
        collectors: Sequence[Collector] = (),
    ) -> str:
        """Replace the manifest with version ``after``; the new version. Raises ``Moved``."""
        version = f"{int(now * 1000)}-{os.urandom(4).hex()}"
        body = {
            "copies": [asdict(one) for one in copies],
            "freshness": freshness,
            "collectors": collectors,
        }
        packed = _packed(json.dumps(body))
        parts = [packed[at : at + PIECE_BYTES] for at in range(0, len(packed), PIECE_BYTES)]
        if self.version() != after:
            raise Moved
        pieces = [{"_key": f"{version}.{at}", "time": now, "body": one}
                  for at, one in enumerate(parts)]  # fmt: skip
        self._save(pieces)
        names = [one["_key"] for one in pieces]
        head = {"_key": MANIFEST, "format": FORMAT, "version": version, "time": now}
        self._save([{**head, "names": names}])
        self._save([{"_key": VERSION, "version": version, "time": now}])
        return version

    def put(self, copy: Copied, records: list[Record], now: float) -> Copied:
        """Save the content; the copy with where it is."""
        packed = _packed(json.dumps(records, separators=(",", ":")))
        body = hashlib.sha256(packed.encode()).hexdigest()[:32]
        parts = [packed[at : at + PIECE_BYTES] for at in range(0, len(packed), PIECE_BYTES)]
        self._save({"_key": f"{body}.{at}", "time": now, "body": one}
                   for at, one in enumerate(parts))  # fmt: skip
        return Copied(**{**asdict(copy), "body": body, "pieces": len(parts), "size": len(packed)})

    def contents(self, copies: Iterable[Copied]) -> Iterator[tuple[Copied, Optional[list[Record]]]]:
        """The records of each; None where pieces are not there, or not those that were written."""
        for some in _together(copies):
            names = [f"{one.body}.{at}" for one in some for at in range(one.pieces)]
            found = self._pieces(names)
            for one in some:
                parts = [found.get(f"{one.body}.{at}", "") for at in range(one.pieces)]
                yield one, _records("".join(parts), one.body)

    def clean_up(self, copies: Iterable[Copied], now: float) -> int:
        """Remove old pieces that no manifest names; how many."""
        told = self._document(MANIFEST) or {}
        used = {f"{one.body}.{at}" for one in copies for at in range(one.pieces)}
        used |= {*told.get("names", ()), VERSION, MANIFEST}
        old = [
            str(one["_key"])
            for one in self._listed()
            if one["_key"] not in used and float(one.get("time", now)) < now - GARBAGE_SECONDS
        ]
        for start in range(0, len(old), FETCHED_PIECES):
            self._splunkd.delete(PATH, query=_any_of(old[start : start + FETCHED_PIECES]))
        return len(old)

    def _listed(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        while True:
            page = self._splunkd.get(
                PATH, fields="_key,time", sort="_key", limit=f"{PAGE}", skip=f"{len(found)}"
            )
            found += page
            if len(page) < PAGE:
                return found

    def _document(self, key: str) -> Optional[dict[str, Any]]:
        try:
            found: dict[str, Any] = self._splunkd.get(f"{PATH}/{key}")
        except SplunkdError as error:
            if error.status == 404:
                return None
            raise
        return found

    def _texts(self, manifest: Mapping[str, Any]) -> Iterator[str]:
        names = manifest["names"]
        found = self._pieces(names)
        if set(found) != set(names):
            raise StoreError("The KV store is being replicated.", "Try again in a minute.")
        return (found[name] for name in names)

    def _pieces(self, names: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(names), FETCHED_PIECES):
            some = names[start : start + FETCHED_PIECES]
            for one in self._splunkd.get(PATH, query=_any_of(some)):
                found[str(one["_key"])] = str(one["body"])
        return found

    def _save(self, documents: Iterable[Mapping[str, Any]]) -> None:
        batch: list[Mapping[str, Any]] = []
        for one in documents:
            batch.append(one)
            size = sum(len(str(each.get("body", ""))) for each in batch)
            if len(batch) >= BATCH_PIECES or size >= BATCH_BYTES:
                self._splunkd.post(f"{PATH}/batch_save", batch)
                batch = []
        if batch:
            self._splunkd.post(f"{PATH}/batch_save", batch)


def _together(copies: Iterable[Copied]) -> Iterator[list[Copied]]:
    """Copies whose pieces are fetched at once."""
    some: list[Copied] = []
    for one in copies:
        full = sum(each.pieces for each in some) + one.pieces > FETCHED_PIECES
        if some and (full or sum(each.size for each in some) + one.size > BATCH_BYTES):
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _any_of(keys: Iterable[str]) -> str:
    return json.dumps({"$or": [{"_key": key} for key in keys]}, separators=(",", ":"))


def _packed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 6)).decode()


def _unpacked(text: str) -> str:
    return zlib.decompress(base64.b64decode(text)).decode()


def _records(packed: str, body: str) -> Optional[list[Record]]:
    if hashlib.sha256(packed.encode()).hexdigest()[:32] != body:
        return None
    found: list[Record] = json.loads(_unpacked(packed))
    return found
