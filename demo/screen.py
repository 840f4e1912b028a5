"""What the demo writes: lines, and one line that is rewritten where there is a terminal."""

from __future__ import annotations

import time
from typing import TextIO

PLAIN_PROGRESS_SECONDS = 3.0


class Screen:
    """Without a terminal, progress becomes a line every few seconds."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._terminal = out.isatty()
        self._open = False
        self._last = 0.0

    def title(self, text: str) -> None:
        self.line()
        self.line(f"── {text} " + "─" * max(0, 76 - len(text)))

    def line(self, text: str = "") -> None:
        if self._open:
            self._out.write("\n")
            self._open = False
        self._out.write(text + "\n")
        self._out.flush()

    def progress(self, text: str) -> None:
        """Replaces the last progress line."""
        if self._terminal:
            self._out.write("\r\x1b[K" + text)
            self._out.flush()
            self._open = True
        elif time.monotonic() - self._last >= PLAIN_PROGRESS_SECONDS:
            self._last = time.monotonic()
            self.line(text)
