"""How heads, contents and index values look as bytes, and how damage to them is noticed.

Every piece is sealed: one byte format number, four bytes CRC-32 (big-endian) over format number,
key and payload, then the payload. The key is in the checksum so that a piece that turns up under
another key is noticed too. Format 1: a head is JSON, a content is zlib-compressed JSON, an index
value is stored as it came.
"""

from __future__ import annotations

import json
from typing import Any
from zlib import compress, crc32, decompress
from zlib import error as ZlibError

from fmgstate.store.base import Head

FORMAT = 1
_SEAL_BYTES = 5
# Level 1 takes half the time of zlib's default and the result is a fifth larger.
_LEVEL = 1
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Unreadable(Exception):
    """The bytes are not what was stored."""


class TooNew(Unreadable):
    """The bytes carry a format number that this version does not know."""


def key_bytes(key: str) -> bytes:
    """UTF-8, so that bytes sort like text. FortiManager may send lone surrogates: they are kept."""
    return key.encode("utf-8", "surrogatepass")


def key_text(key: bytes) -> str:
    """The inverse of ``key_bytes``."""
    try:
        return key.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise Unreadable(f"the key {key!r} is not text") from None


def seal(key: bytes, payload: bytes) -> bytes:
    """``payload`` with the format number and a checksum before it."""
    return b"%c%b%b" % (FORMAT, _checksum(key, payload), payload)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """The payload. Raises ``TooNew`` or ``Unreadable``."""
    if len(sealed) < _SEAL_BYTES or not sealed[0]:
        raise Unreadable(f"the entry {key!r} is cut off or overwritten")
    if sealed[0] > FORMAT:
        raise TooNew(f"the entry {key!r} has format {sealed[0]}, known is up to {FORMAT}")
    payload = sealed[_SEAL_BYTES:]
    if sealed[1:_SEAL_BYTES] != _checksum(key, payload):
        raise Unreadable(f"the checksum of the entry {key!r} is wrong")
    return payload


def pack_head(head: Head) -> bytes:
    """All of a head but its key."""
    facts = [head.snapshot_time, head.changed_time, head.mark, head.outcome]
    return seal(key_bytes(head.key), _encode(facts).encode("ascii"))


def unpack_head(key: bytes, sealed: bytes) -> Head:
    """The head that was stored under ``key``."""
    facts = json.loads(unseal(key, sealed))
    return Head(key_text(key), *facts)


def pack_content(key: str, content: dict[str, Any]) -> bytes:
    """A snapshot's content, compressed. Raises TypeError for what JSON cannot hold."""
    return seal(key_bytes(key), compress(_encode(content).encode("ascii"), _LEVEL))


def unpack_content(key: bytes, sealed: bytes) -> dict[str, Any]:
    """The content that was stored under ``key``."""
    try:
        content: dict[str, Any] = json.loads(decompress(unseal(key, sealed)))
    except (ZlibError, ValueError) as error:
        raise Unreadable(f"the content of {key!r} does not decompress: {error}") from None
    return content


def _checksum(key: bytes, payload: bytes) -> bytes:
    return crc32(payload, crc32(key, FORMAT)).to_bytes(4, "big")
