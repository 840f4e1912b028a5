# ruff: noqa: DTZ001 (the FortiGate's own clock has no zone)
"""A tiny world of firewalls: random packages, every flow in it, and a second opinion.

The oracle below shares no code with the engine: it asks each object whether it holds one address,
in three-valued logic (True, False, None = cannot be told), name by name, rule by rule.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address, ip_network
from itertools import product
from random import Random

from fmgstate.inventory.model import Package, Target
from fmgstate.inventory.zones import NOTHING_KNOWN, Zones
from fmgstate.policy.effective import PackageState
from fmgstate.policy.flow import Flow
from fmgstate.policy.model import BLOCK, FOOTER, HEADER, PACKAGE, FirewallObject, Mapping, Policy

HERE, ELSEWHERE = Target("fw1", "root"), Target("fw2", "root")
V4 = [f"10.0.0.{n}" for n in range(8)]
V6 = [f"2001:db8::{n}" for n in range(4)]
SERVICES = [(6, 80), (6, 443), (17, 53), (1, 8 << 8), (47, 0)]
INTERFACES = ["port1", "port2", "lan1", "lan2", "elsewhere", "lan3", "wan1", "wan2"]
OWN_ZONES = {"own": frozenset(["lan3"]), "sdwan": frozenset(["wan1"])}
KNOWN_ZONES = [
    NOTHING_KNOWN,
    Zones({"own": OWN_ZONES["own"]}, unknown="refused"),
    Zones(OWN_ZONES, frozenset(["wan2"]), unknown=""),
]
"""Of the device itself: not known, known in part, known."""
SCHEDULES = ["work", "january", "both", "none", "lost"]
TIMES = [datetime(2024, 1, 1, 12, 0), datetime(2024, 1, 6, 23, 0)]  # Monday, Saturday


def objects(rng: Random) -> list[FirewallObject]:
    """Addresses, groups, services, schedules, interfaces and virtual IPs of one ADOM."""
    return [
        *_addresses(rng),
        *_groups(rng),
        *_services(rng),
        FirewallObject("firewall/schedule/recurring", "always", values={"day": _WEEK}),
        FirewallObject("firewall/schedule/recurring", "none", values={"day": "none"}),
        FirewallObject(
            "firewall/schedule/recurring",
            "work",
            values={"day": _WEEK[:5], "start": "08:00", "end": "18:00"},
        ),
        FirewallObject(
            "firewall/schedule/onetime",
            "january",
            values={"start": ["00:00", "2024/01/01"], "end": ["23:59", "2024/01/03"]},
        ),
        FirewallObject(
            "firewall/schedule/group", "both", values={"member": ["work", "january", "none"]}
        ),
        _interface("inside", "enable", ["port1"]),
        _interface("outside", "enable", ["port2"]),
        _interface("zone", "disable", ["lan1", "lan2"]),
        _interface("by-own-zone", "enable", ["own"]),
        FirewallObject("dynamic/interface", "unmapped", values={"single-intf": "enable"}),
        FirewallObject(
            "dynamic/interface",
            "by-default",
            values={"single-intf": "enable", "default-mapping": "enable", "defmap-intf": "port1"},
        ),
    ]


_WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _interface(name: str, single: str, members: list[str]) -> FirewallObject:
    mappings = (Mapping(HERE, {"local-intf": members}), Mapping(ELSEWHERE, {"local-intf": ["x"]}))
    return FirewallObject("dynamic/interface", name, "", {"single-intf": single}, mappings)


def _addresses(rng: Random) -> list[FirewallObject]:
    found = [
        FirewallObject("firewall/address", "all", values={"subnet": ["0.0.0.0", "0.0.0.0"]}),
        FirewallObject("firewall/address6", "all", values={"ip6": "::/0"}),
        FirewallObject("firewall/address", "fqdn", values={"type": "fqdn", "fqdn": "a.example"}),
        FirewallObject("firewall/address", "geo", values={"type": "geography", "country": "CH"}),
        FirewallObject(
            "firewall/address",
            "odd",
            values={"type": "wildcard", "wildcard": ["10.0.0.1", "255.255.255.253"]},
        ),
        FirewallObject("firewall/address6", "fqdn6", values={"type": "fqdn"}),
    ]
    for n in range(5):
        low, high = sorted(rng.sample(range(8), 2))
        values = {"type": "iprange", "start-ip": V4[low], "end-ip": V4[high]}
        mapped = {"type": "ipmask", "subnet": [f"{V4[rng.randrange(0, 8, 2)]}", "255.255.255.254"]}
        mappings = (Mapping(rng.choice([HERE, ELSEWHERE]), mapped),) if n < 2 else ()
        found.append(FirewallObject("firewall/address", f"a{n}", "", values, mappings))
    for n in range(2):
        values = {"type": "ipprefix", "ip6": f"{V6[n * 2]}/127"}
        found.append(FirewallObject("firewall/address6", f"s{n}", values=values))
    return [*found, *_vips(rng)]


def _vips(rng: Random) -> list[FirewallObject]:
    return [
        FirewallObject(
            "firewall/vip", "vip1", values={"extip": [V4[6]], "mappedip": [V4[1]], "extintf": "any"}
        ),
        FirewallObject(
            "firewall/vip",
            "vip2",
            values={
                "extip": V4[7], "mappedip": V4[2], "portforward": "enable", "protocol": "tcp",
                "extport": "80", "mappedport": "443", "extintf": ["outside"],
                **({"src-filter": [f"{V4[0]}-{V4[3]}"]} if rng.random() < 0.5 else {}),
            },
        ),
        FirewallObject("firewall/vip", "vip3", values={"type": "fqdn", "extintf": "any"}),
        FirewallObject("firewall/vipgrp", "vips", values={"member": ["vip1", "vip2"]}),
    ]  # fmt: skip


def _groups(rng: Random) -> list[FirewallObject]:
    plain = ["a0", "a1", "a2", "a3", "a4", "odd", "fqdn", "geo", "nobody"]
    found = []
    for n in range(4):
        members = rng.sample([*plain, *(f"g{m}" for m in range(n))], rng.randint(1, 3))
        values: dict[str, object] = {"member": members}
        if rng.random() < 0.4:
            values |= {"exclude": "enable", "exclude-member": rng.sample(plain, 1)}
        found.append(FirewallObject("firewall/addrgrp", f"g{n}", values=values))
    return found


def _services(rng: Random) -> list[FirewallObject]:
    table = "firewall/service/custom"
    made = {
        "ALL": {"protocol": "IP"},
        "WEB": {"protocol": "TCP/UDP/SCTP", "tcp-portrange": ["80", "443"]},
        "HTTP-HIGH": {"protocol": "TCP/UDP/SCTP", "tcp-portrange": ["80:1024-65535"]},
        "DNS": {"protocol": "TCP/UDP/SCTP", "tcp-portrange": ["53"], "udp-portrange": ["53"]},
        "PING": {"protocol": "ICMP", "icmptype": "8"},
        "GRE": {"protocol": "IP", "protocol-number": "47"},
        "APP": {"protocol": "TCP/UDP/SCTP", "tcp-portrange": ["443"], "fqdn": "a.example"},
    }
    found = [FirewallObject(table, name, values=values) for name, values in made.items()]
    members = rng.sample(["WEB", "DNS", "PING", "APP", "HTTP-HIGH"], 2)
    return [*found, FirewallObject("firewall/service/group", "SOME", values={"member": members})]


def state(rng: Random, rules: int) -> PackageState:
    """A package with header, footer, one block, and rules of every feature."""
    policies = [policy(rng, n, PACKAGE) for n in range(1, rules + 1)]
    policies.insert(rng.randint(0, rules), Policy(0, "firewall/policy", PACKAGE, 0, block="b"))
    policies = [replace(one, sequence=n) for n, one in enumerate(policies, start=1)]
    return PackageState(
        Package("root", "edge", central_nat=rng.random() < 0.2),
        (policy(rng, 91, HEADER), *policies, policy(rng, 92, FOOTER)),
        {"b": tuple(replace(policy(rng, 80 + n, BLOCK), sequence=n) for n in (1, 2))},
    )


def policy(rng: Random, policyid: int, part: str) -> Policy:
    """One rule; most of its features are at their default."""
    table = {HEADER: "global/header/policy", FOOTER: "global/footer/policy"}.get(part)
    intf = [
        "any", "any", "inside", "outside", "zone", "unmapped", "by-default", "port2", "by-own-zone",
        "sdwan",
    ]  # fmt: skip
    v4 = ["all", "all", "a0", "a1", "a2", "a3", "a4", "g0", "g1", "g2", "g3", "odd", "fqdn"]
    dst = [*v4, "vip1", "vip2", "vips", "vip3"]
    v6 = ["all", "s0", "s1", "fqdn6"]
    service = ["ALL", "ALL", "WEB", "DNS", "PING", "GRE", "APP", "SOME", "HTTP-HIGH"]
    sides = rng.choice(["4", "4", "4", "6", "46"])
    rare = rng.random() < 0.3
    other = {"match-vip": "enable"} if rng.random() < 0.3 else {}
    if rare and rng.random() < 0.2:
        other |= {"internet-service": "enable"}
    return Policy(
        policyid,
        table or "firewall/policy",
        part,
        1,
        name=f"r{policyid}",
        enabled=rng.random() < 0.9,
        action=rng.choice(["accept", "deny"]),
        srcintf=tuple(rng.sample(intf, 1)),
        dstintf=tuple(set(rng.choices(intf, k=rng.randint(1, 2)))),
        srcaddr=_some(rng, v4) if "4" in sides else (),
        dstaddr=_some(rng, dst) if "4" in sides else (),
        srcaddr6=_some(rng, v6) if "6" in sides else (),
        dstaddr6=_some(rng, v6) if "6" in sides else (),
        service=_some(rng, service),
        schedule=(rng.choice(["work", "january", "both", "none", "lost"]),)
        if rare
        else ("always",),
        users=("anna",) if rare and rng.random() < 0.3 else (),
        groups=("staff",) if rare and rng.random() < 0.3 else (),
        negated=tuple(
            key
            for key in ("srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service")
            if rng.random() < 0.1
        ),
        expires="2024-01-03 00:00:00" if rare and rng.random() < 0.3 else "",
        install_on=rng.choice(
            [None, None, None, (), (HERE,), (ELSEWHERE,), (Target("group", ""),), (HERE, ELSEWHERE)]
        ),
        other={**other, "policy-expiry": "enable"} if rng.random() < 0.5 else other,
    )


def _some(rng: Random, names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rng.choices(names, k=rng.randint(1, 2))))


def flows(rng: Random, number: int) -> list[Flow]:
    """A sample of the world's flows, some with parts that are not given."""
    pairs = [(s, d, False) for s, d in product(V4, V4)] + [(s, d, True) for s, d in product(V6, V6)]
    found = []
    for _ in range(number):
        src, dst, v6 = rng.choice(pairs)
        protocol, port = rng.choice(SERVICES)
        found.append(
            Flow(
                rng.choice([*INTERFACES, "inside", "zone", "by-own-zone", None]),
                rng.choice([*INTERFACES, None]),
                int(ip_address(src)),
                int(ip_address(dst)),
                protocol << 16 | port,
                v6,
                rng.choice([None, 500, 5000]),
                rng.choice([None, "anna", "bob"]),
                rng.choice([None, *TIMES]),
            )
        )
    return found


class Oracle:
    """Who decides, by reading every name of every rule for each flow."""

    def __init__(
        self, objects: list[FirewallObject], state: PackageState, zones: Zones = NOTHING_KNOWN
    ) -> None:
        self.objects = {(one.table, one.name): one for one in objects}
        self.state, self.zones = state, zones
        self.rules = list(self._rules())

    def ask(self, flow: Flow) -> tuple[object, list[object]]:
        """The decider's policyid (None = implicit deny), and those that may hit before it."""
        may = []
        for rule, doubt in self.rules:
            held = [and_(self.matches(rule, flow, vip), doubt) for vip in self.translations(flow)]
            if all(one is True for one in held):
                return rule.policyid, may
            if any(one is not False for one in held):
                may.append(rule.policyid)
        return None, may

    def _rules(self):
        header = [one for one in self.state.policies if one.part == HEADER]
        footer = [one for one in self.state.policies if one.part == FOOTER]
        middle = []
        for one in self.state.policies:
            if one.part == PACKAGE:
                middle += self.state.blocks["b"] if one.block else [one]
        for one in [*header, *middle, *footer]:
            if one.install_on is None or HERE in one.install_on:
                yield one, True
            elif any(target.vdom == "" for target in one.install_on):
                yield one, None

    def matches(self, rule, flow, vip):
        six = "6" if flow.v6 else ""
        src, dst = getattr(rule, f"srcaddr{six}"), getattr(rule, f"dstaddr{six}")
        if not rule.enabled or not src:
            return False
        if vip and self.state.package.central_nat:
            place, to = (363, V4[2]) if vip == "vip2" else (0, V4[1])
            flow = flow._replace(dst=int(ip_address(to)), place=flow.place + place)
            vip = ""
        named = [self.named(name, flow.src, six) for name in src]
        source = self._not(rule, f"srcaddr{six}", or_(*named))
        destination = self.destination(rule, flow, dst, six, vip)
        place = flow.place + 363 if vip == "vip2" else flow.place
        held = [self.service(name, place, flow.source_port) for name in rule.service]
        if "service" in rule.negated:
            # a source port that is given does not settle a negated service
            held = [self.service(name, place, None) for name in rule.service]
        service = self._not(rule, "service", or_(*held))
        if rule.other.get("internet-service"):
            destination, service = None if not (vip and not self._vip_rule(rule)) else False, None
        return and_(
            source,
            destination,
            service,
            self.interface(rule.srcintf, flow.srcintf),
            self.interface(rule.dstintf, flow.dstintf),
            self.time(rule, flow),
            self.user(rule, flow),
        )

    def _vip_rule(self, rule):
        return rule.other.get("match-vip") == "enable"

    def destination(self, rule, flow, names, six, vip):
        plain = [name for name in names if not name.startswith("vip")]
        vips = [name for name in names if name.startswith("vip")]
        expanded = {"vips": {"vip1", "vip2"}}
        held = or_(*(self.named(name, flow.dst, six) for name in plain))
        lost = any(name == "nobody" for name in plain) or self._leads_nowhere(plain)
        central = self.state.package.central_nat
        if "vip3" in vips or (vips and central):
            held = or_(held, None)
        if f"dstaddr{six}" in rule.negated:
            held = None if vips and held is not True else self._not(rule, f"dstaddr{six}", held)
            if vips and held is not None and held is not False:
                held = None
        if not vip:
            return held
        if any(vip in expanded.get(name, {name}) for name in vips):
            return True
        if not self._vip_rule(rule):
            return None if lost else False
        inside = int(ip_address({"vip1": V4[1], "vip2": V4[2]}[vip]))
        after = or_(
            *(self.named(name, inside, six) for name in plain), *([None] if "vip3" in vips else [])
        )
        if f"dstaddr{six}" in rule.negated:
            after = None if vips and after is not True else self._not(rule, f"dstaddr{six}", after)
        return held if held is after else None

    def _leads_nowhere(self, names):
        for name in names:
            one = self.objects.get(("firewall/addrgrp", name))
            if one and (
                "nobody" in one.values["member"] or self._leads_nowhere(one.values["member"])
            ):
                return True
        return False

    def _not(self, rule, field, held):
        return not_(held) if field in rule.negated else held

    def values(self, one):
        for mapping in one.mappings:
            if mapping.target == HERE:
                return {**one.values, **mapping.values}
        return one.values

    def named(self, name, value, six):
        group = self.objects.get((f"firewall/addrgrp{six}", name))
        if group is not None:
            held = or_(*(self.named(m, value, six) for m in group.values["member"]))
            if group.values.get("exclude") == "enable":
                out = [self.named(m, value, six) for m in group.values["exclude-member"]]
                held = and_(held, not_(or_(*out)))
            return held
        one = self.objects.get((f"firewall/address{six}", name))
        if one is None:
            return None
        values = self.values(one)
        kind = values.get("type", "ipmask")
        if kind in ("fqdn", "geography"):
            return None
        here = ip_address(value) if not six else ip_address(value.to_bytes(16, "big"))
        if kind == "iprange":
            return ip_address(values["start-ip"]) <= here <= ip_address(values["end-ip"])
        if kind == "wildcard":
            base, mask = (int(ip_address(text)) for text in values["wildcard"])
            return value & mask == base & mask
        return here in ip_network(values.get("ip6") or "/".join(values["subnet"]))

    def service(self, name, place, source):
        if name == "SOME":
            group = self.objects["firewall/service/group", name]
            return or_(*(self.service(m, place, source) for m in group.values["member"]))
        protocol, port = place >> 16, place & 65535
        if name == "HTTP-HIGH" and (protocol, port) == (6, 80):
            return None if source is None else source >= 1024
        return {
            "ALL": True,
            "WEB": protocol == 6 and port in (80, 443),
            "HTTP-HIGH": False,
            "DNS": protocol in (6, 17) and port == 53,
            "PING": protocol == 1 and port >> 8 == 8,
            "GRE": protocol == 47,
            "APP": None if (protocol, port) == (6, 443) else False,
        }[name]

    def interface(self, names, given):
        if "any" in names:
            return True
        if given is None or given in self.zones.inactive:
            return None
        own, sdwan = (self.zones.members.get(name, set()) for name in ("own", "sdwan"))
        local = {
            "inside": {"port1"}, "outside": {"port2"}, "zone": {"zone", "lan1", "lan2"},
            "by-default": {"port1"}, "port2": {"port2"}, "by-own-zone": {"own", *own},
            "sdwan": {"sdwan", *sdwan},
        }  # fmt: skip
        sides = [side for rule, _ in self.rules for side in (rule.srcintf, rule.dstintf)]
        named = {name for side in sides if "any" not in side for name in side}
        known = {*own, *sdwan, *(one for name in named for one in local.get(name, ()))}
        alias = {"inside": "port1", "by-own-zone": "own"}.get(given)
        if given not in known and alias is None:
            return None
        given = alias or given
        if any(given in local.get(name, ()) for name in names):
            return True
        return None if "unmapped" in names else False

    def vips(self):
        if self.state.package.central_nat:
            return [one for one in self.objects.values() if one.table == "firewall/vip"]
        named = {
            member
            for rule, _ in self.rules
            if rule.enabled and not rule.other.get("internet-service")
            for name in rule.dstaddr
            for member in {"vips": ("vip1", "vip2")}.get(name, (name,))
        }
        return [self.objects["firewall/vip", name] for name in sorted(named) if "vip" in name]

    def translations(self, flow):
        """What the flow may be translated by: names of virtual IPs, "" = by none."""
        held = {}
        for one in self.vips():
            if one.name == "vip3" or flow.v6:
                continue
            fits = flow.dst == int(ip_address({"vip1": V4[6], "vip2": V4[7]}[one.name]))
            if one.name == "vip2":
                low = "src-filter" not in one.values or flow.src <= int(ip_address(V4[3]))
                fits = fits and flow.place == 6 << 16 | 80 and low
                fits = and_(fits, self.interface(("port2",), flow.srcintf)) if fits else False
            held[one.name] = fits
        found = [name for name, fits in held.items() if fits is not False]
        if self.state.package.central_nat or not any(fits is True for fits in held.values()):
            found.append("")
        return found

    def time(self, rule, flow):
        held = self.schedule(rule.schedule[0], flow.time)
        if rule.expires and flow.time is None:
            return and_(held, None)
        if rule.expires and flow.time >= datetime(2024, 1, 3):
            return and_(held, False if rule.other.get("policy-expiry") else None)
        return held

    def schedule(self, name, time):
        if name in ("always", "none"):
            return name == "always"
        if name == "lost" or time is None:
            return None
        return {"work": time == TIMES[0], "january": time == TIMES[0], "both": time == TIMES[0]}[
            name
        ]

    def user(self, rule, flow):
        if not rule.users and not rule.groups:
            return True
        if flow.user is None:
            return None
        if flow.user in rule.users:
            return True
        return None if rule.groups else False


def or_(*held):
    return True if any(one is True for one in held) else None if None in held else False


def and_(*held):
    return False if any(one is False for one in held) else None if None in held else True


def not_(held):
    return None if held is None else not held
