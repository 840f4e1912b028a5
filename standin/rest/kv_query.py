"""Queries of the KV store: the operators its documentation lists, and no others."""

import json
import re
from collections.abc import Callable
from typing import Any

from standin.rest.exchange import Refusal

Document = dict[str, Any]
Test = Callable[[Document], bool]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda left, right: bool(left > right),
    "$gte": lambda left, right: bool(left >= right),
    "$lt": lambda left, right: bool(left < right),
    "$lte": lambda left, right: bool(left <= right),
}


def test_of(query: Any) -> Test:
    """What a query asks of a document; Refusal for what is not known."""
    if not isinstance(query, dict):
        raise Refusal(400, "A query must be a JSON object.")
    tests = [_clause(name, value) for name, value in query.items()]
    return lambda document: all(test(document) for test in tests)


def projected(document: Document, fields: str) -> Document:
    """A document's fields: ``a,b`` or ``a:1`` to keep some, ``a:0`` to leave some out."""
    kept, left_out = set[str](), set[str]()
    for part in filter(None, (each.strip() for each in fields.split(","))):
        name, _colon, wish = part.partition(":")
        if wish not in ("", "0", "1"):
            raise Refusal(400, f"fields={fields}: give 0 or 1")
        (left_out if wish == "0" else kept).add(name)
    if kept and left_out - {"_key"}:
        raise Refusal(400, f"fields={fields}: keep some or leave some out, not both")
    if kept:
        kept |= {"_key"} - left_out
        return {name: value for name, value in document.items() if name in kept}
    return {name: value for name, value in document.items() if name not in left_out}


def ordered(documents: list[Document], sort: str) -> list[Document]:
    """Documents in order of ``a:1,b:-1``; missing values come first, numbers before text."""
    for part in reversed([each.strip() for each in sort.split(",") if each.strip()]):
        name, _colon, direction = part.partition(":")
        if direction not in ("", "1", "-1"):
            raise Refusal(400, f"sort={sort}: give 1 or -1")
        documents = sorted(
            documents, key=lambda each: _rank(_value(each, name)), reverse=direction == "-1"
        )
    return documents


def _clause(name: str, value: Any) -> Test:
    if name in ("$and", "$or"):
        if not isinstance(value, list) or not value:
            raise Refusal(400, f"{name} takes a list of queries.")
        tests = [test_of(each) for each in value]
        quantifier = all if name == "$and" else any
        return lambda document: quantifier(test(document) for test in tests)
    if name == "$not":
        test = test_of(value)
        return lambda document: not test(document)
    if name.startswith("$"):
        raise Refusal(400, f"The stand-in does not know {name} in a query.", unknown=True)
    if isinstance(value, dict) and any(key.startswith("$") for key in value):
        tests = [_operator(name, key, operand) for key, operand in value.items()]
        return lambda document: all(test(document) for test in tests)
    return lambda document: _equal(_value(document, name), value)


def _operator(name: str, operator: str, operand: Any) -> Test:
    if operator == "$ne":
        return lambda document: not _equal(_value(document, name), operand)
    if operator == "$not":
        test = _clause(name, operand)
        return lambda document: not test(document)
    if operator == "$regex":
        pattern = re.compile(str(operand))
        return lambda document: (
            isinstance(value := _value(document, name), str) and bool(pattern.search(value))
        )
    compare = _COMPARISONS.get(operator)
    if compare is None:
        raise Refusal(400, f"The stand-in does not know {operator} in a query.", unknown=True)

    def compares(document: Document) -> bool:
        value = _value(document, name)
        return _rank(value)[0] == _rank(operand)[0] and compare(value, operand)

    return compares


def _value(document: Document, name: str) -> Any:
    if name in document:
        return document[name]
    value: Any = document
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, list) and not isinstance(right, list):
        return right in left
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _rank(value: Any) -> tuple[int, Any]:
    """Values of one kind are compared, kinds follow one another."""
    if value is None:
        return 0, 0
    if isinstance(value, bool):
        return 4, value
    if isinstance(value, int | float):
        return 1, value
    if isinstance(value, str):
        return 2, value
    return 3, json.dumps(value, sort_keys=True)
