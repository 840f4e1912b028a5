"""Zones and SD-WAN members that only the devices have, from FortiManager to what a look-up says.

Checked against a simulator only.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fmgstate.collect.outcome import Outcome
from fmgstate.inventory.model import Target
from fmgstate.policy.flow import flow
from fmgstate.policy.lookup import look_up
from fmgstate.settings import Plan
from fmgstate.wiring import refresh_all
from simulator.control import Running, running
from tests.collecting.test_groups_and_central_nat import QUICK, Collecting

HQ = Target("fgt-hq", "root")
REFUSED = "(FortiManager's user may not read the zones)"


@pytest.fixture
def fortimanager() -> Iterator[Running]:
    with running("branch") as fortimanager:
        yield fortimanager


def decided(collecting: Collecting, srcintf: str, dstintf: str) -> tuple[int, list[str]]:
    """Policyid for a flow from the head office to its database servers, and all doubts."""
    policy = collecting.effective(HQ)
    assert policy is not None
    asked = flow("10.1.7.9", "10.1.20.15", "tcp", 445, srcintf, dstintf)
    answer = look_up(policy, asked)
    doubts = {doubt for _, reasons in answer.may for doubt in reasons if "interface" in doubt}
    return answer.decider.policy.policyid if answer.decider else 0, sorted(doubts)


def test_a_member_is_decided_as_its_zone_and_another_interface_is_not(
    fortimanager: Running, tmp_path: Path
) -> None:
    collecting = Collecting(fortimanager, tmp_path / "s.db")
    collecting.poll()
    for member in ("port3", "port6"):
        assert decided(collecting, "port2", member) == (4, [])
    default = decided(collecting, "port2", "port9")
    assert default[0] != 4
    assert default[1] == [], "of a zone that no rule names"
    assert decided(collecting, "port2", "port8")[1] == [
        "destination interface port8 is named by no rule and no zone"
    ]
    assert collecting.requests_of_a_poll() == 3, "log in, the system with all of the ADOMs, log out"
    fortimanager.side(
        "/device/zones",
        {
            "device": "fgt-hq",
            "vdom": "root",
            "zones": {"dmz-servers": ["port3", "port9"], "spare": ["port6"]},
        },
    )
    assert collecting.requests_of_a_poll() == 4, "and the zones of the one device that moved"
    assert decided(collecting, "port2", "port9") == (4, [])
    assert decided(collecting, "port2", "port6") == default
    assert collecting.requests_of_a_poll() == 3


def test_what_the_user_may_not_read_stays_a_doubt(fortimanager: Running, tmp_path: Path) -> None:
    collecting = Collecting(fortimanager, tmp_path / "s.db")
    fortimanager.side("/faults", {"kind": "no rights", "url": "/pm/config/device/", "times": 0})
    outcomes: list[Outcome] = []
    summary = refresh_all(collecting.account, Plan(), QUICK, collecting.file, outcomes.append)
    assert summary.failed == 0
    [told] = [one.error for one in outcomes if one.error]
    assert told.startswith("Zones of 4 VDOMs could not be read. First of all: ")
    assert "does not permit reading /pm/config/device/" in told
    _, doubts = decided(collecting, "port2", "port3")
    assert doubts == [f"destination interface port3 may be a member of a zone {REFUSED}"]
    assert collecting.requests_of_a_poll() == 3, "a refusal is not asked for again with each poll"
