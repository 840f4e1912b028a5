"""Replies as Atom XML and as JSON."""

import json
import time
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import quote

from standin.rest.exchange import Entries, Entry

ATOM = "http://www.w3.org/2005/Atom"
REST = "http://dev.splunk.com/ns/rest"
SEARCH = "http://a9.com/-/spec/opensearch/1.1/"
XML_TYPE = "text/xml; charset=utf-8"
JSON_TYPE = "application/json; charset=utf-8"

for prefix, uri in (("", ATOM), ("s", REST), ("opensearch", SEARCH)):
    ET.register_namespace(prefix, uri)


def acl(entry: Entry) -> dict[str, Any]:
    """The access control list of an entity; what it lets the caller do."""
    may, private = entry.can_write, entry.sharing == "user"
    return {
        "app": entry.app, "owner": entry.owner, "sharing": entry.sharing,
        "can_change_perms": may, "can_list": True, "can_share_app": may,
        "can_share_global": may, "can_share_user": private, "can_write": may,
        "modifiable": may, "removable": may,
        "perms": None if private else {"read": list(entry.read), "write": list(entry.write)},
    }  # fmt: skip


def as_json(reply: Entries, endpoint: str, total: int, offset: int) -> bytes:
    """The reply as splunkd's ``output_mode=json``."""
    entries = []
    for entry in reply.entries:
        link = _link(endpoint, entry)
        entries.append({
            "name": entry.name, "id": link, "updated": _time(entry.updated),
            "author": entry.owner,
            "links": {"alternate": link, "list": link, "edit": link, "remove": link},
            "acl": acl(entry), "content": entry.content,
            **({"fields": _fields(entry)} if entry.fields else {}),
            **({"published": entry.published} if entry.published else {}),
        })  # fmt: skip
    return json.dumps({
        "links": {}, "origin": f"/services/{endpoint}", "updated": _now(),
        "generator": {"build": "stand-in", "version": "0"}, "entry": entries,
        "paging": {"total": total, "perPage": len(entries), "offset": offset},
        "messages": [{"type": level, "text": text} for level, text in reply.messages],
    }).encode()  # fmt: skip


def as_atom(reply: Entries, endpoint: str, total: int, offset: int) -> bytes:
    """The reply as an Atom feed, or as its only entry."""
    if reply.alone:
        return _bytes(_atom_entry(None, endpoint, reply.entries[0]))
    feed = ET.Element(f"{{{ATOM}}}feed")
    _text(feed, f"{{{ATOM}}}title", endpoint.rpartition("/")[2])
    _text(feed, f"{{{ATOM}}}id", f"/services/{endpoint}")
    _text(feed, f"{{{ATOM}}}updated", _now())
    ET.SubElement(feed, f"{{{ATOM}}}generator", build="stand-in", version="0")
    _text(feed, f"{{{SEARCH}}}totalResults", str(total))
    _text(feed, f"{{{SEARCH}}}itemsPerPage", str(len(reply.entries)))
    _text(feed, f"{{{SEARCH}}}startIndex", str(offset))
    messages = ET.SubElement(feed, f"{{{REST}}}messages")
    for level, text in reply.messages:
        ET.SubElement(messages, f"{{{REST}}}msg", type=level).text = text
    for entry in reply.entries:
        _atom_entry(feed, endpoint, entry)
    return _bytes(feed)


def message(text: str, *, json_wanted: bool, level: str = "ERROR") -> tuple[bytes, str]:
    """A reply that holds only a message, and its content type."""
    if json_wanted:
        return json.dumps({"messages": [{"type": level, "text": text}]}).encode(), JSON_TYPE
    response = ET.Element("response")
    ET.SubElement(ET.SubElement(response, "messages"), "msg", type=level).text = text
    return ET.tostring(response, encoding="utf-8", xml_declaration=True), XML_TYPE


def _bytes(node: ET.Element) -> bytes:
    return bytes(ET.tostring(node, encoding="utf-8", xml_declaration=True))


def _atom_entry(feed: ET.Element | None, endpoint: str, entry: Entry) -> ET.Element:
    tag = f"{{{ATOM}}}entry"
    node = ET.Element(tag) if feed is None else ET.SubElement(feed, tag)
    link = _link(endpoint, entry)
    _text(node, f"{{{ATOM}}}title", entry.name)
    _text(node, f"{{{ATOM}}}id", link)
    _text(node, f"{{{ATOM}}}updated", _time(entry.updated))
    if entry.published:
        _text(node, f"{{{ATOM}}}published", entry.published)
    for relation in ("alternate", "list", "edit", "remove"):
        ET.SubElement(node, f"{{{ATOM}}}link", href=link, rel=relation)
    _text(ET.SubElement(node, f"{{{ATOM}}}author"), f"{{{ATOM}}}name", entry.owner)
    content = ET.SubElement(node, f"{{{ATOM}}}content", type="text/xml")
    shown = {**entry.content, "eai:acl": acl(entry)}
    if entry.fields:
        required, optional, wildcard = entry.fields
        shown["eai:attributes"] = {
            "requiredFields": list(required), "optionalFields": list(optional),
            "wildcardFields": list(wildcard),
        }  # fmt: skip
    _value(content, shown)
    return node


def _fields(entry: Entry) -> dict[str, list[str]]:
    required, optional, wildcard = entry.fields
    return {"required": list(required), "optional": list(optional), "wildcard": list(wildcard)}


def _value(parent: ET.Element, value: Any) -> None:
    if isinstance(value, dict):
        node = ET.SubElement(parent, f"{{{REST}}}dict")
        for name, each in value.items():
            _value(ET.SubElement(node, f"{{{REST}}}key", name=name), each)
    elif isinstance(value, list):
        node = ET.SubElement(parent, f"{{{REST}}}list")
        for each in value:
            _value(ET.SubElement(node, f"{{{REST}}}item"), each)
    elif isinstance(value, bool):
        parent.text = "1" if value else "0"
    elif value is not None:
        parent.text = str(value)


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _link(endpoint: str, entry: Entry) -> str:
    return (
        entry.link
        or f"/servicesNS/{entry.owner}/{entry.app}/{endpoint}/{quote(entry.name, safe='')}"
    )


def _now() -> str:
    return _time(None)


def _time(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seconds))
