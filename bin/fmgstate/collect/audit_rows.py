"""What is found in packages as rows: kept by the inputs where that still holds, else worked out.

Nothing is written to the store. What the time does not suffice for is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import thread_time
from typing import Any, Optional

from fmgstate.collect.findings import Audit
from fmgstate.collect.known_names import check_word, matches
from fmgstate.collect.known_rules import check_rule
from fmgstate.collect.risk_table import risk_table
from fmgstate.collect.rule_files import RuleFiles
from fmgstate.collect.scope import BLOCK, INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.collect.state_scopes import Row, StateScopes, Wanted
from fmgstate.policy.risk import SEVERITIES
from fmgstate.record import Record
from fmgstate.store.base import Store
from fmgstate.store.key_files import KeyFiles

MOST_NAMED = 5


@dataclass(frozen=True)
class Chosen:
    """``severities``, ``risks`` (ids of risk rules): empty = all. ``rule``: policyid, uuid or
    name."""

    wanted: Wanted
    severities: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    rule: str = ""


class AuditRows:
    """``table``: of risk rules. ``seconds``: of processor time, after which no more package is
    begun. ``now``, ``allowed_adoms``, ``fresh_seconds``: as for ``state_rows.StateRows``."""

    def __init__(
        self,
        store: Store,
        key_files: Optional[KeyFiles],
        table: Path,
        now: float,
        allowed_adoms: Optional[Collection[str]] = None,
        fresh_seconds: Optional[float] = None,
        seconds: float = 60.0,
        clock: Callable[[], float] = thread_time,
    ) -> None:
        files = RuleFiles(store, key_files, fresh_seconds)
        files.renew(now)
        self._store, self._scopes = store, StateScopes(files, allowed_adoms)
        self._table = risk_table(table)
        self._audit = Audit(store, self._table, now)
        self._seconds, self._clock = seconds, clock

    def close(self) -> None:
        """Let go of the store's connections."""
        self._store.close()

    def is_empty(self) -> bool:
        """Whether nothing was ever collected into this store."""
        return self._scopes.files.is_empty()

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is wrong with rows of the table of risk rules; those are left out."""
        return self._table.wrong

    def rows(self, chosen: Chosen, warn: Callable[[str], None]) -> Iterator[Row]:
        """``warn``: is told what is not known. Raises ``ConfigurationError`` at once for names that
        nothing has."""
        self._scopes.check(chosen.wanted)
        for severity in chosen.severities:
            check_word("severity", severity, SEVERITIES)
        for risk in chosen.risks:
            check_word("risk rule", risk, [one.id for one in self._table.rules])
        if chosen.rule:
            check_rule(self._scopes, chosen.wanted, chosen.rule)
        return self._rows(chosen, warn)

    def _rows(self, chosen: Chosen, warn: Callable[[str], None]) -> Iterator[Row]:
        end = self._clock() + self._seconds
        scopes = list(self._scopes.scopes(PACKAGE, replace(chosen.wanted, device="", vdom="")))
        late: list[str] = []
        unread: list[str] = []
        for scope in scopes:
            targets = self._targets(scope, chosen.wanted)
            if targets is not None and not targets:
                continue
            if self._clock() >= end:
                late.append(scope.name)
                continue
            records = self._audit.found(scope)
            if records is None:
                unread.append(scope.name)
            age = self._age(scope)
            for record in records or ():
                if _is_chosen(record, chosen):
                    yield from _told(scope, record, targets, age)
        if unread:
            warn(f"Undecided: {_some(unread)} cannot be audited: their objects were not collected, "
                 "or they are being replaced just now.")  # fmt: skip
        if late:
            warn(f"Undecided: {len(late)} packages were not looked at within {self._seconds:g} s: "
                 f"{_some(late)}. Narrow the search, or give more seconds.")  # fmt: skip

    def _targets(self, package: Scope, wanted: Wanted) -> Optional[set[str]]:
        """Those of the package that are meant, "device/vdom"; None = no device is named."""
        if not wanted.device and not wanted.vdom:
            return None
        inventory = replace(package, kind=INVENTORY, name="")
        devices = self._scopes.devices(inventory, replace(wanted, package=package.name))
        return {
            f"{device['device']}/{one['vdom']}"
            for device in devices
            for one in device["packages"]
            if one["package"] == package.name and matches(wanted.vdom, one["vdom"])
        }

    def _age(self, package: Scope) -> Row:
        beside = [replace(package, kind=kind, name="") for kind in (OBJECTS, INVENTORY)]
        file = self._scopes.files.file(package)
        blocks: Collection[str] = file.extra if file else ()
        known = [replace(package, kind=BLOCK, name=name) for name in blocks]
        return self._scopes.age([package, *beside, *filter(self._scopes.head, known)])


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _is_chosen(record: Record, chosen: Chosen) -> bool:
    for asked, said in ((chosen.severities, "severity"), (chosen.risks, "risk")):
        if asked and not any(matches(one, record[said]) for one in asked):
            return False
    names = (str(record["policyid"]), record.get("uuid", ""), record.get("policy_name", ""))
    return not chosen.rule or any(matches(chosen.rule, name) for name in names if name)


def _told(
    scope: Scope, record: Record, targets: Optional[set[str]], age: dict[str, Any]
) -> Iterator[Row]:
    where = {"fortimanager": scope.manager, "adom": scope.adom, "package": scope.name}
    told = {key: value for key, value in record.items() if key != "kind"}
    if targets is not None:
        here = [one for one in record["targets"] if one in targets]
        if not here:
            return
        told.update(
            targets=here, devices=list(dict.fromkeys(one.partition("/")[0] for one in here))
        )
    yield {**where, **told, **age}
