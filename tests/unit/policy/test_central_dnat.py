"""Tables of central DNAT: read, kept as records, and told from policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fmgstate.errors import NormalizeError
from fmgstate.inventory.model import Package, Target
from fmgstate.policy import events
from fmgstate.policy.effective import PackageState
from fmgstate.policy.enforced import Enforced, Names
from fmgstate.policy.model import PACKAGE, CentralDnat, FirewallObject, Policy
from fmgstate.policy.normalize import central_dnat

ROWS = [
    {"name": "web", "oid": 7, "obj seq": 1},
    {"name": "mail", "status": "disable", "scope member": [{"name": "fw2", "vdom": "root"}]},
    {"name": "dns", "status": 1, "scope member": []},
]
HERE, THERE = Target("fw1", "root"), Target("fw2", "root")
READ = [
    CentralDnat("central/dnat", "web", 1),
    CentralDnat("central/dnat", "mail", 2, enabled=False, install_on=(THERE,)),
    CentralDnat("central/dnat", "dns", 3, install_on=()),
]


def test_rows() -> None:
    assert central_dnat("central/dnat", ROWS) == READ


@pytest.mark.parametrize("row", [{}, {"name": ""}, {"name": "x", "scope member": ["fw2"]}])
def test_a_row_that_makes_no_sense_is_an_error_of_ours(row: dict[str, Any]) -> None:
    with pytest.raises(NormalizeError):
        central_dnat("central/dnat", [row])


def test_records_stand_beside_those_of_policies_and_lead_back() -> None:
    rule = Policy(1, "firewall/policy", PACKAGE, 1, uuid="u1")
    kept = [*events.policy_records([rule]), *events.dnat_records(READ)]
    kept = json.loads(json.dumps(kept))
    assert events.policies(kept) == [rule]
    assert events.central_dnat(kept) == tuple(READ)
    with pytest.raises(NormalizeError, match="sent web of central/dnat twice"):
        events.dnat_records([READ[0], READ[0]])


def enforced(*dnat: CentralDnat, central: bool = True) -> Enforced:
    vip = FirewallObject(
        "firewall/vip", "web", values={"extip": ["203.0.113.5"], "mappedip": ["192.0.2.10"]}
    )
    state = PackageState(Package("a", "p", central_nat=central), (), dnat=dnat)
    return Enforced(state, Names([vip]), (HERE, THERE))


def test_what_is_in_force_is_part_of_what_a_package_means() -> None:
    there = CentralDnat("central/dnat", "web", 1, install_on=(THERE,))
    everywhere = CentralDnat("central/dnat", "web", 1)
    assert enforced(everywhere).content != enforced().content
    assert enforced(everywhere, central=False).content == enforced(central=False).content
    assert enforced(there).special(HERE) != enforced(there).special(THERE)
    assert [len(enforced(there).on(one).translation.vips) for one in (HERE, THERE)] == [0, 1]
    assert [vip.unknown for vip in enforced().on(HERE).translation.vips] == [("use",)]
    assert [vip.unknown for vip in enforced(everywhere).on(HERE).translation.vips] == [()]
