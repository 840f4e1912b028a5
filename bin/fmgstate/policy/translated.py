"""Which rules match the flows that virtual IPs translate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from fmgstate.policy import space
from fmgstate.policy.axis import mask_of
from fmgstate.policy.rule import Rule


class Translated:
    """Of one rule base, as masks, which are made when they are first asked for."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    def matching(self, rule: Rule, v6: bool) -> tuple[int, ...]:
        """For each virtual IP that the rule names, the rules that match what it translates."""
        names = rule.vips6 if v6 else rule.vips
        if not names:
            return ()
        return tuple(self._naming[v6][name] | self._seeing_all[v6] for name in names)

    @cached_property
    def seeing(self) -> int:
        """The rules with match-vip."""
        return mask_of(rule.place for rule in self._rules if rule.match_vip)

    @cached_property
    def _seeing_all(self) -> dict[bool, int]:
        """Those that match a translated flow whatever its destination."""
        seeing = [rule for rule in self._rules if rule.match_vip]
        v4 = (rule.place for rule in seeing if rule.dest.certain == space.ALL_IPV4)
        v6 = (rule.place for rule in seeing if rule.dest6.certain == space.ALL_IPV6)
        return {False: mask_of(v4), True: mask_of(v6)}

    @cached_property
    def _naming(self) -> dict[bool, dict[str, int]]:
        found: dict[bool, dict[str, int]] = {False: defaultdict(int), True: defaultdict(int)}
        for rule in self._rules:
            for v6, names in ((False, rule.vips), (True, rule.vips6)):
                for name in names:
                    found[v6][name] |= 1 << rule.place
        return found
