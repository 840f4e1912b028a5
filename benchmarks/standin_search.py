"""Searches as dashboards have them over FortiGate logs, run by the stand-in for splunkd.

    python -m benchmarks.standin_search [events]

The whole way: events out of the index, fields and lookups of an add-on like Fortinet's, SPL, rows
as clients get them. Each search is asked twice; the table shows the second time, and
the processor's time, which a busy machine changes less. There is no peer:
nothing else that runs SPL could be installed. Nothing here says how fast a Splunk is.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from simulator.logs import Logs
from simulator.scenarios import build
from simulator.versions import Version
from standin import Standin
from standin.index.indexer import Piece

EVENTS = 100_000
CONFS = {
    "props": """\
[fortigate_traffic]
KV_MODE = none
REPORT-pairs = pairs
FIELDALIAS-cim = srcip AS src dstip AS dest dstport AS dest_port action AS vendor_action
EVAL-bytes = sentbyte + rcvdbyte
LOOKUP-action = actions vendor_action OUTPUT action
""",
    "transforms": """\
[pairs]
DELIMS = "\\ ,", "="
[actions]
filename = actions.csv
""",
    "eventtypes": """\
[fgt_forward]
search = sourcetype=fortigate_traffic subtype=forward
""",
    "tags": """\
[eventtype=fgt_forward]
network = enabled
communicate = enabled
""",
}
ACTIONS = """\
vendor_action,action
accept,allowed
close,allowed
client-rst,allowed
server-rst,allowed
timeout,teardown
deny,blocked
"""
SEARCHES = {
    "count": "index=netfw | stats count",
    "denied sources": "index=netfw action=blocked | stats count dc(dest) AS dests BY src"
    " | sort 20 -count",
    "traffic per hour": "index=netfw | timechart span=1h count BY action",
    "bytes per device": "index=netfw | timechart span=1h limit=10 sum(bytes) BY devname",
    "top ports": "index=netfw | top limit=20 dest_port BY action",
    "a rule's last hit": "index=netfw policyid=* | stats latest(_time) AS last sum(bytes) AS bytes"
    " count BY devname vd policyid",
    "talkers": "index=netfw | stats sum(sentbyte) AS out sum(rcvdbyte) AS received BY srcip dstip"
    " | eval total=out+received | sort 10 -total",
    "words": 'index=netfw "deny" | stats count BY srcintf dstintf',
    "by event type": "index=netfw eventtype=fgt_forward tag=network | chart count OVER devname"
    " BY action",
    "outliers": "index=netfw | bin _time span=5m | stats count BY _time devname"
    " | eventstats avg(count) AS mean stdev(count) AS dev BY devname | where count>mean+3*dev",
    "first in a row": "index=netfw | dedup devname policyid | table devname policyid action src",
    "classes": 'index=netfw | eval size=case(bytes>1000000,"large",bytes>10000,"middle",true(),'
    '"small"), net=replace(srcip,"\\.\\d+$",".0") | stats count p95(bytes) BY size net',
    "one device": "index=netfw devname=fgt-graz* srcip=10.0.0.0/8 NOT dstport IN (53,123)"
    " | stats values(service) AS services dc(dstip) BY srcip",
    "metadata only": "| tstats count WHERE index=netfw BY _time span=1h sourcetype",
    "running total": "index=netfw | reverse | streamstats sum(bytes) AS total BY devname"
    " | timechart span=1h max(total) BY devname limit=5",
}


def add_on(home: Path) -> None:
    """Knowledge like that of Fortinet's add-on, written for this benchmark."""
    app = home / "etc" / "apps" / "addon"
    for name, text in CONFS.items():
        write(app / "default" / f"{name}.conf", text)
    write(app / "lookups" / "actions.csv", ACTIONS)
    write(app / "metadata" / "default.meta", "[]\nexport = system\n")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def load(splunk: Standin, events: int) -> None:
    fm = build("eighty", Version.parse("7.4.5"), 1, devices=40, adoms=4, policies=60)
    pieces = (
        Piece(line, truth.time, "netfw", "syslog", "udp:514", "fortigate_traffic")
        for line, truth in Logs(fm, spelling="fgt").lines(events)
    )
    splunk.parts.indexer.take(pieces)


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "splunk"
        add_on(home)
        with Standin(home) as splunk:
            splunk.create_index("netfw")
            began = time.perf_counter()
            load(splunk, events)
            print(f"{events:,} events made and indexed in {time.perf_counter() - began:.1f} s")
            print(f"{'search':20} {'rows':>7} {'seconds':>8} {'CPU':>6}")
            for name, search in SEARCHES.items():
                splunk.results(search)
                began, used = time.perf_counter(), time.process_time()
                rows = splunk.results(search)
                took, used = time.perf_counter() - began, time.process_time() - used
                print(f"{name:20} {len(rows):7,} {took:8.2f} {used:6.2f}", flush=True)


if __name__ == "__main__":
    main()
