"""Traffic logs: each line is the work of the rule it names, and its truth is the state's."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from collections import Counter
from ipaddress import ip_address
from pathlib import Path

import pytest

from simulator.logs import RELEASES, Logs, Truth
from simulator.logs.rules import Doubtful, Flow, RuleBase
from simulator.scenarios import build
from simulator.state.fortimanager import START, FortiManager
from simulator.state.table import Row
from simulator.versions import Version

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the simulator needs 3.11")
PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')
MONDAY_NOON = START + 5 * 86_400 + 12 * 3600


@pytest.fixture(scope="module")
def estate() -> FortiManager:
    return build("eighty", Version.parse("7.4.5"), 1, devices=20, adoms=4, policies=120)


@pytest.fixture(scope="module")
def logs(estate: FortiManager) -> list[tuple[dict[str, str], Truth]]:
    made = Logs(estate, start=MONDAY_NOON, seconds=3600).lines(6000)
    return [(fields(line), truth) for line, truth in made]


def fields(line: str) -> dict[str, str]:
    return {name: quoted or bare for name, quoted, bare in PAIR.findall(line)}


def number(address: str) -> int:
    return int(ip_address(address))


def policies(fm: FortiManager, truth: Truth) -> dict[int, Row]:
    """policyid to row: all rules of the package, wherever they stand."""
    adom = fm.adoms[truth.adom]
    package = adom.root.package(truth.package)
    databases = [package.database, *(block.database for block in adom.blocks.values())]
    found = {}
    for database in databases:
        for path in ("global/header/policy", "firewall/policy", "global/footer/policy"):
            for row in database.tables.get(path, ()):
                found[row.values["policyid"]] = row
    return found


def installed_on(fm: FortiManager, scope: list[dict[str, str]], truth: Truth) -> bool:
    here = (truth.device, truth.vdom)
    groups = [fm.adoms[truth.adom].members(each["name"]) for each in scope if "vdom" not in each]
    named = [(each["name"], each["vdom"]) for each in scope if "vdom" in each]
    return here in named or any(here in members for members in groups)


def test_each_line_names_a_rule_of_its_devices_package(
    estate: FortiManager, logs: list[tuple[dict[str, str], Truth]]
) -> None:
    for line, truth in logs:
        if not truth.found:
            continue
        device = estate.devices[truth.device]
        serials = {member["sn"] for member in device.members} or {device.values["sn"]}
        package = estate.adoms[device.adom].root.package(truth.package)
        assert (line["devname"], line["vd"]) == (truth.device, truth.vdom)
        assert line["devid"] in serials
        assert (truth.device, truth.vdom) in estate.targets(estate.adoms[device.adom], package)
        assert package.statuses[truth.device, truth.vdom] in ("installed", "modified")
        row = policies(estate, truth)[int(line["policyid"])]
        said = (row.values["uuid"], row.values.get("name", ""), row.get("action"))
        assert said == (truth.uuid, truth.name, truth.action)
        assert (row.get("status"), row.get("logtraffic") == "disable") == ("enable", False)
        assert row.scope is None or installed_on(estate, row.scope, truth)
        assert line.get("poluuid", "") == (truth.uuid if truth.uuid_logged else "")
        assert line.get("policyname", truth.name) == truth.name
        assert (line["action"] == "deny") == (truth.action == "deny")


def test_the_first_rule_that_takes_the_flow_is_the_one_named(
    estate: FortiManager, logs: list[tuple[dict[str, str], Truth]]
) -> None:
    """Asked again from the line alone: no rule above takes it, and the named one does."""
    bases: dict[tuple[str, str], RuleBase] = {}
    asked = 0
    for line, truth in logs:
        if not truth.found or "user" in line or "tranip" in line or line["proto"] in ("1", "58"):
            continue
        adom = estate.adoms[truth.adom]
        base = bases.setdefault(
            (truth.device, truth.vdom),
            RuleBase(
                adom, adom.root.package(truth.package), estate.device(truth.device), truth.vdom
            ),
        )
        flow = Flow(
            6 if ":" in line["srcip"] else 4,
            line["srcintf"],
            line["dstintf"],
            number(line["srcip"]),
            number(line["dstip"]),
            int(line["proto"]),
            int(line.get("dstport", 0)),
        )
        decided = base.decide(flow, in_office=True)
        assert decided is not None
        assert decided.row.values["uuid"] == truth.uuid, line
        above = base.rules[: base.rules.index(decided)]
        assert not [rule for rule in above if rule.joins(flow.srcintf, flow.dstintf)
                    and rule.matches(flow, True, all_takes_vips=True, inner=True)]  # fmt: skip
        asked += 1
        if asked == 200:
            return
    raise AssertionError(f"only {asked} lines to ask about")


def test_all_kinds_of_lines_come_up(logs: list[tuple[dict[str, str], Truth]]) -> None:
    found = Counter((truth.section or truth.why) for _line, truth in logs)
    assert set(found) == {
        "header", "package", "block", "implicit deny", "local traffic", "deleted policy",
        "unknown device",
    }  # fmt: skip
    assert found["package"] > len(logs) * 0.8
    lines = [line for line, _truth in logs]
    assert {line["proto"] for line in lines} >= {"1", "6", "17"}
    assert {line["trandisp"] for line in lines} >= {"noop", "snat", "dnat"}
    assert any(":" in line["srcip"] for line in lines)
    assert any(line.get("user") for line in lines)
    assert {truth.uuid_logged for _line, truth in logs if truth.found} == {True, False}
    assert any(1073741825 <= int(line["policyid"]) <= 1075741824 for line in lines)


def test_what_no_rule_decides_is_told_apart(
    estate: FortiManager, logs: list[tuple[dict[str, str], Truth]]
) -> None:
    uuids = {row.values["uuid"] for adom in estate.adoms.values()
             for package in adom.root.packages()
             for table in package.database.tables.values() for row in table}  # fmt: skip
    for line, truth in logs:
        if truth.found:
            continue
        assert truth.section == ""
        assert truth.uuid not in uuids
        if truth.why == "unknown device":
            assert line["devname"] not in estate.devices
            assert (truth.device, truth.adom, truth.package) == ("", "", "")
        elif truth.why == "deleted policy":
            assert int(line["policyid"]) not in policies(estate, truth)
        elif truth.why == "local traffic":
            assert (line["subtype"], line["policyid"]) == ("local", "0")
            assert line["policytype"] == "local-in-policy"
        else:
            assert (line["policyid"], line["action"]) == ("0", "deny")
            assert "poluuid" not in line


def test_releases_differ_as_fortios_does(estate: FortiManager) -> None:
    got = {
        release: [fields(line) for line, truth in Logs(estate, release=release).lines(400)]
        for release in RELEASES
    }
    assert {len(line["eventtime"]) for line in got["6.0"]} == {10}
    assert {len(line["eventtime"]) for line in got["7.4"]} == {19}
    assert not any("tz" in line or "policyname" in line for line in got["6.0"])
    assert all("tz" in line for line in got["6.4"])
    assert any("policyname" in line for line in got["7.0"])
    assert "policy6" in {line["policytype"] for line in got["6.0"]}
    assert {line["policytype"] for line in got["7.4"]} == {"policy", "local-in-policy"}


def test_spellings_tell_the_same(estate: FortiManager) -> None:
    plain, fgt, addon = (
        list(Logs(estate, spelling=spelling).lines(300)) for spelling in ("fortios", "fgt", "addon")
    )
    assert [truth for _line, truth in plain] == [truth for _line, truth in fgt]
    assert all(line.startswith("<189>date=") for line, _truth in fgt)
    for (one, _), (two, _), (three, truth) in zip(plain, fgt, addon, strict=True):
        assert fields(one).get("poluuid") == fields(two).get("policyuuid")
        assert fields(one).get("poluuid") == fields(three).get("rule")
        assert fields(three)["rule_id"] == str(truth.policyid)
        assert fields(one)["srcip"] == fields(three)["src"]
    with pytest.raises(ValueError, match="no spelling 'odd': fortios, fgt, addon"):
        Logs(estate, spelling="odd")


def test_the_time_in_a_line_is_the_truths(logs: list[tuple[dict[str, str], Truth]]) -> None:
    for line, truth in logs[:500]:
        zone = line.get("tz", "+0000")
        local = dt.datetime.strptime(
            f"{line['date']} {line['time']} {zone}", "%Y-%m-%d %H:%M:%S %z"
        )
        assert int(local.timestamp()) == int(truth.time)
        assert line["eventtime"][:10] == str(int(truth.time))
    assert [truth.time for _line, truth in logs] == sorted(truth.time for _line, truth in logs)


LAN, WAN, DMZ, INSIDE = "port2", "port1", "port3", "port4"


@pytest.mark.parametrize(
    ("source", "destination", "protocol", "port", "ports", "expected"),
    [
        # The header denies TELNET everywhere, before anything of the package.
        ("10.1.0.9", "10.1.10.11", 6, 23, (LAN, DMZ), "header 1073741825"),
        # The policy block stands third; 198.18.0.0/24 is North Korea in this world.
        ("10.1.0.9", "198.18.0.4", 6, 443, (LAN, WAN), "block 1071741825"),
        ("10.1.0.9", "10.1.10.11", 17, 53, (LAN, DMZ), "package 4"),
        ("10.1.0.9", "10.1.20.29", 6, 445, (LAN, DMZ), "package 4"),
        ("10.1.0.8", "10.1.20.30", 6, 445, (LAN, DMZ), "footer 1074741825"),
        # "not from dc" negates its source.
        ("10.1.0.9", "198.51.100.99", 6, 443, (LAN, WAN), "package 6"),
        ("10.1.10.12", "198.51.100.99", 6, 443, (LAN, WAN), "footer 1074741825"),
        # The wildcard 10.1.0.1/255.255.0.1 takes odd addresses only; 9000-9010 is negated.
        ("10.1.7.3", "10.9.9.9", 6, 9011, (LAN, DMZ), "package 12"),
        ("10.1.7.4", "10.9.9.9", 6, 9011, (LAN, DMZ), "footer 1074741825"),
        ("10.1.7.3", "10.9.9.9", 6, 9005, (LAN, DMZ), "footer 1074741825"),
        # Its migration was in 2024.
        ("10.1.0.8", "10.1.20.12", 6, 1433, (LAN, DMZ), "footer 1074741825"),
        # The rule for users wants one: here nobody has logged in.
        ("10.1.0.9", "10.1.10.80", 6, 22, (INSIDE, DMZ), "footer 1074741825"),
        ("2001:db8:1::5", "2001:db8::1", 6, 443, (LAN, WAN), "package 9"),
        ("2001:db8:2::5", "2001:db8::1", 6, 443, (LAN, WAN), "implicit"),
    ],
)
def test_by_hand_on_the_branch(
    source: str, destination: str, protocol: int, port: int, ports: tuple[str, str], expected: str
) -> None:
    assert on_fgt_hq(source, destination, protocol, port, ports) == expected


def on_fgt_hq(
    source: str, destination: str, protocol: int, port: int, ports: tuple[str, str], **more: object
) -> str:
    fm = build("branch", Version.parse("7.4.5"), 1)
    adom = fm.adoms["branch"]
    base = RuleBase(adom, adom.root.package("hq"), fm.device("fgt-hq"), "root")
    version = ip_address(source).version
    vips = {vip.name: vip for vip in base.virtual_ips}
    vip = vips.get(str(more.get("vip")))
    flow = Flow(version, *ports, number(source), number(destination), protocol, port,
                group=str(more.get("group", "")), vip=vip)  # fmt: skip
    try:
        rule = base.decide(flow, in_office=bool(more.get("in_office", True)))
    except Doubtful:
        return "doubtful"
    return "implicit" if rule is None else f"{rule.section} {rule.row.key}"


def test_users_virtual_ips_and_office_hours_by_hand() -> None:
    ssh = ("10.1.0.9", "10.1.10.80", 6, 22, (INSIDE, DMZ))
    assert on_fgt_hq(*ssh, group="vpn-users") == "package 11"
    assert on_fgt_hq("10.1.10.11", *ssh[1:], group="vpn-users") == "footer 1074741825"
    web = ("198.19.0.1", "198.51.100.10", 6, 443, (WAN, DMZ))
    assert on_fgt_hq(*web, vip="vip-web") == "package 1"
    imaps = ("198.19.0.1", "198.51.100.10", 6, 993, (WAN, DMZ))
    assert on_fgt_hq(*imaps, vip="vip-web") == "package 2"
    # At night the mail rule is off. Whether the footer's "all" takes what a virtual IP
    # translates differs between releases: no line is made of such a flow.
    assert on_fgt_hq(*imaps, vip="vip-web", in_office=False) == "doubtful"
    # vip-mail forwards 25 to 2525: whether SMTP looks at 25 or 2525 differs as well.
    assert on_fgt_hq("198.19.0.1", "198.51.100.11", 6, 25, (WAN, DMZ), vip="vip-mail") == "doubtful"


def test_the_command_writes_lines_and_their_truth(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulator.logs", "--scenario", "branch", "--lines", "50",
         "--truth", str(tmp_path / "truth.jsonl"), "--spelling", "fgt", "--seed", "3"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    truths = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    lines = done.stdout.splitlines()
    assert (len(lines), len(truths)) == (50, 50)
    assert [fields(line)["policyid"] for line in lines] == [
        str(each["policyid"]) for each in truths
    ]
    assert {each["device"] for each in truths} <= {"fgt-hq", "fgt-berlin", "fgt-lyon", ""}


def test_icmp_lines_tell_a_type_that_there_is(estate: FortiManager) -> None:
    """Also those of flows that no rule allows."""
    lines = [line for line, _ in Logs(estate, seed=2).lines(6000) if "proto=58" in line]
    assert len(lines) > 5
    assert {re.findall(r'service="([^"]*)"', line)[0] for line in lines} == {"PING6"}
