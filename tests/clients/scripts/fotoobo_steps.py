"""fotoobo: session."""

from __future__ import annotations

from fotoobo.fortinet.fortimanager import FortiManager
from steps import PLAIN, same, step

fmg = FortiManager(
    "127.0.0.1", PLAIN["user"], PLAIN["password"], https_port=int(PLAIN["port"]),
    ssl_verify=PLAIN["ca"],
)  # fmt: skip

with step("session: log in, version, ADOMs"):
    same(fmg.login(), 200)
    same(fmg.get_version(), "v7.4.5")
    same([adom["name"] for adom in fmg.get_adoms()], ["branch"])

with step("session: global objects"):
    same(fmg.get_global_address("all")["data"]["name"], "all")
    names = [row["name"] for row in fmg.get_global_services()["data"]]
    same("HTTPS" in names, True)

with step("session: writing"):
    data = [{"name": "h1", "type": "ipmask", "subnet": ["10.0.0.1", "255.255.255.255"]}]
    address = {"url": "/pm/config/{adom}/obj/firewall/address", "data": data}
    same(fmg.post("branch", {"method": "set", "params": [address]}), [])
    same(fmg.delete_adom_address("branch", "h1")["status"]["code"], 0)

with step("session: log out"):
    same(fmg.logout(), 200)
