"""What one package means on each of its targets, and which targets it means the same on.

Two targets enforce the same where everything that may differ between them is equal: the mappings
of what the package's policies reach, installation targets of single policies, the platform where
an interface is mapped by it, and the VDOM where an SSL VPN interface is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from fmgstate.inventory.model import Target
from fmgstate.policy.effective import Effective, PackageState, effective
from fmgstate.policy.interfaces import SSL_VPN
from fmgstate.policy.model import FirewallObject, Policy
from fmgstate.policy.resolve import VIP_TABLES

NOWHERE = Target("", "")
"""A package that is installed nowhere means what its objects are by default."""

Names = Mapping[str, Sequence[FirewallObject]]
"""All objects of an ADOM by their name; tables have names of their own."""


def by_name(objects: Iterable[FirewallObject]) -> dict[str, list[FirewallObject]]:
    """``Names`` of these objects."""
    found: dict[str, list[FirewallObject]] = {}
    for one in objects:
        found.setdefault(one.name, []).append(one)
    return found


@dataclass(frozen=True)
class Enforced:
    """One package with all that decides what it means. ``platforms``: by the device's name."""

    state: PackageState
    names: Names
    targets: tuple[Target, ...]
    platforms: Mapping[str, str] = field(default_factory=dict)

    def on(self, target: Target) -> Effective:
        """What the target enforces."""
        platform = self.platforms.get(target.device, "")
        return effective(target, self.state, self.objects, platform)

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

    @cached_property
    def objects(self) -> tuple[FirewallObject, ...]:
        """The objects that the policies reach; rather too many than too few."""
        queue = list(self._referenced)
        if self.state.package.central_nat:
            queue += [one.name for some in self.names.values() for one in some
                      if one.table in VIP_TABLES]  # fmt: skip
        reached: dict[str, Sequence[FirewallObject]] = {}
        while queue:
            name = queue.pop()
            if name not in reached and name in self.names:
                reached[name] = self.names[name]
                for one in self.names[name]:
                    queue += _words(one.values)
                    for mapping in one.mappings:
                        queue += _words(mapping.values)
        return tuple(one for name in sorted(reached) for one in reached[name])

    @cached_property
    def content(self) -> str:
        """A digest of all that is the same on every target."""
        return _digest(self.policies, self._around)

    @cached_property
    def meaning(self) -> str:
        """As ``content``, without what only people read."""
        return _digest(tuple(map(decisive, self.policies)), self._around)

    @property
    def _around(self) -> Any:
        package = self.state.package
        paths = sorted(self.state.block_paths.items())
        return self.objects, package.ngfw_mode, package.central_nat, paths

    def special(self, target: Target) -> tuple[Any, ...]:
        """All that may make this target another than the others."""
        return (
            self._mapped.get(target, ()),
            tuple(target in listed for listed in self._installed),
            self.platforms.get(target.device, "") if self._by_platform else "",
            target.vdom if SSL_VPN in self._referenced else "",
        )

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
        return list(dict.fromkeys(one.install_on for one in self.policies if one.install_on))

    @cached_property
    def _by_platform(self) -> bool:
        return any(
            "platform_mapping" in values
            for one in self.objects
            for values in (one.values, *(mapping.values for mapping in one.mappings))
        )

    @cached_property
    def _referenced(self) -> frozenset[str]:
        return frozenset(word for one in self.policies for word in _words(_references(one)))


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


def _references(policy: Policy) -> Iterator[Any]:
    """Everything of a policy that may hold names."""
    for value in vars(policy).values():
        if isinstance(value, (tuple, dict)):
            yield value


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, Iterable):
        for one in value:
            yield from _words(one)
