"""What would keep workers from working, found before anything starts."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from typing import Any

from redis import Redis, exceptions

from fmgstate.errors import FmgStateError, StoreError
from fmgstate.fortimanager import urls
from fmgstate.fortimanager.client import Client
from fmgstate.store.redis_server import RedisServer, errors_of, translated
from fmgstate.workers.configuration import Configuration, Manager

Found = list[str]
"""Sentences, each with its cure; empty = nothing is wrong."""


def check(configuration: Configuration, *, login: bool = False) -> Found:
    """``login``: also log in to each FortiManager and out again."""
    found = _folder(configuration) + _redis(configuration)
    if login:
        for manager in configuration.managers:
            found += _manager(manager)
    return found


def _folder(configuration: Configuration) -> Found:
    folder = configuration.state_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"state_folder: {folder} cannot be made ({type(error).__name__})."
        return [f"{what} Make it, owned by the user that runs the worker."]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [f"state_folder: this user may not write to {folder}. chown it to this user."]
    return []


def _redis(configuration: Configuration) -> Found:
    server = configuration.redis
    redis = server.connect()
    try:
        with errors_of(server.place):
            redis.ping()
    except StoreError as error:
        return [f"redis: {error}"]
    try:
        return _commands(redis, server, configuration.remote_control) + _keeping(redis)
    finally:
        redis.close()


def _commands(redis: Redis, server: RedisServer, publishing: bool) -> Found:
    """Each kind of command that workers and Celery use, tried on a key of our own."""
    key, found = f"{server.prefix}:check:{secrets.token_hex(4)}", []
    channel = f"{server.prefix}:celery:check"
    tries: list[tuple[str, Callable[[], Any]]] = [
        ("SET", lambda: redis.set(key, "1", px=10_000, nx=True)),
        ("EVAL", lambda: redis.eval("return redis.call('TIME')", 0)),
        ("DEL", lambda: redis.delete(key)),
        ("HSET", lambda: redis.hset(key, "a", "1")),
        ("HDEL", lambda: redis.hdel(key, "a")),
        ("ZADD", lambda: redis.zadd(key, {"a": 1})),
        ("ZREM", lambda: redis.zrem(key, "a")),
        ("LPUSH", lambda: redis.lpush(f"{server.prefix}:celery:check", "a")),
        ("BRPOP", lambda: redis.brpop([f"{server.prefix}:celery:check"], timeout=1)),
        ("MULTI", lambda: _in_transaction(redis, key)),
    ]
    if publishing:
        tries.append(("PUBLISH", lambda: redis.publish(channel, "a")))
    for name, attempt in tries:
        found += _tried(name, attempt, server)
    return found


def _in_transaction(redis: Redis, key: str) -> None:
    with redis.pipeline() as pipe:
        pipe.exists(key)
        pipe.execute()


def _tried(name: str, attempt: Callable[[], Any], server: RedisServer) -> Found:
    try:
        attempt()
    except exceptions.NoPermissionError:
        where = f"{name} on keys and channels that begin with {server.prefix}:"
        return [f"redis: the user may not use {where}. Grant what the guide lists."]
    except exceptions.RedisError as error:
        return [f"redis: {translated(server.place, error)}"]
    return []


def _keeping(redis: Redis) -> Found:
    try:
        told: dict[str, Any] = redis.info()
    except exceptions.RedisError:
        what = "the user may not use INFO, so it is unknown whether the server keeps its data"
        return [f"redis: {what}. Grant +info."]
    found = []
    policy = told.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        found.append(f"redis: maxmemory-policy is {policy}: tasks and state may be thrown away."
                     " Set it to noeviction.")  # fmt: skip
    if not told.get("aof_enabled"):
        found.append("redis: no append-only file is written: a restart loses everything that is"
                     " queued and kept. Set appendonly yes.")  # fmt: skip
    if told.get("role") not in ("master", None):
        found.append("redis: this is a replica. Name the primary.")
    return found


def _manager(manager: Manager) -> Found:
    try:
        with Client(manager.account, manager.limits) as client:
            client.get([{"url": urls.STATUS}])[0].row()
    except FmgStateError as error:
        return [f"{manager.name}: {error}"]
    return []
