"""``branch``: three FortiGates of one small company, to be read by eye.

ADOM ``branch``: ``fgt-hq`` (an HA pair with the VDOMs root and guest), ``fgt-berlin`` and
``fgt-lyon``. Packages: ``hq`` (to fgt-hq), ``hq-guest`` (to its VDOM guest), ``sites/branches``
(in a folder; to the group ``Branches``), ``default`` (to nobody).
"""

from __future__ import annotations

from simulator.scenarios.branch_objects import (
    put_addresses,
    put_device_zones,
    put_devices,
    put_groups,
    put_interfaces,
    put_mapped_addresses,
    put_nat,
    put_people_and_services,
    put_services_and_schedules,
)
from simulator.scenarios.branch_policies import put_block, put_global_policies, put_packages
from simulator.scenarios.foundation import add_adom, lay
from simulator.state.fortimanager import START, FortiManager


def build_branch(fm: FortiManager) -> None:
    lay(fm)
    adom = add_adom(fm, "branch", "three FortiGates")
    put_devices(fm, adom)
    put_addresses(fm, adom)
    put_mapped_addresses(fm, adom)
    put_groups(fm, adom)
    put_people_and_services(fm, adom)
    put_services_and_schedules(fm, adom)
    put_nat(fm, adom)
    put_interfaces(fm, adom)
    put_block(fm, adom)
    put_packages(fm, adom)
    put_global_policies(fm, adom)
    put_device_zones(fm)
    fm.meta_fields["firewall/address"] = []
    adom.revisions.append(
        {
            "created_by": "admin",
            "created_time": START,
            "desc": "first",
            "locked": 0,
            "name": "start",
            "oid": fm.oid(),
            "version": 1,
        }
    )
