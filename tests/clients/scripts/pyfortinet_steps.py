"""pyfortinet: session and workspace."""

from __future__ import annotations

from pyfortinet.fmg_api.fmgbase import FMGBase
from steps import ADDRESSES, HQ, PLAIN, WORKSPACE, same, step


def open_session(facts: dict[str, str]) -> FMGBase:
    return FMGBase(
        base_url=facts["url"], username=facts["user"], password=facts["password"], adom="branch"
    )


with step("session: version and policies"), open_session(PLAIN) as fmg:
    same(fmg.get_version().startswith("v7.4.5"), True)
    answer = fmg.get({"url": HQ, "fields": ["name", "policyid"], "range": [0, 2]})
    same([row["name"] for row in answer.data["data"]], ["web in", "mail in"])

with step("session: writing"), open_session(PLAIN) as fmg:
    address = {"name": "h1", "type": "ipmask", "subnet": "10.0.0.1/32"}
    same(bool(fmg.add({"url": ADDRESSES, "data": address})), True)
    same(bool(fmg.update({"url": ADDRESSES, "data": {**address, "comment": "x"}})), True)
    same(fmg.get({"url": ADDRESSES + "/h1"}).data["data"]["comment"], "x")
    same(bool(fmg.delete({"url": ADDRESSES + "/h1"})), True)

with step("workspace: it locks by itself when told to"), open_session(WORKSPACE) as fmg:
    address = {"name": "h1", "type": "ipmask", "subnet": "10.0.0.1/32"}
    same(bool(fmg.add({"url": ADDRESSES, "data": address})), True)
    same("branch" in fmg.lock.locked_adoms, True)
    fmg.lock.commit_changes()
    same(fmg.get({"url": ADDRESSES + "/h1"}).data["data"]["name"], "h1")
