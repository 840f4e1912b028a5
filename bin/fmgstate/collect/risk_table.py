"""The table of risk rules, where it is installed: ``lookups/fmg_risk_rules.csv`` of the app, or
``lookups/fmg_risk_rules_local.csv`` instead, which no upgrade of the app replaces."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from fmgstate.errors import ConfigurationError
from fmgstate.policy.risk import RiskRule, sorted_out

LOOKUPS = Path(__file__).resolve().parents[3] / "lookups"
SHIPPED, OWN = "fmg_risk_rules.csv", "fmg_risk_rules_local.csv"


@dataclass(frozen=True)
class RiskTable:
    """``rules``: those that can be used. ``wrong``: what is wrong with each other row, and its
    cure; ``unusable``: their ids, as far as they have one."""

    rules: tuple[RiskRule, ...]
    wrong: tuple[str, ...]
    unusable: frozenset[str]

    @property
    def version(self) -> str:
        """Another one where findings may come out otherwise."""
        return hashlib.sha256(repr((self.rules, sorted(self.unusable))).encode()).hexdigest()[:16]


def installed(lookups: Path = LOOKUPS) -> Path:
    """The table that counts."""
    own = lookups / OWN
    return own if own.exists() else lookups / SHIPPED


def risk_table(file: Path) -> RiskTable:
    """The table in ``file``. Raises ``ConfigurationError`` where it cannot be read at all."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeError, csv.Error):
        raise ConfigurationError(
            f"The table of risk rules {file} cannot be read.",
            "Restore it from the app's package, as a CSV file in UTF-8.",
        ) from None
    rules, wrong = sorted_out(rows)
    usable = {one.id for one in rules}
    ids = {(row.get("id") or "").strip() for row in rows}
    texts = tuple(f"{file.name}: {one}" for one in wrong)
    return RiskTable(tuple(rules), texts, frozenset(ids - usable - {""}))
