# ruff: noqa: ARG001 (every handler takes the same arguments)
"""Workspace: who holds a lock, taking one, committing, letting go."""

from __future__ import annotations

import functools

from simulator.handlers.calls import Answer, Call, Param, routes
from simulator.state import workspace


@routes.add("get", "/dvmdb/adom/{adom}/workspace/lockinfo", "who holds the ADOM; no data = nobody")
@routes.add("get", "/dvmdb/adom/{adom}/workspace/lockinfo/{path*}", "who holds a package, device …")
def lock_info(call: Call, param: Param, adom: str, path: list[str] | None = None) -> Answer:
    home = call.fm.adom(adom)
    url = "/".join(path or [])
    rows = [
        {
            "adom_dirty": int(home.dirty),
            "db_mode": 1,
            "dev_oid": home.oid,
            "dirty": int(home.dirty),
            "flags": int(home.dirty),
            "lock_sid": lock.session,
            "lock_time": lock.time,
            "lock_user": lock.user,
            "obj_cat": 0,
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


@routes.add("exec", "/dvmdb/adom/{adom}/workspace/lock", "lock the ADOM (-9 outside workspaces)")
@routes.add("exec", "/dvmdb/adom/{adom}/workspace/lock/{path*}", "lock a package, device, object")
def lock(call: Call, param: Param, adom: str, path: list[str] | None = None) -> Answer:
    home = call.fm.adom(adom)
    workspace.lock(call.fm, home, call.user, call.session_number, "/".join(path or []))
    return {}


@routes.add("exec", "/dvmdb/adom/{adom}/workspace/commit", "keep what was written: taskid")
@routes.add("exec", "/dvmdb/adom/{adom}/workspace/commit/{path*}", "the same for a part")
def commit(call: Call, param: Param, adom: str, path: list[str] | None = None) -> Answer:
    home = call.fm.adom(adom)
    workspace.commit(call.fm, home, call.user, call.session_number)
    if path:
        return {}
    started = call.fm.tasks.start(
        title="commit",
        source="system",
        user=call.user,
        adom=home.oid,
        started=call.fm.clock(),
        seconds=0.0,
        lines=[{"name": home.name}],
    )
    return {"taskid": started.id}


@routes.add("exec", "/dvmdb/adom/{adom}/workspace/unlock", "let go; undo what was not committed")
@routes.add("exec", "/dvmdb/adom/{adom}/workspace/unlock/{path*}", "the same for a part")
def unlock(call: Call, param: Param, adom: str, path: list[str] | None = None) -> Answer:
    home = call.fm.adom(adom)
    workspace.unlock(call.fm, home, call.user, call.session_number, "/".join(path or []))
    return {}


routes.add("get", "/dvmdb/global/workspace/lockinfo", "who holds the global database")(
    functools.partial(lock_info, adom="Global")
)
for _kind in ("lock", "commit", "unlock"):
    _handler = {"lock": lock, "commit": commit, "unlock": unlock}[_kind]
    routes.add("exec", f"/dvmdb/global/workspace/{_kind}", f"{_kind} the global database")(
        functools.partial(_handler, adom="Global")
    )
