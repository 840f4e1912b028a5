"""Whether results are an alert, and which of its actions are due."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field

from standin.errors import StandinError
from standin.scheduler.saved import SavedSearch, Suppression
from standin.spl.values import Row

Condition = Callable[[str], list[Row]]
"""Runs ``alert_condition`` (a search) over the results; the alert triggers if rows come out."""

_RELATIONS = {
    "greater than": operator.gt,
    "less than": operator.lt,
    "equal to": operator.eq,
    "not equal to": operator.ne,
}


def triggered(search: SavedSearch, rows: list[Row], condition: Condition) -> bool:
    """Alerting Manual, "Configure alert trigger conditions"."""
    if search.count_type == "always":
        return True
    if search.count_type == "custom":
        return bool(condition(search.condition))
    if search.count_type == "number of events":
        number = len(rows)
    else:
        name = "host" if search.count_type == "number of hosts" else "source"
        number = len({_text(row.get(name)) for row in rows if name in row})
    return bool(_RELATIONS[search.relation](number, search.quantity))


@dataclass
class Throttle:
    """Remembers what was told, per search; the clock is given."""

    _until: dict[tuple[str, ...], float] = field(default_factory=dict)

    def let_through(self, search: SavedSearch, rows: list[Row], now: float) -> list[Row] | None:
        """The results that are not suppressed, None when the alert is; without
        ``alert.suppress.fields`` it is all or none."""
        rule = search.suppression
        if rule is None:
            return rows
        if not rule.fields:
            return rows if self._begin((search.owner, search.app, search.name), rule, now) else None
        if search.digest:
            raise StandinError(f"{search.name}: alert.suppress.fields with alert.digest_mode = 1: "
                               "which results decide is not documented")  # fmt: skip
        told = [row for row in rows if self._begin(self._key(search, rule, row), rule, now)]
        return told or None

    def _key(self, search: SavedSearch, rule: Suppression, row: Row) -> tuple[str, ...]:
        return (
            search.owner,
            search.app,
            search.name,
            *(_text(row.get(name)) for name in rule.fields),
        )

    def _begin(self, key: tuple[str, ...], rule: Suppression, now: float) -> bool:
        if now < self._until.get(key, 0.0):
            return False
        self._until[key] = now + rule.period
        return True


def _text(value: object) -> str:
    return "\n".join(value) if isinstance(value, list) else "" if value is None else str(value)
