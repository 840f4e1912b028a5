"""What was asked of the simulator, counted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from simulator.sessions import Sessions


class Statistics:
    """Thread-safe."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._requests = 0
            self._by_part: Counter[str] = Counter()
            self._by_method: Counter[str] = Counter()
        self._sessions.reset_counts()

    def count(self, method: str, urls: Sequence[str]) -> None:
        with self._lock:
            self._requests += 1
            self._by_method[method] += 1
            self._by_part.update(url.strip("/").split("/", 1)[0] for url in urls)

    def report(self) -> dict[str, object]:
        with self._lock:
            return {
                "requests": self._requests,
                "urls": sum(self._by_part.values()),
                "by_first_part": dict(sorted(self._by_part.items())),
                "by_method": dict(sorted(self._by_method.items())),
                "logins": self._sessions.logins,
                "logouts": self._sessions.logouts,
                "refused_logins": self._sessions.refused_logins,
                "sessions_open": self._sessions.open_now(),
                "peak_sessions": self._sessions.peak,
            }
