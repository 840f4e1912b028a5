"""The handler by which searches and people ask workers: what it refuses, and in which words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

import pytest

from fmgstate.search.access import READ, REFRESH, Access
from fmgstate.search.refresh_handler import Refreshing
from fmgstate.store.redis_server import RedisServer
from fmgstate.store.requests_in_redis import RefreshRequests

FMG = "fmg.example.com"
ANN = Access("ann", ("operator",), frozenset({READ, REFRESH}))
SETTINGS = {"host": "127.0.0.1", "password": "", "prefix": "x"}


def told(
    server: Optional[Mapping[str, Any]], method: str, body: Any = None, user: Access = ANN,
    **query: str,
) -> tuple[int, Any]:  # fmt: skip
    handler = Refreshing(Path("/nowhere/state.db"), lambda *_: server, lambda *_: user)
    asked = {
        "method": method, "query": list(query.items()), "session": {"authtoken": "t"},
        "payload": json.dumps(body), "server": {"rest_uri": "u"}, "system_authtoken": "s",
    }  # fmt: skip
    reply = handler.handle(json.dumps(asked))
    found = json.loads(reply["payload"])
    return reply["status"], found["messages"][0]["text"] if "messages" in found else found


def settings(server: RedisServer) -> dict[str, Any]:
    return {"host": server.host, "port": server.port, "prefix": server.prefix}


@pytest.fixture
def there(server: RedisServer) -> dict[str, Any]:
    RefreshRequests(server).show_managers([FMG], 30.0)
    return settings(server)


def test_no_workers_no_scheduler_no_redis(server: RedisServer) -> None:
    assert told(None, "GET") == (404, "Workers are switched off on this host.")
    nobody = (
        f"No scheduler of the workers is at work on the Redis at {server.place}. Start one on a "
        "worker host: python -m fmgstate worker schedule <configuration file>."
    )
    assert told(settings(server), "GET") == (503, nobody)
    away = {**SETTINGS, "port": 1, "timeout": 0.2}
    unreachable = (
        "The store at 127.0.0.1:1/0 cannot be reached. "
        "Start the server, or correct host, port and TLS settings."
    )
    assert told(away, "GET") == (503, unreachable)


def test_who_may_not(there: dict[str, Any]) -> None:
    eve = Access("eve", ("user",), frozenset({READ}))
    status, sentence = told(there, "GET", user=eve)
    assert (status, "lacks the capability fmgstate_refresh" in sentence) == (403, True)
    limited = Access("bob", ("emea",), frozenset({READ, REFRESH}), frozenset({"emea"}))
    body = {"fortimanager": FMG, "what": "policies"}
    for adoms in (None, [], ["apac"], ["emea", "apac"]):
        status, sentence = told(there, "POST", {**body, "adoms": adoms}, user=limited)
        assert (status, sentence) == (
            403,
            "The user bob may not see all ADOMs that are asked for. Give some of: emea.",
        )
    assert told(there, "POST", {**body, "adoms": ["emea"]}, user=limited)[0] == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "Send JSON"),
        ([], "Send JSON"),
        ({"what": "policies"}, "fortimanager must be a name"),
        ({"fortimanager": 7, "what": "policies"}, "fortimanager must be a name"),
        ({"fortimanager": FMG, "what": "all"}, "what must be one of policies, hitcounts"),
        ({"fortimanager": FMG, "what": "policies", "adoms": "emea"}, "at most 1000 names"),
        ({"fortimanager": FMG, "what": "policies", "adoms": ["a"] * 1001}, "at most 1000 names"),
        ({"fortimanager": "x", "what": "policies"}, f"do not collect from x. There are: {FMG}."),
    ],
)
def test_what_cannot_be_asked(there: dict[str, Any], body: Any, said: str) -> None:
    status, sentence = told(there, "POST", body)
    assert (status, said in sentence) == (400, True)


def test_what_became_of_it(there: dict[str, Any], server: RedisServer) -> None:
    body = {"fortimanager": FMG, "what": "policies", "adoms": ["emea"]}
    name = told(there, "POST", body)[1]["request"]
    RefreshRequests(server).tell(name, "taken", by="w0@here")
    events = told(there, "GET", request=name)[1]["events"]
    assert [one["event"] for one in events] == ["queued", "taken"]
    assert told(there, "GET", request=name, first="2") == (200, {"events": []})
    assert told(there, "GET", request=name, first="-1")[0] == 400
    assert told(there, "GET", request="other")[0] == 404
    assert told(there, "DELETE")[0] == 405
