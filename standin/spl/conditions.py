"""What an operand may be, as far as it is known before rows flow."""

from __future__ import annotations

from typing import Any

from standin.spl.errors import Malformed
from standin.spl.nodes import Compiled, Evaluate, Field
from standin.spl.values import Row


def numeric(operand: Compiled, user: str) -> None:
    """Refuses what can be no number."""
    if operand.kind in ("text", "boolean"):
        raise Malformed(f"'{user}' only takes numbers", operand.position)


def condition(operand: Compiled, user: str) -> Evaluate:
    """An operand that must be true, false or null."""
    if operand.kind in ("boolean", "null"):
        return operand.evaluate
    if operand.kind != "any" or isinstance(operand.node, Field):
        raise Malformed(f"'{user}' takes conditions, not values", operand.position)
    evaluate, position = operand.evaluate, operand.position

    def checked(row: Row) -> Any:
        value = evaluate(row)
        if value is None or isinstance(value, bool):
            return value
        raise Malformed(f"'{user}' takes conditions, found the value {value!r}", position)

    return checked
