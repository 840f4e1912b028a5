"""The members of an HA pair as one: when the one that is asked is gone, the other one is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional

from fmgstate.fortimanager.transport import NoConnection, Transport


class Members:
    """One transport for several addresses. The first one is asked until it cannot be reached.

    ``reach``: makes the transport for an address; also used for hosts that are no members.
    """

    def __init__(self, addresses: Sequence[str], reach: Callable[[str], Transport]) -> None:
        self._addresses = tuple(addresses)
        self._reach = reach
        self._changing = threading.Lock()
        self._reached: dict[str, Transport] = {}
        self.address = self._addresses[0]

    def post(
        self,
        path: str,
        body: dict[str, Any],
        headers: Mapping[str, str],
        seconds: Optional[float] = None,
    ) -> dict[str, Any]:
        """As ``Transport.post`` says. The fault that makes it change over is still raised."""
        if path.startswith("https://"):
            host, _, rest = path[len("https://") :].partition("/")
            return self._transport(host).post(f"/{rest}", body, headers, seconds)
        address = self.address
        try:
            return self._transport(address).post(path, body, headers, seconds)
        except NoConnection:
            self._leave(address)
            raise

    def close(self) -> None:
        """As ``Transport.close`` says."""
        with self._changing:
            reached, self._reached = self._reached, {}
        for transport in reached.values():
            transport.close()

    def _transport(self, address: str) -> Transport:
        with self._changing:
            if address not in self._reached:
                self._reached[address] = self._reach(address)
            return self._reached[address]

    def _leave(self, address: str) -> None:
        """Go on with the one after ``address``, however many threads find that one gone."""
        place = self._addresses.index(address) + 1
        self.address = self._addresses[place % len(self._addresses)]
