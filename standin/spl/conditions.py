"""What an operand may be, as far as it is known before rows flow."""

from __future__ import annotations

from standin.spl.errors import Malformed
from standin.spl.nodes import Compiled, Evaluate, Field


def numeric(operand: Compiled, user: str) -> None:
    """Refuses what can be no number."""
    if operand.kind in ("text", "boolean"):
        raise Malformed(f"'{user}' only takes numbers", operand.position)


def condition(operand: Compiled, user: str) -> Evaluate:
    """An operand that must be true, false or null."""
    if operand.kind not in ("boolean", "null", "any") or isinstance(operand.node, Field):
        raise Malformed(f"'{user}' takes conditions, not values", operand.position)
    return operand.evaluate
