"""LOOKUP-<class>: fields from lookup tables, without a command."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from standin.knowledge.field_values import of_texts
from standin.knowledge.lookup_files import LookupFiles
from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.context import LookupTable
from standin.spl.lookup_match import Finder
from standin.spl.values import Row, Value

_WORD = re.compile(r'[\s,]*(?:"([^"]+)"|([^\s,]+))')
_Names = list[tuple[str, str]]


class AutomaticLookup:
    """One LOOKUP: ``reads`` fields of the event, ``makes`` others."""

    def __init__(
        self, stanza: str, key: str, table: Callable[[], LookupTable], plan: "_Plan"
    ) -> None:
        self._stanza = stanza
        self._key = key
        self._table = table
        self._plan = plan
        self._known: tuple[LookupTable, Finder] | None = None
        self.reads = frozenset(name for _column, name in plan.inputs)
        """Fields of the event it looks up."""
        self.makes = frozenset(name for _column, name in plan.outputs)
        """Fields it writes."""

    def __call__(self, row: Row) -> None:
        """Adds what the table says of a row."""
        values: list[Value] = []
        for _column, name in self._plan.inputs:
            value = row.get(name)
            if value is None:
                return
            if isinstance(value, list):
                raise KnowledgeRefused(
                    "props", self._stanza, self._key, f"{name} has several values in an event"
                )
            values.append(str(value))
        table, finder = self._now()
        self._write(row, table, finder.find(values, row.get("_time")))

    def _now(self) -> tuple[LookupTable, Finder]:
        """The table as it is; it is another one when a collection changed."""
        table = self._table()
        if self._known is None or self._known[0] is not table:
            self._known = table, Finder(table, [column for column, _name in self._plan.inputs])
        return self._known

    def _write(self, row: Row, table: LookupTable, found: list[dict[str, str]]) -> None:
        missing = max(0, table.min_matches - len(found)) if table.default_match else 0
        for column, name in self._plan.outputs:
            if self._plan.only_new and name in row:
                continue
            texts = [text for each in found if (text := each.get(column, ""))]
            texts += [table.default_match] * missing
            if texts:
                row[name] = of_texts(texts)
            else:
                row.pop(name, None)


@dataclass(frozen=True)
class _Plan:
    """Columns of the table and fields of the event."""

    inputs: _Names
    outputs: _Names
    only_new: bool


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
    only_new = at is not None and words[at].upper() == "OUTPUTNEW"
    plan = _Plan(inputs, outputs, only_new)
    return AutomaticLookup(stanza, key, lambda: files.defined(definition), plan)


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
