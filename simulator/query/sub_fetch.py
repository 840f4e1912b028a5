"""``sub fetch``: which tables inside rows are shown, and how much of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.query.filters import Gettable


@dataclass(frozen=True)
class SubFetch:
    """``tables``: name to what is asked of it. ``filters``: rows without a match are left out."""

    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    filters: bool = False

    @classmethod
    def read(cls, param: Mapping[str, Any]) -> SubFetch:
        given = param.get("sub fetch")
        if not isinstance(given, dict):
            return NOTHING
        tables = {name: one for name, one in given.items() if isinstance(one, dict)}
        return cls(tables, bool(param.get("subfetch filter")))

    def keeps(self, row: Gettable) -> bool:
        """Whether every table asked for has an entry that matches."""
        return all(self._matching(name, row.get(name)) for name in self.tables)

    def apply(self, answer: dict[str, Any]) -> None:
        """Hide and shorten the tables of one row."""
        for name, wanted in self.tables.items():
            if name not in answer:
                continue
            if wanted.get("subfetch hidden"):
                del answer[name]
            elif isinstance(answer[name], list):
                answer[name] = [
                    _shortened(one, wanted) for one in self._matching(name, answer[name])
                ]

    def _matching(self, name: str, entries: Any) -> list[Any]:
        scope = self.tables[name].get("scope member")
        if not isinstance(entries, list) or not scope:
            return entries or []
        return [one for one in entries if any(at in (one.get("_scope") or []) for at in scope)]


def _shortened(entry: Any, wanted: Mapping[str, Any]) -> Any:
    fields = wanted.get("fields")
    if not fields or not isinstance(entry, dict):
        return entry
    return {name: entry[name] for name in (*fields, "oid") if name in entry}


NOTHING = SubFetch()
