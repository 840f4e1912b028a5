"""Records as CSV with Splunk's multivalue columns, both ways.

A field ``f`` with several values has them one a line in ``f``, and exactly in ``__mv_f``:
``$first$;$sec$$ond$``, where a dollar sign within a value stands twice.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, Union

Value = Union[str, list[str]]
Record = dict[str, Value]
"""As it came: text, or a list of texts where the field has several values."""
Row = Mapping[str, Any]
"""As it goes: None, text, numbers, booleans (1 and 0), dicts (as JSON), and lists of these."""

MULTIVALUE = "__mv_"
MOST_TEXT = 10 * 1024 * 1024
_ENCODED = re.compile(r"\$((?:\$\$|[^$])*)\$(?:;|$)")
_MUST_QUOTE = re.compile('[",\r\n]')

csv.field_size_limit(MOST_TEXT)


def read(body: str) -> Iterator[Record]:
    """The records of a chunk."""
    reader = csv.reader(StringIO(body))
    names = next(reader, [])
    several = {at: name[5:] for at, name in enumerate(names) if name.startswith(MULTIVALUE)}
    single = [(at, name) for at, name in enumerate(names) if at not in several]
    for cells in reader:
        cells.extend([""] * (len(names) - len(cells)))
        record: Record = {name: cells[at] for at, name in single}
        for at, name in several.items():
            if cells[at]:
                record[name] = decoded(cells[at])
        yield record


def write(rows: Iterable[Row]) -> str:
    """A chunk's body: a column for every field of any row, in the order they first appear."""
    rendered = [{name: cell(value) for name, value in row.items()} for row in rows]
    several: dict[str, bool] = {}
    for one in rendered:
        for name, (_, encoded) in one.items():
            several[name] = several.get(name, False) or bool(encoded)
    if not several:
        return ""
    header = [*several, *(MULTIVALUE + name for name, is_needed in several.items() if is_needed)]
    names = [name for name, is_needed in several.items() if is_needed]
    nothing = ("", "")
    body = StringIO()
    writer = csv.writer(body)
    writer.writerow(header)
    for one in rendered:
        text = [one.get(name, nothing)[0] for name in several]
        writer.writerow([*text, *(one.get(name, nothing)[1] for name in names)])
    return body.getvalue()


def cell(value: Any) -> tuple[str, str]:
    """A value's text, and its ``__mv_`` text: "" unless it is a list of several."""
    if isinstance(value, str):
        return value, ""
    if isinstance(value, (list, tuple)):
        if len(value) > 1:
            texts = [text_of(one) for one in value]
            return "\n".join(texts), encoded(texts)
        return (text_of(value[0]) if value else ""), ""
    return text_of(value), ""


def text_of(value: Any) -> str:
    """A single value's text, as splunklib writes it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return repr(value)


def encoded(texts: Iterable[str]) -> str:
    """Several values as ``__mv_`` columns hold them."""
    return ";".join(f"${text.replace('$', '$$')}$" for text in texts)


def decoded(text: str) -> list[str]:
    """The values that a ``__mv_`` column holds."""
    return [one.replace("$$", "$") for one in _ENCODED.findall(text)]


def quoted(text: str) -> str:
    """One cell of CSV."""
    if _MUST_QUOTE.search(text):
        text = text.replace('"', '""')
        return f'"{text}"'
    return text
