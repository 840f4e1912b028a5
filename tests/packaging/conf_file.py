"""Reads Splunk's conf and spec files: stanza -> setting -> value."""

from __future__ import annotations

from pathlib import Path


def read(path: Path) -> dict[str, dict[str, str]]:
    stanzas: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = stanzas.setdefault(line.strip("[] "), {})
        elif "=" in line and not line.startswith(("#", "*")):
            name, value = line.split("=", 1)
            current[name.strip()] = value.strip()
    return stanzas
