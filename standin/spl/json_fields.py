"""Fields of a JSON event, named as the spath command names them."""

import json
import re
from collections.abc import Iterator
from typing import Any

Field = tuple[str, str]
_DECODE = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).decode
_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<plain>[-+.\w]+)(?=[\s,\]}])|(?P<sign>[\[\]{},:]))'
)
_WORDS = {True: "true", False: "false", None: "null"}


def json_fields(text: str) -> list[Field]:
    """Names and values in order; [] for text that is no JSON object or list.

    Numbers stay as they are written; an empty text makes no field.
    """
    if not text.lstrip().startswith(("{", "[")):
        return []
    try:
        value = _DECODE(text)
    except ValueError:
        return []
    return list(_flat("", value))


def json_fields_until_cut(text: str) -> list[Field]:
    """The same of JSON that was cut off: what was complete before the cut."""
    return [field for field in _cut_off(text) if field[1]]


def _flat(name: str, value: Any) -> Iterator[Field]:
    if isinstance(value, dict):
        prefix = f"{name}." if name else ""
        for key, inner in value.items():
            if isinstance(inner, str):
                if inner:
                    yield prefix + key, inner
            else:
                yield from _flat(prefix + key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(name + "{}", inner)
    elif isinstance(value, str):
        if value:
            yield name, value
    else:
        yield name, _WORDS[value]


def _cut_off(text: str) -> Iterator[Field]:
    path: list[str] = []
    kinds: list[str] = []
    at, key_next = 0, False
    while (token := _TOKEN.match(text, at)) is not None:
        at = token.end()
        sign = token["sign"]
        if sign in ("{", "["):
            kinds.append(sign)
            path.append("" if sign == "{" else "{}")
            key_next = sign == "{"
        elif sign in ("}", "]"):
            if not kinds:
                return
            kinds.pop()
            path.pop()
            key_next = False
        elif sign == ",":
            key_next = bool(kinds) and kinds[-1] == "{"
        elif sign != ":":
            value = json.loads(token["text"]) if token["text"] else token["plain"]
            if key_next:
                path[-1] = value
                key_next = False
            else:
                yield _joined(path), value


def _joined(path: list[str]) -> str:
    name = ""
    for part in path:
        name += part if part == "{}" or not name else f".{part}"
    return name
