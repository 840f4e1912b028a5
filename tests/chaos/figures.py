"""What was played, counted and as text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

PHRASES = (
    "killed", "refused the log-in", "refused the last", "does not permit", "refuses connections",
    "broke off", "has expired", "too busy", "did not finish", "no FortiManager answer",
    "the answer to another question", "left alone", "does not have", "was changed during each",
    "sessions allowed", "ends sessions as soon", "refused",
)  # fmt: skip


@dataclass
class Figures:
    """What was played, to be printed."""

    cycles: int = 0
    failed_cycles: int = 0
    failed_scopes: int = 0
    events: int = 0
    repeated_events: int = 0
    rebuilt: int = 0
    compared: int = 0
    requests: int = 0
    seconds: float = 0.0
    calm_before: float = 0.0
    calm_after: float = 0.0
    edits: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def text(self) -> str:
        rows = [
            ("cycles", f"{self.cycles}, {self.failed_cycles} of them not wholly successful"),
            ("failed scopes", f"{self.failed_scopes}"),
            ("faults that struck", f"{self.faults.total()}: {_listed(self.faults)}"),
            ("edits", f"{self.edits.total()}: {_listed(self.edits)}"),
            ("errors told", _listed(self.errors)),
            ("requests", f"{self.requests}"),
            ("events", f"{self.events}, {self.repeated_events} of them sent again"),
            ("snapshots compared", f"{self.compared} with all states FortiManager ever had"),
            ("rebuilt", f"{self.rebuilt} times from events alone, equal to what is kept"),
            ("calm cycle", f"{self.calm_before:.3f} s before, {self.calm_after:.3f} s after"),
            ("seconds", f"{self.seconds:.0f}"),
        ]
        return "\n".join(f"{name:20}{value}" for name, value in rows)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common() if count)


def kind_of(error: str) -> str:
    """An error in a few words, to be counted."""
    return next((words for words in PHRASES if words in error), "others")
