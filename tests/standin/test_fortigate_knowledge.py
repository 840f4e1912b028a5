"""FortiGate logs through the index and the knowledge of an add-on like Fortinet's.

The confs are written for this test after what is known of the Fortinet add-on 1.6: pairs by
DELIMS, ``fgt_traffic`` renamed to ``fortigate_traffic``, CIM names by alias and lookup. Event
types and calculated fields go through the stand-in's own SPL. Nothing here saw a Splunk.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.logs import SOURCETYPES, Logs, Truth
from simulator.scenarios import build
from simulator.versions import Version
from standin.home.layers import Confs
from standin.home.tree import Home
from standin.index.events import EventStore, Scope
from standin.index.indexer import Indexer, Piece
from standin.knowledge import Knowledge
from standin.search.language import Spl
from standin.spl.in_memory import InMemory
from standin.splunkd_log import SplunkdLog

CONFS = {
    "props": """\
[fortigate_log]
SHOULD_LINEMERGE = false
TIME_PREFIX = eventtime=
TIME_FORMAT = %s
MAX_TIMESTAMP_LOOKAHEAD = 20
TRANSFORMS-sourcetype = by_type
[fgt_traffic]
rename = fortigate_traffic
[fortigate_traffic]
KV_MODE = none
REPORT-pairs = pairs
FIELDALIAS-cim = srcip AS src dstip AS dest dstport AS dest_port policyid AS rule_id \\
    poluuid ASNEW rule policyuuid ASNEW rule action AS vendor_action
EVAL-vendor_product = "Fortinet FortiGate"
EVAL-bytes = sentbyte + rcvdbyte
EVAL-dvc = coalesce(devname, devid)
LOOKUP-action = actions vendor_action OUTPUT action
LOOKUP-protocol = protocols proto OUTPUTNEW transport_name
""",
    "transforms": """\
[by_type]
DEST_KEY = MetaData:Sourcetype
REGEX = devid="?F\\S+.*?\\btype="?(traffic|utm|event)\\b
FORMAT = sourcetype::fortigate_$1
[pairs]
DELIMS = "\\ ,", "="
[actions]
filename = actions.csv
[protocols]
filename = protocols.csv
min_matches = 1
default_match = other
""",
    "eventtypes": """\
[fgt_forward]
search = sourcetype=fortigate_traffic subtype=forward
[fgt_refused]
search = sourcetype=fortigate_traffic vendor_action="deny"
[fgt_implicit]
search = eventtype=never OR (policyid=0 NOT subtype=local)
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
ALLOWED = dict(line.split(",") for line in ACTIONS.split()[1:])
FEW = ("rule", "rule_id", "action", "eventtype", "bytes")
PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("fortigate") / "splunk")
    home.create("here")
    home.set_system("indexes", "netfw", {})
    addon = home.app("addon")
    for name, text in CONFS.items():
        write(addon / "default" / f"{name}.conf", text)
    write(addon / "lookups" / "actions.csv", ACTIONS)
    write(addon / "lookups" / "protocols.csv", "proto,transport_name\n6,tcp\n17,udp\n1,icmp\n")
    write(addon / "metadata" / "default.meta", "[]\nexport = system\n")
    write(home.app("search") / "default" / "app.conf", "[ui]\n")
    return home


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def knowledge(home: Home) -> Knowledge:
    """As the app ``search`` sees it, to which the add-on exports everything."""
    context = InMemory()
    return Knowledge.load(
        home,
        Confs(home),
        "search",
        evaluate=lambda text: Spl().evaluate(text, context),
        matches=lambda text: Spl().matches(text, context),
    )


@pytest.mark.parametrize("spelling", ["fortios", "fgt"])
def test_each_field_of_each_line(home: Home, spelling: str) -> None:
    fm = build("eighty", Version.parse("7.4.5"), 1, devices=20, adoms=4, policies=60)
    made = list(Logs(fm, spelling=spelling).lines(2000))
    store = EventStore(home.path / f"{spelling}.sqlite")
    indexer = Indexer(Confs(home), store, SplunkdLog(home.logs / "splunkd.log"))
    sourcetype = SOURCETYPES[spelling] if spelling == "fgt" else "fortigate_log"
    for line, truth in made:
        sent = truth.time if spelling == "fgt" else None
        indexer.take([Piece(line, sent, "netfw", "syslog", "udp:514", sourcetype)])
    stored = sorted((each for batch in store.scan(Scope()) for each in batch), key=lambda e: e.id)
    known = knowledge(home)
    everything, few = (
        known.reader(),
        known.reader(["rule", "rule_id", "action", "eventtype", "bytes"]),
    )
    assert [each.raw for each in stored] == [line for line, _truth in made]
    for event, (line, truth) in zip(stored, made, strict=True):
        row = everything(event)
        expected = expected_fields(line, truth)
        assert {name: row.get(name) for name in expected} == expected
        assert row["sourcetype"] == "fortigate_traffic"
        some = few(event)
        assert [some.get(name) for name in FEW] == [row.get(name) for name in FEW]
        assert abs(float(str(row["_time"])) - truth.time) < 1
    store.close()


def expected_fields(line: str, truth: Truth) -> dict[str, object]:
    said = {name: quoted or bare for name, quoted, bare in PAIR.findall(line)}
    pairs = {name: value for name, value in said.items() if name != "action"}
    kinds = []
    if said["subtype"] == "forward":
        kinds.append("fgt_forward")
        if truth.policyid == 0:
            kinds.append("fgt_implicit")
    if said["action"] == "deny":
        kinds.append("fgt_refused")
    volume = int(said.get("sentbyte", 0)) + int(said["rcvdbyte"]) if "rcvdbyte" in said else None
    return {
        **pairs,
        "vendor_action": said["action"],
        "action": ALLOWED[said["action"]],
        "src": said["srcip"],
        "dest": said["dstip"],
        "rule_id": str(truth.policyid),
        "rule": truth.uuid if truth.uuid_logged else None,
        "dvc": said["devname"],
        "vendor_product": "Fortinet FortiGate",
        "bytes": volume,
        "transport_name": {"6": "tcp", "17": "udp", "1": "icmp"}.get(said["proto"], "other"),
        "eventtype": (kinds[0] if len(kinds) == 1 else kinds) if kinds else None,
        "tag": ["communicate", "network"] if said["subtype"] == "forward" else None,
    }
