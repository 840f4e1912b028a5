"""The bytes of format 1, and that a change to any of them is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmgstate.store import codec
from fmgstate.store.base import Head

KEY = b"adom/a"
HEAD = Head("adom/a", 1.5, None, "7", {"result": "ok"})
CONTENT = {"policies": [{"policyid": 1}]}

# Written down once: every later version must still read them.
HEAD_1 = b'\x01\xc3D\x91\xcc[1.5,null,"7",{"result":"ok"}]'
CONTENT_1 = bytes.fromhex(
    "01c54ab0b97801ab562ac8cfc94cce4c2d56b28aae86702a335394ac0c6b636b019f9a0a8b"
)
VALUE_1 = b"\x01\xe2'\xcd\x95value"


def test_what_the_first_version_wrote_is_read() -> None:
    assert codec.unpack_head(KEY, HEAD_1) == HEAD
    assert codec.unpack_content(KEY, CONTENT_1) == CONTENT
    assert codec.unpack_value(KEY, b"uuid:1", VALUE_1) == b"value"


def test_what_this_version_writes_is_read() -> None:
    assert codec.unpack_head(KEY, codec.pack_head(HEAD)) == HEAD
    assert codec.unpack_content(KEY, codec.pack_content("adom/a", CONTENT)) == CONTENT
    assert codec.unpack_value(KEY, b"uuid:1", codec.pack_value(KEY, b"uuid:1", b"")) == b""


def test_content_is_compressed() -> None:
    content = {"policies": [{"policyid": number, "action": "accept"} for number in range(500)]}
    assert len(codec.pack_content("adom/a", content)) < 5_000


@pytest.mark.parametrize("sealed", [HEAD_1, CONTENT_1, VALUE_1], ids=["head", "content", "value"])
def test_another_place_is_noticed(sealed: bytes) -> None:
    for unpack in (codec.unpack_head, codec.unpack_content):
        with pytest.raises(codec.Unreadable, match="checksum of the entry b'adom/b'"):
            unpack(b"adom/b", sealed)
    for scope, key in ((KEY, b"uuid:2"), (b"adom/b", b"uuid:1")):
        with pytest.raises(codec.Unreadable, match="checksum"):
            codec.unpack_value(scope, key, sealed)


@given(st.sampled_from([HEAD_1, CONTENT_1, VALUE_1]), st.data())
def test_a_changed_byte_or_a_missing_end_is_noticed(sealed: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[place] ^= data.draw(st.integers(1, 255))
    for broken in (bytes(changed), sealed[:place]):
        with pytest.raises(codec.Unreadable):
            codec.unpack_head(KEY, broken)
        with pytest.raises(codec.Unreadable):
            codec.unpack_content(KEY, broken)
        with pytest.raises(codec.Unreadable):
            codec.unpack_value(KEY, b"uuid:1", broken)


def test_a_newer_format_is_told_apart_from_damage() -> None:
    with pytest.raises(codec.TooNew, match="has format 2, known is up to 1"):
        codec.unpack_content(KEY, b"\x02" + CONTENT_1[1:])


def test_a_key_that_is_no_text_is_noticed() -> None:
    with pytest.raises(codec.Unreadable, match="is not text"):
        codec.key_text(b"\xff")
