"""A search asks workers for a refresh, and searches answer from the copy of their store: a real
Redis, real workers and scheduler, the built package's commands and handlers run as splunkd does.

Checked against stand-ins only: neither splunkd nor FortiManager is the real one.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from splunklib import results

from fmgstate.collect import copying
from fmgstate.settings import store_file
from fmgstate.workers.locks import Locks
from standin import Standin
from tests.splunk.test_asking_commands import PACKAGE, Person
from tests.splunk.test_the_app_collects import APP
from tests.standin.rest.package import ask
from tests.workers.drills.site import Site, site

NS = f"/servicesNS/nobody/{APP}"
ENDPOINT = "/services/fmgstate_refresh"
LONGEST = 60.0
PASSWORD = "redis-s3cret"
STEPS = ("queued", "taken", "later", "done", "failed", "unfinished")


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    """Polled by nobody but who asks."""

    with site(
        workers=1,
        poll_seconds=3600.0,
        task_seconds=30,
        latency_ms=20,
        redis_password=PASSWORD,
    ) as found:
        found.until(lambda: len(found.consumers()) == 1, LONGEST, "no worker is there")
        scheduler_is_there(found)
        yield found


def scheduler_is_there(running: Site) -> None:
    running.until(
        lambda: bool(running.redis.exists("fmgstate:managers")), LONGEST, "no scheduler is there"
    )


@pytest.fixture(scope="module")
def splunk(running: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with Standin(tmp_path_factory.mktemp("splunk"), [PACKAGE]) as splunk:
        entered = {"use_workers": "1", "redis_host": "127.0.0.1", "redis_port": str(running.port),
                   "redis_password": PASSWORD}  # fmt: skip
        splunk.rest("POST", f"{NS}/{APP}_settings/workers", entered)
        yield splunk
        told = "\n".join(splunk.logs("*"))
        assert PASSWORD not in told
        assert splunk.refused == []


@pytest.fixture(scope="module")
def ann(splunk: Standin) -> Person:
    """May refresh, and may not read passwords."""
    return Person(splunk, splunk.add_user("ann", "pw-of-ann", ("user", "fmgstate_operator")))


def scopes(rows: list[dict[str, Any]]) -> dict[str, str]:
    found = [one for one in rows if "kind" in one]
    return {f"{one['kind']} {one['adom']} {one.get('name', '')}".strip(): one["result"]
            for one in found}  # fmt: skip


def steps(rows: list[dict[str, Any]]) -> list[str]:
    return [one["result"] for one in rows if "kind" not in one]


def messages(person: Person, search: str) -> tuple[list[dict[str, Any]], str]:
    job = person.job(search)
    told = results.JSONResultsReader(job.results(output_mode="json", count=0))
    return [row for row in told if isinstance(row, dict)], str(job.content["messages"])


def test_what_is_asked_for_is_read_told_and_answered(
    running: Site, ann: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, told = messages(ann, "| fmgrefresh")
    assert steps(rows) == ["queued", "taken", "done"]
    assert {one["worker"] for one in rows[1:-1]} == {"w0@here"}
    found = scopes(rows)
    assert set(found.values()) == {"changed"}
    assert {"inventory branch", "objects branch", "package branch hq"} <= set(found)
    assert f"fmgrefresh: {running.name}: {len(found)} scopes asked for, 0 of them failed." in told
    assert running.right()
    queued, taken = (float(one["time"]) for one in rows[:2])
    with capsys.disabled():
        print(f"\nfrom the request to a worker's begin: {taken - queued:.3f} s")
    policies = ann.rows("| fmgsnapshot | stats count by stale")
    assert [one["stale"] for one in policies] == ["false"]
    change = {"adom": "branch", "package": "hq", "policyid": 1, "set": {"comments": "by request"}}
    running.fortimanager.side("/policy/edit", change)
    again = scopes(ann.rows("| fmgrefresh adom=branch package=hq"))
    changed = [name for name, result in again.items() if result == "changed"]
    assert [name for name in changed if name.startswith("package")] == ["package branch hq"]
    asked = '| fmgsnapshot adom=branch package=hq | search comments="by request"'
    assert ann.rows(f"{asked} | table policyid stale") == [{"policyid": "1", "stale": "false"}]


def test_commands_and_rest_answer_from_the_copy(
    running: Site, splunk: Standin, ann: Person
) -> None:
    assert steps(ann.rows("| fmgrefresh"))[-1] == "done"
    device, *_ = ann.rows("| fmgsnapshot what=devices adom=branch")
    event = f'devname="{device["name"]}", vd="root", policyid="1"'
    [row] = ann.rows(f"| makeresults | eval {event} | fmgpolicy fields=found,package")
    assert (row["rule_found"], row["rule_stale"]) == ("true", "false")
    [flow] = ann.rows("| fmglookup src=10.1.2.3 dest=192.0.2.80 dest_port=443 vdom=root "
                      f"device={device['name']}")  # fmt: skip
    assert (flow["found"], flow["stale"]) == ("true", "false")
    assert ann.rows("| fmgaudit | stats count by stale")
    reply = ask(splunk, "GET", "/services/fmgstate/policy", key=splunk.parts.sessions.key_of("ann"),
                fields={"device": device["name"], "vdom": "root", "policyid": "1"})  # fmt: skip
    assert (reply.status, reply.json["found"], reply.json["stale"]) == (200, True, False)
    assert reply.json["package"] == row["rule_package"]


def test_hits_are_counted_on_request(ann: Person) -> None:
    rows = ann.rows("| fmgrefresh what=hitcounts adom=branch")
    assert steps(rows) == ["queued", "taken", "done"]
    assert {name.split()[0] for name in scopes(rows)} == {"hitcounts"}
    assert set(scopes(rows).values()) <= {"changed", "confirmed"}
    assert ann.rows("| fmgsnapshot what=hitcounts | stats count")[0]["count"] != "0"


@contextmanager
def paused(running: Site, *pids: int) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def post(splunk: Standin, key: str, **body: Any) -> Any:
    reply = ask(splunk, "POST", ENDPOINT, key=key, body=json.dumps(body).encode(),
                headers={"Content-Type": "application/json"})  # fmt: skip
    return reply.status, reply.json


def test_asking_twice_is_one_request(running: Site, splunk: Standin, ann: Person) -> None:
    key = splunk.parts.sessions.key_of("ann")
    body = {"fortimanager": running.name, "what": "policies", "adoms": ["branch"]}
    names: list[str] = []
    found: list[list[dict[str, Any]]] = []
    with paused(running, running.processes["scheduler"].pid):
        names += [post(splunk, key, **body)[1]["request"] for _ in range(2)]
        assert running.redis.llen("fmgstate:requests") == 1
        other = post(splunk, key, **{**body, "adoms": []})[1]["request"]
        assert running.redis.llen("fmgstate:requests") == 2
        search = threading.Thread(target=lambda: found.append(ann.rows("| fmgrefresh adom=branch")))
        search.start()
        running.until(lambda: running.redis.llen("fmgstate:requests") == 2, 5, "one more is there")
    search.join(LONGEST)
    names += [post(splunk, key, **body)[1]["request"]]
    assert names[0] == names[1]
    assert len({*names, other}) == 3  # the first one has begun by now
    assert [steps(rows)[-1] for rows in found] == ["done"]


def test_what_must_wait_is_tried_until_it_can_be_done(running: Site, ann: Person) -> None:
    found: list[list[dict[str, Any]]] = []
    server = running.configuration.redis
    with Locks(running.redis, server.place, server.prefix).held(f"poll:{running.name}") as mine:
        assert mine
        search = threading.Thread(target=lambda: found.append(ann.rows("| fmgrefresh")))
        search.start()
        running.until(lambda: most_tries(running) > 6, LONGEST, "it is given up")
    search.join(LONGEST)
    assert [steps(rows) for rows in found] == [["queued", "taken", "later", "done"]]
    assert found[0][2]["error"] == f"Another worker is asking {running.name}."


def most_tries(running: Site) -> int:
    logs = running.redis.keys("fmgstate:request:*")
    return max(sum(b'"later"' in one for one in running.redis.lrange(log, 0, -1)) for log in logs)


def test_a_role_asks_for_its_adoms_only(running: Site, splunk: Standin) -> None:
    splunk.set_conf(APP, f"{APP}_role", "user", {"adoms": "branch"})
    try:
        key = splunk.add_user("bob", "pw-of-bob", ("user", "fmgstate_operator"))
        bob = Person(splunk, key)
        assert {one.split()[1] for one in scopes(bob.rows("| fmgrefresh"))} == {"branch"}
        assert "may not see dc" in bob.failure("| fmgrefresh adom=dc")
        for adoms in ([], ["dc"], ["branch", "dc"]):
            status, told = post(splunk, key, fortimanager=running.name, what="policies",
                                adoms=adoms)  # fmt: skip
            assert (status, told["messages"][0]["text"]) == (
                403,
                "The user bob may not see all ADOMs that are asked for. Give some of: branch.",
            )
    finally:
        splunk.set_conf(APP, f"{APP}_role", "user", {"adoms": "*"})


def test_one_without_the_capability_is_refused(splunk: Standin) -> None:
    key = splunk.add_user("eve", "pw-of-eve", ("user", "fmgstate_user"))
    assert "lacks the capability fmgstate_refresh" in Person(splunk, key).failure("| fmgrefresh")
    assert post(splunk, key, fortimanager="x", what="policies")[0] == 403


def test_what_fails_is_told_scope_by_scope(running: Site, ann: Person) -> None:
    assert steps(ann.rows("| fmgrefresh"))[-1] == "done"
    change = {"adom": "branch", "package": "hq", "policyid": 1, "set": {"comments": "unread"}}
    running.fortimanager.side("/policy/edit", change)
    for url, scope in (("/pkg/hq/firewall/policy", "package branch hq"), ("^/dvmdb/adom$", "")):
        running.fortimanager.side("/faults", {"kind": "no rights", "url": url, "times": 0})
        rows = ann.rows("| fmgrefresh")
        running.fortimanager.side("/faults/clear", {})
        failed = [name for name, result in scopes(rows).items() if result == "failed"]
        assert failed == [scope] * bool(scope)
        assert rows[-1]["result"] == "failed"
        [error] = [one["error"] for one in rows if one.get("error")]
        assert error.startswith(f"{running.name} does not permit reading /")
    assert "package branch hq" in scopes(ann.rows("| fmgrefresh"))


def test_no_worker_is_told(running: Site, ann: Person) -> None:
    with paused(running, *running.consumers()):
        rows, told = messages(ann, "| fmgrefresh wait=1")
    assert steps(rows) == ["queued", "unfinished"]
    assert "No worker has taken the request in 1 s. Is one running?" in told
    assert steps(ann.rows("| fmgrefresh"))[-1] == "done"


def test_no_scheduler_is_told(running: Site, ann: Person) -> None:
    with paused(running, running.processes["scheduler"].pid):
        running.redis.delete("fmgstate:managers")  # as its ten seconds do
        told = ann.failure("| fmgrefresh")
    assert (
        f"No scheduler of the workers is at work on the Redis at 127.0.0.1:{running.port}/0."
        in told
    )
    assert "python -m fmgstate worker schedule" in told
    scheduler_is_there(running)


def test_redis_out_is_told_and_searches_answer(running: Site, splunk: Standin, ann: Person) -> None:
    assert steps(ann.rows("| fmgrefresh"))[-1] == "done"
    query = "| fmgsnapshot | stats count by stale"
    [before] = ann.rows(query)
    running.stop_redis()
    try:
        told = ann.failure("| fmgrefresh")
        assert (
            f"The store at 127.0.0.1:{running.port}/0 cannot be reached. Start the server" in told
        )
        a_minute_later(splunk)
        rows, told = messages(ann, query)
        assert "Answers come from the last copy of what the workers keep, and are stale." in told
        assert f"The store at 127.0.0.1:{running.port}/0 cannot be reached." in told
        assert rows == [{**before, "stale": "true"}]
    finally:
        running.start_redis()
    a_minute_later(splunk)
    assert ann.rows(query) == [before]


def a_minute_later(splunk: Standin) -> None:
    """The copy was last looked at longer ago."""
    mark = copying.mark(store_file({"SPLUNK_HOME": str(splunk.home.path)}))
    before = Path(mark).stat().st_mtime - 61
    os.utime(mark, (before, before))
