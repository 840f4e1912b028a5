"""The one place where requests go out: counted, and watched for signs of overload and death."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Optional

from fmgstate.errors import FortiManagerError, Unreachable
from fmgstate.fortimanager.breaker import Breaker
from fmgstate.fortimanager.pool import Pool
from fmgstate.fortimanager.transport import NoConnection, Transport


@dataclass
class Count:
    """Requests made by one thread within a ``counting`` block, log-in and log-out included."""

    requests: int = 0


class Line:
    """Posts requests. Safe to use from several threads."""

    def __init__(
        self, transport: Transport, pool: Pool, breaker: Breaker, clock: Callable[[], float]
    ) -> None:
        self._transport, self._pool, self._breaker = transport, pool, breaker
        self._clock = clock
        self._numbers = itertools.count(1)
        self._counts: ContextVar[tuple[Count, ...]] = ContextVar("counts", default=())
        self.requests_made = 0
        """API calls posted so far, log-in and log-out included."""

    @contextmanager
    def counting(self) -> Iterator[Count]:
        """Counts the requests that this thread makes within the block."""
        count = Count()
        before = self._counts.set((*self._counts.get(), count))
        try:
            yield count
        finally:
            self._counts.reset(before)

    def post(
        self,
        path: str,
        body: dict[str, Any],
        headers: Mapping[str, str],
        seconds: Optional[float] = None,
    ) -> dict[str, Any]:
        """As ``Transport.post``. Requests with a time-out of their own are log-outs, which are
        tried even while FortiManager is left alone."""
        if seconds is None:
            self._breaker.check()
        self.requests_made = next(self._numbers)
        for count in self._counts.get():
            count.requests += 1
        began = self._clock()
        try:
            reply = self._transport.post(path, body, headers, seconds)
        except Unreachable as fault:
            self._breaker.failed(fault)
            if not isinstance(fault, NoConnection):
                self._pool.trouble(began)
            raise
        except FortiManagerError:
            self._breaker.answered()
            raise
        except BaseException:
            self._breaker.given_up()
            raise
        self._breaker.answered()
        return reply
