"""What is true of a log line, by the simulator's own state."""

from __future__ import annotations

from typing import Any, NamedTuple


class Truth(NamedTuple):
    """The rule that decided, and where it stands.

    ``found``: whether a rule of the state decided; if not, ``why`` is ``implicit deny``,
    ``local traffic``, ``deleted policy`` or ``unknown device``. ``serial`` is the member's that
    wrote the line, ``device`` FortiManager's name ("" when it has none). ``section``: header,
    package, block or footer; ``action`` the rule's (accept, deny), ``logged_action`` the line's.
    ``uuid`` is the rule's, also when the line does not say it (``uuid_logged``).
    """

    time: float
    fortios: str
    adom: str
    device: str
    serial: str
    vdom: str
    package: str
    found: bool
    why: str
    section: str
    block: str
    policyid: int
    uuid: str
    uuid_logged: bool
    name: str
    action: str
    logged_action: str
    comments: str
    owner: str
    ticket: str

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        return self._asdict()
