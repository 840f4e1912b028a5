"""A dataset of a data model (its JSON file) as rows with fields named ``Dataset.field``.

Constraints and eval calculations are run; regular expressions, lookups and GeoIP are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from standin.spl.context import Context, EventQuery
from standin.spl.errors import SplError, Unsupported
from standin.spl.expression import compile_expression
from standin.spl.macros import expand
from standin.spl.parsing import Word
from standin.spl.registry import construct
from standin.spl.search_expression import Condition, compile_search
from standin.spl.times import Clock
from standin.spl.values import Row, Value

PAGE = "Knowledge Manager Manual: About data models"
_BARE = ("_time", "_raw", "host", "source", "sourcetype", "index")
_ROOTS = ("BaseEvent",)
construct("data model", "constraints, eval calculations, child datasets (nodename)", PAGE)
Calculate = Callable[[Row], Any]


@dataclass(frozen=True)
class Node:
    """One dataset. ``path``: from the root, with dots. ``above``: the path of its parent."""

    path: str
    above: str
    condition: Condition
    fields: tuple[str, ...]
    calculations: tuple[tuple[str, Calculate], ...]


@dataclass(frozen=True)
class Dataset:
    """A root dataset with all below it, parents first."""

    nodes: tuple[Node, ...]

    def rows(self, context: Context, earliest: float | None, latest: float | None) -> Iterator[Row]:
        """``nodename`` has the paths of all the datasets that an event is in."""
        root = self.nodes[0].condition
        query = EventQuery(root, root.part.indexes, earliest, latest)
        for event in context.events(query):
            yield self._row(event)

    def _row(self, event: Row) -> Row:
        made: Row = {name: event[name] for name in _BARE if name in event}
        known, held = dict(event), set[str]()
        for node in self.nodes:
            if node.above and (node.above not in held or not node.condition(known)):
                continue
            held.add(node.path)
            for name, calculate in node.calculations:
                _set(known, name, calculate(known))
            for name in node.fields:
                if name in known:
                    made[f"{node.path}.{name}"] = known[name]
        made["nodename"] = sorted(held)
        return made


def _set(row: Row, name: str, value: Value | bool | None) -> None:
    if isinstance(value, bool):
        raise SplError(f"The data model's field '{name}' is true or false")
    if value is None:
        row.pop(name, None)
    else:
        row[name] = value


def dataset(word: Word, context: Context) -> Dataset:
    """``word``: ``Model.Dataset``, or ``Model`` alone if it has one root dataset."""
    model, _, root = word.text.partition(".")
    found = context.data_model(model)
    if found is None:
        raise SplError(f"Data model '{model}' was not found", word.position)
    objects = found.get("objects", [])
    roots = [one for one in objects if one.get("parentName") in _ROOTS]
    chosen = [one for one in roots if one["objectName"] == root] if root else roots
    if len(chosen) != 1:
        raise SplError(
            f"Data model '{model}' has no single root dataset of events '{root}'", word.position
        )
    return Dataset(tuple(_nodes(chosen[0], "", objects, context)))


def _nodes(one: dict[str, Any], above: str, objects: list[Any], context: Context) -> Iterator[Node]:
    name = one["objectName"]
    path = f"{above}.{name}" if above else name
    yield Node(path, above, _condition(one, context), _fields(one), _calculations(one, context))
    for child in objects:
        if child.get("parentName") == name:
            yield from _nodes(child, path, objects, context)


def _condition(one: dict[str, Any], context: Context) -> Condition:
    text = " ".join(f"({found['search']})" for found in one.get("constraints", []))
    return compile_search(expand(text, context), 0, context, times=False)


def _fields(one: dict[str, Any]) -> tuple[str, ...]:
    own = [found["fieldName"] for found in one.get("fields", [])]
    made = [
        found["fieldName"]
        for calculation in one.get("calculations", [])
        for found in calculation.get("outputFields", [])
    ]
    return tuple(dict.fromkeys([*own, *made]))


def _calculations(one: dict[str, Any], context: Context) -> tuple[tuple[str, Calculate], ...]:
    clock = Clock(context.now, context.timezone)
    found = []
    for calculation in one.get("calculations", []):
        kind = calculation.get("calculationType")
        if kind != "Eval":
            raise Unsupported(f"A data model's calculation by '{kind}' is not run here")
        name = calculation["outputFields"][0]["fieldName"]
        found.append((name, compile_expression(calculation["expression"], 0, clock).evaluate))
    return tuple(found)
