"""Stand-in for Splunk's own ``splunk`` package: errors and the session key."""

from __future__ import annotations

from typing import Optional

_session_key: Optional[str] = None


class SplunkdException(Exception):
    """Base of what splunk.rest raises."""


class RESTException(SplunkdException):
    """splunkd answered with an error status."""

    def __init__(self, statusCode: int, messages: object = None, extendedMessages: object = None):
        self.statusCode = statusCode
        self.msg = str(messages or "")
        self.extendedMessages = str(extendedMessages or "")
        super().__init__(f"[HTTP {statusCode}] {self.msg} {self.extendedMessages}".strip())

    def get_message_text(self) -> str:
        return self.msg

    def get_extended_message_text(self) -> str:
        return self.extendedMessages


class ResourceNotFound(RESTException):
    """404."""

    def __init__(self, msg: object = None, extendedMessages: object = None):
        super().__init__(404, msg, extendedMessages)


class AuthenticationFailed(RESTException):
    """401."""

    def __init__(self, msg: object = None, extendedMessages: object = None):
        super().__init__(401, msg, extendedMessages)


class AuthorizationFailed(RESTException):
    """403."""

    def __init__(self, msg: object = None, extendedMessages: object = None):
        super().__init__(403, msg, extendedMessages)


def getSessionKey() -> Optional[str]:
    """The session key of this process, when it has one."""
    return _session_key


def setSessionKey(key: str) -> None:
    """Remembers the session key of this process."""
    global _session_key
    _session_key = key
