"""How FortiManager refuses: a status code and its documented message."""

from __future__ import annotations

MESSAGES = {
    0: "OK",
    -1: "Internal server error",
    -2: "Object already exists",
    -3: "Object does not exist",
    -5: "No such command",
    -6: "Invalid url",
    -7: "Invalid option",
    -8: "Invalid parameter",
    -9: "The command is invalid for selected url",
    -10: "The data is invalid for selected url",
    -11: "No permission for the resource",
    -22: "Login fail",
    -10015: "used",
    -10147: "no write permission",
    -20020: "no permission",
    -20055: "Workspace is locked by other user",
    -20063: "Unable to delete because one or more devices in Device Manager",
}


class Refused(Exception):
    """One param of a request is answered with ``code`` instead of data."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message or MESSAGES.get(code, "Unknown error")


class RuntimeRefused(Refused):
    """A refusal that FortiManager answers with ``result`` as one object, not a list."""


def status(code: int, message: str = "") -> dict[str, object]:
    return {"code": code, "message": message or MESSAGES.get(code, "")}
