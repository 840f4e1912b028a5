"""XML as events hold it: cut at the end, attributes without quotes, a prologue that is not closed.

The examples of Search Reference: spath are written so.
"""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree as Xml

_TOKEN = re.compile(
    r"<!--.*?-->|<\?[^>]*>|<!\[CDATA\[(?P<data>.*?)\]\]>|<![^>]*>"
    r"|<(?P<end>/?)(?P<name>[A-Za-z_][\w:.-]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*?)"
    r"(?P<empty>/?)>|(?P<text>[^<]+)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")


def loose_root(text: str) -> Xml.Element | None:
    """The first element. None where elements do not nest, or for a text without one."""
    text = text.strip()
    if text[:1] != "<":
        return None
    nodes = _Nodes()
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            break
        if not nodes.take(found):
            return None
        at = found.end()
    nodes.cut()
    return nodes.root


class _Nodes:
    """``root``: the first element; ``open``: those whose end has not come."""

    def __init__(self) -> None:
        self.root: Xml.Element | None = None
        self.open: list[Xml.Element] = []

    def take(self, found: re.Match[str]) -> bool:
        """False where an end belongs to no element that is open."""
        if found["text"] is not None or found["data"] is not None:
            self._text(found["data"] if found["text"] is None else unescape(found["text"]))
        elif found["name"] is None:
            return True
        elif found["end"]:
            return self._end(found["name"])
        else:
            self._begin(found)
        return True

    def cut(self) -> None:
        """The text that the end of everything cut short is no value."""
        if self.open and not len(self.open[-1]):
            self.open[-1].text = None

    def _text(self, text: str) -> None:
        if not self.open:
            return
        node = self.open[-1]
        if len(node):
            node[-1].tail = (node[-1].tail or "") + text
        else:
            node.text = (node.text or "") + text

    def _end(self, name: str) -> bool:
        if not self.open or self.open[-1].tag != _local(name):
            return False
        self.open.pop()
        return True

    def _begin(self, found: re.Match[str]) -> None:
        attributes = {
            _local(one[1]): unescape(next(part for part in one.groups()[1:] if part is not None))
            for one in _ATTRIBUTE.finditer(found["attributes"])
            if not one[1].startswith("xmlns")
        }
        node = Xml.Element(_local(found["name"]), attributes)
        if self.open:
            self.open[-1].append(node)
        elif self.root is None:
            self.root = node
        if not found["empty"]:
            self.open.append(node)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
