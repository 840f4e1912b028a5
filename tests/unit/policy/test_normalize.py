"""Policies and objects from verbose and integer answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fmgstate.errors import NormalizeError
from fmgstate.inventory.model import Target
from fmgstate.policy import events
from fmgstate.policy.model import FirewallObject, Mapping, Policy
from fmgstate.policy.normalize import firewall_object, objects, policies

NATIVE = Path(__file__).parents[2] / "golden" / "native"
TABLE = "firewall/policy"


def rows(form: str) -> list[dict[str, Any]]:
    return json.loads((NATIVE / "policies.json").read_text())[form]


WEB = Policy(
    policyid=7,
    table=TABLE,
    part="package",
    sequence=1,
    uuid="aaaaaaaa-0000-4000-8000-000000000007",
    name="branch web",
    enabled=True,
    action="accept",
    srcintf=("lan",),
    dstintf=("wan",),
    srcaddr=("lan-net",),
    dstaddr=("all",),
    service=("HTTPS", "HTTP"),
    schedule=("always",),
    negated=("dstaddr",),
    nat=True,
    logtraffic="utm",
    utm=True,
    inspection_mode="flow",
    profiles={"av-profile": "default", "ips-sensor": "strict"},
    comments="CHG-1",
    section="Internet",
    expires="2026-12-31 23:59:00",
    install_on=(Target("fgt-1", "root"),),
    meta={"owner": "net"},
    modified_time=1700000000,
    modified_by="anna",
    other={"match-vip": "enable"},
)
SIX = Policy(
    policyid=8,
    table=TABLE,
    part="package",
    sequence=2,
    uuid="aaaaaaaa-0000-4000-8000-000000000008",
    enabled=False,
    action="deny",
    srcintf=("any",),
    dstintf=("any",),
    srcaddr6=("all",),
    dstaddr6=("all",),
    service=("ALL",),
    schedule=("always",),
    logtraffic="all",
    section="Internet",
    install_on=(),
)
BLOCK = Policy(
    policyid=9,
    table=TABLE,
    part="package",
    sequence=3,
    uuid="aaaaaaaa-0000-4000-8000-000000000009",
    action="deny",
    section="Internet",
    block="threats",
)


def test_verbose() -> None:
    assert policies(TABLE, "package", rows("verbose")) == [WEB, SIX, BLOCK]


def test_integers_are_read_alike() -> None:
    *same, block = policies(TABLE, "package", rows("integers"))
    assert same == [WEB, SIX]
    assert block.block == "oid 4711"


@pytest.mark.parametrize("form", ["verbose", "integers"])
def test_records_lead_back(form: str) -> None:
    read = policies(TABLE, "package", rows(form))
    written = json.loads(json.dumps(events.policy_records(read)))
    assert events.policies(written) == read


def test_ids_hold_where_a_uuid_is_missing_or_doubled() -> None:
    native = [{"policyid": 1, "uuid": "u"}, {"policyid": 2, "uuid": "u"}, {"policyid": 3}]
    ids = [one["id"] for one in events.policy_records(policies(TABLE, "package", native))]
    assert ids == ["u", "package:firewall/policy:2", "package:firewall/policy:3"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, None),
        ({"scope member": []}, ()),
        ({"obj flags": 16}, ()),
        ({"obj flags": 1}, None),
        ({"obj flags": 16, "scope member": [{"name": "g"}]}, (Target("g", ""),)),
    ],
)
def test_installation_targets(row: dict[str, Any], expected: Any) -> None:
    [read] = policies(TABLE, "package", [{"policyid": 1, **row}])
    assert read.install_on == expected


def test_a_status_that_is_null_is_the_default() -> None:
    [read] = policies(TABLE, "package", [{"policyid": 1, "status": None}])
    assert read.enabled


def test_a_policy_that_comes_twice_is_refused() -> None:
    twice = policies(TABLE, "package", [{"policyid": 1}, {"policyid": 1}])
    with pytest.raises(NormalizeError, match="policy 1 of firewall/policy twice"):
        events.policy_records(twice)


def test_an_unknown_integer_is_not_guessed() -> None:
    [read] = policies(TABLE, "package", [{"policyid": 1, "action": 99}])
    assert read.action == "unknown(99)"


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"name": "no id"}, "a row of firewall/policy without a policyid"),
        ({"policyid": 1, "srcaddr": 7}, "sent int for 'srcaddr' where a list of names belongs"),
        ({"policyid": 1, "status": "perhaps"}, "sent str for 'status' where enable or disable"),
        ({"policyid": {}}, "sent dict for 'policyid' where a number belongs"),
        ({"policyid": 1, "meta fields": [1]}, "sent list for 'meta fields' where names with"),
        ({"policyid": 1, "scope member": "x"}, "sent str for 'scope member' where a list of"),
    ],
)
def test_what_makes_no_sense_is_refused(row: dict[str, Any], text: str) -> None:
    with pytest.raises(NormalizeError, match=text):
        policies(TABLE, "package", [row])


def test_an_address_with_mappings() -> None:
    verbose = {
        "name": "lan-net", "type": "ipmask", "subnet": ["10.0.0.0", "255.0.0.0"], "uuid": "u1",
        "comment": "", "associated-interface": ["any"], "color": 3, "oid": 9, "tagging": None,
        "dynamic_mapping": [
            {"_scope": [{"name": "fgt-2", "vdom": "root"}, {"name": "fgt-1", "vdom": "dmz"}],
             "type": "ipmask", "subnet": ["10.2.0.0", "255.255.0.0"], "oid": 10}
        ],
    }  # fmt: skip
    integers = json.loads(json.dumps(verbose).replace('"ipmask"', "0"))
    there = {"type": "ipmask", "subnet": ["10.2.0.0", "255.255.0.0"]}
    expected = FirewallObject(
        table="firewall/address",
        name="lan-net",
        uuid="u1",
        values={
            "type": "ipmask",
            "subnet": ["10.0.0.0", "255.0.0.0"],
            "associated-interface": ["any"],
        },
        mappings=(
            Mapping(Target("fgt-1", "dmz"), there),
            Mapping(Target("fgt-2", "root"), there),
        ),
    )
    assert firewall_object("firewall/address", verbose) == expected
    assert firewall_object("firewall/address", integers) == expected
    [written] = json.loads(json.dumps(events.object_records([expected])))
    assert events.objects([written]) == [expected]


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (1, "ICMP"), (2, "IP"), (5, "TCP/UDP/SCTP"), (15, "TCP/UDP/SCTP"), (6, "ICMP6"),
        (7, "unknown(7)"),
    ],
)  # fmt: skip
def test_the_protocol_of_a_service_over_the_builds(code: int, word: str) -> None:
    [read] = objects("firewall/service/custom", [{"name": "s", "protocol": code}])
    assert read.values == {"protocol": word}


def test_a_normalized_interface() -> None:
    row = {
        "name": "wan", "single-intf": "enable", "default-mapping": "disable", "defmap-intf": None,
        "dynamic_mapping": [
            {"_scope": [{"name": "fgt-1", "vdom": "root"}], "local-intf": ["port1"],
             "intrazone-deny": 0}
        ],
    }  # fmt: skip
    assert firewall_object("dynamic/interface", row) == FirewallObject(
        table="dynamic/interface",
        name="wan",
        values={"single-intf": "enable", "default-mapping": "disable"},
        mappings=(
            Mapping(
                Target("fgt-1", "root"), {"local-intf": ["port1"], "intrazone-deny": "disable"}
            ),
        ),
    )
