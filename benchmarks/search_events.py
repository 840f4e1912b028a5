"""Events of rules as splunkd hands them to a search command, and the protocol around them."""

from __future__ import annotations

import json
import random
from typing import Any

from benchmarks.search_fleet import Rule

CHUNK = 50_000
"""Events in one frame: splunkd sends no more."""
KEY = ["poluuid", "policyuuid", "policyid", "policytype", "subtype", "devid", "devname", "vd"]
TEN = ["_time", "srcip", "dstip", "dstport", "action", "poluuid", "policyid", "devid", "devname",
       "vd"]  # fmt: skip


def draw(rules: list[Rule], number: int, is_even: bool) -> list[Rule]:
    """The rules that so many events are of."""
    dice = random.Random(1)
    if is_even:
        return dice.choices(rules, k=number)
    ranked = dice.sample(rules, len(rules))
    return dice.choices(ranked, weights=[1 / rank for rank in range(1, len(rules) + 1)], k=number)


def getinfo(args: list[str], uri: str) -> dict[str, Any]:
    """What splunkd says first."""
    searchinfo = {
        "args": args, "raw_args": args, "dispatch_dir": "/tmp", "sid": "1732300000.1",
        "app": "search", "owner": "admin", "username": "ann", "session_key": "a session key",
        "splunkd_uri": uri, "splunk_version": "9.4.1", "search": "",
        "command": "fmgpolicy", "maxresultrows": CHUNK, "earliest_time": "0", "latest_time": "0",
    }  # fmt: skip
    return {"action": "getinfo", "preview": False, "searchinfo": searchinfo}


def frame(metadata: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame of the protocol."""
    text = json.dumps(metadata).encode()
    return b"chunked 1.0,%d,%d\n%b%b" % (len(text), len(body), text, body)


def reply(stream: Any) -> tuple[dict[str, Any], bytes]:
    """What a command answers."""
    metadata, body = map(int, stream.readline().split(b",")[1:])
    return json.loads(stream.read(metadata)), stream.read(body)


def chunk(header: list[str], rules: list[Rule]) -> bytes:
    """Events of these rules, as splunkd writes them."""
    names = [*header, "_chunked_idx"]
    lines = [",".join(map(cell, [*names, *(f"__mv_{name}" for name in names)]))]
    nothing = "," * len(names)
    for at, rule in enumerate(rules):
        event = {**rule.event, "_time": f"1732300{at % 1000:03}.25", "_chunked_idx": str(at)}
        lines.append(",".join(cell(event.get(name, "")) for name in names) + nothing)
    return ("\n".join(lines) + "\n").encode()


def cell(text: str) -> str:
    """All but letters and digits are quoted."""
    return text if text.isalnum() or not text else '"' + text.replace('"', '""') + '"'
