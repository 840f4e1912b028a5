"""The lean client of splunkd's port, against bytes that a test chose. splunkd itself: stand-in."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from fmgstate.errors import ConfigurationError
from fmgstate.search.access import Access, NotAllowed, access, adoms_of, role_settings
from fmgstate.search.splunkd import Splunkd, SplunkdError
from tests.unit.fortimanager.https_server import Pki, answer, serving

CONTEXT = {
    "entry": [
        {
            "name": "context",
            "content": {
                "username": "ann",
                "roles": ["soc_emea", "user"],
                "capabilities": ["search", "fmgstate_read"],
            },
        }
    ]
}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.made_in(tmp_path_factory.mktemp("splunk"))


@pytest.fixture
def opened() -> Iterator[Callable[[Splunkd], Splunkd]]:
    """Closes what is passed through it at the end."""
    with ExitStack() as stack:
        yield stack.enter_context


def test_one_question_as_splunkd_expects_it(pki: Pki) -> None:
    with serving(answer(b'{"entry": []}'), pki.server()) as running:
        with Splunkd(f"https://{running.host}", "k3y") as splunkd:
            assert splunkd.get("/servicesNS/nobody/a b/data", count="0") == {"entry": []}
        assert running.requests[0].decode().split("\r\n") == [
            "GET /servicesNS/nobody/a%20b/data?output_mode=json&count=0 HTTP/1.1",
            f"Host: {running.host}",
            "Authorization: Splunk k3y",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: 0",
            "Accept: application/json",
            "",
            "",
        ]


def test_forms_and_documents_are_posted(opened) -> None:
    with serving(answer(b""), None) as running:
        splunkd = opened(Splunkd(f"http://{running.host}", "k3y"))
        assert splunkd.post("/services/x", name="ä b") is None
        assert splunkd.post("/services/x", [{"_key": "1"}]) is None
        assert splunkd.delete("/services/x/1") is None
        first, second, third = (request.decode() for request in running.requests)
        assert first.endswith("\r\n\r\noutput_mode=json&name=%C3%A4+b")
        assert "POST /services/x?output_mode=json HTTP/1.1" in second
        assert second.endswith('Content-Type: application/json\r\nContent-Length: 15\r\n'
                               'Accept: application/json\r\n\r\n[{"_key": "1"}]')  # fmt: skip
        assert third.startswith("DELETE /services/x/1?output_mode=json")


def test_a_body_in_chunks(opened) -> None:
    raw = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           b"5;x=1\r\n[1, 2\r\n4\r\n, 3]\r\n0\r\n\r\n")  # fmt: skip
    with serving(lambda connection, _: connection.sendall(raw), None) as running:
        assert opened(Splunkd(f"http://{running.host}", "k")).get("/x") == [1, 2, 3]


def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew(opened) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with serving(lambda connection, _: connection.sendall(raw), None) as running:
        splunkd = opened(Splunkd(f"http://{running.host}", "k"))
        assert [splunkd.get("/x"), splunkd.get("/y")] == [{}, {}]
        assert len(running.requests) == 2


class Recorded:
    """A connection that notes what is done with it."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def sendall(self, request: bytes) -> None:
        self.done.append(request.split()[0])

    def setsockopt(self, *option: int) -> None:
        self.done.append(option)

    def makefile(self, _mode: str) -> BytesIO:
        self.done.append("read")
        return BytesIO(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def close(self) -> None:
        self.done.append("closed")


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="Linux alone puts it off so long")
def test_what_the_server_sends_first_is_acknowledged_at_once() -> None:
    """Else a server with Nagle's algorithm keeps its first answer back for 40 ms: to be said again
    with each request, for the system forgets it."""
    at_once = socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1
    kept: Any = Recorded()
    with Splunkd("https://127.0.0.1:8089", "k") as splunkd:
        splunkd._socket = kept
        assert [splunkd.get("/x"), splunkd.post("/y")] == [{}, {}]
    assert kept.done == [b"GET", at_once, "read", b"POST", at_once, "read", "closed"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", r"gave no answer \(EOFError\)\. Look at splunkd\.log\."),
        (b"junk\r\n\r\n", r"gave no answer \(ValueError\)"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", r"gave no answer \(EOFError\)"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{]", r"answer to /x is no JSON"),
        (b'HTTP/1.1 403 No\r\nContent-Length: 40\r\n\r\n{"messages": [{"text": "not for you!"}]}',
         r"refused /x with status 403: not for you!\."),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", r"status 401\. Log in again\."),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_a_sentence_without_the_key(opened, raw: bytes, message: str) -> None:
    with serving(lambda connection, _: connection.sendall(raw), None) as running:
        with pytest.raises(SplunkdError, match=message) as failed:
            opened(Splunkd(f"http://{running.host}", "s3ss10n-k3y")).get("/x")
        assert "s3ss10n-k3y" not in str(failed.value) + repr(failed.value)


def test_an_address_that_cannot_be_read() -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Splunkd("splunk", "k")


def test_other_hosts_must_show_a_certificate_of_splunks_authority(
    opened, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is loopback's here; only the rule for other hosts is switched on."""
    monkeypatch.setattr("fmgstate.search.splunkd.LOOPBACK", ())
    other = Pki.made_in(tmp_path)
    with serving(answer(b"{}"), pki.server()) as running:
        uri = f"https://{running.host}"
        assert opened(Splunkd(uri, "k", pki.ca_file)).get("/x") == {}
        with pytest.raises(SplunkdError, match="SSLCertVerificationError"):
            opened(Splunkd(uri, "k", other.ca_file)).get("/x")


def test_whose_session_it_is(opened, tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "fortimanager_policy_state_role.conf").write_text(
        "[soc_emea]\nadoms = emea, emea-lab\n"
    )
    with serving(answer(json.dumps(CONTEXT).encode()), None) as running:
        found = access(opened(Splunkd(f"http://{running.host}", "k")), str(tmp_path))
    assert found == Access("ann", ("soc_emea", "user"), frozenset(("search", "fmgstate_read")),
                           frozenset(("emea", "emea-lab")))  # fmt: skip
    found.need("fmgstate_read")
    with pytest.raises(NotAllowed) as refused:
        found.need("fmgstate_refresh")
    assert str(refused.value) == (
        "The user ann lacks the capability fmgstate_refresh. Ask a Splunk administrator for a role "
        "that has it, such as fmgstate_operator."
    )
    with pytest.raises(NotAllowed, match=r"such as admin\.$"):
        found.need("fmgstate_admin")


@pytest.mark.parametrize("told", [{}, {"entry": []}, {"entry": [{"content": {"username": "x"}}]}])
def test_an_answer_that_names_nobody_is_refused(opened, told: object, tmp_path: Path) -> None:
    with (
        serving(answer(json.dumps(told).encode()), None) as running,
        pytest.raises(SplunkdError, match="did not tell whose session this is"),
    ):
        access(opened(Splunkd(f"http://{running.host}", "k")), str(tmp_path))


@pytest.mark.parametrize(
    ("roles", "settings", "expected"),
    [
        (("user",), {}, None),
        (("user", "soc"), {"soc": {"adoms": "emea"}}, {"emea"}),
        (
            ("soc", "apac"),
            {"soc": {"adoms": "emea"}, "apac": {"adoms": "a, b"}},
            {"emea", "a", "b"},
        ),
        (("soc", "all"), {"soc": {"adoms": "emea"}, "all": {"adoms": "*"}}, None),
        (("soc",), {"soc": {"adoms": ""}}, set()),
        (("soc",), {"soc": {"disabled": "0"}}, None),
        (("user",), {"soc": {"adoms": "emea"}}, None),
    ],
)
def test_which_adoms_roles_see(roles, settings, expected) -> None:
    assert adoms_of(roles, settings) == (None if expected is None else frozenset(expected))


def test_local_settings_win_over_default_ones(tmp_path: Path) -> None:
    for layer, text in (("default", "[a]\nadoms = one\n[b]\nadoms = two\n"),
                        ("local", "# by hand\n[a]\nadoms = three, \\\nfour\n")):  # fmt: skip
        (tmp_path / layer).mkdir()
        (tmp_path / layer / "fortimanager_policy_state_role.conf").write_text(text)
    assert role_settings(str(tmp_path)) == {"a": {"adoms": "three, four"}, "b": {"adoms": "two"}}


def test_a_limit_that_cannot_be_read_closes_the_door(tmp_path: Path) -> None:
    (tmp_path / "local" / "fortimanager_policy_state_role.conf").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="nobody may see anything"):
        role_settings(str(tmp_path))
