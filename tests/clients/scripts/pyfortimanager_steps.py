"""pyfortimanager: API token only."""

from __future__ import annotations

import pyfortimanager
from steps import PLAIN, WORKSPACE, same, step


def api_of(facts: dict[str, str]) -> pyfortimanager.api:
    return pyfortimanager.api(host=facts["url"], token=facts["token"], adom="branch")


api = api_of(PLAIN)

with step("token: ADOMs, devices, packages"):
    same(api.adoms.all("branch")["data"]["name"], "branch")
    rows = api.fortigates.all()["data"]
    same((rows[0]["name"], rows[0]["meta fields"]["City"]), ("fgt-hq", "Hamburg"))
    same([row["name"] for row in api.policy_packages.all()["data"]][1], "hq")
    same(api.system.status()["data"]["Hostname"], "fmg-sim")

with step("token: packages and their targets"):
    same(api.policy_packages.add("new")["status"]["code"], 0)
    same(api.policy_packages.add_member("new", "fgt-berlin")["status"]["code"], 0)
    member = api.policy_packages.all("new")["data"]["scope member"]
    same(member, [{"name": "fgt-berlin", "vdom": "root"}])
    same(api.policy_packages.clone("new", "newer")["status"]["code"], 0)
    same(api.policy_packages.remove_member("new", "fgt-berlin")["status"]["code"], 0)
    for name in ("new", "newer"):
        same(api.policy_packages.delete(name)["status"]["code"], 0)

with step("token: device groups"):
    same(api.device_groups.all("Branches")["status"]["code"], 0)

with step("token: hit counts"):
    started = api.system.refresh_hitcount("hq")
    same(started["status"]["code"], 0)
    same(isinstance(started["taskid"], int), True)

with step("token: metadata variables"):
    same(api.metadata_variables.add("site", default_value="x")["status"]["code"], 0)
    same(api.metadata_variables.all("site")["data"]["value"], "x")
    same(api.metadata_variables.delete("site")["status"]["code"], 0)

with step("token: lock, commit, unlock"):
    held = api_of(WORKSPACE)
    for action in (held.adoms.lock, held.adoms.commit, held.adoms.unlock):
        same(action("branch")["status"]["code"], 0)
