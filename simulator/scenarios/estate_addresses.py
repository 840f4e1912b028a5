"""Addresses and address groups of an estate."""

from __future__ import annotations

from simulator.scenarios import names
from simulator.scenarios.estate import HOST, NET, Estate, put, scope
from simulator.scenarios.foundation import ADDRESS, GROUP
from simulator.state.fortimanager import FortiManager


def put_addresses(fm: FortiManager, estate: Estate, hosts: int, networks: int) -> None:
    for index in range(networks):
        address = f"10.{estate.site}.{index * 4 % 250}.0"
        name = f"net-{address[:-2].replace('.', '-')}" if index % 9 else f"{address}/24"
        estate.networks.append(
            put(fm, estate, ADDRESS, name=name, subnet=[address, NET], color=index % 32)
        )
    for index in range(hosts):
        app = names.APPS[index % len(names.APPS)].lower()
        address = f"10.{estate.site}.{index % 60 * 4}.{10 + index // 60}"
        estate.hosts.append(
            put(
                fm,
                estate,
                ADDRESS,
                name=f"h-{app}-{index:03d}",
                subnet=[address, HOST],
                comment=f"{app} server {index}",
            )
        )
    for index in range(12):
        base = f"10.{estate.site}.{200 + index}"
        estate.networks.append(
            put(
                fm,
                estate,
                ADDRESS,
                name=f"range-{index:02d}",
                type="iprange",
                **{"start-ip": f"{base}.20", "end-ip": f"{base}.{40 + index}"},
            )
        )
    for index in range(8):
        prefix = f"2001:db8:{estate.site:x}:{index:x}"
        estate.six.append(
            put(fm, estate, "firewall/address6", name=f"six-net-{index}", ip6=f"{prefix}::/64")
        )
    estate.six.append(put(fm, estate, "firewall/addrgrp6", name="six-all", member=estate.six[:]))


def put_unusual_addresses(fm: FortiManager, estate: Estate) -> None:
    for site in names.SITES:
        estate.sites.append(put(fm, estate, ADDRESS, name=site, type="fqdn", fqdn=site))
    estate.sites.append(
        put(
            fm,
            estate,
            ADDRESS,
            name="w-cloud",
            type="wildcard-fqdn",
            **{"wildcard-fqdn": "*.cloud.example"},
        )
    )
    for country in names.COUNTRIES:
        estate.countries.append(
            put(fm, estate, ADDRESS, name=f"geo-{country}", type="geography", country=country)
        )
    put(
        fm,
        estate,
        ADDRESS,
        name="ems-quarantine",
        type="dynamic",
        **{"sub-type": "ems-tag", "obj-type": "ip"},
    )
    put(
        fm,
        estate,
        ADDRESS,
        name="w-printers",
        type="wildcard",
        wildcard=[f"10.{estate.site}.0.9", "255.255.0.255"],
    )


def put_people_and_services(fm: FortiManager, estate: Estate) -> None:
    for name, number in (("Google-Gmail", 65646), ("Microsoft-Office365", 327782)):
        fm.insert(
            estate.adom.objects,
            "firewall/internet-service-name",
            {"name": name, "internet-service-id": number},
        )
    for name in ("vpn-users", "domain-admins", "contractors"):
        fm.insert(estate.adom.objects, "user/group", {"name": name, "member": []})
    fm.insert(
        estate.adom.objects,
        "user/radius",
        {
            "name": "radius",
            "server": f"10.{estate.site}.0.50",
            "secret": ["ENC", "c2ltLWNvbXBhbnktcmFkaXVz"],
        },
    )


def put_mapped_addresses(fm: FortiManager, estate: Estate) -> None:
    for place, name in enumerate(("local-lan", "local-servers", "local-voice", "local-guest")):
        mapping = [
            {
                "_scope": scope(device, vdom),
                "subnet": [f"10.{estate.site}.{(index * 4 + place) % 250}.0", NET],
            }
            for index, (device, vdom) in enumerate(estate.targets)
        ]
        estate.mapped.append(
            put(
                fm,
                estate,
                ADDRESS,
                name=name,
                subnet=[f"10.{estate.site}.255.0", NET],
                dynamic_mapping=mapping,
            )
        )


def put_groups(fm: FortiManager, estate: Estate) -> None:
    pick = estate.random
    for index, app in enumerate(names.APPS):
        members = [host for host in estate.hosts if f"-{app.lower()}-" in host]
        members += pick.sample(estate.networks, 1) if index % 5 == 0 else []
        estate.groups.append(put(fm, estate, GROUP, name=f"g-{app.lower()}", member=members))
    for index in range(20):
        estate.groups.append(
            put(
                fm,
                estate,
                GROUP,
                name=f"g-nets-{index:02d}",
                member=pick.sample(estate.networks, 4),
            )
        )
    for index in range(10):
        estate.groups.append(
            put(
                fm,
                estate,
                GROUP,
                name=f"gg-tier-{index}",
                member=pick.sample(estate.groups[:60], 3) + pick.sample(estate.hosts, 1),
            )
        )
    estate.groups.append(
        put(
            fm,
            estate,
            GROUP,
            name="g-nets-without-plant",
            member=estate.groups[43:46],
            exclude="enable",
            **{"exclude-member": pick.sample(estate.networks, 2)},
        )
    )
