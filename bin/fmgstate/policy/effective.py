"""The effective policy of one (device, VDOM): its rules in the order in which they are enforced.

Header, then the package with its policy blocks in place, then footer; after the last rule stands
the implicit deny. In NGFW policy-based mode the security policies decide. Local-in policies, which
guard the FortiGate itself, stand apart. Disabled rules are kept and match nothing; rules that are
installed elsewhere are left out. Sources: API facts 2.3 to 2.5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Optional

from fmgstate.inventory.model import Package, Target
from fmgstate.inventory.zones import NOTHING_KNOWN, Zones
from fmgstate.policy.flow import Flow, Judgement
from fmgstate.policy.interfaces import LocalInterfaces
from fmgstate.policy.model import (
    BLOCK,
    CENTRAL_DNAT,
    FOOTER,
    HEADER,
    PACKAGE,
    CentralDnat,
    FirewallObject,
    Policy,
)
from fmgstate.policy.reasons import Reason
from fmgstate.policy.resolve import VIP_TABLES, Book
from fmgstate.policy.rule import Rule, judge
from fmgstate.policy.ruling import Ruling
from fmgstate.policy.translation import Translation, Vip
from fmgstate.policy.translation import read as read_vip

POLICY_BASED = "policy-based"
LOCAL_IN = ("firewall/local-in-policy",)
SECURITY = ("firewall/security-policy",)
FORWARD = ("firewall/policy", "firewall/policy6", "firewall/consolidated/policy")
MAY_BE_UNUSED = "use"
GLOBAL = ("global/header/policy", "global/footer/policy")

Groups = Mapping[str, Collection[Target]]
"""Device group -> the targets in it, where that is known."""


@dataclass(frozen=True)
class PackageState:
    """One package as kept: ``policies`` of all its tables and of the global header and footer,
    ``blocks``: the policies of each policy block by its path, ``block_paths``: path by number,
    ``dnat``: its tables of central DNAT."""

    package: Package
    policies: tuple[Policy, ...]
    blocks: Mapping[str, tuple[Policy, ...]] = field(default_factory=dict)
    block_paths: Mapping[int, str] = field(default_factory=dict)
    dnat: tuple[CentralDnat, ...] = ()


@dataclass(frozen=True)
class Effective:
    """``rules``: of forwarded traffic; ``local_in``: of traffic to the FortiGate itself."""

    target: Target
    package: str
    rules: tuple[Rule, ...]
    local_in: tuple[Rule, ...]
    interfaces: LocalInterfaces
    translation: Translation
    implicit_log: bool = False

    def judge(self, rule: Rule, flow: Flow) -> Judgement:
        """Does one of ``rules`` match the flow?"""
        return judge(rule, self.translation.packets(flow), self.interfaces)


def effective(
    target: Target,
    state: PackageState,
    objects: Iterable[FirewallObject],
    platform: str = "",
    groups: Optional[Groups] = None,
    zones: Zones = NOTHING_KNOWN,
) -> Effective:
    """What ``target`` enforces once the package is installed on it.

    ``platform``: of the device, for interfaces that are mapped by platform. ``groups``: members
    of device groups; a rule that is installed on a group that is not among them becomes a doubt.
    ``zones``: those that the device itself has.
    """
    book = Book(objects, target)
    interfaces = LocalInterfaces(book, target, platform, zones)
    ruling = Ruling(book, interfaces, state.package.central_nat)
    tables = SECURITY if state.package.ngfw_mode == POLICY_BASED else FORWARD
    rules = tuple(_rules(ruling, _in_order(state, tables), target, groups or {}))
    for rule in rules:  # a member of a zone cannot be named in them
        interfaces.known |= rule.srcintf.names | rule.dstintf.names
    local_in = tuple(_rules(ruling, _in_order(state, LOCAL_IN), target, groups or {}))
    if state.package.central_nat:
        vips = tuple(_central_vips(state.dnat, book, interfaces, target, groups or {}))
    else:
        vips = tuple(_named_vips(rules, book, interfaces))
    return Effective(
        target=target,
        package=state.package.path,
        rules=rules,
        local_in=local_in,
        interfaces=interfaces,
        translation=Translation(vips, interfaces, state.package.central_nat),
        implicit_log=state.package.implicit_log,
    )


@dataclass(frozen=True)
class _Placed:
    """A policy with what it inherits from the block that it is from."""

    policy: Policy
    block: str = ""
    holders: tuple[Policy, ...] = ()
    missing: str = ""


def _in_order(state: PackageState, tables: Collection[str]) -> Iterator[_Placed]:
    with_global = not set(tables).isdisjoint(FORWARD)
    for part in (HEADER, PACKAGE, FOOTER):
        wanted = tables if part == PACKAGE else (GLOBAL if with_global else ())
        for table in wanted:
            for policy in _sorted(state.policies, part, table):
                yield from _expanded(policy, state, table, ())


def _sorted(policies: Iterable[Policy], part: str, table: str) -> list[Policy]:
    chosen = [one for one in policies if one.part == part and one.table == table]
    return sorted(chosen, key=lambda one: one.sequence)


def _expanded(
    policy: Policy, state: PackageState, table: str, above: tuple[Policy, ...]
) -> Iterator[_Placed]:
    """The policy, or in its place those of the policy block that it stands for."""
    if not policy.block:
        block = _block_path(above[-1].block, state.block_paths) if above else ""
        yield _Placed(policy, block, above)
        return
    path = _block_path(policy.block, state.block_paths)
    if path not in state.blocks or any(one.block == policy.block for one in above):
        why = Reason.BLOCK_IN_ITSELF if path in state.blocks else Reason.BLOCK_MISSING
        yield _Placed(policy, policy.block, above, why(policy.block))
        return
    for one in _sorted(state.blocks[path], BLOCK, table):
        yield from _expanded(one, state, table, (*above, policy))


def _block_path(block: str, paths: Mapping[int, str]) -> str:
    number = block[len("oid ") :]
    if block.startswith("oid ") and number.isdigit():
        return paths.get(int(number), block)
    return block


def _rules(
    ruling: Ruling, placed: Iterable[_Placed], target: Target, groups: Groups
) -> Iterator[Rule]:
    place = 0
    for one in placed:
        found = [placed_on(p.install_on, target, groups) for p in (one.policy, *one.holders)]
        doubts = [one.missing] if one.missing else []
        if None in found:
            continue
        doubts += [doubt for some in found for doubt in some or ()]
        policy = one.policy
        if not all(holder.enabled for holder in one.holders):
            policy = replace(policy, enabled=False)
        yield ruling.rule(place, policy, one.block, tuple(doubts), opaque=bool(one.missing))
        place += 1


def placed_on(
    install_on: Optional[Sequence[Target]], target: Target, groups: Groups
) -> Optional[tuple[str, ...]]:
    """Is a policy installed on the target? None = no; else the doubts: only the members of these
    groups could tell."""
    if install_on is None or target in install_on:
        return ()
    named = [one.device for one in install_on if not one.vdom]
    if any(target in groups.get(name, ()) for name in named):
        return ()
    return tuple(Reason.ON_GROUP(name) for name in named if name not in groups) or None


def _named_vips(rules: Iterable[Rule], book: Book, interfaces: LocalInterfaces) -> Iterator[Vip]:
    """Those that rules name."""
    objects: dict[tuple[bool, str], FirewallObject] = {}
    for rule in rules:
        if rule.policy.enabled:
            objects.update({(False, one.name): one for one in book.vips(rule.vips)})
            objects.update({(True, one.name): one for one in book.vips(rule.vips6, True)})
    for key in sorted(objects):
        vip = read_vip(objects[key], book, interfaces)
        if vip is not None:
            yield vip


def _central_vips(
    dnat: Iterable[CentralDnat],
    book: Book,
    interfaces: LocalInterfaces,
    target: Target,
    groups: Groups,
) -> Iterator[Vip]:
    """With central NAT no rule names them, but the package's table does. Of a table that is empty
    nobody can tell whether it is in use: any virtual IP may be in force."""
    entries = {(one.table, one.name): one for one in dnat}
    used = {one.table for one in entries.values()}
    for table, objects in zip(CENTRAL_DNAT, VIP_TABLES):
        for one in sorted(book.every(objects), key=lambda found: found.name):
            entry = entries.get((table, one.name))
            doubts = _in_force(entry, target, groups) if table in used else (MAY_BE_UNUSED,)
            vip = None if doubts is None else read_vip(one, book, interfaces)
            if vip is not None:
                yield replace(vip, unknown=(*vip.unknown, *(doubts or ())))


def _in_force(
    entry: Optional[CentralDnat], target: Target, groups: Groups
) -> Optional[tuple[str, ...]]:
    """None = it is not; else the doubts."""
    if entry is None or not entry.enabled:
        return None
    return placed_on(entry.install_on, target, groups)
