"""A dataset of a data model (its JSON file) as rows.

Constraints and eval calculations are run; regular expressions, lookups and GeoIP are refused, and
so are datasets that begin with a search or a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from standin.spl.context import Context, EventQuery
from standin.spl.errors import SplError, Unsupported
from standin.spl.expression import compile_expression
from standin.spl.macros import expand
from standin.spl.registry import construct
from standin.spl.search_expression import Condition, compile_search
from standin.spl.times import Clock
from standin.spl.values import Row, Value

PAGE = "Knowledge Manager Manual: About data models"
BARE = ("_time", "_raw", "host", "source", "sourcetype", "index", "splunk_server", "linecount")
"""Default fields, which keep their names."""
_BASES = ("BaseEvent", "BaseSearch", "BaseTransaction")
construct("data model", "constraints, eval calculations, child datasets (nodename)", PAGE)
Calculate = Callable[[Row], Any]
Found = tuple[dict[str, list[str]], Row]


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
    """A root dataset with all below it, parents first. ``chosen``: the path of the one that was
    asked for. ``strict``: what datamodels.conf says of strict_fields."""

    nodes: tuple[Node, ...]
    chosen: str
    strict: bool = True

    def rows(self, context: Context, earliest: float | None, latest: float | None) -> Iterator[Row]:
        """Fields are named by their dataset's path. ``nodename`` has the paths of all the datasets
        that an event is in."""
        for held, known in self._found(context, earliest, latest):
            made: Row = {name: known[name] for name in BARE if name in known}
            for path, names in held.items():
                made.update({f"{path}.{name}": known[name] for name in names})
            made["nodename"] = sorted(held)
            yield made

    def events(self, context: Context, *, flat: bool, strict: bool) -> Iterator[Row]:
        """Default fields and those of the chosen dataset and the ones above it. ``flat``: without
        the datasets' paths before their names. ``strict``: only fields that constraints name."""
        line = [node for node in self.nodes if f"{self.chosen}.".startswith(f"{node.path}.")]
        named = frozenset().union(*(node.condition.reads for node in line))
        for held, known in self._found(context, context.earliest, context.latest):
            made: Row = {name: known[name] for name in BARE if name in known}
            for node in line:
                for name in held[node.path]:
                    if name in named or not strict:
                        made[name if flat else f"{node.path}.{name}"] = known[name]
            yield made

    def _found(
        self, context: Context, earliest: float | None, latest: float | None
    ) -> Iterator[Found]:
        """Of each event in the chosen dataset: fields by the datasets it is in; all its fields."""
        root = self.nodes[0].condition
        for event in context.events(EventQuery(root, root.part.indexes, earliest, latest)):
            held, known = self._held(event)
            if self.chosen in held:
                yield held, known

    def _held(self, event: Row) -> Found:
        known, held = dict(event), dict[str, list[str]]()
        for node in self.nodes:
            if node.above and (node.above not in held or not node.condition(known)):
                continue
            for name, calculate in node.calculations:
                _set(known, name, calculate(known))
            held[node.path] = [name for name in node.fields if name in known]
        return held, known


def _set(row: Row, name: str, value: Value | bool | None) -> None:
    if isinstance(value, bool):
        raise SplError(f"The data model's field '{name}' is true or false")
    if value is None:
        row.pop(name, None)
    else:
        row[name] = value


def dataset(text: str, position: int, context: Context) -> Dataset:
    """``text``: ``Model.Dataset``, or ``Model`` alone if it has one root dataset."""
    model, _, name = text.partition(".")
    found = context.data_model(model)
    if found is None:
        raise SplError(f"Data model '{model}' was not found", position)
    objects = found.get("objects", [])
    roots = [one for one in objects if one.get("parentName") in _BASES]
    chosen = [one for one in objects if one["objectName"] == name] if name else roots
    if len(chosen) != 1:
        what = f"dataset '{name}'" if name else "root dataset: name one"
        raise SplError(f"Data model '{model}' has no single {what}", position)
    root = _root(chosen[0], objects, position)
    if root["parentName"] != "BaseEvent":
        raise Unsupported(
            f"'{root['objectName']}' of '{model}' begins with a search or a transaction: only"
            " datasets of events are run here",
            position,
        )
    nodes = tuple(_nodes(root, "", objects, context))
    path = next(
        node.path for node in nodes if node.path.rpartition(".")[2] == chosen[0]["objectName"]
    )
    return Dataset(nodes, path, found.get("strict_fields", True))


def _root(one: dict[str, Any], objects: list[Any], position: int) -> dict[str, Any]:
    while one.get("parentName") not in _BASES:
        above = [other for other in objects if other["objectName"] == one.get("parentName")]
        if not above or above[0] is one:
            raise SplError(f"The dataset '{one['objectName']}' has no root dataset", position)
        one = above[0]
    return one


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
    """Without the default fields, which the model lists, too."""
    own = [found["fieldName"] for found in one.get("fields", [])]
    made = [
        found["fieldName"]
        for calculation in one.get("calculations", [])
        for found in calculation.get("outputFields", [])
    ]
    return tuple(name for name in dict.fromkeys([*own, *made]) if name not in BARE)


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
