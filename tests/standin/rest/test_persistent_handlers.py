"""Persistent REST handlers: a process of the package that stays, behind the HTTPS front."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from standin import Standin
from standin.search import Question
from tests.pythons import candidates, runs
from tests.standin.rest.package import APP, PASSWORD, Got, ask, rest_app
from tests.standin.web.web_client import logged_in

ECHO = "/services/rest_app/echo"


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("persistent"), web=True) as splunk:
        yield splunk
        assert splunk.refused == []


def test_a_handler_is_told_what_restmap_conf_says(splunk: Standin) -> None:
    reply = ask(splunk, "GET", f"{ECHO}/a%20b?x=1&x=2&y=")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    request = reply.json["request"]
    port = int(splunk.uri.rpartition(":")[2])
    session, system = request.pop("session"), request.pop("system_authtoken")
    assert request == {
        "output_mode": "json",
        "output_mode_explicit": False,
        "server": {
            "rest_uri": splunk.uri,
            "hostname": "standin",
            "servername": "standin",
            "guid": "00000000-0000-0000-0000-000000000000",
        },
        "restmap": {
            "name": "script:rest_app_echo",
            "conf": splunk.confs.stanzas("restmap")["script:rest_app_echo"].settings,
        },
        "query": [["x", "1"], ["x", "2"], ["y", ""]],
        "method": "GET",
        "rest_path": "/rest_app/echo/a b",
        "path_info": "a b",
        "connection": {"src_ip": "127.0.0.1", "ssl": True, "listening_port": port},
    }
    assert session["user"] == "admin"
    for key, name in ((session["authtoken"], "admin"), (system, "splunk-system-user")):
        context = ask(
            splunk, "GET", "/services/authentication/current-context",
            {"output_mode": "json"}, key=key,
        )  # fmt: skip
        assert context.json["entry"][0]["content"]["username"] == name


def test_a_namespace_a_form_and_a_payload_are_passed_on(splunk: Standin) -> None:
    path = f"/servicesNS/bob/{APP}/rest_app/echo"
    form = ask(splunk, "POST", path, {"a": "1", "b": "ü"}).json["request"]
    assert (form["ns"], form["form"], form["payload"]) == (
        {"user": "bob", "app": APP},
        [["a", "1"], ["b", "ü"]],
        "a=1&b=%C3%BC",
    )
    body = b'{"keys": [1]}'
    headers = {"Content-Type": "application/json"}
    sent = ask(splunk, "POST", ECHO, headers=headers, body=body).json["request"]
    assert (sent["payload"], "form" in sent, "ns" in sent) == ('{"keys": [1]}', False, False)


def test_the_process_stays_and_an_ended_one_is_started_again(splunk: Standin) -> None:
    first, second = (ask(splunk, "GET", ECHO).json for _ in range(2))
    assert (second["pid"], second["calls"]) == (first["pid"], first["calls"] + 1)
    assert first["pid"] != os.getpid()
    gone = ask(splunk, "GET", f"{ECHO}/exit")
    assert (gone.status, gone.json["messages"][0]["text"]) == (
        500,
        "script:rest_app_echo failed: the handler's process ended without a reply",
    )
    again = ask(splunk, "GET", ECHO).json
    assert (again["calls"], again["pid"] != first["pid"]) == (1, True)


def test_a_failing_handler_is_a_500_and_a_line_of_splunkd_log(splunk: Standin) -> None:
    failed = ask(splunk, "GET", f"{ECHO}/fail")
    text = "script:rest_app_echo failed: RuntimeError: no {braces} helped"
    assert (failed.status, failed.json) == (500, {"messages": [{"type": "ERROR", "text": text}]})

    def lines() -> list[str]:
        return [line.message for line in splunk.log_lines("ERROR", "PersistentScript")]

    assert "[script:rest_app_echo] failed: RuntimeError: no {braces} helped" in lines()
    splunk.wait_for(lambda: any("Traceback" in line for line in lines()))
    odd = ask(splunk, "GET", f"{ECHO}/odd")
    assert (odd.status, "['colour']: not understood" in odd.json["messages"][0]["text"]) == (
        500,
        True,
    )


def test_a_handler_s_folder_is_on_sys_path_only_if_it_puts_it_there(splunk: Standin) -> None:
    assert ask(splunk, "GET", "/services/rest_app/sibling").status == 500
    splunk.wait_for(
        lambda: any("No module named 'rest_app_echo'" in line for line in splunk.logs())
    )


def test_what_a_handler_prints_does_not_harm_and_its_headers_count(splunk: Standin) -> None:
    assert ask(splunk, "GET", f"{ECHO}/print").json["request"]["path_info"] == "print"
    text = ask(splunk, "GET", f"{ECHO}/text")
    assert (text.status, text.body, text.headers["Content-Type"]) == (202, b"plain", "text/plain")
    splunk.wait_for(lambda: any("a forgotten print" in line for line in splunk.logs()))


def test_capabilities_are_checked_by_method(splunk: Standin) -> None:
    reader = splunk.add_user("reader", "secret-1", ["rest_app_reader"])
    plain = splunk.add_user("plain", "secret-2", ["user"])

    def outcome(got: Got) -> tuple[int, str]:
        return got.status, "" if got.status == 200 else got.json["messages"][0]["text"]

    def refusal(user: str, capability: str) -> tuple[int, str]:
        return 403, (
            f"You (user={user}) do not have permission to perform this operation "
            f"(requires capability: {capability})."
        )

    assert outcome(ask(splunk, "GET", ECHO, key=reader)) == (200, "")
    assert outcome(ask(splunk, "GET", ECHO, key=plain)) == refusal("plain", "rest_app_read")
    assert outcome(ask(splunk, "POST", ECHO, key=reader)) == refusal(
        "reader", "rest_app_read and rest_app_write"
    )
    assert outcome(ask(splunk, "GET", ECHO, key="")) == (401, "call not properly authenticated")


def test_a_handler_may_be_open_and_told_less(splunk: Standin) -> None:
    told = ask(splunk, "GET", "/services/rest_app/open", key="").json
    assert told["argument"] == "open"
    assert set(told["request"]) == {
        "output_mode", "output_mode_explicit", "server", "query", "method", "rest_path",
        "connection",
    }  # fmt: skip


def test_splunk_web_passes_on_only_what_web_conf_exposes(splunk: Standin) -> None:
    browser = logged_in(splunk, "admin", PASSWORD)
    exposed = browser.raw("GET", f"{ECHO}/one")
    assert (exposed.status, exposed.json["request"]["path_info"]) == (200, "one")
    for method, path in (("POST", f"{ECHO}/one"), ("GET", ECHO), ("GET", f"{ECHO}/one/two")):
        assert browser.raw(method, path).status == 404


def test_many_callers_at_once_each_get_their_own_answer(splunk: Standin) -> None:
    barrier = threading.Barrier(16)

    def call(number: int) -> list[str]:
        barrier.wait()
        paths = [f"{number}-{turn}" for turn in range(10)]
        return [ask(splunk, "GET", f"{ECHO}/{path}").json["request"]["path_info"] for path in paths]

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(call, range(16)))
    assert found == [[f"{number}-{turn}" for turn in range(10)] for number in range(16)]


def test_nothing_is_left_behind_when_the_block_ends(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    with rest_app(tmp_path) as splunk:
        pid = ask(splunk, "GET", ECHO).json["pid"]
        assert splunk.parts.handlers.process("rest_app_echo").pid == pid
        splunk.parts.jobs.start(Question("| makeresults", "admin"))
    assert not Path(f"/proc/{pid}").exists()
    assert set(threading.enumerate()) == threads


def test_an_upgrade_keeps_the_process_and_reads_the_stanzas_anew(tmp_path: Path) -> None:
    with rest_app(tmp_path) as splunk:
        assert ask(splunk, "GET", ECHO).status == 200
        splunk.set_conf(APP, "restmap", "script:rest_app_echo", {"capability.get": "edit_cmd"})
        assert ask(splunk, "GET", ECHO).status == 403
        splunk.set_conf(APP, "restmap", "script:rest_app_echo", {"colour": "red"})
        assert ask(splunk, "GET", ECHO).status == 501
        assert "colour: the stand-in does not know it" in splunk.refused[0].why


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_handlers_run_on_the_pythons_that_splunk_brings(tmp_path: Path, version: str) -> None:
    python = next((path for path in candidates(version) if runs(path, version)), None)
    if python is None:
        assert os.environ.get("CI") != "true", f"Python {version} was not found"
        pytest.skip(f"Python {version} was not found")
    with rest_app(tmp_path, python=python) as splunk:
        told = ask(splunk, "GET", f"{ECHO}/x").json
        assert (told["calls"], told["request"]["path_info"]) == (1, "x")
        assert ask(splunk, "GET", f"{ECHO}/fail").status == 500
        running = Path(f"/proc/{told['pid']}/exe").resolve()
        assert running == python.resolve()
        assert ask(splunk, "GET", f"{ECHO}/print").status == 200
