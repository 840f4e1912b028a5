"""LOOKUP-<class>: fields from lookup tables, without a command."""

import re
from dataclasses import dataclass

from standin.knowledge.field_values import of_texts
from standin.knowledge.lookup_files import LookupFiles
from standin.knowledge.refusal import KnowledgeRefused
from standin.knowledge.table_match import Found, TableMatch
from standin.spl.context import LookupTable
from standin.spl.values import Row

_WORD = re.compile(r'[\s,]*(?:"([^"]+)"|([^\s,]+))')
_Names = list[tuple[str, str]]


@dataclass(frozen=True)
class AutomaticLookup:
    """One LOOKUP: ``reads`` fields of the event, ``makes`` others."""

    stanza: str
    key: str
    match: TableMatch
    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...]
    only_new: bool

    @property
    def reads(self) -> frozenset[str]:
        """Fields of the event it looks up."""
        return frozenset(self.inputs)

    @property
    def makes(self) -> frozenset[str]:
        """Fields it writes."""
        return frozenset(name for _column, name in self.outputs)

    def __call__(self, row: Row) -> None:
        """Adds what the table says of a row."""
        values = []
        for name in self.inputs:
            value = row.get(name)
            if value is None:
                return
            if isinstance(value, list):
                raise KnowledgeRefused(
                    "props", self.stanza, self.key, f"{name} has several values in an event"
                )
            values.append(str(value))
        self._write(row, self.match.find(tuple(values)))

    def _write(self, row: Row, found: Found) -> None:
        for column, name in self.outputs:
            if self.only_new and name in row:
                continue
            texts = [text for each in found if (text := each.get(column, ""))]
            if texts:
                row[name] = of_texts(texts)
            else:
                row.pop(name, None)


def automatic_lookup(stanza: str, key: str, value: str, files: LookupFiles) -> AutomaticLookup:
    """Reads one LOOKUP setting and its table."""
    words = [found[1] or found[2] for found in _WORD.finditer(value)]
    at = next((i for i, word in enumerate(words) if word.upper() in ("OUTPUT", "OUTPUTNEW")), None)
    inputs = _names(stanza, key, words[1:at])
    if not inputs:
        raise KnowledgeRefused("props", stanza, key, "it names no field to look up")
    definition = files.confs.stanza("transforms", words[0], files.app)
    if definition is None:
        raise KnowledgeRefused("props", stanza, key, f"no [{words[0]}] in transforms.conf")
    table = files.defined(definition)
    outputs = [] if at is None else _names(stanza, key, words[at + 1 :])
    if not outputs:
        looked_up = {column for column, _name in inputs}
        outputs = [(field, field) for field in table.fields if field not in looked_up]
    _check_columns(stanza, key, table, inputs + outputs)
    return AutomaticLookup(
        stanza,
        key,
        TableMatch(table, [column for column, _name in inputs]),
        tuple(name for _column, name in inputs),
        tuple(outputs),
        only_new=at is not None and words[at].upper() == "OUTPUTNEW",
    )


def _check_columns(stanza: str, key: str, table: LookupTable, names: _Names) -> None:
    for column, _name in names:
        if column not in table.fields:
            raise KnowledgeRefused("props", stanza, key, f"{table.name} has no field {column!r}")


def _names(stanza: str, key: str, words: list[str]) -> _Names:
    names: _Names = []
    at = 0
    while at < len(words):
        if words[at].upper() == "AS":
            raise KnowledgeRefused("props", stanza, key, "AS without a field before it")
        if at + 2 < len(words) and words[at + 1].upper() == "AS":
            names.append((words[at], words[at + 2]))
            at += 3
        else:
            names.append((words[at], words[at]))
            at += 1
    return names
