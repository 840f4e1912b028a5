"""The account's proxy, and no other."""

from __future__ import annotations

import base64
import gc
import socket
from collections.abc import Iterator

import pytest

from fmgstate.errors import (
    CertificateRefused,
    Unreachable,
)
from tests.unit.fortimanager.https_server import Pki, Running, answer, serving
from tests.unit.fortimanager.over_tls import GOOD, post


@pytest.fixture
def proxy(pki: Pki) -> Iterator[tuple[Running, Running]]:
    """A FortiManager and a proxy that leads to it whatever it is asked for."""
    with serving(answer(GOOD), pki.server()) as server:

        def talk(connection: socket.socket, _: bytes) -> None:
            with socket.create_connection(("127.0.0.1", server.port)) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _relay(connection, onward)

        with serving(talk, None) as relay:
            yield server, relay


def _relay(one: socket.socket, other: socket.socket) -> None:
    import select

    while True:
        for ready in select.select([one, other], [], [], 10)[0]:
            part = ready.recv(65536)
            if not part:
                return
            (other if ready is one else one).sendall(part)


def test_the_accounts_proxy_is_used_with_its_password(
    pki: Pki, proxy: tuple[Running, Running]
) -> None:
    server, relay = proxy
    reply = post(server.host, pki.ca_file, proxy=f"http://web:hunter2@{relay.host}")
    assert reply["id"] == 1
    assert relay.requests[0].startswith(f"CONNECT {server.host} HTTP/1".encode())
    assert b"Basic " + base64.b64encode(b"web:hunter2") in relay.requests[0]


def test_certificates_are_verified_through_a_proxy_too(
    pki: Pki, proxy: tuple[Running, Running]
) -> None:
    server, relay = proxy
    with pytest.raises(CertificateRefused):
        post(server.host, "", proxy=relay.host)
    assert server.requests == []


def test_proxies_of_the_environment_are_not_trusted(
    pki: Pki, proxy: tuple[Running, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, relay = proxy
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{relay.host}")
    assert post(server.host, pki.ca_file)["id"] == 1
    assert relay.requests == []


def refusal_by(proxy: str, pki: Pki) -> str:
    with pytest.raises(Unreachable) as error:
        post("fmg.invalid", pki.ca_file, proxy=f"http://web:hunter2@{proxy}")
    return str(error.value)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_proxy_that_refuses_is_named_without_its_password(pki: Pki) -> None:
    talk = answer(b"", "407 Proxy Authentication Required")
    with serving(talk, None) as relay:
        for proxy in (relay.host, "127.0.0.1:1"):
            shown = refusal_by(proxy, pki)
            assert f"The proxy {proxy} gave no way to fmg.invalid" in shown
            assert "hunter2" not in shown
    gc.collect()  # Python 3.9 does not close the socket of a refused tunnel.
