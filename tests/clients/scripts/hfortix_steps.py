"""hfortix-fortimanager: session and API key."""

from __future__ import annotations

from hfortix_fortimanager import FortiManager
from steps import PLAIN, same, step

WHERE = {"host": "127.0.0.1", "port": int(PLAIN["port"]), "verify": True}


def names(rows: object) -> list[str]:
    return [row["name"] if isinstance(row, dict) else row.name for row in rows]


with step("session: devices, policies"), FortiManager(
    username=PLAIN["user"], password=PLAIN["password"], **WHERE
) as fmg:  # fmt: skip
    devices = fmg.api.dvmdb.adom.device.get(adom="branch", fields=["name", "ip"], loadsub=0)
    same(names(devices), ["fgt-hq", "fgt-berlin", "fgt-lyon"])
    policies = fmg.api.pm.config.adom.pkg.firewall.policy.get(adom="branch", pkg="hq", range=[0, 2])
    same(names(policies), ["web in", "mail in"])

with step("session: writing"), FortiManager(
    username=PLAIN["user"], password=PLAIN["password"], **WHERE
) as fmg:  # fmt: skip
    address = fmg.api.pm.config.adom.obj.firewall.address
    address.add(adom="branch", name="h1", subnet=["10.0.0.1", "255.255.255.255"])
    same(names(address.get(adom="branch", filter=["name", "==", "h1"])), ["h1"])

with step("API key"):
    fmg = FortiManager(api_key=PLAIN["token"], api_user=PLAIN["user"], **WHERE)
    same(len(list(fmg.api.dvmdb.adom.device.get(adom="branch"))), 3)
