"""Companies of any size: units (ADOMs), FortiGates, packages with as many policies as asked."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.scenarios import names
from simulator.scenarios.branch_policies import FIRST_FOOTER_POLICY, FIRST_HEADER_POLICY
from simulator.scenarios.estate import Estate
from simulator.scenarios.estate_addresses import (
    put_addresses,
    put_groups,
    put_mapped_addresses,
    put_people_and_services,
    put_unusual_addresses,
)
from simulator.scenarios.estate_services import (
    put_device_zones,
    put_interfaces,
    put_schedules,
    put_services,
    put_vips,
)
from simulator.scenarios.foundation import (
    add_adom,
    add_device,
    add_package,
    add_vdom,
    give_global_policies,
    lay,
    make_cluster,
)
from simulator.scenarios.rules import FIRST_BLOCK_POLICY, Rules
from simulator.state.adom import Adom, Group
from simulator.state.devices import Device
from simulator.state.fortimanager import FortiManager
from simulator.state.packages import Block, Package


@dataclass(frozen=True)
class Company:
    """``policies``: on average for each device. ``plain``: a package for each device, all of the
    same size, no VDOMs and no groups (for measurements)."""

    devices: int
    adoms: int
    policies: int
    plain: bool = False

    def resized(self, **sizes: int) -> Company:
        known = {"devices": self.devices, "adoms": self.adoms, "policies": self.policies}
        return Company(**{**known, **sizes}, plain=self.plain)


COMPANIES = {
    "eighty": Company(devices=80, adoms=10, policies=500),
    "bench80": Company(devices=80, adoms=10, policies=500, plain=True),
    "thousand": Company(devices=1000, adoms=20, policies=60),
}


def build_company(fm: FortiManager, company: Company) -> None:
    lay(fm)
    shared = _global_package(fm)
    for index in range(company.adoms):
        devices = [number for number in range(company.devices) if number % company.adoms == index]
        if devices:
            _unit(fm, company, index, devices, shared)


def _unit(
    fm: FortiManager, company: Company, index: int, numbers: list[int], shared: Package
) -> None:
    name, description = names.UNITS[index % len(names.UNITS)]
    if index >= len(names.UNITS):
        name = f"{name}-{index // len(names.UNITS) + 1}"
    adom = add_adom(fm, name, description)
    devices = [_device(fm, company, adom, number) for number in numbers]
    targets = [(device.name, vdom["name"]) for device in devices for vdom in device.vdoms]
    estate = Estate(adom, Random(fm.random.getrandbits(64)), 10 + index, targets)
    _settle(fm, estate)
    rules = Rules(fm, estate)
    packages = _plain_packages(fm, adom, devices) if company.plain else _packages(fm, adom, devices)
    blocks = _blocks(fm, adom, rules)
    shares = _shares(packages, company.policies * len(devices), company.plain, estate.random)
    for place, (package, count) in enumerate(zip(packages, shares, strict=True)):
        block = blocks[place % 2] if place % 5 < 3 and not company.plain else None
        rules.write(package, count, block)
        _statuses(fm, adom, package, estate.random)
    shared.targets = [*(shared.targets or []), {"name": name}]
    give_global_policies(fm, adom, shared)
    put_device_zones(fm, estate)


def _device(fm: FortiManager, company: Company, adom: Adom, number: int) -> Device:
    pick = Random(f"{number}")
    platform, prefix = names.PLATFORMS[number % len(names.PLATFORMS)]
    city = names.CITIES[number % len(names.CITIES)]
    device = add_device(
        fm,
        adom,
        f"fgt-{city}-{number:03d}",
        ip=f"192.0.2.{number % 254 + 1}",
        sn=f"{prefix}{number:08d}"[:16],
        platform_str=platform,
        desc=f"{city.title()} {number}",
        patch=pick.choice((4, 5, 5, 7)),
        latitude=f"{pick.uniform(-40, 60):.4f}",
        longitude=f"{pick.uniform(-120, 140):.4f}",
        conn_status="down" if number % 37 == 5 else "up",
        conf_status="outofsync" if number % 23 == 7 else "insync",
    )
    device.meta = {"City": city.title(), "Site ID": f"S{number:04d}"}
    if company.plain:
        return device
    if number % 4 == 1:
        second = f"{prefix}9{number:07d}"
        mode = "AA" if number % 8 == 5 else "AP"
        serials = [device.values["sn"], second]
        make_cluster(fm, device, serials, mode, down=number % 20 == 9)
    if number // company.adoms == 2:
        add_vdom(fm, adom, device, "dmz")
        add_vdom(fm, adom, device, "guest")
    return device


def _settle(fm: FortiManager, estate: Estate, hosts: int = 220, networks: int = 60) -> None:
    """Fill the ADOM's object database and remember the names."""
    put_addresses(fm, estate, hosts, networks)
    put_unusual_addresses(fm, estate)
    put_people_and_services(fm, estate)
    put_mapped_addresses(fm, estate)
    put_groups(fm, estate)
    put_services(fm, estate)
    put_schedules(fm, estate)
    put_vips(fm, estate)
    put_interfaces(fm, estate)


def _plain_packages(fm: FortiManager, adom: Adom, devices: list[Device]) -> list[Package]:
    return [
        add_package(fm, adom, f"pkg-{device.name}", [{"name": device.name, "vdom": "root"}])
        for device in devices
    ]


def _packages(fm: FortiManager, adom: Adom, devices: list[Device]) -> list[Package]:
    """Half of the devices have a package of their own, the others share one by fours."""
    own = devices[: max(1, len(devices) // 2)]
    rest = devices[len(own) :]
    packages = []
    for device in own:
        for vdom in device.vdoms:
            suffix = "" if vdom["name"] == "root" else f"-{vdom['name']}"
            path = f"hubs/{device.name}{suffix}" if device is own[0] else f"{device.name}{suffix}"
            packages.append(
                add_package(fm, adom, path, [{"name": device.name, "vdom": vdom["name"]}])
            )
    for start in range(0, len(rest), 4):
        four = rest[start : start + 4]
        members = [(device.name, vdom["name"]) for device in four for vdom in device.vdoms]
        number = start // 4 + 1
        if number % 2:
            group = f"Sites-{number}"
            adom.groups[group] = Group(group, fm.oid(), members)
            path, targets = f"sites/tier-{number}/shared-{number}", [{"name": group}]
        else:
            path = f"sites/shared-{number}"
            targets = [{"name": name, "vdom": vdom} for name, vdom in members]
        packages.append(add_package(fm, adom, path, targets))
    return packages


def _shares(packages: list[Package], total: int, equal: bool, pick: Random) -> list[int]:
    """How many policies each package gets, ``total`` in all."""
    if equal:
        return [total // len(packages)] * len(packages)
    weights = [pick.uniform(0.4, 2.0) for _package in packages]
    shares = [max(8, int(total * weight / sum(weights))) for weight in weights]
    shares[-1] = max(8, shares[-1] + total - sum(shares))
    return shares


def _blocks(fm: FortiManager, adom: Adom, rules: Rules) -> list[Block]:
    blocks = []
    for place, name in enumerate(("block-threats", "block-infrastructure")):
        block = adom.blocks[name] = Block(name, fm.oid())
        rules.write_block(block, FIRST_BLOCK_POLICY + 3 * place)
        blocks.append(block)
    return blocks


def _statuses(fm: FortiManager, adom: Adom, package: Package, pick: Random) -> None:
    package.version = pick.randrange(2, 400)
    for target in fm.targets(adom, package):
        chance = pick.random()
        state = "installed" if chance < 0.8 else "modified" if chance < 0.95 else "never"
        package.statuses[target] = state


def _global_package(fm: FortiManager) -> Package:
    shared = add_package(fm, fm.global_database, "corporate-baseline")
    shared.database.place = "global package"
    everything = {"srcintf": ["any"], "dstintf": ["any"], "srcaddr": ["all"], "dstaddr": ["all"]}
    header = (
        ("no telnet", ["TELNET"], "deny"),
        ("monitoring", ["PING", "SNMP"], "accept"),
        ("no legacy mail", ["SMTP"], "deny"),
    )
    footer = (("log dns", ["DNS"], "deny"), ("last word", ["ALL"], "deny"))
    for path, first, rows in (
        ("global/header/policy", FIRST_HEADER_POLICY, header),
        ("global/footer/policy", FIRST_FOOTER_POLICY, footer),
    ):
        for place, (name, service, action) in enumerate(rows):
            fm.insert(
                shared.database,
                path,
                {
                    **everything,
                    "policyid": first + place,
                    "name": name,
                    "service": service,
                    "action": action,
                    "uuid": fm.uuid(),
                    "logtraffic": "all",
                },
            )
    return shared
