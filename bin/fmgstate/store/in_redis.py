"""The store on a Redis server, for many hosts: the same contract as on disk.

Keys, all with the prefix: ``scopes`` (sorted set of scope keys), ``heads`` (hash), ``version``
(another text after each change), and for each
scope ``content:<scope>`` and ``rows:<scope>`` (which index keys it has); for each index key
``row:<key>``, a hash from scope and position to the value. Nothing has a time-out of its own:
freshness is judged by ``snapshot_time``, and ``drop_before`` ends what was not renewed for long.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Optional

from redis import Redis
from redis.exceptions import WatchError

from fmgstate.errors import StoreError
from fmgstate.store.base import Found, Head, IndexRow, Snapshot
from fmgstate.store.codec import (
    Unreadable,
    key_bytes,
    pack_content,
    pack_head,
    pack_value,
    unpack_content,
    unpack_head,
    unpack_value,
)
from fmgstate.store.redis_server import RedisServer, errors_of

_TRIES = 20
_POSITION_BYTES = 4

# One script, so that no save falls between rows and heads.
_FIND = """
local rows, names, heads, seen = {}, {}, {}, {}
for i = 2, #KEYS do
  local row = redis.call('HGETALL', KEYS[i])
  rows[i - 1] = row
  for j = 1, #row, 2 do
    local scope = string.sub(row[j], 1, -5)
    if not seen[scope] then
      seen[scope] = true
      names[#names + 1] = scope
      heads[#heads + 1] = redis.call('HGET', KEYS[1], scope)
    end
  end
end
return {rows, names, heads}
"""
_HEADS = """
local names, heads = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2]), {}
for i, name in ipairs(names) do heads[i] = redis.call('HGET', KEYS[2], name) end
return {names, heads}
"""


class RedisStore:
    """See ``base.Store``. Connects when first used."""

    def __init__(self, server: RedisServer, client: Optional[Redis] = None) -> None:
        self._place = server.place
        self._redis = client or server.connect()
        start = server.prefix.encode()
        self._scopes, self._heads = start + b":scopes", start + b":heads"
        self._version = start + b":version"
        self._content, self._rows = start + b":content:", start + b":rows:"
        self._row = start + b":row:"
        self._find = self._redis.register_script(_FIND)
        self._list = self._redis.register_script(_HEADS)

    def save(self, snapshot: Snapshot, rows: Iterable[IndexRow] = ()) -> None:
        """Replace the scope's head, content and index rows, all or nothing."""
        name = key_bytes(snapshot.head.key)
        body = pack_content(snapshot.head.key, snapshot.content)
        sealed: dict[bytes, dict[bytes, bytes]] = {}
        for position, (key, value) in enumerate(rows):
            found = key_bytes(key)
            field = name + position.to_bytes(_POSITION_BYTES, "big")
            sealed.setdefault(found, {})[field] = pack_value(name, found, value)
        with errors_of(self._place):
            self._change(name, snapshot.head, body, sealed)

    def note(self, head: Head) -> None:
        """Replace the scope's head alone; content and index rows stay. Creates the scope if new."""
        with errors_of(self._place), self._pipeline() as pipe:
            self._put_head(pipe, head)
            pipe.execute()

    def load(self, key: str) -> Optional[Snapshot]:
        """The snapshot under ``key``; None when there is none (a head alone is no snapshot)."""
        name = key_bytes(key)
        with errors_of(self._place), self._pipeline() as pipe:
            pipe.execute_command("HGET", self._heads, name)
            pipe.get(self._content + name)
            head, body = pipe.execute()
            if head is None or body is None:
                return None
            return Snapshot(unpack_head(name, head), unpack_content(name, body))

    def heads(self, prefix: str = "") -> list[Head]:
        """Heads of all scopes whose key starts with ``prefix``, in the order of their keys."""
        first = key_bytes(prefix)
        with errors_of(self._place):
            found = self._list([self._scopes, self._heads], [b"[" + first, b"(" + first + b"\xff"])
            return [unpack_head(key, head) for key, head in zip(*found)]

    def find(self, keys: Sequence[str]) -> list[Found]:
        """All index rows under any of ``keys``, in the order of ``keys``.

        Rows under one key come in the order of their scopes' keys, then as they were saved.
        """
        if not keys:
            return []
        names = [key_bytes(key) for key in keys]
        with errors_of(self._place):
            asked = [self._heads, *(self._row + name for name in names)]
            rows, scopes, sealed = self._find(asked)
            heads = {scope: unpack_head(scope, head) for scope, head in zip(scopes, sealed)}
            return [
                Found(
                    key,
                    unpack_value(field[:-_POSITION_BYTES], name, value),
                    heads[field[:-_POSITION_BYTES]],
                )
                for key, name, row in zip(keys, names, rows)
                for field, value in sorted(zip(row[::2], row[1::2]))
            ]

    def delete(self, key: str) -> None:
        """Forget the scope, its content and its index rows. Unknown keys are no error."""
        with errors_of(self._place):
            self._change(key_bytes(key), None, b"", {})

    def version(self) -> str:
        """Of all that is kept: another one after every change. "" = it cannot be told."""
        with errors_of(self._place):
            found: Any = self._redis.get(self._version)
        return found.decode("ascii", "replace") if found else ""

    def drop_before(self, time: float) -> list[str]:
        """Forget snapshots that were last confirmed before ``time``; their keys."""
        old = [head.key for head in self.heads()
               if head.snapshot_time is not None and head.snapshot_time < time]  # fmt: skip
        for key in old:
            self.delete(key)
        return old

    def close(self) -> None:
        """Let go of the connections. The store may be used again."""
        self._redis.close()

    def _pipeline(self) -> Any:
        """A transaction; redis-py's types know no keys of bytes."""
        return self._redis.pipeline()

    def _change(
        self,
        name: bytes,
        head: Optional[Head],
        body: bytes,
        sealed: dict[bytes, dict[bytes, bytes]],
    ) -> None:
        """Replace the scope, or forget it when there is no head."""
        listed = self._rows + name
        for _ in range(_TRIES):
            with self._pipeline() as pipe:
                try:
                    pipe.watch(listed)
                    old = _listed(pipe.get(listed))
                    pipe.multi()
                    self._drop_rows(pipe, name, old)
                    if head is None:
                        self._drop(pipe, name)
                    else:
                        self._put(pipe, name, head, body, sealed)
                    pipe.execute()
                except WatchError:
                    continue
                return
        raise StoreError(
            f"The store at {self._place} changed again and again while one scope was saved.",
            "Let one worker at a time refresh a scope.",
        )

    def _put(
        self, pipe: Any, name: bytes, head: Head, body: bytes,
        sealed: dict[bytes, dict[bytes, bytes]],
    ) -> None:  # fmt: skip
        self._put_head(pipe, head)
        pipe.set(self._content + name, body)
        for key, fields in sealed.items():
            flat = [piece for pair in fields.items() for piece in pair]
            pipe.execute_command("HSET", self._row + key, *flat)
        pipe.set(self._rows + name, _listing(sealed))

    def _drop(self, pipe: Any, name: bytes) -> None:
        pipe.delete(self._version)  # a full server refuses to set it, and would not be emptied
        pipe.execute_command("ZREM", self._scopes, name)
        pipe.execute_command("HDEL", self._heads, name)
        pipe.delete(self._content + name, self._rows + name)

    def _drop_rows(self, pipe: Any, name: bytes, old: dict[bytes, list[int]]) -> None:
        for key, positions in old.items():
            fields = [name + position.to_bytes(_POSITION_BYTES, "big") for position in positions]
            pipe.execute_command("HDEL", self._row + key, *fields)

    def _put_head(self, pipe: Any, head: Head) -> None:
        name = key_bytes(head.key)
        # By chance, not counted: a server that lost its last second must not count it again.
        pipe.set(self._version, secrets.token_hex(8))
        pipe.execute_command("ZADD", self._scopes, 0, name)
        pipe.execute_command("HSET", self._heads, name, pack_head(head))


def _listing(sealed: dict[bytes, dict[bytes, bytes]]) -> bytes:
    """Index keys of a scope with the positions of their rows."""
    positions = {
        key.decode("latin-1"): [int.from_bytes(one[-_POSITION_BYTES:], "big") for one in fields]
        for key, fields in sealed.items()
    }
    return json.dumps(positions, separators=(",", ":")).encode("ascii")


def _listed(kept: Any) -> dict[bytes, list[int]]:
    try:
        found = json.loads(kept or b"{}")
        return {
            key.encode("latin-1"): list(map(int, positions)) for key, positions in found.items()
        }
    except (ValueError, AttributeError, TypeError) as error:
        raise Unreadable(f"the list of a scope's index keys makes no sense: {error}") from None
