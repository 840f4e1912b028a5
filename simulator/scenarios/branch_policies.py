"""Policies of the scenario ``branch``."""

from __future__ import annotations

from typing import Any

from simulator.scenarios.foundation import add_package, give_global_policies
from simulator.state.adom import Adom
from simulator.state.fortimanager import START, FortiManager
from simulator.state.installing import install
from simulator.state.packages import Block, Package

FIRST_BLOCK_POLICY = 1_071_741_825
FIRST_HEADER_POLICY = 1_073_741_825
FIRST_FOOTER_POLICY = 1_074_741_825
_POLICY = "firewall/policy"
_DENY = {"action": "deny"}

# A rule: policyid, name, "srcintf srcaddr > dstintf dstaddr : service" (commas between several),
# and what else it says. A rule without a flow is the place of a policy block.
# fmt: off
_HQ: list[tuple[int, str, str, dict[str, Any]]] = [
    (1, "web in", "wan all > dmz vip-web : HTTPS",
     {"global-label": "Inbound", "comments": "public web server",
      "meta fields": {"owner": "team-web", "ticket": "CHG-1001"}}),
    (2, "mail in", "wan all > dmz vips : SMTP,IMAPS", {"schedule": ["office-hours"]}),
    (3, "", "", {"_policy_block": "block-threats"}),
    (4, "to core", "lan hq-lan > dmz hq-core : Windows AD",
     {"global-label": "Inside", "logtraffic": "all"}),
    (5, "old migration", "lan hq-lan > dmz db-range : MS-SQL", {"schedule": ["migration-2024"]}),
    (6, "not from dc", "lan domain-controllers > wan all : Web Access",
     {"srcaddr-negate": "enable", "nat": "enable"}),
    (7, "updates", "lan local-lan > wan updates.example.com,any.example.net : HTTPS",
     {"nat": "enable", "ippool": "enable", "poolname": ["pool-hq"]}),
    (8, "switched off", "lan net/24 > dmz hq-servers : everything-it", {"status": "disable"}),
    (9, "v6 web", "lan all > wan all : HTTP,HTTPS",
     {"srcaddr": [], "dstaddr": [], "srcaddr6": ["six-all"], "dstaddr6": ["all"]}),
    (10, "gmail", "lan hq-lan > wan all : ALL",
     {"dstaddr": [], "service": [], "internet-service": "enable",
      "internet-service-name": ["Google-Gmail"]}),
    (11, "users", "zone-inside all-but-dc > dmz hq-servers : admin-tools",
     {"groups": ["vpn-users"], "global-label": "Administration"}),
    (12, "odd", "lan odd-hosts,printer-mac > dmz all : from-high-ports",
     {"service-negate": "enable"}),
    (13, "everything inside", "lan all > lan all : ALL", {}),
]
_GUEST: list[tuple[int, str, str, dict[str, Any]]] = [
    (1, "guest web", "lan all > wan all : Web Access", {"nat": "enable"}),
    (2, "guest deny", "any all > any all : ALL", _DENY),
]
_SITES: list[tuple[int, str, str, dict[str, Any]]] = [
    (1, "site web", "lan local-lan > wan all : Web Access",
     {"nat": "enable", "meta fields": {"owner": "team-net", "ticket": "CHG-1002"}}),
    (2, "berlin only", "lan local-lan > wan all : SSH",
     {"scope member": [{"name": "fgt-berlin", "vdom": "root"}]}),
    (3, "nowhere", "lan local-lan > wan all : TELNET", {"scope member": []}),
    (4, "", "", {"_policy_block": "block-threats"}),
    (5, "mail", "wan all > lan vip-mail : SMTP", {"scope member": [{"name": "Branches"}]}),
    (6, "by default interface", "lan local-lan > wan-default all : HTTPS", {}),
]
_BLOCK: list[tuple[int, str, str, dict[str, Any]]] = [
    (FIRST_BLOCK_POLICY, "no geo", "any all > wan geo-kp : ALL", _DENY),
    (FIRST_BLOCK_POLICY + 1, "no quarantined", "any quarantine > any all : ALL",
     {**_DENY, "logtraffic": "all"}),
]
_OTHERS = {
    "security": (1, "learn", "lan all > wan all : ALL", {}),
    "proxy": (1, "proxy out", "lan hq-lan > wan all : webproxy", {}),
    "header": (FIRST_HEADER_POLICY, "header deny telnet", "any all > any all : TELNET", _DENY),
    "footer": (FIRST_FOOTER_POLICY, "footer deny", "any all > any all : ALL",
               {**_DENY, "logtraffic": "all"}),
}
# fmt: on


def _policy(
    fm: FortiManager, number: int, name: str, flow: str, more: dict[str, Any]
) -> dict[str, Any]:
    values: dict[str, Any] = {"policyid": number, "uuid": fm.uuid()}
    if flow:
        source, _arrow, rest = flow.partition(" > ")
        target, _colon, service = rest.partition(" : ")
        (srcintf, srcaddr), (dstintf, dstaddr) = source.split(" ", 1), target.split(" ", 1)
        values |= {
            "name": name,
            "srcintf": srcintf.split(","),
            "srcaddr": srcaddr.split(","),
            "dstintf": dstintf.split(","),
            "dstaddr": dstaddr.split(","),
            "service": service.split(","),
            "action": "accept",
        }
    return {**values, **more}


def _put(
    fm: FortiManager,
    package: Package | Block,
    rules: list[tuple[int, str, str, dict[str, Any]]],
    path: str = _POLICY,
) -> None:
    for number, name, flow, more in rules:
        values = _policy(fm, number, name, flow, more)
        scope, meta = values.pop("scope member", None), values.pop("meta fields", None)
        row = fm.insert(package.database, path, values)
        row.scope, row.meta = scope, meta


def put_block(fm: FortiManager, adom: Adom) -> None:
    block = adom.blocks["block-threats"] = Block("block-threats", fm.oid())
    _put(fm, block, _BLOCK)


def put_packages(fm: FortiManager, adom: Adom) -> None:
    hq = add_package(fm, adom, "hq", [{"name": "fgt-hq", "vdom": "root"}])
    guest = add_package(fm, adom, "hq-guest", [{"name": "fgt-hq", "vdom": "guest"}])
    sites = add_package(fm, adom, "sites/branches", [{"name": "Branches"}])
    _put(fm, hq, _HQ)
    _put(fm, guest, _GUEST)
    _put(fm, sites, _SITES)
    _put(fm, sites, [_OTHERS["security"]], "firewall/security-policy")
    _put(fm, hq, [_OTHERS["proxy"]], "firewall/proxy-policy")
    _count_hits(hq)
    for package in (hq, guest, sites):
        install(fm, adom, package)
    sites.statuses["fgt-lyon", "root"] = "modified"
    hq.version, guest.version, sites.version = 24, 3, 9


def _count_hits(package: Package) -> None:
    """Policies 1 to 11 were hit, 5 and 8 never."""
    for number in range(1, 12):
        count = 0 if number in (5, 8) else number * 137
        last = START - number * 86_400 if count else 0
        first = START - 9_000_000 if count else 0
        counts = (count, count * 900, count * 6, first, last, first, last, 0)
        package.hits[_POLICY, str(number)] = counts


def put_global_policies(fm: FortiManager, adom: Adom) -> None:
    shared = add_package(fm, fm.global_database, "corporate", [{"name": "branch"}])
    shared.database.place = "global package"
    _put(fm, shared, [_OTHERS["header"]], "global/header/policy")
    _put(fm, shared, [_OTHERS["footer"]], "global/footer/policy")
    give_global_policies(fm, adom, shared)
