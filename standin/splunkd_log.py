"""var/log/splunk/splunkd.log."""

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")


@dataclass(frozen=True)
class LogLine:
    """One line of splunkd.log."""

    level: str
    component: str
    message: str


class SplunkdLog:
    """Writes splunkd.log and remembers its lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._lines: list[LogLine] = []

    def write(self, level: str, component: str, message: str) -> None:
        """Adds a line; ``level`` is one of LEVELS."""
        stamp = datetime.now().astimezone().strftime("%m-%d-%Y %H:%M:%S.%f %z")
        text = " ".join(message.splitlines())
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            self._lines.append(LogLine(level, component, message))
            file.write(f"{stamp} {level:<5} {component} - {text}\n")

    def lines(self, level: str | None = None, component: str | None = None) -> list[LogLine]:
        """Lines written since the start, of one level and component when given."""
        with self._lock:
            return [
                line
                for line in self._lines
                if level in (None, line.level) and component in (None, line.component)
            ]
