"""Draws the app's icons: a shield that holds the rows of a rule table. Standard library only.

``python docs/icons/draw.py`` writes them to static/ and appserver/static/.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = (ROOT / "static", ROOT / "appserver" / "static")
SAMPLES = 4  # per pixel and direction, against jagged edges

Colour = tuple[int, int, int]
CLEAR = (0, 0, 0, 0)
TEAL: Colour = (11, 92, 107)
WHITE: Colour = (255, 255, 255)
AMBER: Colour = (255, 183, 77)
ROWS = ((0.27, 0.36), (0.43, 0.52), (0.59, 0.68))  # top and bottom; the second one decides


def half_width(y: float) -> float:
    """Half the shield's width at height ``y`` (0 top, 1 bottom)."""
    if not 0.04 <= y <= 0.97:
        return 0.0
    return 0.42 if y < 0.5 else 0.42 * (1 - ((y - 0.5) / 0.47) ** 2) ** 0.6


def colour_at(x: float, y: float, shield: Colour, rows: Colour, decides: Colour) -> tuple[int, ...]:
    off = abs(x - 0.5)
    if off >= half_width(y):
        return CLEAR
    for number, (top, bottom) in enumerate(ROWS):
        if top <= y < bottom and off < half_width(y) - 0.12:
            return (*(decides if number == 1 else rows), 255)
    return (*shield, 255)


def pixel(x: int, y: int, size: int, colours: tuple[Colour, Colour, Colour]) -> bytes:
    steps = [(i + 0.5) / SAMPLES for i in range(SAMPLES)]
    seen = [colour_at((x + i) / size, (y + j) / size, *colours) for i in steps for j in steps]
    alpha = sum(colour[3] for colour in seen)
    if not alpha:
        return bytes(CLEAR)
    mixed = [sum(c[part] * c[3] for c in seen) // alpha for part in range(3)]
    return bytes([*mixed, alpha // len(seen)])


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(size: int, colours: tuple[Colour, Colour, Colour]) -> bytes:
    lines = [b"\0" + b"".join(pixel(x, y, size, colours) for x in range(size)) for y in range(size)]
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    packed = zlib.compress(b"".join(lines), 9)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def main() -> None:
    on_light, on_dark = (TEAL, WHITE, AMBER), (WHITE, TEAL, AMBER)
    drawn = {
        "appIcon.png": png(36, on_light),
        "appIcon_2x.png": png(72, on_light),
        "appIconAlt.png": png(36, on_dark),
        "appIconAlt_2x.png": png(72, on_dark),
    }
    for folder in FOLDERS:
        for name, content in drawn.items():
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
