"""FIELDALIAS-<class>: other names for fields."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.values import Row

_WORD = re.compile(r'\s*(?:"([^"]+)"|(\S+))')


@dataclass(frozen=True)
class Alias:
    """One alias; ``only_new`` is ASNEW: it leaves a field alone that is there."""

    original: str
    alias: str
    only_new: bool

    def __call__(self, row: Row) -> None:
        """Gives the row the field, or takes it away."""
        value = row.get(self.original)
        if self.only_new:
            if value is not None and self.alias not in row:
                row[self.alias] = value
        elif value is None:
            row.pop(self.alias, None)
        else:
            row[self.alias] = value


def aliases(stanza: str, classes: Iterable[tuple[str, str]]) -> list[Alias]:
    """The aliases of all FIELDALIAS settings (key, value) of one kind of event, in order."""
    found: list[Alias] = []
    for key, value in sorted(classes):
        for alias in _parsed(stanza, key, value):
            if not alias.only_new and any(each.alias == alias.alias for each in found):
                raise KnowledgeRefused(
                    "props",
                    stanza,
                    key,
                    f"{alias.alias} is an alias of two fields: only one of them takes effect, "
                    "and which one is not documented; use coalesce() in an EVAL or ASNEW",
                )
            found.append(alias)
    return found


def _parsed(stanza: str, key: str, value: str) -> list[Alias]:
    words = [(found[1] or found[2], bool(found[1])) for found in _WORD.finditer(value)]
    parsed = []
    for start in range(0, len(words), 3):
        triple = words[start : start + 3]
        if len(triple) < 3 or triple[1][0].upper() not in ("AS", "ASNEW") or triple[1][1]:
            raise KnowledgeRefused("props", stanza, key, f"no list of 'x AS y': {value!r}")
        if "*" in triple[0][0] + triple[2][0]:
            raise KnowledgeRefused("props", stanza, key, "wildcards are not documented")
        parsed.append(Alias(triple[0][0], triple[2][0], triple[1][0].upper() == "ASNEW"))
    if not parsed:
        raise KnowledgeRefused("props", stanza, key, "it is empty")
    return parsed
