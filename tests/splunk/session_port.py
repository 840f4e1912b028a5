"""splunkd's management port for commands that are run alone: says whose session it is, no more.

HTTPS with kept connections and a certificate, as the stand-in for splunkd serves them; what the
answers take in splunkd itself is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from standin.rest import certificate
from standin.rest.http import Answer, HttpRequest
from standin.rest.server import HttpPort

CONTEXT = "/services/authentication/current-context"
MIRROR = "/services/fmgstate_mirror"
CAPABILITIES = ("search", "fmgstate_read")
OTHERS = 120
"""So many capabilities an administrator has besides: splunkd lists them all."""


@contextmanager
def session_port(
    folder: Path,
    capabilities: Sequence[str] = CAPABILITIES,
    roles: Sequence[str] = ("user", "fmgstate_user"),
) -> Iterator[str]:
    """Its URI. ``folder``: for its certificate. Any session key is that of the user ann."""
    many = [f"capability_{number}_of_many" for number in range(OTHERS)]
    told = {"username": "ann", "realname": "", "defaultApp": "search", "type": "Splunk",
            "roles": list(roles), "capabilities": [*many, *capabilities]}  # fmt: skip
    context = {"entry": [{"name": "context", "content": told}]}
    answers = {CONTEXT: context, MIRROR: {"state": "done"}}

    def answer(request: HttpRequest) -> Answer:
        found = answers.get(request.path)
        text = json.dumps(found or {"messages": [{"type": "ERROR", "text": "Not Found"}]})
        return Answer(200 if found else 404, "application/json", text.encode())

    certificate.make(folder / "session_port.pem")
    port = HttpPort(answer, folder / "session_port.pem")
    port.start()
    try:
        yield f"https://127.0.0.1:{port.port}"
    finally:
        port.stop()
