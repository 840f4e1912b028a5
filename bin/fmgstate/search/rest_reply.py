"""Replies of the REST look-up: JSON, and refusals that name the field that is wrong."""

from __future__ import annotations

import json
from typing import Any

OK, BAD_REQUEST, NO_SESSION, FORBIDDEN, NO_PATH, NO_METHOD = 200, 400, 401, 403, 404, 405
FAILED, UNAVAILABLE = 500, 503
Reply = dict[str, Any]
_JSON = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}


class Refusal(Exception):
    """``field``: what of the request is wrong, as "keys[3].policyid"; "" = none in particular."""

    def __init__(self, message: str, field: str = "", status: int = BAD_REQUEST) -> None:
        super().__init__(message)
        self.message, self.field, self.status = message, field, status

    def reply(self) -> Reply:
        """As JSON: ``error`` with ``message`` and ``field``."""
        told = {"message": self.message, **({"field": self.field} if self.field else {})}
        return reply(json.dumps({"error": told}), self.status)


def reply(payload: str, status: int = OK) -> Reply:
    """``payload``: JSON text."""
    return {"payload": payload, "status": status, "headers": _JSON}
