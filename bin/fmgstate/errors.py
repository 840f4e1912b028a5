"""Every error this library raises on purpose, and what each one means.

    FmgStateError                  something a person can act on: what happened, and the cure
    ├── ConfigurationError         the settings cannot work as they are
    ├── FortiManagerError          FortiManager did not give an answer that can be used
    │   ├── Unreachable            no connection, or it broke off, or it took too long
    │   │   └── CertificateRefused the TLS certificate could not be verified
    │   ├── BadAnswer              something came back that is not a FortiManager answer
    │   ├── LoginRefused           wrong user, password or token, or the user is locked out
    │   ├── PermissionRefused      logged in, but not allowed to read this (code -11)
    │   ├── NotFound               the ADOM, package or object does not exist (codes -3, -6)
    │   └── RequestRefused         any other status code than 0
    ├── NormalizeError             an answer was read, but its shape makes no sense
    ├── Defect                     the app itself is wrong: an error that nobody foresaw
    └── StoreError                 the local store cannot be used
        ├── StoreDamaged           the store's file is not what this app wrote
        └── StoreFull              no space, or no permission to write

Callers catch ``FmgStateError`` and show ``str(error)``: it never holds a secret.
"""

from __future__ import annotations


class FmgStateError(Exception):
    """What happened (one sentence), and the cure (one sentence that says what to do)."""

    def __init__(self, what: str, cure: str = "") -> None:
        super().__init__(what, cure)
        self.what = what
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.what} {self.cure}".rstrip()


class ConfigurationError(FmgStateError):
    """The settings cannot work as they are."""


class FortiManagerError(FmgStateError):
    """FortiManager did not give an answer that can be used."""


class Unreachable(FortiManagerError):
    """No connection, or it broke off, or it took too long."""


class CertificateRefused(Unreachable):
    """The TLS certificate could not be verified."""


class BadAnswer(FortiManagerError):
    """Something came back that is not a FortiManager answer."""


class LoginRefused(FortiManagerError):
    """Wrong user, password or token, or the user is locked out."""


class PermissionRefused(FortiManagerError):
    """Logged in, but not allowed to read this (code -11)."""


class NotFound(FortiManagerError):
    """The ADOM, package or object does not exist (codes -3 and -6)."""


class RequestRefused(FortiManagerError):
    """Any other status code than 0."""


class NormalizeError(FmgStateError):
    """An answer was read, but its shape makes no sense."""


class Defect(FmgStateError):
    """The app itself is wrong: what kind of error, and where; never its text, it may hold data."""

    def __init__(self, error: BaseException) -> None:
        trace, where = error.__traceback__, ""
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
            where, trace = f" in {file}, line {trace.tb_lineno}", trace.tb_next
        super().__init__(
            f"This is a defect of the app: {type(error).__name__}{where}.",
            "Report it with this line and the FortiManager build.",
        )


class StoreError(FmgStateError):
    """The local store cannot be used."""


class StoreDamaged(StoreError):
    """The store's file is not what this app wrote."""


class StoreFull(StoreError):
    """No space left, or no permission to write."""
