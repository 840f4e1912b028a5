"""pyfmg: session, wrong password, API key, workspace."""

from __future__ import annotations

from pyFMG.fortimgr import FMGValidSessionException, FortiManager
from steps import ADDRESSES, HQ, PLAIN, WORKSPACE, same, step


def open_session(facts: dict[str, str], **more: object) -> FortiManager:
    host, user, password = facts["host"], facts["user"], facts["password"]
    return FortiManager(host, user, password, verify_ssl=True, **more)


with step("session: reading"), open_session(PLAIN) as fmg:
    code, rows = fmg.get(
        HQ, fields=["policyid", "name"], range=[0, 5], loadsub=0, option=["get meta"]
    )
    same((code, [row["policyid"] for row in rows]), (0, [1, 2, 3, 4, 5]))
    code, rows = fmg.get("/dvmdb/adom/branch/device", fields=["name"])
    same([row["name"] for row in rows], ["fgt-hq", "fgt-berlin", "fgt-lyon"])
    same(fmg.get(f"{ADDRESSES}/nope")[0], -3)
    same(fmg.get("/dvmdb/adom", filter=["name", "==", "branch"])[1][0]["name"], "branch")

with step("session: several urls at once"), open_session(PLAIN) as fmg:
    code, answers = fmg.free_form("get", data=[{"url": "/dvmdb/adom"}, {"url": "/dvmdb/device"}])
    same((code, len(answers)), (200, 2))

with step("session: writing, moving, cloning"), open_session(PLAIN) as fmg:
    same(fmg.add(ADDRESSES, name="h9", subnet="10.0.0.9/32")[0], 0)
    same(fmg.add(ADDRESSES, name="h9", subnet="10.0.0.9/32")[0], -2)
    same(fmg.update(f"{ADDRESSES}/h9", comment="new")[0], 0)
    same(fmg.get(f"{ADDRESSES}/h9")[1]["comment"], "new")
    same(fmg.clone(f"{HQ}/1", data={"name": "copy"})[0], 0)
    same(fmg.move(f"{HQ}/14", {"option": "before", "target": "1"})[0], 0)
    same(fmg.get(HQ, fields=["policyid"], range=[0, 1])[1][0]["policyid"], 14)
    same(fmg.delete(f"{HQ}/14")[0], 0)
    same(fmg.delete(f"{ADDRESSES}/h9")[0], 0)

with step("session: a task to its end"), open_session(PLAIN) as fmg:
    data = {"adom": "branch", "pkg": "hq", "scope": [{"name": "fgt-hq", "vdom": "root"}]}
    code, started = fmg.execute("/securityconsole/install/package", flags=["preview"], **data)
    same(code, 0)
    code, task = fmg.track_task(started["task"], sleep_time=0.1, timeout=20)
    same((code, task["num_err"], task["percent"]), (0, 0, 100))

with step("session: a wrong password"):
    refused = FortiManager(PLAIN["host"], PLAIN["user"], "bad", verify_ssl=True)
    try:
        refused.login()
    except FMGValidSessionException:
        same(refused.sid, None)
    else:
        raise AssertionError("it logged in")

with step("API key"):
    fmg = FortiManager(PLAIN["host"], apikey=PLAIN["token"], verify_ssl=True, verbose=True)
    fmg.login()
    same(fmg.get("/sys/status")[1]["Hostname"], "fmg-sim")
    same(fmg.get(f"{HQ}/1")[1]["status"], "enable")
    fmg.logout()

with step("workspace: lock, write, commit, unlock"), open_session(WORKSPACE) as fmg:
    same(fmg.add(ADDRESSES, name="h9", subnet="10.0.0.9/32")[0], -10147)
    same(fmg.lock_adom("branch")[0], 0)
    same(fmg.add(ADDRESSES, name="h9", subnet="10.0.0.9/32")[0], 0)
    same(fmg.commit_changes("branch")[0], 0)
    same(fmg.unlock_adom("branch")[0], 0)
    same(fmg.get(f"{ADDRESSES}/h9")[0], 0)
