from __future__ import annotations

import json
from pathlib import Path

from fmgstate.inventory.model import Target
from fmgstate.policy import normalize
from fmgstate.policy.model import FirewallObject, Mapping
from fmgstate.policy.resolved import MOST_RANGES, Resolver

OBJECTS = Path(__file__).resolve().parents[2] / "golden" / "policy" / "objects.json"
HERE, THERE = Target("fw1", "root"), Target("fw2", "root")


def resolver(*more: FirewallObject) -> Resolver:
    native = json.loads(OBJECTS.read_text(encoding="utf-8"))
    objects = [one for table, rows in native.items() for one in normalize.objects(table, rows)]
    return Resolver([*objects, *more], [HERE, THERE])


def test_names_become_ranges_and_what_is_unknown_says_why() -> None:
    record = {
        "policyid": 1,
        "srcaddr": ["all"],
        "dstaddr": ["server", "cdn", "nobody", "web"],
        "srcaddr6": ["lan6"],
        "service": ["HTTPS", "PING", "high to DNS", "for one name"],
    }
    assert resolver().add(record) == {
        **record,
        "resolved": {
            "srcaddr": ["any"],
            "dstaddr": ["192.0.2.10", "203.0.113.5"],
            "dstaddr_unknown": ["cdn (fqdn)", "nobody (no such address object)"],
            "srcaddr6": ["2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff"],
            "service": ["icmp/8", "tcp/443", "udp/53 from 1024-65535"],
            "service_unknown": ["for one name (restricted by fqdn)"],
        },
    }


def test_where_a_device_differs_that_is_said_beside_the_default() -> None:
    found = resolver().add({"srcaddr": ["outer"]})
    assert found["resolved"] == {"srcaddr": ["10.1.0.0-10.1.255.255", "192.0.2.10-192.0.2.19"]}
    assert found["resolved_per_device"] == [
        {
            "device": "fw1",
            "vdom": "root",
            "srcaddr": ["10.1.7.0-10.1.7.255", "192.0.2.10-192.0.2.19"],
        }
    ]


def test_an_unknown_exclusion_leaves_what_is_known_and_says_so() -> None:
    assert resolver().add({"dstaddr": ["all but cdn"]})["resolved"] == {
        "dstaddr": ["192.0.2.10-192.0.2.19"],
        "dstaddr_unknown": ["all but cdn (excludes cdn (fqdn))"],
    }


def test_long_lists_are_cut_and_say_how_long_they_are() -> None:
    hosts = [
        FirewallObject("firewall/address", f"h{n}", values={"subnet": f"10.9.{n}.1/32"})
        for n in range(MOST_RANGES + 5)
    ]
    found = resolver(*hosts).add({"srcaddr": [one.name for one in hosts]})["resolved"]
    assert (len(found["srcaddr"]), found["srcaddr_ranges"]) == (MOST_RANGES, MOST_RANGES + 5)


def test_tables_of_older_versions_keep_their_ip_versions_apart() -> None:
    six = resolver().add({"table": "firewall/policy6", "srcaddr": ["lan6"]})
    assert six["resolved"] == {"srcaddr": ["2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff"]}
    both = {
        "table": "firewall/consolidated/policy",
        "srcaddr6": ["lan6"],
        "other": {"srcaddr4": ["server"]},
    }
    assert resolver().add(both)["resolved"] == {
        "srcaddr": ["192.0.2.10"],
        "srcaddr6": ["2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff"],
    }


def test_a_rule_that_differs_on_many_devices_stays_a_readable_event() -> None:
    targets = [Target(f"fw{number}", "root") for number in range(300)]
    mapped = FirewallObject(
        "firewall/address",
        "lan",
        values={"type": "ipmask", "subnet": ["10.0.0.0", "255.0.0.0"]},
        mappings=tuple(
            Mapping(one, {"subnet": [f"10.{n % 250}.0.0", "255.255.0.0"]})
            for n, one in enumerate(targets)
        ),
    )
    wide = [
        FirewallObject(
            "firewall/address", f"n{n}", values={"subnet": [f"11.{n}.2.0", "255.255.255.0"]}
        )
        for n in range(180)
    ]
    rule = {"srcaddr": ["lan", *(one.name for one in wide)], "dstaddr": ["n1"]}
    found = Resolver([mapped, *wide], targets).add(rule)
    assert found["resolved_per_device_count"] == 300
    assert len(found["resolved_per_device"]) == 50
    assert set(found["resolved_per_device"][0]) == {"device", "vdom", "srcaddr", "srcaddr_ranges"}
    assert len(json.dumps(found)) < 100_000


def test_udp_lite_ports_beside_others_are_not_lost() -> None:
    both = FirewallObject(
        "firewall/service/custom",
        "both",
        values={"tcp-portrange": ["443"], "udplite-portrange": ["5000"]},
    )
    assert Resolver([both], []).add({"service": ["both"]})["resolved"] == {
        "service": ["tcp/443"],
        "service_unknown": ["both (UDP-Lite ports)"],
    }
