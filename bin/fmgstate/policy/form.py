"""The compiled form as plain data: small to keep, quick to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from fmgstate.policy import axis, space
from fmgstate.policy.interfaces import Interfaces
from fmgstate.policy.packing import Packed, pack, pack_vip
from fmgstate.policy.rule import Rule
from fmgstate.policy.translation import Vip

if TYPE_CHECKING:
    from fmgstate.policy.effective import Effective

FORMAT = 2
"""Raised when the form changes: an older one is compiled anew."""


class Form(NamedTuple):
    """Nothing but numbers, texts, lists and tuples, so that ``marshal`` can write and read it.

    ``axes``: source and destination of IPv4, of IPv6, then services. ``into``, ``out``:
    interface -> the rules that may match it. ``judged``: the rules that are not plain.
    ``inactive``: interfaces of which nobody tells whether they are in a zone; ``zones_unknown``:
    why any other that is not ``known`` may be in one.
    """

    format: int
    target: tuple[str, str]
    package: str
    rules: Packed
    axes: tuple[axis.Axis, ...]
    into: dict[str, bytes]
    out: dict[str, bytes]
    judged: bytes
    enabled: bytes
    vips: list[tuple[Any, ...]]
    central_nat: bool
    known: list[str]
    aliases: dict[str, list[str]]
    inactive: list[str]
    zones_unknown: str


def form(policy: Effective, packed: Packed = ([], ())) -> Form:
    """The rules of one target as plain data; ``packed`` may be left out when it is not kept."""
    rules, size = policy.rules, len(policy.rules)
    enabled = [rule for rule in rules if rule.policy.enabled]
    vips = policy.translation.vips
    return Form(
        format=FORMAT,
        target=(policy.target.device, policy.target.vdom),
        package=policy.package,
        rules=packed,
        axes=(
            _axis(enabled, lambda rule: rule.source, size),
            _axis(enabled, lambda rule: rule.dest, size, _cuts(vips, False)),
            _axis(enabled, lambda rule: rule.source6, size),
            _axis(enabled, lambda rule: rule.dest6, size, _cuts(vips, True)),
            _axis(enabled, lambda rule: rule.ports, size),
        ),
        into=_by_name(policy, enabled, lambda rule: rule.srcintf),
        out=_by_name(policy, enabled, lambda rule: rule.dstintf),
        judged=axis.octets([rule.place for rule in enabled if not is_plain(rule)], size),
        enabled=axis.octets([rule.place for rule in enabled], size),
        vips=[pack_vip(vip) for vip in vips],
        central_nat=policy.translation.central_nat,
        known=sorted(policy.interfaces.known),
        aliases={name: sorted(found) for name, found in policy.interfaces.aliases.items()},
        inactive=sorted(policy.interfaces.zones.inactive),
        zones_unknown=policy.interfaces.zones.unknown,
    )


def kept_form(policy: Effective) -> Form:
    """The form with the rules themselves, to be kept."""
    return form(policy, pack(policy.rules))


def is_plain(rule: Rule) -> bool:
    """Does it match every flow that its sets hold, for certain?"""
    return (
        rule.source.exact
        and rule.dest.exact
        and rule.source6.exact
        and rule.dest6.exact
        and rule.ports.bounds.exact
        and not rule.ports.by_source
        and not rule.srcintf.unknown
        and not rule.dstintf.unknown
        and rule.conditions.trivial
    )


def _cuts(vips: Iterable[Vip], v6: bool) -> list[int]:
    ranges = (one for vip in vips if vip.v6 == v6 for one in vip.outside)
    return [edge for low, high in ranges for edge in (low, high + 1)]


def _axis(
    rules: Iterable[Rule], part: Callable[[Rule], Any], size: int, cuts: Iterable[int] = ()
) -> axis.Axis:
    groups: dict[int, tuple[space.Ranges, list[int]]] = {}
    for rule in rules:
        one = part(rule)
        found = groups.get(id(one))
        if found is None:
            found = groups[id(one)] = (one.possible, [])
        found[1].append(rule.place)
    return axis.axis(groups.values(), size, cuts)


def _by_name(
    policy: Effective, rules: Iterable[Rule], part: Callable[[Rule], Interfaces]
) -> dict[str, bytes]:
    """Names of several interfaces, and those that may be in a zone, are left out: their rules are
    judged one by one."""
    everywhere: list[int] = []
    named: dict[str, list[int]] = {name: [] for name in policy.interfaces.known}
    for rule in rules:
        found = part(rule)
        if found.everything or found.unknown:
            everywhere.append(rule.place)
        for name in found.names:
            named[name].append(rule.place)
    masks = {
        name: axis.octets([*everywhere, *places], len(policy.rules))
        for name, places in named.items()
    }
    for alias, members in policy.interfaces.aliases.items():
        if alias not in masks and len(members) == 1 and members <= masks.keys():
            masks[alias] = masks[next(iter(members))]
    inactive = policy.interfaces.zones.inactive
    return {name: mask for name, mask in masks.items() if name not in inactive}
