"""splunkd as the inputs need it, without splunkd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional


@dataclass
class FakeSplunkd:
    """``stanzas``: (conf, name) -> stanza."""

    stanzas: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    indexes: tuple[str, ...] = ("fortimanager",)

    def stanza(self, conf: str, name: str) -> Optional[Mapping[str, Any]]:
        return self.stanzas.get((conf, name))

    def has_index(self, name: str) -> bool:
        return name in self.indexes
