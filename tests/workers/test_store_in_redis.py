"""What only the Redis store has to say; the contract's suite runs over it as well."""

from __future__ import annotations

import pytest
from redis import Redis

from fmgstate.errors import ConfigurationError, StoreDamaged, StoreError, StoreFull
from fmgstate.store.base import Head, Snapshot
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.redis_server import RedisServer
from tests.redis_server import running

KEY = "fmg/emea/package/edge"


def snapshot(time: float, key: str = KEY) -> Snapshot:
    return Snapshot(Head(key, time, time, "7"), {"policies": [{"policyid": 1}]})


def test_nothing_has_a_time_out_of_its_own(server: RedisServer) -> None:
    """An entry that is no longer fresh is stale, and still there."""
    store = RedisStore(server)
    store.save(snapshot(1.0), [("uuid:1", b"x")])
    raw = Redis(port=server.port)
    kept = list(raw.scan_iter(f"{server.prefix}:*"))
    assert len(kept) == 6
    assert {raw.ttl(key) for key in kept} == {-1}


def test_what_was_not_confirmed_for_long_is_dropped_on_request(server: RedisServer) -> None:
    store = RedisStore(server)
    store.save(snapshot(100.0), [("uuid:1", b"x")])
    store.save(snapshot(200.0, "fmg/emea/package/core"), [("uuid:1", b"y")])
    store.note(Head("fmg/emea/package/never", None, None))
    assert store.drop_before(150.0) == [KEY]
    assert [head.key for head in store.heads()] == [
        "fmg/emea/package/core", "fmg/emea/package/never"]  # fmt: skip
    assert [found.value for found in store.find(["uuid:1"])] == [b"y"]


def test_nothing_is_left_of_what_was_deleted(server: RedisServer) -> None:
    store = RedisStore(server)
    store.save(snapshot(1.0), [("uuid:1", b"x"), ("uuid:1", b"y"), ("name:ö", b"")])
    store.delete(KEY)
    assert list(Redis(port=server.port).scan_iter(f"{server.prefix}:*")) == []


def test_every_change_moves_the_version(server: RedisServer) -> None:
    store = RedisStore(server)
    seen = [store.version()]
    for change in (
        lambda: store.save(snapshot(1.0)),
        lambda: store.save(snapshot(1.0)),
        lambda: store.note(Head(KEY, 2.0, 1.0)),
        lambda: store.delete(KEY),
    ):
        change()
        seen.append(store.version())
    assert (seen[0], seen[-1]) == ("", "")
    assert len(set(seen[1:])) == 4
    assert store.version() == seen[-1]


def test_two_prefixes_do_not_meet(server: RedisServer) -> None:
    RedisStore(server).save(snapshot(1.0))
    other = RedisServer("127.0.0.1", server.port, prefix=server.prefix + "-other")
    assert RedisStore(other).heads() == []


@pytest.mark.parametrize("key", ["content:" + KEY, "rows:" + KEY])
def test_damage_is_noticed(server: RedisServer, key: str) -> None:
    store = RedisStore(server)
    store.save(snapshot(1.0))
    Redis(port=server.port).set(f"{server.prefix}:{key}", b"\x01junk")
    with pytest.raises(StoreDamaged, match="Delete the keys with this app's prefix"):
        store.load(KEY)
        store.save(snapshot(2.0))


def test_a_server_without_memory_keeps_what_it_has() -> None:
    with running("--maxmemory", "6mb", "--maxmemory-policy", "noeviction") as port:
        store = RedisStore(RedisServer("127.0.0.1", port))
        store.save(snapshot(1.0), [("uuid:1", b"x")])
        rows = [(f"uuid:{number}", bytes(1000)) for number in range(20_000)]
        with pytest.raises(StoreFull) as refused:
            for number in range(50):
                store.save(snapshot(2.0, f"{KEY}{number}"), rows)
        assert str(refused.value) == (
            f"The store at 127.0.0.1:{port}/0 has no memory left. Give the server more memory "
            "(maxmemory) and keep maxmemory-policy noeviction."
        )
        assert store.load(KEY) == snapshot(1.0)


def test_a_wrong_password_is_a_sentence_without_it() -> None:
    with running("--requirepass", "right") as port:
        server = RedisServer("127.0.0.1", port, password="wr0ng-one")
        with pytest.raises(StoreError) as refused:
            RedisStore(server).heads()
        assert str(refused.value) == (
            f"The store at 127.0.0.1:{port}/0 refused the user or password. "
            "Correct the user and password."
        )
        right = RedisServer("127.0.0.1", port, password="right")
        assert RedisStore(right).heads() == []


def test_the_user_needs_only_its_prefix(tmp_path) -> None:
    acl = tmp_path / "users.acl"
    acl.write_text(
        "user default off\n"
        "user app on >pass resetkeys ~fmgstate:* resetchannels -@all +@read +@write "
        "+@transaction +@connection +@scripting +time\n"
    )
    with running("--aclfile", str(acl)) as port:
        store = RedisStore(RedisServer("127.0.0.1", port, username="app", password="pass"))
        store.save(snapshot(1.0), [("uuid:1", b"x")])
        assert store.load(KEY) == snapshot(1.0)
        assert len(store.find(["uuid:1"])) == 1
        other = RedisServer("127.0.0.1", port, username="app", password="pass", prefix="others")
        with pytest.raises(StoreError, match="forbids what the store needs"):
            RedisStore(other).save(snapshot(1.0))


@pytest.mark.parametrize("prefix", ["", "a b", "x*"])
def test_a_prefix_that_cannot_be(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match="Use letters, digits"):
        RedisServer(prefix=prefix)
