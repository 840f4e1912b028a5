"""pyFortiManagerAPI: session."""

from __future__ import annotations

from pyFortiManagerAPI import FortiManager
from steps import PLAIN, same, step

fmg = FortiManager(
    PLAIN["host"], PLAIN["user"], PLAIN["password"], adom="branch", verify=PLAIN["ca"]
)


def code(result: list[dict]) -> int:
    return result[0]["status"]["code"]


with step("session: ADOMs, devices, packages"):
    same("branch" in [row["name"] for row in fmg.get_adoms()[0]["data"]], True)
    same(len(fmg.get_devices()["result"][0]["data"]), 3)
    same([row["name"] for row in fmg.get_policy_packages()[0]["data"]][1], "hq")

with step("session: policies, header and footer"):
    rows = fmg.get_firewall_policies("hq")[0]["data"]
    same((len(rows), rows[0]["name"]), (13, "web in"))
    header = fmg.get_global_header_policies("corporate")[0]["data"]
    same(header[0]["name"], "header deny telnet")

with step("session: address objects"):
    added = fmg.add_firewall_address_object("h1", ["10.0.0.1", "255.255.255.255"])
    same(code(added), 0)
    same(fmg.get_firewall_address_objects("h1")[0]["data"]["name"], "h1")
    same(code(fmg.update_firewall_address_object("h1", comment="new")), 0)
    same(code(fmg.add_address_group("g1", members=["h1"])), 0)
    same(code(fmg.update_address_group("g1", "dc1", do="add")), 0)
    same(code(fmg.delete_firewall_address_object("h1")), -10015)
    same(code(fmg.delete_address_group("g1")), 0)
    same(code(fmg.delete_firewall_address_object("h1")), 0)

with step("session: log out"):
    same(code(fmg.logout()), 0)
