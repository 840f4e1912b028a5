"""HTTP/1.1 on the wire: bytes to requests, answers to bytes."""

from dataclasses import dataclass
from http import HTTPStatus

from standin.rest.http import Answer, HttpRequest

_LONGEST_HEAD = 65_536


class BadRequest(Exception):
    """The bytes are no request that is understood; ``status`` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(HTTPStatus(status).phrase)
        self.status = status


@dataclass
class _Head:
    method: str
    target: str
    keep_alive: bool
    headers: dict[str, str]
    length: int


class RequestReader:
    """Takes bytes as they come and gives whole requests."""

    def __init__(self, client: str) -> None:
        self._client = client
        self._buffer = bytearray()
        self._head: _Head | None = None
        self.expects_continue = False

    def feed(self, data: bytes) -> None:
        """More bytes of the connection."""
        self._buffer += data

    def next(self) -> tuple[HttpRequest, bool] | None:
        """The next whole request and whether the connection stays; None when it is not there yet.

        Raises BadRequest.
        """
        if self._head is None:
            self._head = self._read_head()
        head = self._head
        if head is None or len(self._buffer) < head.length:
            return None
        body = bytes(self._buffer[: head.length])
        del self._buffer[: head.length]
        self._head = None
        return HttpRequest(head.method, head.target, head.headers, body, self._client), (
            head.keep_alive
        )

    def _read_head(self) -> _Head | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _LONGEST_HEAD:
                raise BadRequest(431)
            return None
        first, *lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise BadRequest(400)
        headers = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise BadRequest(400)
            headers[name.lower()] = value.strip()
        return self._head_of(words, headers)

    def _head_of(self, words: list[str], headers: dict[str, str]) -> _Head:
        if "transfer-encoding" in headers:
            raise BadRequest(411)
        length = headers.get("content-length", "0") or "0"
        if not length.isdigit():
            raise BadRequest(400)
        self.expects_continue = headers.get("expect", "").lower() == "100-continue"
        wish = headers.get("connection", "").lower()
        keep_alive = wish != "close" if words[2] == "HTTP/1.1" else wish == "keep-alive"
        return _Head(words[0], words[1], keep_alive, headers, int(length))


def encode(answer: Answer, *, keep_alive: bool) -> bytes:
    """The bytes of an answer."""
    status = HTTPStatus(answer.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Server: Splunkd",
        "Content-Type: " + " ".join(answer.content_type.splitlines()),
        f"Content-Length: {len(answer.body)}",
        f"Connection: {'Keep-Alive' if keep_alive else 'close'}",
        *(" ".join(f"{name}: {value}".splitlines()) for name, value in answer.headers),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1", "replace") + answer.body
