"""Policies that look like a company's: what asks for what, who owns it, how often it is used."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from simulator.scenarios import names
from simulator.scenarios.estate import Estate
from simulator.state.fortimanager import START, FortiManager
from simulator.state.packages import Block, Package

POLICY = "firewall/policy"
FIRST_BLOCK_POLICY = 1_071_741_825
DAY = 86_400
Values = dict[str, Any]


class Rules:
    """Writes the policies of packages of one estate. Equal lists are shared between rows."""

    def __init__(self, fm: FortiManager, estate: Estate) -> None:
        self.fm = fm
        self.estate = estate
        self.random: Random = estate.random
        self._lists: dict[tuple[str, ...], list[str]] = {}
        self._kinds: list[Callable[[], Values]] = [
            *[self._user_access] * 26,
            *[self._between_servers] * 26,
            *[self._outbound] * 12,
            *[self._inbound] * 8,
            *[self._administration] * 8,
            *[self._to_sites] * 5,
            *[self._negated] * 3,
            *[self._version_six] * 4,
            *[self._internet_service] * 2,
            *[self._partner] * 4,
            *[self._local] * 8,
            *[self._refusal] * 4,
        ]

    def write(self, package: Package, count: int, block: Block | None = None) -> None:
        """``count`` policies at the package's end, the last one a deny of everything."""
        section = 0
        for number in range(1, count + 1):
            if number == 4 and block is not None:
                values: Values = {"_policy_block": block.name}
            elif number == count:
                values = {
                    **self._flow("any", ["all"], "any", ["all"], ["ALL"]),
                    "action": "deny",
                    "logtraffic": "all",
                    "name": "clean-up",
                }
            else:
                values = self._one(number)
                if number % 24 == 1:
                    values["global-label"] = names.SECTIONS[section % len(names.SECTIONS)]
                    section += 1
            self._place(package, number, values)

    def write_block(self, block: Block, first: int) -> None:
        rows = [
            {**self._flow("any", ["ems-quarantine"], "any", ["all"], ["ALL"]), "action": "deny"},
            {**self._flow("any", ["all"], "wan", self.estate.countries, ["ALL"]), "action": "deny"},
            {**self._flow("any", ["all"], "servers", ["g-dns", "g-ntp"], ["DNS", "NTP"])},
        ]
        for place, values in enumerate(rows):
            values |= {
                "policyid": first + place,
                "name": f"{block.name} {place + 1}",
                "uuid": self.fm.uuid(),
            }
            self.fm.insert(block.database, POLICY, values)

    def _place(self, package: Package, number: int, values: Values) -> None:
        values["policyid"] = number
        values["uuid"] = self.fm.uuid()
        row = self.fm.insert(package.database, POLICY, values)
        if "_policy_block" in values:
            return
        pick = self.random
        row.created = START - pick.randrange(30 * DAY, 1500 * DAY)
        row.modified = row.created + pick.randrange(0, 30 * DAY)
        row.author = row.creator = pick.choice(("admin", "j.weber", "m.rossi", "automation"))
        if pick.random() < 0.85:
            row.meta = {
                "owner": pick.choice(names.TEAMS),
                "ticket": f"CHG-{pick.randrange(10_000, 99_999)}",
            }
        if pick.random() < 0.04 and package.targets:
            row.scope = [] if pick.random() < 0.1 else [pick.choice(package.targets)]
        self._count(package, number)

    def _count(self, package: Package, number: int) -> None:
        pick = self.random
        if pick.random() < 0.22:
            return
        hits = int(pick.lognormvariate(7, 3)) + 1
        last = START - int(pick.expovariate(1 / (9 * DAY)))
        first = last - pick.randrange(DAY, 700 * DAY)
        package.hits[POLICY, str(number)] = (
            hits,
            hits * pick.randrange(200, 9000),
            hits * pick.randrange(3, 40),
            first,
            last,
            first,
            last,
            pick.randrange(0, 5),
        )

    def _one(self, number: int) -> Values:
        pick = self.random
        values = pick.choice(self._kinds)()
        app = pick.choice(names.APPS)
        values["name"] = f"{app} {values['srcintf'][0]}-{values['dstintf'][0]} {number}"
        chance = pick.random()
        if chance < 0.06:
            values["status"] = "disable"
        elif chance < 0.08:
            values["schedule"] = self._names("migration-2024")
        elif chance < 0.13:
            values["schedule"] = self._names("office-hours")
        if pick.random() < 0.4:
            values["comments"] = f"{app}: requested by {pick.choice(names.TEAMS)}"
        if pick.random() < 0.3:
            values["logtraffic"] = pick.choice(("all", "all", "disable"))
        return values

    def _names(self, *some: str) -> list[str]:
        found = self._lists.get(some)
        if found is None:
            found = self._lists[some] = list(some)
        return found

    def _flow(
        self,
        srcintf: str,
        srcaddr: list[str],
        dstintf: str,
        dstaddr: list[str],
        service: list[str],
    ) -> Values:
        return {
            "srcintf": self._names(srcintf),
            "srcaddr": self._names(*srcaddr),
            "dstintf": self._names(dstintf),
            "dstaddr": self._names(*dstaddr),
            "service": self._names(*service),
            "action": "accept",
        }

    def _some(self, pool: list[str], most: int) -> list[str]:
        return self.random.sample(pool, self.random.randrange(1, most + 1))

    def _user_access(self) -> Values:
        pick, estate = self.random, self.estate
        source = self._some(estate.networks if pick.random() < 0.6 else estate.groups, 2)
        return self._flow(
            "lan",
            source,
            pick.choice(("servers", "dmz", "plant")),
            self._some(estate.hosts, 3),
            self._some(estate.services, 2),
        )

    def _between_servers(self) -> Values:
        pick, estate = self.random, self.estate
        return self._flow(
            pick.choice(("servers", "dmz", "storage", "lab")),
            self._some(estate.hosts if pick.random() < 0.5 else estate.groups, 2),
            pick.choice(("servers", "plant", "mgmt")),
            self._some(estate.groups, 2),
            self._some(estate.services, 3),
        )

    def _outbound(self) -> Values:
        flow = self._flow(
            "lan", self._some(self.estate.networks, 3), "wan", ["all"], ["Web Access"]
        )
        return {
            **flow,
            "nat": "enable",
            "utm-status": "enable",
            "av-profile": self._names("default"),
            "ips-sensor": self._names("default"),
            "ssl-ssh-profile": self._names("certificate-inspection"),
        }

    def _inbound(self) -> Values:
        return self._flow("wan", ["all"], "dmz", self._some(self.estate.vips, 1), ["HTTPS"])

    def _administration(self) -> Values:
        flow = self._flow(
            "mgmt",
            self._some(self.estate.hosts, 2),
            "servers",
            self._some(self.estate.groups, 2),
            ["SSH", "RDP"],
        )
        return {**flow, "groups": self._names("domain-admins"), "logtraffic": "all"}

    def _to_sites(self) -> Values:
        flow = self._flow(
            "servers",
            self._some(self.estate.hosts, 2),
            "wan",
            self._some(self.estate.sites, 2),
            ["HTTPS"],
        )
        return {**flow, "nat": "enable", "ippool": "enable", "poolname": self._names("pool-out")}

    def _negated(self) -> Values:
        flow = self._user_access()
        which = self.random.choice(("srcaddr-negate", "dstaddr-negate", "service-negate"))
        return {**flow, which: "enable"}

    def _version_six(self) -> Values:
        flow = self._flow("lan", [], "servers", [], self._some(self.estate.services, 2))
        return {
            **flow,
            "srcaddr6": self._names(*self._some(self.estate.six, 2)),
            "dstaddr6": self._names(*self._some(self.estate.six, 1)),
        }

    def _internet_service(self) -> Values:
        flow = self._flow("lan", self._some(self.estate.networks, 1), "wan", [], [])
        return {
            **flow,
            "nat": "enable",
            "internet-service": "enable",
            "internet-service-name": self._names("Microsoft-Office365"),
        }

    def _partner(self) -> Values:
        return self._flow(
            "partners",
            self._some(self.estate.networks, 1),
            "dmz",
            self._some(self.estate.hosts, 2),
            self._some(self.estate.services, 1),
        )

    def _local(self) -> Values:
        return self._flow(
            "lan",
            self._some(self.estate.mapped, 1),
            "servers",
            self._some(self.estate.groups, 1),
            self._some(self.estate.services, 2),
        )

    def _refusal(self) -> Values:
        flow = self._flow(
            "guest",
            ["all"],
            self.random.choice(("lan", "servers", "plant")),
            self._some(self.estate.networks, 2),
            ["ALL"],
        )
        return {**flow, "action": "deny", "logtraffic": "all"}
