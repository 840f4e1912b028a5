"""The XML splunkd writes to an input's stdin."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from standin.home.layers import Stanza


@dataclass(frozen=True)
class Server:
    """What an input is told of the server that started it."""

    host: str
    uri: str
    session_key: str

    def __repr__(self) -> str:
        return f"Server(host={self.host!r}, uri={self.uri!r})"


def run_xml(server: Server, checkpoints: Path, stanzas: list[Stanza]) -> bytes:
    """Standard input of a run: ``<input>`` with one ``<stanza>`` per input."""
    root = _root("input", server, checkpoints)
    configuration = ET.SubElement(root, "configuration")
    for stanza in stanzas:
        node = ET.SubElement(configuration, "stanza", name=stanza.name, app=stanza.app)
        _params(node, stanza.settings)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def validation_xml(server: Server, checkpoints: Path, name: str, settings: dict[str, str]) -> bytes:
    """Standard input of ``--validate-arguments``: ``<items>`` with one ``<item>``."""
    root = _root("items", server, checkpoints)
    _params(ET.SubElement(root, "item", name=name), settings)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _root(tag: str, server: Server, checkpoints: Path) -> ET.Element:
    root = ET.Element(tag)
    for name, text in (
        ("server_host", server.host),
        ("server_uri", server.uri),
        ("session_key", server.session_key),
        ("checkpoint_dir", str(checkpoints)),
    ):
        ET.SubElement(root, name).text = text
    return root


def _params(node: ET.Element, settings: dict[str, str]) -> None:
    for name, value in sorted(settings.items()):
        ET.SubElement(node, "param", name=name).text = value
