"""Why a rule decides a flow, with the names that matched: the store has them, no compiled rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from json import loads
from typing import Optional

from fmgstate.collect import index
from fmgstate.collect.rule_files import RuleFiles
from fmgstate.collect.scope import BLOCK, OBJECTS, Scope
from fmgstate.policy import lookup
from fmgstate.policy.compiled import Compiled
from fmgstate.policy.effective import Effective
from fmgstate.policy.events import objects, policies
from fmgstate.policy.interfaces import LocalInterfaces
from fmgstate.policy.lookup import Answer
from fmgstate.policy.model import FirewallObject, Policy
from fmgstate.policy.resolve import Book
from fmgstate.policy.rule import Rule
from fmgstate.store.base import Store


class Explanations:
    """Keeps the objects of the ADOM that was asked about last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: tuple[object, list[FirewallObject]] = None, []

    def of(
        self, heads: RuleFiles, package: Scope, platform: str, compiled: Compiled, answer: Answer
    ) -> list[str]:
        """Sentences; none where what was compiled is not what the store holds by now."""
        full = self._policy(package, answer.decider)
        found = self._objects(heads, package)
        if found is None or (answer.decider is not None and full is None):
            return []
        interfaces = LocalInterfaces(Book(found, compiled.target), compiled.target, platform)
        interfaces.known |= compiled.interfaces.known
        interfaces.aliases.update(compiled.interfaces.aliases)
        shell = Effective(
            compiled.target, compiled.package, (), (), interfaces, compiled.translation
        )
        decider = answer.decider
        if decider is not None and full is not None:
            decider = decider._replace(policy=full)
        return lookup.explanation(shell, replace(answer, decider=decider))

    def _objects(self, heads: RuleFiles, package: Scope) -> Optional[Iterable[FirewallObject]]:
        scope = replace(package, kind=OBJECTS, name="")
        head = heads.head(scope)
        version = scope, head and head.changed_time
        if self._known[0] != version:
            snapshot = self._store.load(scope.key)
            if snapshot is None or head is None:
                return None
            if snapshot.head.changed_time != head.changed_time:
                return None
            self._known = version, objects(snapshot.content["records"])
        return self._known[1]

    def _policy(self, package: Scope, rule: Optional[Rule]) -> Optional[Policy]:
        if rule is None:
            return None
        scope = replace(package, kind=BLOCK, name=rule.block) if rule.block else package
        for found in self._store.find([index.policy_key(scope, rule.policy.policyid)]):
            [one] = policies([loads(found.value)])
            same = (one.table, one.uuid) == (rule.policy.table, rule.policy.uuid)
            if found.head.key == scope.key and same:
                return one
        return None
