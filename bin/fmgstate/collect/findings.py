"""What is found in packages: worked out anew where something that decides it has moved.

The policy engine looks at each group of targets that enforce the same once. A run spends a stated
time on it, the packages that were not looked at for longest first; what is left is for the next
run. Of a package with several groups each group is kept as soon as it is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from time import thread_time
from typing import Any, Optional

from fmgstate.collect.basis import Basis, Inventories, States, basis
from fmgstate.collect.outcome import CHANGED, CONFIRMED, FAILED, GONE, Outcome
from fmgstate.collect.policy_hits import PolicyHits, hits
from fmgstate.collect.risk_table import RiskTable
from fmgstate.collect.scope import FINDINGS, INVENTORY, PACKAGE, Scope, prefix
from fmgstate.errors import Defect, FmgStateError
from fmgstate.inventory.model import Target
from fmgstate.policy import audit
from fmgstate.policy.enforced import Enforced
from fmgstate.record import Record
from fmgstate.store.base import Head, Snapshot, Store, head_of

FINDINGS_SECONDS = 15.0
"""Processor time that one run spends on findings, and what it has begun."""
CONFIRM_SECONDS = 3600.0
"""So often is noted that findings are still what FortiManager's state makes them."""
ENGINE = 1
"""Raised when the engine finds otherwise: everything is then looked at anew."""

Clock = Callable[[], float]


@dataclass(frozen=True)
class _Due:
    """A package whose findings are not those of its newest state. ``scope``: of its findings."""

    scope: Scope
    version: str
    basis: Basis
    kept: Optional[Head]
    confirmed: float


@dataclass(frozen=True)
class _Group:
    """Targets that enforce the same and were hit the same. ``digest``: of all that decides."""

    targets: list[Target]
    hits: Optional[dict[int, int]]
    digest: str


class Audit:
    """One run over the ADOMs of one FortiManager. ``left``: packages that it did not get to."""

    def __init__(
        self,
        store: Store,
        table: RiskTable,
        now: float,
        seconds: float = FINDINGS_SECONDS,
        clock: Clock = thread_time,
    ) -> None:
        self._store, self._table, self._now = store, table, now
        self._clock, self._end = clock, clock() + seconds
        self._states, self._inventories = States(store), Inventories(store)
        self._hits = PolicyHits(store, now)
        day = datetime.fromtimestamp(now, timezone.utc).replace(tzinfo=None)
        self._day = day.replace(hour=0, minute=0, second=0, microsecond=0)
        self._begun = False
        self.left = 0

    def outcomes(self, manager: str, adoms: tuple[str, ...]) -> Iterator[Outcome]:
        """One for each package that was looked at. ``adoms``: empty = all that are kept."""
        dues: list[_Due] = []
        wanted: set[str] = set()
        for head in self._store.heads(prefix(INVENTORY, manager)):
            adom = Scope.parse(head.key)
            if not adoms or adom.adom in adoms:
                for scope in self._packages(adom):
                    wanted.add(scope.key)
                    dues += self._due(scope)
        yield from self._gone(manager, adoms, wanted)
        dues.sort(key=lambda due: (_looked_at(due.kept), due.scope))
        for number, due in enumerate(dues):
            if number and self._clock() >= self._end:
                self.left += len(dues) - number
                return
            yield from self._outcome(due)

    def _packages(self, adom: Scope) -> Iterator[Scope]:
        """The findings' scopes of the packages that are kept."""
        found = self._inventories.of(adom)
        for package in found.packages if found else ():
            if package.kind == PACKAGE:
                yield replace(adom, kind=FINDINGS, name=package.path)

    def found(self, package: Scope) -> Optional[list[Record]]:
        """The package's findings as of now, kept or worked out; nothing is written down.

        None = it, or its objects, were not collected, or are being replaced just now.
        """
        due = self._standing(replace(package, kind=FINDINGS))
        if due is None:
            return None
        old = self._store.load(due.scope.key)
        if old is not None and old.head.mark == due.version:
            kept: list[Record] = old.content["records"]
            return kept
        snapshot = self._store.load(package.key)
        records = snapshot.content["records"] if snapshot else ()
        state = self._states.enforced(package, due.basis.versions, due.basis.place, records)
        if state is None:
            return None
        found = []
        for group in self._groups(package, state):
            policy = state.on(group.targets[0])
            rows = audit.rows(policy, self._table.rules, self._day, group.hits)
            found.append((group.targets, rows))
        return audit.records(found, len(state.targets))

    def _due(self, scope: Scope) -> Iterator[_Due]:
        due = self._standing(scope)
        if due is None:
            return
        if due.kept is None or due.kept.mark != due.version:
            yield due
        elif due.confirmed - (due.kept.snapshot_time or 0.0) >= CONFIRM_SECONDS:
            self._store.note(replace(due.kept, snapshot_time=due.confirmed))

    def _standing(self, scope: Scope) -> Optional[_Due]:
        """What the package's findings must be of; None = it or its objects were not collected."""
        of = replace(scope, kind=PACKAGE)
        package, stands_on = head_of(self._store, of.key), basis(self._store, self._inventories, of)
        if package is None or package.snapshot_time is None or not stands_on.objects:
            return None
        decides = (
            ENGINE, package.changed_time, stands_on.versions, stands_on.place,
            self._hits.version(of), self._table.version, self._day,
        )  # fmt: skip
        kept = head_of(self._store, scope.key)
        return _Due(scope, _digest(decides), stands_on, kept, package.snapshot_time)

    def _gone(self, manager: str, adoms: tuple[str, ...], wanted: set[str]) -> Iterator[Outcome]:
        for head in self._store.heads(prefix(FINDINGS, manager)):
            scope = Scope.parse(head.key)
            ours = not adoms or scope.adom in adoms
            kept = head_of(self._store, replace(scope, kind=PACKAGE).key) if ours else None
            if ours and (head.key not in wanted or kept is None):
                self._store.delete(head.key)
                self._strike_out(scope, set())
                yield Outcome(scope, GONE, time=self._now)

    def _outcome(self, due: _Due) -> Iterator[Outcome]:
        try:
            result = self._package(due)
        except FmgStateError as error:
            yield Outcome(due.scope, FAILED, error=str(error), time=self._now)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            yield Outcome(due.scope, FAILED, error=str(Defect(error)), time=self._now)
        else:
            self.left += result is None
            if result is not None:
                yield result

    def _package(self, due: _Due) -> Optional[Outcome]:
        """None when it could not be finished in this run."""
        of = replace(due.scope, kind=PACKAGE)
        snapshot = self._store.load(of.key)
        records = snapshot.content["records"] if snapshot else ()
        state = self._states.enforced(of, due.basis.versions, due.basis.place, records)
        if snapshot is None or state is None:
            return None  # another input keeps a newer state just now
        groups = self._groups(of, state)
        if due.kept is not None and due.kept.outcome.get("groups") == _of_all(groups):
            return self._keep(due, None, groups)
        done: list[tuple[list[Target], list[audit.Row]]] = []
        for group in groups:
            rows = self._rows(due.scope, state, group, alone=len(groups) == 1)
            if rows is None:
                return None
            done.append((group.targets, rows))
        return self._keep(due, audit.records(done, len(state.targets)), groups)

    def _groups(self, package: Scope, state: Enforced) -> list[_Group]:
        counted = self._hits.records(package)
        timed = self._day if any(one.expires for one in state.policies) else None
        found: dict[str, _Group] = {}
        for target in state.targets:
            hit = hits(counted, state.policies, target)
            never = sorted(one for one, count in (hit or {}).items() if not count)
            decides = (ENGINE, state.content, state.special(target), never, timed,
                       self._table.version)  # fmt: skip
            digest = _digest(decides)
            found.setdefault(digest, _Group([], hit, digest)).targets.append(target)
        return [found[digest] for digest in sorted(found)]

    def _rows(
        self, scope: Scope, state: Enforced, group: _Group, alone: bool
    ) -> Optional[list[audit.Row]]:
        """The group's findings; kept where there are others, so that the next run goes on."""
        key = f"{_groups_prefix(scope)}{group.digest}"
        kept = None if alone else self._store.load(key)
        if kept is not None:
            found: list[audit.Row] = kept.content["records"]
            return found
        if not alone and self._clock() >= self._end and self._begun:
            return None
        self._begun = True
        policy = state.on(group.targets[0])
        rows = audit.rows(policy, self._table.rules, self._day, group.hits)
        if not alone:
            self._store.save(Snapshot(Head(key, self._now, self._now), {"records": rows}))
        return rows

    def _keep(self, due: _Due, records: Optional[list[Record]], groups: list[_Group]) -> Outcome:
        """``records``: None = those that are kept. Those of rows that cannot be read stay."""
        old = self._store.load(due.scope.key)
        kept: list[Record] = old.content["records"] if old else []
        if records is None:
            records = kept
        else:
            stay = [one for one in kept if one["risk"] in self._table.unusable]
            records = sorted([*records, *stay], key=lambda one: str(one["id"]))
        same = old is not None and records == kept
        changed = old.head.changed_time if old is not None and same else self._now
        facts: dict[str, Any] = {"looked_at": self._now, "groups": _of_all(groups)}
        head = Head(due.scope.key, due.confirmed, changed, due.version, facts)
        if same:
            self._store.note(head)
        else:
            self._store.save(Snapshot(head, {"records": records}))
        self._strike_out(
            due.scope, {group.digest for group in groups} if len(groups) > 1 else set()
        )
        result = CONFIRMED if same else CHANGED
        return Outcome(due.scope, result, records=len(records), time=self._now)

    def _strike_out(self, scope: Scope, but: set[str]) -> None:
        """Forget groups that there are no more."""
        start = _groups_prefix(scope)
        for head in self._store.heads(start):
            if head.key[len(start) :] not in but:
                self._store.delete(head.key)


def _groups_prefix(scope: Scope) -> str:
    return f"group/{scope.key}/"


def _of_all(groups: list[_Group]) -> str:
    """Another one where the package's findings may be others."""
    return _digest([(group.digest, group.targets) for group in groups])


def _looked_at(kept: Optional[Head]) -> float:
    return float(kept.outcome.get("looked_at", 0.0)) if kept else 0.0


def _digest(decides: Any) -> str:
    return hashlib.sha256(repr(decides).encode("utf-8", "surrogatepass")).hexdigest()[:32]
