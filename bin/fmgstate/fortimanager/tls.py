"""TLS as this app does it: always verified, and never longer than the answer may take."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fmgstate.errors import CertificateRefused, ConfigurationError

_CA_OPTION = "the account's option 'CA certificate'"
_EXPIRED, _NOT_YET, _NAME_MISMATCH, _ADDRESS_MISMATCH = 10, 9, 62, 64
_thread = threading.local()


def verifying_context(host: str, ca: str, public_cas: str) -> ssl.SSLContext:
    """A context for ``host`` that trusts ``ca`` (a PEM file's path or PEM text) or ``public_cas``.

    Made anew, not by ``create_default_context``: that one demands extensions which the CAs of many
    companies lack from Python 3.13 on, and writes session keys where an environment variable says.
    """
    text = ca if "-----BEGIN" in ca else None
    path = None if text else (ca.strip() or public_cas)
    if path and not Path(path).is_file():
        raise ConfigurationError(
            f"The CA file {path} does not exist or cannot be read.",
            f"Correct {_CA_OPTION}: the path of a PEM file on this host, or the PEM text itself.",
        )
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _BoundedSocket
    context.host = host
    try:
        context.load_verify_locations(cafile=path, cadata=text)
    except (OSError, ValueError):
        raise ConfigurationError(
            f"The CA certificate {'text' if text else path} is not readable PEM.",
            f"Put the PEM certificate of the CA that signed FortiManager's into {_CA_OPTION}.",
        ) from None
    return context


class _Context(ssl.SSLContext):
    """Checks the certificate against ``host`` also when the caller names none, which urllib3
    does for addresses."""

    host = ""

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        options["server_hostname"] = options.get("server_hostname") or self.host
        return super().wrap_socket(*args, **options)


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Within, this thread's reads from such sockets end with a timeout after ``seconds`` in all.

    A socket's own timeout starts anew with every byte: an answer that trickles would never end.
    """
    _thread.deadline = time.monotonic() + seconds
    try:
        yield
    finally:
        _thread.deadline = None


def time_is_up() -> bool:
    """Whether the time given to ``bounded`` in this thread is over."""
    deadline = getattr(_thread, "deadline", None)
    return deadline is not None and time.monotonic() >= deadline


class _BoundedSocket(ssl.SSLSocket):
    def recv_into(self, *args: Any, **options: Any) -> int:
        deadline = getattr(_thread, "deadline", None)
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise socket.timeout("the answer took too long in all")
            self.settimeout(min(left, self.gettimeout() or left))
        return super().recv_into(*args, **options)


def refusal(manager: str, failure: ssl.SSLCertVerificationError) -> CertificateRefused:
    """Why the certificate of ``manager`` was refused, and what to change."""
    reason = str(failure.verify_message or "unknown reason")
    code = failure.verify_code
    if code == _EXPIRED:
        return CertificateRefused(
            f"The certificate of {manager} has expired.",
            "Renew it in FortiManager, or correct this host's clock if it is wrong.",
        )
    if code == _NOT_YET:
        return CertificateRefused(
            f"The certificate of {manager} is not valid yet.",
            "Correct the clock of this host or of FortiManager.",
        )
    if code in (_NAME_MISMATCH, _ADDRESS_MISMATCH):
        return CertificateRefused(
            f"The certificate of {manager} is made out to another name ({reason}).",
            "Enter the name that is in the certificate as host, or give FortiManager a certificate"
            " that holds this name.",
        )
    return CertificateRefused(
        f"The certificate of {manager} cannot be verified ({reason}).",
        f"Put the CA that signed it (PEM text or a file's path) into {_CA_OPTION}.",
    )
