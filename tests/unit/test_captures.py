"""Answers recorded from real FortiManagers, where they are at hand, go through normalization.

They are published by others and not part of this repository: FMGSTATE_CAPTURES names their folder.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fmgstate.errors import NormalizeError
from fmgstate.inventory.model import Adom
from fmgstate.inventory.normalize import inventory
from fmgstate.policy.normalize import firewall_object, policies

FOLDER = Path(
    os.environ.get("FMGSTATE_CAPTURES", Path(__file__).parents[3] / "shared" / "captures")
)
SIX_2 = FOLDER / "xsoar_readme_6.2.2"
pytestmark = pytest.mark.skipif(
    not SIX_2.is_dir(), reason="no recorded answers here: set FMGSTATE_CAPTURES to their folder"
)


def load(name: str) -> list[dict[str, Any]]:
    return json.loads((FOLDER / name).read_text())


def test_a_policy_of_6_2_2() -> None:
    [read] = policies("firewall/policy", "package", load("xsoar_readme_6.2.2/firewall_policy.json"))
    assert (read.policyid, read.name, read.action, read.enabled, read.logtraffic) == (
        9, "new_policy", "accept", True, "utm",
    )  # fmt: skip
    assert (read.srcaddr, read.dstintf, read.service, read.schedule, read.negated, read.block) == (
        ("all",), ("any",), ("ALL",), ("always",), (), "",
    )  # fmt: skip


def test_devices_of_6_2_2_and_7_2() -> None:
    [old] = load("xsoar_readme_6.2.2/device.json")
    [new] = load("misc/faz_dvmdb_device_7.2.json")
    read = inventory(Adom("a"), [old, new], [], [], []).devices
    assert [(one.platform, one.version, one.ha_mode, one.connection) for one in read] == [
        ("FortiGate-VM64", "7.2.2", "standalone", "unknown"),
        ("Fortigate-6000F", "5.6.6", "standalone", "unknown"),
    ]
    assert [vdom.name for vdom in read[1].vdoms] == ["root", "mgmt-vdom"]
    assert "MMM" not in repr(read)


def test_packages_of_6_2_2() -> None:
    read = inventory(Adom("a"), [], load("xsoar_readme_6.2.2/packages.json"), [], []).packages
    assert [(one.path, one.ngfw_mode, one.central_nat) for one in read] == [
        ("default", "profile-based", False),
        ("my_package", "policy-based", False),
    ]


@pytest.mark.parametrize(
    ("file", "table", "name", "values"),
    [
        ("firewall_address", "firewall/address", "FAC-SAML",
         {"type": "iprange", "associated-interface": ["any"], "start-ip": "2.3.4.5",
          "end-ip": "1.2.3.4"}),
        ("firewall_addrgrp", "firewall/addrgrp", "my_address_group",
         {"member": ["address1", "address2"], "exclude": "disable"}),
        ("service_custom", "firewall/service/custom", "ALL_TCP",
         {"protocol": "TCP/UDP/SCTP", "tcp-portrange": ["1-65535"], "category": ["General"],
          "iprange": "0.0.0.0", "proxy": "disable", "app-service-type": "unknown(0)"}),
        ("service_group", "firewall/service/group", "Web Access",
         {"member": ["DNS", "HTTP", "HTTPS"], "proxy": "disable"}),
        ("dynamic_interface", "dynamic/interface", "bgp loopback",
         {"single-intf": "enable", "default-mapping": "disable",
          "defmap-intrazone-deny": "disable"}),
    ],
)  # fmt: skip
def test_objects_of_6_2_2(file: str, table: str, name: str, values: dict[str, Any]) -> None:
    read = firewall_object(table, load(f"xsoar_readme_6.2.2/{file}.json")[0])
    assert (read.name, read.values) == (name, values)


MUTATED = {
    "firewall_policy": lambda rows: policies("firewall/policy", "package", rows),
    "device": lambda rows: inventory(Adom("a"), rows, [], [], []),
    "packages": lambda rows: inventory(Adom("a"), [], rows, [], []),
    "firewall_address": lambda rows: [firewall_object("firewall/address", row) for row in rows],
    "service_custom": lambda rows: [firewall_object("firewall/service/custom", r) for r in rows],
    "dynamic_interface": lambda rows: [firewall_object("dynamic/interface", row) for row in rows],
}


@pytest.mark.parametrize("file", sorted(MUTATED))
def test_recorded_answers_with_values_put_out_of_place(file: str) -> None:
    """Any value replaced by any other of the same answer: read, or refused by name."""
    recorded = load(f"xsoar_readme_6.2.2/{file}.json")
    values = [value for row in recorded for value in row.values()]
    values += [None, {}, [[]], 1e999, {"name": []}]
    for row in recorded:
        for key in row:
            for value in values:
                with suppress(NormalizeError):
                    MUTATED[file]([{**row, key: value}])
