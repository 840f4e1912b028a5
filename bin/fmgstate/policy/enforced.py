"""What one package means on each of its targets, and which targets it means the same on.

Two targets enforce the same where everything that may differ between them is equal: the mappings
of what the package's policies reach, installation targets of single policies, the platform where
an interface is mapped by it, the VDOM where an SSL VPN interface is named, and the zones that the
FortiGates themselves have of those names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from fmgstate.inventory.model import Target
from fmgstate.inventory.zones import NOTHING_KNOWN, Zones
from fmgstate.policy.effective import Effective, Groups, PackageState, effective, placed_on
from fmgstate.policy.interfaces import SSL_VPN, TABLE
from fmgstate.policy.model import FirewallObject, Policy
from fmgstate.policy.resolve import VIP_TABLES

NOWHERE = Target("", "")
"""A package that is installed nowhere means what its objects are by default."""


class Names:
    """All objects of an ADOM by their name; tables have names of their own."""

    def __init__(self, objects: Iterable[FirewallObject]) -> None:
        self._found: dict[str, list[FirewallObject]] = {}
        for one in objects:
            self._found.setdefault(one.name, []).append(one)
        self._words: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> Sequence[FirewallObject]:
        """The objects of this name."""
        return self._found.get(name, ())

    def within(self, name: str) -> frozenset[str]:
        """The names that stand in objects of this name; rather too many than too few."""
        if name not in self._words:
            parts = (
                values
                for one in self.of(name)
                for values in (one.values, *(mapping.values for mapping in one.mappings))
            )
            found = {word for values in parts for word in _words(values)}
            self._words[name] = frozenset(word for word in found if word in self._found)
        return self._words[name]

    def in_tables(self, tables: Iterable[str]) -> list[str]:
        """Names of all objects of these tables."""
        wanted = set(tables)
        return [
            name for name, some in self._found.items() if any(one.table in wanted for one in some)
        ]


@dataclass(frozen=True)
class Enforced:
    """One package with all that decides what it means. ``platforms``: by the device's name.
    ``groups``: device groups that are known, with those of the targets that are in them.
    ``zones``: those of the targets, where they were collected."""

    state: PackageState
    names: Names
    targets: tuple[Target, ...]
    platforms: Mapping[str, str] = field(default_factory=dict)
    groups: Groups = field(default_factory=dict)
    zones: Mapping[Target, Zones] = field(default_factory=dict)

    def on(self, target: Target) -> Effective:
        """What the target enforces."""
        platform = self.platforms.get(target.device, "")
        zones = self.zones.get(target, NOTHING_KNOWN)
        return effective(target, self.state, self.objects, platform, self.groups, zones)

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """The package's own and global policies, and those of the policy blocks in it."""
        found, queue, seen = list(self.state.policies), list(self.state.policies), set()
        while queue:
            block = queue.pop().block
            path = _path(block, self.state.block_paths)
            if block and path not in seen:
                seen.add(path)
                found += self.state.blocks.get(path, ())
                queue += self.state.blocks.get(path, ())
        return tuple(found)

    def lacks(self, later: Enforced) -> set[str]:
        """Policy blocks that stand in it and were not collected, but are in a later state."""
        named = {one.block for one in self.policies if one.block}
        here, there = self.state, later.state
        return {
            block
            for block in named
            if _path(block, here.block_paths) not in here.blocks
            and _path(block, there.block_paths) in there.blocks
        }

    @cached_property
    def objects(self) -> tuple[FirewallObject, ...]:
        """The objects that the policies reach; rather too many than too few."""
        queue = [name for name in self._referenced if self.names.of(name)]
        if self.state.package.central_nat:
            queue += self.names.in_tables(VIP_TABLES)
        reached: set[str] = set()
        while queue:
            name = queue.pop()
            if name not in reached:
                reached.add(name)
                queue += self.names.within(name)
        return tuple(one for name in sorted(reached) for one in self.names.of(name))

    @cached_property
    def content(self) -> str:
        """A digest of all that is the same on every target."""
        return _digest(self.policies, self.around)

    @property
    def around(self) -> tuple[Any, ...]:
        """What decides beside the policies."""
        package = self.state.package
        paths = sorted(self.state.block_paths.items())
        dnat = self.state.dnat if package.central_nat else ()
        return self.objects, package.ngfw_mode, package.central_nat, paths, dnat

    def special(self, target: Target) -> tuple[Any, ...]:
        """All that may make this target another than the others."""
        return (
            self._mapped.get(target, ()),
            tuple(placed_on(listed, target, self.groups) for listed in self._installed),
            self.platforms.get(target.device, "") if self._by_platform else "",
            target.vdom if SSL_VPN in self._referenced else "",
            self._own_zones(target),
        )

    def _own_zones(self, target: Target) -> tuple[Any, ...]:
        zones = self.zones.get(target, NOTHING_KNOWN)
        named = self._referenced | self._local_names
        members = sorted(
            (name, tuple(sorted(some))) for name, some in zones.members.items() if name in named
        )
        return tuple(members), tuple(sorted(zones.inactive)), zones.unknown

    @cached_property
    def _local_names(self) -> set[str]:
        """Every word in an interface mapping that may be a zone of a FortiGate."""
        found = [one for one in self.objects if one.table == TABLE]
        return {
            word
            for one in found
            for values in (one.values, *(mapping.values for mapping in one.mappings))
            for word in _words(values)
        }

    @cached_property
    def _mapped(self) -> dict[Target, tuple[str, ...]]:
        wanted, found = set(self.targets), dict[Target, list[str]]()
        for one in self.objects:
            for mapping in one.mappings:
                if mapping.target in wanted:
                    said = f"{one.table}:{one.name}:{mapping.values!r}"
                    found.setdefault(mapping.target, []).append(said)
        return {target: tuple(said) for target, said in found.items()}

    @cached_property
    def _installed(self) -> list[tuple[Target, ...]]:
        targets = [one.install_on for one in self.policies]
        targets += [one.install_on for one in self.state.dnat]
        return list(dict.fromkeys(one for one in targets if one))

    @cached_property
    def _by_platform(self) -> bool:
        return any(
            "platform_mapping" in values
            for one in self.objects
            for values in (one.values, *(mapping.values for mapping in one.mappings))
        )

    @cached_property
    def _referenced(self) -> set[str]:
        """Every word in a policy that may be a name."""
        found: set[str] = set()
        for one in self.policies:
            for key, value in vars(one).items():
                if value and type(value) is tuple and key != "install_on":
                    found.update(value)
                elif value and type(value) is dict:
                    found.update(_words(value))
        return found


def decisive(policy: Policy) -> Policy:
    """The policy without what only people read."""
    return replace(
        policy, name="", comments="", section="", modified_time=None, modified_by="", logtraffic=""
    )


def _digest(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _path(block: str, paths: Mapping[int, str]) -> str:
    number = block[len("oid ") :]
    return paths.get(int(number), block) if number.isdigit() else block


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, Iterable):
        for one in value:
            yield from _words(one)
