# ruff: noqa: ARG001 (every handler takes the same arguments)
"""Workspace locks, as a reader sees them."""

from __future__ import annotations

from simulator.handlers.calls import Answer, Call, Param, routes


@routes.add("get", "/dvmdb/adom/{adom}/workspace/lockinfo", "who holds the ADOM; no data = nobody")
@routes.add("get", "/dvmdb/adom/{adom}/workspace/lockinfo/{path*}", "who holds a package, device …")
def lock_info(call: Call, param: Param, adom: str, path: list[str] | None = None) -> Answer:
    home = call.fm.adom(adom)
    url = "/".join(path or [])
    rows = [
        {
            "adom_dirty": int(home.dirty),
            "db_mode": 0,
            "dev_oid": 0,
            "dirty": int(home.dirty),
            "flags": 0,
            "lock_sid": lock.session,
            "lock_time": lock.time,
            "lock_user": lock.user,
            "obj_oid": 0,
            "obj_url": lock.url,
            "type": lock.kind,
            "wfsid": 0,
        }
        for at, lock in home.locks.items()
        if not url or at == url
    ]
    return {"data": rows} if rows else {}


@routes.add("get", "/dvmdb/adom/{adom}/workspace/dirty", "whether there is anything to commit")
def dirty(call: Call, param: Param, adom: str) -> Answer:
    return {"data": {"dirty": int(call.fm.adom(adom).dirty)}}
