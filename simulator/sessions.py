"""Sessions and API tokens: who may ask, and until when."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from simulator.refusal import Refused


@dataclass
class Session:
    """``queue`` is held while one of its requests is answered: a session's requests queue."""

    key: str
    user: str
    number: int
    last_used: float
    started: float
    queue: threading.Lock = field(default_factory=threading.Lock, repr=False)


@dataclass
class Limits:
    """Times in seconds. ``login_max``: sessions one user may have; ``login_max_code``: what the
    next log-in is answered (not documented, hence a knob). ``lockout_threshold``: wrong passwords
    in a row that lock a user for ``lockout_seconds`` (0 = never)."""

    idle_timeout: float = 900.0
    login_max: int = 32
    login_max_code: int = -22
    lockout_threshold: int = 0
    lockout_seconds: float = 60.0
    lockout_code: int = -22


class Sessions:
    """Thread-safe. ``users``: name to password; ``tokens``: API token to user name."""

    def __init__(
        self,
        users: dict[str, str],
        tokens: dict[str, str],
        limits: Limits,
        seed: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.users = users
        self.tokens = tokens
        self.limits = limits
        self._clock = clock
        self._random = Random(seed)
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}
        self._ended: list[Session] = []
        self.logins = self.logouts = self.refused_logins = self.peak = 0
        self._number = 34000
        self._failures: dict[str, tuple[int, float]] = {}

    def login(self, user: str, password: str) -> Session:
        """Refused: -22 for a wrong password, ``login_max_code`` for one session too many."""
        with self._lock:
            if self._locked_out(user):
                self.refused_logins += 1
                raise Refused(self.limits.lockout_code)
            if self.users.get(user) != password or not password:
                self.refused_logins += 1
                self._failures[user] = (self._failures.get(user, (0, 0.0))[0] + 1, self._clock())
                raise Refused(-22)
            self._failures.pop(user, None)
            return self._new(user)

    def cloud_login(self, token: str) -> Session:
        """As FortiManager Cloud does it. Refused (-22) when the token is none of ours."""
        with self._lock:
            user = self.tokens.get(token)
            if user is None:
                self.refused_logins += 1
                raise Refused(-22)
            return self._new(user)

    def _new(self, user: str) -> Session:
        self._expire()
        mine = sum(session.user == user for session in self._open.values())
        if mine >= self.limits.login_max:
            self.refused_logins += 1
            raise Refused(self.limits.login_max_code)
        self._number += 1
        key = base64.b64encode(self._random.randbytes(64)).decode()
        now = self._clock()
        session = self._open[key] = Session(key, user, self._number, now, now)
        self.logins += 1
        self.peak = max(self.peak, len(self._open))
        return session

    def logout(self, key: str) -> None:
        with self._lock:
            ended = self._open.pop(key, None)
            if ended is not None:
                self._ended.append(ended)
                self.logouts += 1

    def take_ended(self) -> list[Session]:
        """Sessions that ended since this was last asked."""
        with self._lock:
            self._expire()
            ended, self._ended = self._ended, []
            return ended

    def find(self, key: object, touch: bool = True) -> Session | None:
        """The open session of this key; None when it is unknown or expired."""
        with self._lock:
            self._expire()
            session = self._open.get(key) if isinstance(key, str) else None
            if session is not None and touch:
                session.last_used = self._clock()
            return session

    def time_left(self, session: Session) -> int:
        return int(session.last_used + self.limits.idle_timeout - self._clock())

    def expire_all(self) -> int:
        """End every session at once; how many there were."""
        with self._lock:
            count = len(self._open)
            self._ended += self._open.values()
            self._open.clear()
            return count

    def _locked_out(self, user: str) -> bool:
        """A try while locked out neither counts nor lengthens it."""
        failures, last = self._failures.get(user, (0, 0.0))
        limits = self.limits
        if not limits.lockout_threshold or failures < limits.lockout_threshold:
            return False
        if self._clock() >= last + limits.lockout_seconds:
            del self._failures[user]
            return False
        return True

    def open_now(self) -> int:
        with self._lock:
            self._expire()
            return len(self._open)

    def reset_counts(self) -> None:
        with self._lock:
            self.logins = self.logouts = self.refused_logins = 0
            self.peak = len(self._open)

    def _expire(self) -> None:
        limit = self._clock() - self.limits.idle_timeout
        for key in [key for key, one in self._open.items() if one.last_used < limit]:
            self._ended.append(self._open.pop(key))
