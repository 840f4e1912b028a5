"""HTTPS against a server that sends whatever it likes: every fault becomes its own sentence."""

from __future__ import annotations

import socket
import struct
import time

import pytest

from fmgstate.errors import (
    BadAnswer,
    ConfigurationError,
    FmgStateError,
    LoginRefused,
    PermissionRefused,
    Unreachable,
)
from fmgstate.fortimanager import transport as transport_module
from fmgstate.fortimanager.http_status import Busy
from fmgstate.fortimanager.secrets import Censor
from fmgstate.fortimanager.transport import HttpsTransport
from fmgstate.settings import Account, Limits
from tests.unit.fortimanager.https_server import Pki, Talk, answer, serving
from tests.unit.fortimanager.over_tls import BODY, GOOD, LIMITS, QUICK, error_of, post


def test_a_request_goes_over_verified_tls_and_its_answer_comes_back(pki: Pki) -> None:
    with serving(answer(GOOD), pki.server()) as server:
        reply = post(server.host, pki.ca_file)
    assert reply == {"id": 1, "result": [{"status": {"code": 0, "message": "OK"}}]}
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /jsonrpc HTTP/1.1\r\n")
    assert b"Content-Type: application/json" in head
    assert body == b'{"id": 1, "method": "get", "params": [{"url": "/sys/status"}]}'


def test_the_accounts_own_password_is_blotted_out_of_data(pki: Pki) -> None:
    row = b'{"result": [{"data": [{"comments": "user splunk, correct-horse"}]}]}'
    with serving(answer(row), pki.server()) as server:
        reply = post(server.host, pki.ca_file)
    assert reply == {"result": [{"data": [{"comments": "user splunk, *****"}]}]}


def test_a_port_where_nobody_listens(pki: Pki) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(Unreachable, match=rf"127\.0\.0\.1:{port} refuses connections"):
            post(f"127.0.0.1:{port}", pki.ca_file)


def test_a_host_name_nobody_knows(pki: Pki) -> None:
    with pytest.raises(Unreachable, match=r"The host name fmg\.invalid is unknown"):
        post("fmg.invalid", pki.ca_file)


@pytest.mark.parametrize("host", ["fmg..example.com", "fmg.example.com:none", "[::1", "a b"])
def test_a_host_that_is_none(pki: Pki, host: str) -> None:
    with pytest.raises((ConfigurationError, Unreachable), match="Check"):
        post(host, pki.ca_file)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("401 Unauthorized", LoginRefused, "refused user or token"),
        ("403 Forbidden", PermissionRefused, "trusted hosts"),
        ("404 Not Found", BadAnswer, "has no JSON API"),
        ("302 Found", BadAnswer, "HTTP 302"),
        ("429 Too Many Requests", Busy, "too busy"),
        ("500 Internal Server Error", Busy, "HTTP 500: 'We are <b>busy</b>'"),
        ("503 Service Unavailable", Busy, "lower the number of sessions"),
    ],
)
def test_http_statuses(pki: Pki, status: str, kind: type[FmgStateError], words: str) -> None:
    talk = answer(b"We are\n <b>busy</b>", status, "Location: https://portal.example.com/?t=1")
    error = error_of(talk, pki)
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.parametrize(
    ("came", "shown"),
    [
        (b"<html><head>\n<title>Welcome to the portal</title>", "'<html><head> <title>Welcome"),
        (b'{"id": 1, "result": [', '\'{"id": 1, "result": [\''),
        (b"", "''"),
        (b"[]", "'[]'"),
        (b"null", "'null'"),
        (b"[" * 100_000, "'[[[["),
        (b'{"id": ' + b"9" * 5000, '\'{"id": 999'),
        (b'{"result": "correct-horse', '\'{"result": "*****'),
        (b'{"x": {"psksecret": "hunter2"', '\'{"x": {"…'),
        (b"\xff\xfe\x00", "'"),
        (b'{"id": 1, "session": "hunter2"', '\'{"id": 1, "…'),
    ],
)
def test_what_is_no_answer_is_shown_by_its_beginning(pki: Pki, came: bytes, shown: str) -> None:
    error = error_of(answer(came), pki)
    assert type(error) is BadAnswer
    assert f"beginning with: {shown}" in str(error)
    assert len(str(error)) < 320


def test_half_an_answer_is_a_broken_connection(pki: Pki) -> None:
    def talk(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + GOOD)

    error = error_of(talk, pki)
    assert type(error) is Unreachable
    assert "broke off (" in str(error)


def test_half_a_chunk_is_a_broken_connection(pki: Pki) -> None:
    def talk(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + GOOD)

    assert "broke off" in str(error_of(talk, pki))


def test_a_connection_reset_before_any_answer(pki: Pki) -> None:
    def talk(connection: socket.socket, _: bytes) -> None:
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    error = error_of(talk, pki)
    assert type(error) is Unreachable
    assert "broke off" in str(error)


def test_a_server_that_says_nothing(pki: Pki) -> None:
    def talk(connection: socket.socket, _: bytes) -> None:
        connection.recv(1)

    error = error_of(talk, pki, QUICK)
    assert "did not finish its answer in time" in str(error)


def trickle(first: bytes) -> Talk:
    def talk(connection: socket.socket, _: bytes) -> None:
        connection.sendall(first)
        for _ in range(250):
            connection.sendall(b" ")
            time.sleep(0.02)

    return talk


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
    ],
    ids=["headers", "body of known length", "body of unknown length", "chunks"],
)
def test_an_answer_that_trickles_for_ever_ends(pki: Pki, first: bytes) -> None:
    error = error_of(trickle(first), pki, QUICK)
    assert type(error) is Unreachable
    assert "did not finish its answer in time" in str(error)


def test_an_answer_without_an_end_is_not_kept(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "ANSWER_BYTES", 2**20)

    def talk(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)

    error = error_of(talk, pki)
    assert type(error) is BadAnswer
    assert "larger than 1 MiB" in str(error)


def test_cookies_are_not_kept(pki: Pki) -> None:
    with serving(answer(GOOD, "200 OK", "Set-Cookie: a=b; Path=/"), pki.server()) as server:
        account = Account(server.host, user="u", password="p", ca=pki.ca_file)
        transport = HttpsTransport(account, Limits(), Censor())
        transport.post("/jsonrpc", BODY, {})
        transport.post("/jsonrpc", BODY, {})
        transport.close()
    assert len(server.requests) == 2
    assert b"cookie" not in server.requests[1].lower()


def test_a_token_that_cannot_be_a_header_is_not_shown(pki: Pki) -> None:
    with serving(answer(GOOD), pki.server()) as server:
        account = Account(server.host, token="x", ca=pki.ca_file)
        transport = HttpsTransport(account, LIMITS, Censor())
        for token in ("tok\n4711", "tök→4711"):
            with pytest.raises(ConfigurationError) as error:
                transport.post("/jsonrpc", BODY, {"Authorization": f"Bearer {token}"})
            assert "4711" not in str(error.value)
        transport.close()


def test_nothing_of_an_account_is_shown_by_repr(pki: Pki) -> None:
    account = Account("fmg", token="tok-4711", password="hunter2", ca=pki.ca_file, proxy="a:b@c")
    shown = repr(HttpsTransport(account, Limits(), Censor("tok-4711"))) + repr(account)
    assert "4711" not in shown
    assert "hunter2" not in shown
    assert "b@c" not in shown
