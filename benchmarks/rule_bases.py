"""Rule bases of any size with every feature, and flows for them; equal seeds, equal content.

Like rule bases that grew: most rules name a few objects between two interfaces, a tenth names
"all" somewhere, 7% hold something that configuration cannot tell, some are IPv6, some negate,
some publish a virtual IP. There is no rule for any to any.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from random import Random

from fmgstate.inventory.model import Package, Target
from fmgstate.policy.effective import PackageState
from fmgstate.policy.flow import Flow
from fmgstate.policy.model import PACKAGE, FirewallObject, Policy

TARGET = Target("fw1", "root")
V6_BASE = 0x20010DB8 << 96


@dataclass(frozen=True)
class RuleBase:
    """A package with its objects, and flows that its rules were asked about."""

    state: PackageState
    objects: list[FirewallObject]
    flows: list[Flow]


def rule_base(rules: int, flows: int, seed: int = 1, plain: bool = False) -> RuleBase:
    """``plain``: only what every peer reads alike (IPv4, no unknowns, no virtual IPs)."""
    return _Maker(rules, Random(seed), plain).make(flows)


class _Maker:
    def __init__(self, rules: int, rng: Random, plain: bool) -> None:
        self.rng, self.rules, self.plain = rng, rules, plain
        self.interfaces = [f"port{n}" for n in range(1, 17)]
        self.spans: dict[str, tuple[int, int]] = {}
        self.spans6: dict[str, tuple[int, int]] = {}
        self.ports: dict[str, tuple[int, int]] = {}
        self.objects: list[FirewallObject] = []
        self.vips: list[str] = []

    def make(self, flows: int) -> RuleBase:
        self._addresses()
        self._services()
        policies = tuple(self._policy(n) for n in range(1, self.rules + 1))
        state = PackageState(Package("root", "edge"), policies)
        return RuleBase(state, self.objects, [self._flow(policies) for _ in range(flows)])

    def _addresses(self) -> None:
        add = self.objects.append
        add(FirewallObject("firewall/address", "all", values={"subnet": ["0.0.0.0", "0.0.0.0"]}))
        add(FirewallObject("firewall/address6", "all", values={"ip6": "::/0"}))
        for n in range(max(50, self.rules * 2 // 5)):
            length = self.rng.choice([32, 32, 32, 28, 24, 24, 22, 16])
            base = 10 << 24 | self.rng.getrandbits(24)
            base &= 0xFFFFFFFF << 32 - length & 0xFFFFFFFF
            self.spans[f"n{n}"] = (base, base + 2 ** (32 - length) - 1)
            subnet = [str(IPv4Address(base)), str(IPv4Address(2**32 - 2 ** (32 - length)))]
            add(FirewallObject("firewall/address", f"n{n}", values={"subnet": subnet}))
        for n in range(max(10, self.rules // 40)):
            base = V6_BASE | self.rng.getrandbits(48) << 64
            self.spans6[f"s{n}"] = (base, base + 2**64 - 1)
            add(
                FirewallObject(
                    "firewall/address6", f"s{n}", values={"ip6": f"{IPv6Address(base)}/64"}
                )
            )
            fqdn = {"type": "fqdn", "fqdn": f"h{n}.example.com"}
            add(FirewallObject("firewall/address", f"f{n}", values=fqdn))
        for n in range(max(5, self.rules // 100)):
            values = {
                "extip": [str(IPv4Address((203 << 24) + n))],
                "mappedip": [str(IPv4Address((10 << 24) + n))],
                "extintf": "any",
                "portforward": "enable",
                "protocol": "tcp",
                "extport": "443",
                "mappedport": "8443",
            }
            self.vips.append(f"vip{n}")
            add(FirewallObject("firewall/vip", f"vip{n}", values=values))

    def _services(self) -> None:
        table = "firewall/service/custom"
        self.objects.append(FirewallObject(table, "ALL", values={"protocol": "IP"}))
        for n in range(150):
            kind, number = self.rng.choice([("tcp", 6), ("tcp", 6), ("udp", 17)])
            low = self.rng.choice([22, 53, 80, 123, 443, 445, 8080, *range(1000, 60000, 7)])
            high = low + self.rng.choice([0, 0, 0, 0, 10, 500])
            values = {"protocol": "TCP/UDP/SCTP", f"{kind}-portrange": [f"{low}-{high}"]}
            self.objects.append(FirewallObject(table, f"t{n}", values=values))
            self.ports[f"t{n}"] = (number << 16 | low, number << 16 | high)

    def _some(self, names: list[str], every: str, most: int) -> tuple[str, ...]:
        if self.rng.random() < 0.1:
            return (every,)
        return tuple(dict.fromkeys(self.rng.choices(names, k=self.rng.randint(1, most))))

    def _policy(self, n: int) -> Policy:
        rng = self.rng
        kind = "" if self.plain else rng.choices(
            ["", "6", "fqdn", "schedule", "user", "vip", "negate"], [82, 6, 4, 1.5, 1.5, 2, 3]
        )[0]  # fmt: skip
        v4, v6 = list(self.spans), list(self.spans6)
        src, dst = self._some(v4, "all", 3), self._some(v4, "all", 4)
        src6 = dst6 = ()
        if kind == "6":
            src6, dst6 = self._some(v6, "all", 3), self._some(v6, "all", 3)
            src, dst = ((), ()) if rng.random() < 0.7 else (src, dst)
        if kind == "fqdn":
            dst = (f"f{rng.randrange(len(v6))}",)
        if kind == "vip":
            dst = (rng.choice(self.vips),)
        return Policy(
            n, "firewall/policy", PACKAGE, n, name=f"rule {n}", uuid=f"{n:032x}",
            action="accept" if rng.random() < 0.85 else "deny",
            srcintf=self._some(self.interfaces, "any", 2),
            dstintf=self._some(self.interfaces, "any", 2),
            srcaddr=src, dstaddr=dst, srcaddr6=src6, dstaddr6=dst6,
            service=self._some(list(self.ports), "ALL", 3),
            schedule=("work" if kind == "schedule" else "always",),
            groups=("staff",) if kind == "user" else (),
            negated=("srcaddr",) if kind == "negate" and "all" not in src else (),
        )  # fmt: skip

    def _flow(self, policies: tuple[Policy, ...]) -> Flow:
        """Two of three are meant for a rule, the third is anything."""
        rng = self.rng
        rule = rng.choice(policies) if rng.random() < 0.67 else None
        v6 = bool(rule and rule.srcaddr6)
        spans = self.spans6 if v6 else self.spans
        sources = rule and (rule.srcaddr6 if v6 else rule.srcaddr)
        dests = rule and (rule.dstaddr6 if v6 else rule.dstaddr)
        if dests and dests[0].startswith("vip"):
            dst = (203 << 24) + int(dests[0][3:])
        else:
            dst = self._in(dests, spans)
        return Flow(
            self._of(rule and rule.srcintf, "any", self.interfaces),
            self._of(rule and rule.dstintf, "any", self.interfaces),
            self._in(sources, spans),
            dst,
            rng.randint(*self.ports[self._of(rule and rule.service, "ALL", list(self.ports))]),
            v6,
        )

    def _of(self, names: object, every: str, fallback: list[str]) -> str:
        listed = [name for name in names or () if name != every]  # type: ignore[attr-defined]
        return self.rng.choice(listed or fallback)

    def _in(self, names: object, spans: dict[str, tuple[int, int]]) -> int:
        listed = [name for name in names or () if name in spans]  # type: ignore[attr-defined]
        return self.rng.randint(*spans[self.rng.choice(listed or list(spans))])
