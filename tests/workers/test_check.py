from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fmgstate.settings import Account
from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.check import check
from fmgstate.workers.configuration import Configuration, Manager
from tests.redis_server import running

ACL = "on >user-pass ~fmgstate:* resetchannels +@all -eval"


@pytest.fixture(scope="module")
def kept_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running(folder=str(tmp_path_factory.mktemp("redis"))) as port:
        yield port


@pytest.fixture
def good(configuration: Configuration, kept_port: int, tmp_path: Path) -> Configuration:
    return replace(
        configuration, redis=RedisServer(port=kept_port), state_folder=tmp_path / "state"
    )


def test_nothing_is_wrong(good: Configuration) -> None:
    assert check(good, login=True) == []


def test_a_server_that_forgets(good: Configuration, server: RedisServer) -> None:
    server.connect().config_set("maxmemory-policy", "allkeys-lru")
    try:
        evicting, forgetting = check(replace(good, redis=server))
        assert evicting == (
            "redis: maxmemory-policy is allkeys-lru: tasks and state may be thrown away. Set it to"
            " noeviction."
        )
        assert forgetting == (
            "redis: no append-only file is written: a restart loses everything that is queued and"
            " kept. Set appendonly yes."
        )
    finally:
        server.connect().config_set("maxmemory-policy", "noeviction")


def test_what_the_user_may_not_do(good: Configuration, kept_port: int) -> None:
    RedisServer(port=kept_port).connect().execute_command("ACL", "SETUSER", "ann", *ACL.split())
    narrow = RedisServer(port=kept_port, username="ann", password="user-pass")
    where = "on keys and channels that begin with fmgstate:. Grant what the guide lists."
    assert check(replace(good, redis=narrow, remote_control=True)) == [
        f"redis: the user may not use EVAL {where}",
        f"redis: the user may not use PUBLISH {where}",
    ]


def test_nobody_there(good: Configuration, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    away = replace(good, redis=RedisServer(port=1, timeout=0.2), state_folder=tmp_path / "file")
    folder, redis = check(away)
    assert folder == (
        f"state_folder: {tmp_path / 'file'} cannot be made (FileExistsError)."
        " Make it, owned by the user that runs the worker."
    )
    assert redis == (
        "redis: The store at 127.0.0.1:1/0 cannot be reached. Start the server, or correct host,"
        " port and TLS settings."
    )


def test_a_wrong_password_is_found_by_logging_in(good: Configuration) -> None:
    [manager] = good.managers
    account = Account(manager.account.host, "splunk", "wrong-pass", ca=manager.account.ca)
    wrong = replace(good, managers=(Manager(account, manager.limits, manager.plan),))
    assert check(wrong) == []
    [found] = check(wrong, login=True)
    assert found.startswith(f"{manager.name}: ")
    assert "wrong-pass" not in found
