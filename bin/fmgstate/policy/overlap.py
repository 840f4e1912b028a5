"""How rules that do decide stand to earlier ones: what share of their flows is taken already, and
with which of another action they share flows. Terms of Al-Shaer and Hamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from fmgstate.policy.box import OTHER, Box, certain, common, possible, without
from fmgstate.policy.effective import Effective
from fmgstate.policy.rule import Rule

GENERALIZATION, CORRELATION = "generalization", "correlation"
BUDGET = 5_000


@dataclass(frozen=True)
class Relation:
    """Two rules of different actions with flows in common, neither of which hides the other.

    ``generalization``: ``later`` covers ``earlier``, an exception from it; ``correlation``: each
    has flows that the other has not, so their order matters.
    """

    relation: str
    earlier: Rule
    later: Rule


class Overlaps:
    """Questions about one rule base, one rule at a time; each costs a pass over those before it.
    Only what rules match for certain, and untranslated, is compared."""

    def __init__(self, policy: Effective) -> None:
        self._policy = policy
        self._names = frozenset(
            {OTHER}.union(*(r.srcintf.names | r.dstintf.names for r in policy.rules))
        )
        self._certain = {v6: self._boxes(policy.rules, v6) for v6 in (False, True)}

    def relations(self, rule: Rule) -> Iterator[Relation]:
        """With earlier rules of the other action, in their order."""
        found: dict[int, tuple[Rule, set[str]]] = {}
        for v6, boxes in self._certain.items():
            here = certain(rule, v6, self._names)
            for earlier, box in [] if here is None else boxes:
                if earlier.place >= rule.place:
                    break
                if earlier.allows is None or earlier.allows == rule.allows or here is None:
                    continue
                shared = common(here, box)
                if shared is not None and shared != here:
                    word = GENERALIZATION if shared == box else CORRELATION
                    found.setdefault(earlier.place, (earlier, set()))[1].add(word)
        for place in sorted(found):
            earlier, words = found[place]
            relation = GENERALIZATION if words == {GENERALIZATION} else CORRELATION
            yield Relation(relation, earlier, rule)

    def taken(self, rule: Rule, budget: int = BUDGET) -> Optional[float]:
        """Share of what the rule may match that earlier rules take for certain: 0 nothing, 1 all.

        Counts interfaces, addresses and places of service; None when the budget ran out, or when
        the rule matches nothing.
        """
        whole = left = steps = 0
        for v6, boxes in self._certain.items():
            region = possible(rule, v6, self._names)
            pending = [] if region is None else [region]
            whole += sum(map(_weight, pending))
            for earlier, box in boxes:
                if earlier.place >= rule.place or not pending:
                    break
                steps += len(pending)
                if steps > budget:
                    return None
                pending = [rest for part in pending for rest in _rest(part, box)]
            left += sum(map(_weight, pending))
        return 1 - left / whole if whole else None

    def rows(self) -> Iterator[dict[str, Any]]:
        """One for each rule that earlier ones take a share of, or that has relations; JSON-able.

        ``taken``: see there. ``relations``: word and policyid of the earlier rule.
        """
        target = self._policy.target
        for rule in self._policy.rules:
            if possible(rule, False, self._names) or possible(rule, True, self._names):
                taken = self.taken(rule)
                relations = [
                    {"relation": one.relation, "policyid": one.earlier.policy.policyid}
                    for one in self.relations(rule)
                ]
                if relations or taken != 0:
                    yield {
                        "device": target.device, "vdom": target.vdom,
                        "package": self._policy.package, "policyid": rule.policy.policyid,
                        "policy_name": rule.policy.name, "uuid": rule.policy.uuid,
                        "taken": taken, "relations": relations,
                    }  # fmt: skip

    def _boxes(self, rules: Sequence[Rule], v6: bool) -> list[tuple[Rule, Box]]:
        found = ((rule, certain(rule, v6, self._names)) for rule in rules)
        return [(rule, box) for rule, box in found if box is not None]


def _rest(part: Box, cut: Box) -> Iterator[Box]:
    shared = common(part, cut)
    if shared is None:
        yield part
    else:
        yield from without(part, shared)


def _weight(box: Box) -> int:
    return box.size * len(box.srcintf) * len(box.dstintf)
