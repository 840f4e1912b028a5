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


def _policy(fm: FortiManager, number: int, name: str, flow: str, **more: Any) -> dict[str, Any]:
    """``flow``: ``srcintf srcaddr > dstintf dstaddr : service``, commas between several."""
    source, _arrow, rest = flow.partition(" > ")
    target, _colon, service = rest.partition(" : ")
    (srcintf, srcaddr), (dstintf, dstaddr) = source.split(" ", 1), target.split(" ", 1)
    values: dict[str, Any] = {
        "policyid": number,
        "name": name,
        "srcintf": srcintf.split(","),
        "srcaddr": srcaddr.split(","),
        "dstintf": dstintf.split(","),
        "dstaddr": dstaddr.split(","),
        "service": service.split(","),
        "action": "accept",
        "uuid": fm.uuid(),
    }
    return {**values, **more}


def _put(
    fm: FortiManager, package: Package | Block, rows: list[dict[str, Any]], path: str = _POLICY
) -> None:
    for given in rows:
        values = dict(given)
        scope, meta = values.pop("scope member", None), values.pop("meta fields", None)
        row = fm.insert(package.database, path, values)
        row.scope, row.meta = scope, meta


def put_block(fm: FortiManager, adom: Adom) -> None:
    block = adom.blocks["block-threats"] = Block("block-threats", fm.oid())
    _put(
        fm,
        block,
        [
            _policy(fm, FIRST_BLOCK_POLICY, "no geo", "any all > wan geo-kp : ALL", action="deny"),
            _policy(
                fm,
                FIRST_BLOCK_POLICY + 1,
                "no quarantined",
                "any quarantine > any all : ALL",
                action="deny",
                logtraffic="all",
            ),
        ],
    )


def put_packages(fm: FortiManager, adom: Adom) -> None:
    hq = add_package(fm, adom, "hq", [{"name": "fgt-hq", "vdom": "root"}])
    guest = add_package(fm, adom, "hq-guest", [{"name": "fgt-hq", "vdom": "guest"}])
    sites = add_package(fm, adom, "sites/branches", [{"name": "Branches"}])
    _put(fm, hq, _hq_rules(fm))
    _put(
        fm,
        guest,
        [
            _policy(fm, 1, "guest web", "lan all > wan all : Web Access", nat="enable"),
            _policy(fm, 2, "guest deny", "any all > any all : ALL", action="deny"),
        ],
    )
    _put(fm, sites, _site_rules(fm))
    security = {
        "name": "learn",
        "srcintf": ["lan"],
        "dstintf": ["wan"],
        "srcaddr": ["all"],
        "dstaddr": ["all"],
        "service": ["ALL"],
        "action": "accept",
        "uuid": fm.uuid(),
    }
    _put(fm, sites, [{"policyid": 1, **security}], "firewall/security-policy")
    _put(
        fm,
        hq,
        [
            {
                "policyid": 1,
                "name": "proxy out",
                "srcintf": ["lan"],
                "dstintf": ["wan"],
                "srcaddr": ["hq-lan"],
                "dstaddr": ["all"],
                "service": ["webproxy"],
                "action": "accept",
                "uuid": fm.uuid(),
            }
        ],
        "firewall/proxy-policy",
    )
    for number in range(1, 12):
        count = 0 if number in (5, 8) else number * 137
        last = START - number * 86_400 if count else 0
        hq.hits[_POLICY, str(number)] = (
            count,
            count * 900,
            count * 6,
            last and START - 9_000_000,
            last,
            last and START - 9_000_000,
            last,
            0,
        )
    for package in (hq, guest, sites):
        install(fm, adom, package)
    sites.statuses["fgt-lyon", "root"] = "modified"
    hq.version, guest.version, sites.version = 24, 3, 9


def _hq_rules(fm: FortiManager) -> list[dict[str, Any]]:
    owner = {"owner": "team-web", "ticket": "CHG-1001"}
    return [
        _policy(
            fm,
            1,
            "web in",
            "wan all > dmz vip-web : HTTPS",
            **{"global-label": "Inbound", "meta fields": owner, "comments": "public web server"},
        ),
        _policy(fm, 2, "mail in", "wan all > dmz vips : SMTP,IMAPS", schedule=["office-hours"]),
        {"policyid": 3, "_policy_block": "block-threats", "uuid": fm.uuid()},
        _policy(
            fm,
            4,
            "to core",
            "lan hq-lan > dmz hq-core : Windows AD",
            **{"global-label": "Inside", "logtraffic": "all"},
        ),
        _policy(
            fm,
            5,
            "old migration",
            "lan hq-lan > dmz db-range : MS-SQL",
            schedule=["migration-2024"],
        ),
        _policy(
            fm,
            6,
            "not from dc",
            "lan domain-controllers > wan all : Web Access",
            **{"srcaddr-negate": "enable", "nat": "enable"},
        ),
        _policy(
            fm,
            7,
            "updates",
            "lan local-lan > wan updates.example.com,any.example.net : HTTPS",
            nat="enable",
            ippool="enable",
            poolname=["pool-hq"],
        ),
        _policy(
            fm, 8, "switched off", "lan net/24 > dmz hq-servers : everything-it", status="disable"
        ),
        _policy(
            fm,
            9,
            "v6 web",
            "lan all > wan all : HTTP,HTTPS",
            srcaddr=[],
            dstaddr=[],
            srcaddr6=["six-all"],
            dstaddr6=["all"],
        ),
        _policy(
            fm,
            10,
            "gmail",
            "lan hq-lan > wan all : ALL",
            dstaddr=[],
            service=[],
            **{"internet-service": "enable", "internet-service-name": ["Google-Gmail"]},
        ),
        _policy(
            fm,
            11,
            "users",
            "zone-inside all-but-dc > dmz hq-servers : admin-tools",
            groups=["vpn-users"],
            **{"global-label": "Administration"},
        ),
        _policy(
            fm,
            12,
            "odd",
            "lan odd-hosts,printer-mac > dmz all : from-high-ports",
            **{"service-negate": "enable"},
        ),
        _policy(fm, 13, "everything inside", "lan all > lan all : ALL"),
    ]


def _site_rules(fm: FortiManager) -> list[dict[str, Any]]:
    return [
        _policy(
            fm,
            1,
            "site web",
            "lan local-lan > wan all : Web Access",
            nat="enable",
            **{"meta fields": {"owner": "team-net", "ticket": "CHG-1002"}},
        ),
        _policy(
            fm,
            2,
            "berlin only",
            "lan local-lan > wan all : SSH",
            **{"scope member": [{"name": "fgt-berlin", "vdom": "root"}]},
        ),
        _policy(fm, 3, "nowhere", "lan local-lan > wan all : TELNET", **{"scope member": []}),
        {"policyid": 4, "_policy_block": "block-threats", "uuid": fm.uuid()},
        _policy(
            fm,
            5,
            "mail",
            "wan all > lan vip-mail : SMTP",
            **{"scope member": [{"name": "Branches"}]},
        ),
        _policy(fm, 6, "by default interface", "lan local-lan > wan-default all : HTTPS"),
    ]


def put_global_policies(fm: FortiManager, adom: Adom) -> None:
    shared = add_package(fm, fm.global_database, "corporate", [{"name": "branch"}])
    shared.database.place = "global package"
    header = _policy(
        fm, FIRST_HEADER_POLICY, "header deny telnet", "any all > any all : TELNET", action="deny"
    )
    footer = _policy(
        fm,
        FIRST_FOOTER_POLICY,
        "footer deny",
        "any all > any all : ALL",
        action="deny",
        logtraffic="all",
    )
    _put(fm, shared, [header], "global/header/policy")
    _put(fm, shared, [footer], "global/footer/policy")
    give_global_policies(fm, adom, shared)
