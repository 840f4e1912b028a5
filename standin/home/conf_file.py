"""One Splunk .conf file: text to stanzas and back."""

import os
from pathlib import Path

Stanzas = dict[str, dict[str, str]]


def parse(text: str) -> Stanzas:
    """Stanza name to its settings; settings before the first stanza belong to ``default``."""
    stanzas: Stanzas = {}
    current = "default"
    for line in _logical_lines(text):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if bare.startswith("[") and bare.endswith("]"):
            current = bare[1:-1] or "default"
            stanzas.setdefault(current, {})
            continue
        key, equals, value = line.partition("=")
        if not equals:
            raise ValueError(f"neither a stanza nor a setting: {line!r}")
        stanzas.setdefault(current, {})[key.strip()] = value.strip()
    return stanzas


def render(stanzas: Stanzas) -> str:
    """The text of a .conf file that parses back to ``stanzas``."""
    blocks = []
    for name, settings in stanzas.items():
        lines = [f"[{name}]"]
        lines += [f"{key} = {_on_lines(value)}" for key, value in settings.items()]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def read(path: Path) -> Stanzas:
    """Stanzas of a file; an absent file has none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def write(path: Path, stanzas: Stanzas) -> None:
    """Replaces the file in one step; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(render(stanzas))
    fresh.replace(path)


def _logical_lines(text: str) -> list[str]:
    lines: list[str] = []
    continued = False
    for line in text.splitlines():
        ends_open = line.endswith("\\")
        body = line[:-1] if ends_open else line
        if continued:
            lines[-1] += "\n" + body
        else:
            lines.append(body)
        continued = ends_open
    return lines


def _on_lines(value: str) -> str:
    return value.replace("\n", "\\\n")
