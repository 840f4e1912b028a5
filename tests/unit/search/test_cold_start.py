"""What a search pays before its first answer: the modules that one event imports, counted by name.

Each search starts a new Python. A module that slips in costs from one to ten milliseconds of the
hundred that a start may take, on every search of everybody; no other test would notice it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fmgstate import wiring
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.settings import Plan, store_path
from tests.unit.collect.small_fortimanager import branch
from tests.unit.fortimanager.https_server import Pki, serving
from tests.unit.search.conversation import execute, getinfo, records, replies, splunkd_csv

BIN = Path(__file__).resolve().parents[3] / "bin"
EVENT = {"srcip": "10.1.2.3", "dstip": "192.0.2.80", "proto": "6", "dstport": "443",
         "srcintf": "port1", "dstintf": "port4", "devid": "FG2", "vd": "root",
         "policyid": "3"}  # fmt: skip
CONTEXT = {"username": "ann", "roles": ["user"], "capabilities": ["fmgstate_read"]}
ANSWERS: dict[bytes, Any] = {
    b"/services/authentication/current-context": {"entry": [{"content": CONTEXT}]},
    b"/services/fmgstate_mirror": {"state": "done"},
}
HEAVY = {
    # 9 ms: it reads its own source, as it were, to write methods of classes.
    "dataclasses", "inspect", "ast", "dis", "tokenize",
    # 4 ms: texts do for the few paths there are.
    "pathlib", "fnmatch", "shutil", "tempfile", "glob",
    # Clients of everything; one question to splunkd on this host takes a socket and TLS.
    "http", "urllib", "email", "ipaddress", "encodings.idna", "hashlib", "uuid", "random",
    # Nothing here runs side by side, but for the one question, which `_thread` is enough for.
    "threading", "asyncio", "concurrent", "multiprocessing", "subprocess", "queue",
    # For what went wrong, which few events do, and for people at a terminal.
    "difflib", "traceback", "logging", "argparse", "pprint", "textwrap",
    # Splunk's and others' libraries, each of which would cost more than all else together.
    "splunklib", "solnlib", "splunktaucclib", "requests", "redis", "celery", "yaml",
}  # fmt: skip
"""Of the standard library and beyond. sqlite3 is none of them: how old an answer is stands in the
store alone."""
PACKAGES = {"collect", "inventory", "policy", "search", "store"}
OURS_BY_KEY = {
    "errors", "lean_dataclass", "settings", "wiring",
    "collect.copying", "collect.freshness", "collect.rule_cells", "collect.rule_columns",
    "collect.rule_files", "collect.rule_looks", "collect.rule_places", "collect.rules",
    "collect.scope", "collect.why",
    "search.access", "search.answers", "search.command", "search.enrich", "search.fmgpolicy",
    "search.frames", "search.layout",
    "search.mirror_follow", "search.options", "search.permission", "search.rows",
    "search.splunkd", "search.steps",
    "store.base", "store.codec", "store.file_bytes", "store.key_files", "store.on_disk",
    "store.sqlite_file",
}  # fmt: skip
OURS_BY_FLOW = OURS_BY_KEY | {
    "collect.compiled_files", "collect.decisions", "collect.flow_texts", "collect.lookup_sites",
    "inventory.model", "inventory.zones",
    "policy.axis", "policy.bounds", "policy.compiled", "policy.conditions", "policy.flow",
    "policy.form", "policy.interfaces", "policy.lookup", "policy.model", "policy.packing",
    "policy.ports", "policy.reasons", "policy.residue", "policy.resolve", "policy.rule",
    "policy.services", "policy.space", "policy.translation",
    "search.flows", "search.fmglookup", "search.lookup_events",
}  # fmt: skip


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    """splunkd's, as a command asks it, over HTTPS."""

    def talk(connection: Any, request: bytes) -> None:
        path = request.split()[1].partition(b"?")[0]
        body = json.dumps(ANSWERS[path]).encode()
        told = b"Content-Length: %d\r\nConnection: close" % len(body)
        connection.sendall(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n%b" % (told, body))

    with serving(talk, Pki.made_in(tmp_path).server()) as running:
        yield f"https://{running.host}"


def imported(home: Path, port: str, command: str) -> tuple[dict[str, Any], set[str]]:
    """The answer to one event, and the modules imported for it."""
    stream = getinfo(["fields=name"], splunkd_uri=port) + execute(
        splunkd_csv(list(EVENT), [list(EVENT.values())]), finished=True
    )
    run = subprocess.run(
        [sys.executable, "-S", "-X", "importtime", str(BIN / f"{command}.py")],
        input=stream, capture_output=True, check=True,
        env={"SPLUNK_HOME": str(home), "PATH": os.defpath},
    )  # fmt: skip
    _, (told, body) = replies(run.stdout)
    assert told == {"finished": True}
    [record] = records(body)
    lines = (line.rpartition("|")[2].strip() for line in run.stderr.decode().splitlines())
    return record, set(lines)


@pytest.mark.parametrize(
    ("command", "added", "ours"),
    [
        ("fmgpolicy", {"rule_name": "rule 3"}, OURS_BY_KEY),
        ("fmglookup", {"lookup_name": "rule 1"}, OURS_BY_FLOW),
    ],
)
def test_one_event_imports_nothing_that_takes_long(
    tmp_path: Path, port: str, command: str, added: dict[str, str], ours: set[str]
) -> None:
    file = store_path({"SPLUNK_HOME": str(tmp_path)})
    with wiring.open_store(file) as store:
        list(refresh(branch(), store, Plan(), InTurn(), 1000.0))
        wiring.refresh_key_files(store, file)
    imported(tmp_path, port, command)  # compiles the rules where the command needs that
    record, modules = imported(tmp_path, port, command)
    assert record.items() >= added.items()
    assert {name for name in modules if name in HEAVY or name.partition(".")[0] in HEAVY} == set()
    inside = {name.removeprefix("fmgstate.") for name in modules if name.startswith("fmgstate.")}
    assert inside - PACKAGES == ours
