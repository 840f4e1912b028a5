"""The handler that brings a host's copy up to date: nobody waits long, one load at a time."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from fmgstate.search import mirror
from fmgstate.search.mirror import Mirror
from fmgstate.search.splunkd import SplunkdError
from tests.unit.search.kv_collection import KvSplunkd


class SlowSplunkd(KvSplunkd):
    """Answers once ``gate`` is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def get(self, path: str, **arguments: str) -> Any:
        assert self.gate.wait(30)
        return super().get(path, **arguments)


def ask(handler: Mirror, method: str = "POST") -> Any:
    asked = {"method": method, "server": {"rest_uri": "u"}, "system_authtoken": "system"}
    reply = handler.handle(json.dumps(asked))
    return reply["status"], json.loads(reply["payload"])


def test_a_long_load_goes_on_while_others_are_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "WAIT_SECONDS", 0.01)
    splunkd, asked = SlowSplunkd(), []

    def connect(uri: str, token: str) -> Any:
        asked.append((uri, token))
        return splunkd

    handler = Mirror(tmp_path / "a" / "state.db", connect)
    assert ask(handler) == (200, {"state": "loading", "error": ""})
    assert ask(handler) == (200, {"state": "loading", "error": ""})
    monkeypatch.setattr(mirror, "WAIT_SECONDS", 30.0)
    splunkd.gate.set()
    assert ask(handler) == (200, {"state": "done", "error": ""})
    assert set(asked) == {("u", "system")}
    assert (tmp_path / "a" / "state.db.copied").read_text() == ""


def test_what_fails_is_told_with_its_cure(tmp_path: Path) -> None:
    def connect(uri: str, token: str) -> Any:
        raise SplunkdError("splunkd refused.", "Start the KV store.", 503)

    handler = Mirror(tmp_path / "state.db", connect)
    assert ask(handler) == (200, {"state": "done", "error": "splunkd refused. Start the KV store."})
    assert ask(handler, "GET")[0] == 405
    assert list(tmp_path.iterdir()) == []
