"""Ansible's fortinet.fortimanager: session, token, workspace; twice gives changed, then ok."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from steps import FACTS, PLAIN, WORKSPACE, same, step

FOLDER = Path(FACTS["folder"])
ADDRESS = {
    "fortinet.fortimanager.fmgr_firewall_address": {
        "adom": "branch",
        "state": "present",
        "firewall_address": {"name": "h1", "type": "ipmask", "subnet": "10.0.0.1/32"},
    }
}


def play(facts: dict[str, str], tasks: list[dict], name: str, token: bool = False) -> list[dict]:
    """Run the tasks on one simulator; what each task answered, in order."""
    variables = {
        "ansible_host": "127.0.0.1",
        "ansible_connection": "ansible.netcommon.httpapi",
        "ansible_network_os": "fortinet.fortimanager.fortimanager",
        "ansible_httpapi_use_ssl": True,
        "ansible_httpapi_validate_certs": True,
        "ansible_httpapi_ca_path": facts["ca"],
        "ansible_httpapi_port": int(facts["port"]),
        "ansible_python_interpreter": sys.executable,
    }
    if token:
        tasks = [
            {module: {**options, "access_token": facts["token"]}
             for module, options in task.items()}
            for task in tasks
        ]  # fmt: skip
    else:
        variables |= {"ansible_user": facts["user"], "ansible_password": facts["password"]}
    plays = [{"hosts": "all", "gather_facts": False, "vars": variables, "tasks": tasks}]
    book, hosts = FOLDER / f"{name}.json", FOLDER / "hosts"
    book.write_text(json.dumps(plays))
    hosts.write_text("fmg\n")
    environment = {
        **os.environ,
        "ANSIBLE_HOME": str(FOLDER / "ansible"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_PERSISTENT_COMMAND_TIMEOUT": "120",
    }
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(hosts), str(book)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    start = ended.stdout.find("{")
    if start < 0:
        raise RuntimeError((ended.stderr or ended.stdout)[-300:])
    report = json.loads(ended.stdout[start:])
    return [task["hosts"]["fmg"] for task in report["plays"][0]["tasks"]]


def outcome(answer: dict) -> str:
    if answer.get("failed"):
        return "failed: " + str(answer.get("msg"))[:200]
    return "changed" if answer.get("changed") else "ok"


with step("session: the same address twice is changed, then ok"):
    same([outcome(one) for one in play(PLAIN, [ADDRESS, ADDRESS], "twice")], ["changed", "ok"])
    same(outcome(play(PLAIN, [ADDRESS], "again")[0]), "ok")

with step("session: facts of policies by filter"):
    fact = {
        "fortinet.fortimanager.fmgr_fact": {
            "facts": {
                "selector": "pkg_firewall_policy",
                "params": {"adom": "branch", "pkg": "hq", "policy": ""},
                "filter": [["status", "==", "disable"]],
                "fields": ["policyid", "name"],
            }
        }
    }
    [answer] = play(PLAIN, [fact], "facts")
    same(outcome(answer), "ok")
    rows = answer["meta"]["response_data"]
    same([row["policyid"] for row in rows], [8])

with step("session: facts of devices with their assignments"):
    fact = {
        "fortinet.fortimanager.fmgr_fact": {
            "facts": {
                "selector": "dvmdb_device",
                "params": {"adom": "branch", "device": ""},
                "option": ["extra info", "assignment info"],
            }
        }
    }
    [answer] = play(PLAIN, [fact], "devices")
    same(len(answer["meta"]["response_data"]), 3)

with step("session: an address group and a policy, then all away"):
    group = {
        "fortinet.fortimanager.fmgr_firewall_addrgrp": {
            "adom": "branch",
            "state": "present",
            "firewall_addrgrp": {"name": "g1", "member": ["h1", "dc1"]},
        }
    }
    policy = {
        "fortinet.fortimanager.fmgr_pkg_firewall_policy": {
            "adom": "branch",
            "pkg": "hq",
            "state": "present",
            "pkg_firewall_policy": {
                "policyid": 50, "name": "by ansible", "srcintf": ["lan"], "dstintf": ["wan"],
                "srcaddr": ["g1"], "dstaddr": ["all"], "service": ["HTTPS"], "action": "accept",
                "schedule": ["always"],
            },
        }
    }  # fmt: skip
    made = [outcome(one) for one in play(PLAIN, [group, group, policy, policy], "group")]
    same(made, ["changed", "ok", "changed", "ok"])

    def absent(task: dict) -> dict:
        return {module: {**options, "state": "absent"} for module, options in task.items()}

    gone = [absent(policy), absent(group), absent(ADDRESS)]
    same([outcome(one) for one in play(PLAIN, gone, "gone")], ["changed"] * 3)

with step("token: the same address twice is changed, then ok"):
    twice = play(PLAIN, [ADDRESS, ADDRESS], "token", token=True)
    same([outcome(one) for one in twice], ["changed", "ok"])

with step("workspace: it locks, writes, commits and unlocks"):
    locking = {
        module: {**options, "workspace_locking_adom": "branch"}
        for module, options in ADDRESS.items()
    }
    same([outcome(one) for one in play(WORKSPACE, [locking, locking], "lock")], ["changed", "ok"])
