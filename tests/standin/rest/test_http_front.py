"""What the HTTPS front takes and refuses, byte by byte."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

from standin import Standin
from standin.rest.http import Answer, HttpRequest
from standin.rest.wire import BadRequest, RequestReader, encode
from tests.standin.rest.package import NS, rest_app, where


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("front")) as splunk:
        yield splunk


class Line:
    """One TLS connection, spoken to in bytes."""

    def __init__(self, splunk: Standin) -> None:
        context = ssl.create_default_context(cafile=str(splunk.home.auth / "server.pem"))
        plain = socket.create_connection(("127.0.0.1", where(splunk)["port"]), timeout=30)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_error: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> tuple[int, dict[str, str], bytes]:
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().decode().strip():
            name, _colon, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self.file.read(int(headers.get("content-length", 0)))


def request(
    splunk: Standin, path: str, *headers: str, method: str = "GET", body: str = ""
) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Splunk {splunk.session_key}",
        *headers, "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def test_requests_follow_one_another_on_one_connection(splunk: Standin) -> None:
    info = request(splunk, "/services/server/info?output_mode=json")
    with Line(splunk) as line:
        line.send(info + info[:20])
        assert line.reply()[0] == 200
        line.send(info[20:])
        status, headers, body = line.reply()
        assert (status, headers["connection"]) == (200, "Keep-Alive")
        assert json.loads(body)["entry"][0]["name"] == "server-info"
        line.send(request(splunk, "/services/server/info", "Connection: close"))
        assert line.reply()[1]["connection"] == "close"
        assert line.file.read() == b""


def test_a_body_comes_in_pieces_after_a_hundred_continue(splunk: Standin) -> None:
    body = json.dumps([{"_key": f"k{number}", "text": "x" * 2000} for number in range(500)])
    with Line(splunk) as line:
        line.send(
            request(
                splunk, f"{NS}/storage/collections/data/shapes/batch_save",
                "Content-Type: application/json", "Expect: 100-continue",
                f"Content-Length: {len(body)}", method="POST",
            )
        )  # fmt: skip
        assert line.file.readline() + line.file.readline() == b"HTTP/1.1 100 Continue\r\n\r\n"
        for start in range(0, len(body), 100_000):
            line.send(body[start : start + 100_000].encode())
        status, _headers, reply = line.reply()
    assert (status, len(json.loads(reply))) == (200, 500)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, 431),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(
    splunk: Standin, data: bytes, status: int
) -> None:
    with Line(splunk) as line:
        line.send(data)
        assert line.reply()[0] == status
        assert line.file.read() == b""


def test_callers_do_not_wait_for_one_another(splunk: Standin) -> None:
    """A request that waits in a thread holds up no other."""
    entered, leave = threading.Event(), threading.Event()

    def slow(_request: object) -> Answer:
        entered.set()
        assert leave.wait(30)
        raise AssertionError("never asked for its answer")

    splunk.parts.router.add("slow", slow)  # type: ignore[arg-type]
    with Line(splunk) as waiting, Line(splunk) as quick:
        waiting.send(request(splunk, "/services/slow"))
        assert entered.wait(30)
        quick.send(request(splunk, "/services/server/info"))
        assert quick.reply()[0] == 200
        leave.set()
        assert waiting.reply()[0] == 501


def test_a_reader_gives_requests_as_they_become_whole() -> None:
    reader = RequestReader("127.0.0.1")
    reader.feed(b"POST /a?b=1 HTTP/1.1\r\nContent-Length: 3\r\nCookie: x=1; splunkd_8089=k\r\n")
    assert reader.next() is None
    reader.feed(b"\r\nab")
    assert reader.next() is None
    reader.feed(b"cGET / HTTP/1.0\r\n\r\n")
    headers = {"content-length": "3", "cookie": "x=1; splunkd_8089=k"}
    first = HttpRequest("POST", "/a?b=1", headers, b"abc", "127.0.0.1")
    assert reader.next() == (first, True)
    assert (first.path, first.query(), first.cookies()) == (
        "/a",
        {"b": ["1"]},
        {"x": "1", "splunkd_8089": "k"},
    )
    assert reader.next() == (HttpRequest("GET", "/", {}, b"", "127.0.0.1"), False)
    reader.feed(b"GET /\r\n\r\n")
    with pytest.raises(BadRequest):
        reader.next()


def test_an_answer_s_headers_cannot_be_broken_out_of() -> None:
    answer = Answer(200, "text/plain", b"x", (("X", "a\r\nSet-Cookie: b"),))
    assert b"\r\nSet-Cookie" not in encode(answer, keep_alive=True)
