"""Requests that real clients sent, byte for byte but for names of their own, are all answered."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from simulator.rpc import Rpc
from simulator.scenarios import build
from simulator.sessions import Limits, Sessions
from simulator.versions import Version

HERE = Path(__file__).resolve()
FOLDERS = [Path(os.environ.get("FMGSTATE_CAPTURES") or "/nonexistent")]
FOLDERS.append(HERE.parents[2].parent / "shared" / "captures")
FOUND = next((folder for folder in FOLDERS if (folder / "client_requests").is_dir()), None)

EXPECTED = {
    "/pm/config/adom/root/obj/firewall/address/nope": -3,
    "/pm/config/adom/root/obj/firewall/address/h1": -3,
    "/task/task/7": -3,
}


def _requests(name: str) -> list[dict[str, Any]]:
    lines = (FOUND / "client_requests" / name).read_text().splitlines() if FOUND else []
    return [json.loads(line) for line in lines if line.strip()]


@pytest.mark.skipif(
    FOUND is None,
    reason="recorded client requests are not here: point FMGSTATE_CAPTURES at their folder",
)
@pytest.mark.parametrize("name", ["clients_plain.jsonl", "clients_workspace.jsonl"])
def test_every_recorded_request_is_answered(name) -> None:
    fm = build("branch", Version.parse("7.4.5"), 1)
    fm.workspace_mode = "normal" if "workspace" in name else "disabled"
    tokens = {"TOKEN": "api_001", "tok": "api_001", "tok123": "api_001"}
    rpc = Rpc(fm, Sessions({"admin": "secret"}, tokens, Limits(), 1))
    session, answered = None, 0
    for line in _requests(name):
        if "mark" in line:
            continue
        request = json.loads(line["raw"].replace('"SESSION"', json.dumps(session)))
        kind, _space, token = line["headers"].get("Authorization", "").partition(" ")
        answer = rpc.answer(request, rpc.caller(request, token if kind == "Bearer" else None))
        session = answer.get("session", session)
        _check(line, request, answer)
        answered += 1
    assert answered == {"clients_plain.jsonl": 45, "clients_workspace.jsonl": 15}[name]


def _check(line: dict[str, Any], request: dict[str, Any], answer: dict[str, Any]) -> None:
    assert answer.get("id", "none") == request.get("id", "none")
    for param, result in zip(request["params"], answer["result"], strict=True):
        assert result["url"] == param["url"]
        code = EXPECTED.get(param["url"], 0)
        if param.get("data") == {"passwd": "bad", "user": "admin"}:
            code = -22
        if "User-Agent" in line["headers"] and "curl" in line["headers"]["User-Agent"]:
            code = -11
        assert result["status"]["code"] == code, (param, result)
