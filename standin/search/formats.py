"""Results as JSON (three shapes), CSV and XML, as splunkd's clients parse them."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from standin.search.table import Cell, Table
from standin.spl.values import Row

JSON = "application/json; charset=utf-8"
CSV = "text/csv; charset=utf-8"
XML = "text/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True)
class Page:
    """A part of a table: ``rows`` from ``offset`` on, in the columns ``fields``."""

    table: Table
    fields: list[str]
    rows: list[Row]
    offset: int = 0
    preview: bool = False
    messages: tuple[tuple[str, str], ...] = ()
    with_metadata: bool = False
    processed: int | None = None
    """Rows of all pages, when more commands ran over a job's results."""

    def cells(self, row: Row) -> dict[str, Cell]:
        """A row's values by column; columns that it does not have are left out."""
        return {
            name: self.table.cell(name, row[name]) for name in self.fields if name in row
        }  # fmt: skip

    def head(self) -> dict[str, Any]:
        """What every JSON shape begins with."""
        counted = {} if self.processed is None else {"post_process_count": self.processed}
        return {
            "preview": self.preview,
            "init_offset": self.offset,
            **counted,
            "messages": [{"type": level, "text": text} for level, text in self.messages],
        }

    def columns(self) -> list[Any]:
        """The columns' names, or objects that name them."""
        return [{"name": each} for each in self.fields] if self.with_metadata else self.fields


def as_json(page: Page) -> bytes:
    """``output_mode=json``: an object a row."""
    return _dumped(
        page.head()
        | {
            "fields": [{"name": each} for each in page.fields],
            "results": [page.cells(row) for row in page.rows],
            "highlighted": {},
        }
    )


def as_json_rows(page: Page) -> bytes:
    """``output_mode=json_rows``: a list a row, null where the row has no value."""
    rows = [[_or_none(page, row, name) for name in page.fields] for row in page.rows]
    return _dumped(page.head() | {"fields": page.columns(), "rows": rows})


def as_json_cols(page: Page) -> bytes:
    """``output_mode=json_cols``: a list a column."""
    columns = [[_or_none(page, row, name) for row in page.rows] for name in page.fields]
    return _dumped(page.head() | {"fields": page.columns(), "columns": columns})


def as_csv(page: Page) -> bytes:
    """``output_mode=csv``: values of a multivalue field stand on lines of one cell."""
    if not page.fields:
        return b""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(page.fields)
    for row in page.rows:
        cells = page.cells(row)
        writer.writerow([_joined(cells.get(name, "")) for name in page.fields])
    return text.getvalue().encode()


def as_xml(page: Page) -> bytes:
    """``output_mode=xml``."""
    root = ET.Element("results", preview="1" if page.preview else "0")
    order = ET.SubElement(ET.SubElement(root, "meta"), "fieldOrder")
    for name in page.fields:
        ET.SubElement(order, "field").text = name
    if page.messages:
        messages = ET.SubElement(root, "messages")
        for level, text in page.messages:
            ET.SubElement(messages, "msg", type=level).text = text
    for number, row in enumerate(page.rows, page.offset):
        _xml_result(ET.SubElement(root, "result", offset=str(number)), page.cells(row))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def as_raw(page: Page) -> bytes:
    """``output_mode=raw``: the text of each event, on lines of its own."""
    return "".join(f"{page.table.cell('_raw', row['_raw'])}\n" for row in page.rows).encode()


def as_export(page: Page) -> bytes:
    """``output_mode=json`` of an export: a line a row."""
    lines: list[dict[str, Any]] = []
    if page.messages:
        lines.append({"preview": False, "messages": page.head()["messages"]})
    last = len(page.rows) - 1
    for number, row in enumerate(page.rows):
        line: dict[str, Any] = {"preview": page.preview, "offset": number}
        if number == last:
            line["lastrow"] = True
        lines.append(line | {"result": page.cells(row)})
    if not page.rows:
        lines.append({"preview": page.preview, "lastrow": True})
    return b"".join(_dumped(line) + b"\n" for line in lines)


Formats = dict[str, tuple[str, Callable[[Page], bytes]]]

FORMATS: Formats = {
    "json": (JSON, as_json),
    "json_rows": (JSON, as_json_rows),
    "json_cols": (JSON, as_json_cols),
    "csv": (CSV, as_csv),
    "xml": (XML, as_xml),
    "raw": (TEXT, as_raw),
}
EXPORTS: Formats = FORMATS | {"json": (JSON, as_export)}


def _xml_result(node: ET.Element, cells: dict[str, Cell]) -> None:
    for name, cell in cells.items():
        column = ET.SubElement(node, "field", k=name)
        if name == "_raw":
            shown = ET.SubElement(column, "v", {_XML_SPACE: "preserve", "trunc": "0"})
            shown.text = _legal(_joined(cell))
            continue
        for value in cell if isinstance(cell, list) else [cell]:
            ET.SubElement(ET.SubElement(column, "value"), "text").text = _legal(value)


def _legal(text: str) -> str:
    """Without the characters that XML cannot carry."""
    return "".join(
        each if each >= " " or each in "\t\n\r" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def _or_none(page: Page, row: Row, name: str) -> Cell | None:
    return page.table.cell(name, row[name]) if name in row else None


def _joined(cell: Cell) -> str:
    return "\n".join(cell) if isinstance(cell, list) else cell


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()
