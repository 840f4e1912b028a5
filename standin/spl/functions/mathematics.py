"""Mathematical functions: as C's, on doubles (infinity, NaN)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from standin.spl.arithmetic import guarded, in_figures
from standin.spl.conditions import numeric
from standin.spl.errors import Malformed
from standin.spl.functions.table import Site, builder, strict
from standin.spl.nodes import Binary, Compiled, Unary
from standin.spl.numbers import EXACT, Measured, exponent, half_up, number, settled, tidy
from standin.spl.values import Row

_PAGE = "Mathematical functions"
# The page on rounding speaks of operators, and of functions only the examples of
# "Trig and Hyperbolic functions" do: an exponent of 0.5 must not leave one figure of a root.
_ALL = "all digits, whatever the precision of the operands (ours)"


def mathematical(
    name: str, least: int, most: int, page: str, says: str = "", *, figures: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a function of numbers; null where an argument is null or no number. ``figures``:
    the result is as precise as the least precise argument, as atan(0.50) is 0.46."""

    def register(call: Callable[..., Any]) -> Callable[..., Any]:
        def evaluated(*values: Any) -> Any:
            found = [one for one in map(number, values) if one is not None]
            if len(found) < len(values):
                return None
            plain = guarded(call, *found)
            return in_figures(plain, *found) if figures else plain

        def build(site: Site) -> Compiled:
            for argument in site.arguments:
                numeric(argument, name)
            return site.made("number", strict(evaluated, site))

        builder(name, least, most, page, says)(build)
        return call

    return register


@mathematical("abs", 1, 1, _PAGE)
def _abs(value: float) -> float:
    return Measured(abs(value), value.decimals) if isinstance(value, Measured) else abs(value)


def _rounded(how: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: how(value) if math.isfinite(value) else value


mathematical("ceil", 1, 1, _PAGE)(_rounded(math.ceil))
mathematical("ceiling", 1, 1, _PAGE)(_rounded(math.ceil))
mathematical("floor", 1, 1, _PAGE)(_rounded(math.floor))
mathematical("exact", 1, 1, _PAGE, "all digits, whatever the precision of the operands")(float)
mathematical("exp", 1, 1, _PAGE, _ALL)(math.exp)


@mathematical("ln", 1, 1, _PAGE, _ALL)
def _ln(value: float) -> float:
    return math.log(value) if value else -math.inf


@mathematical("log", 1, 2, _PAGE, f"base 10 if no base is given; {_ALL}")
def _log(value: float, base: float = 10) -> float:
    if not value:
        return -math.inf
    if base == 10:
        return math.log10(value)
    return math.log2(value) if base == 2 else math.log(value) / math.log(base)


@mathematical("pow", 2, 2, _PAGE, _ALL)
def _pow(value: float, power: float) -> float:
    if not value and power < 0:
        return math.inf
    if isinstance(value, int) and isinstance(power, int) and 0 <= power * exponent(value) <= 300:
        return int(value**power) if power >= 0 else float(value**power)
    return math.pow(value, power)


@mathematical("sqrt", 1, 1, _PAGE, _ALL)
def _sqrt(value: float) -> float:
    return math.sqrt(value)


@builder("pi", 0, 0, _PAGE, "11 decimal places, not rounded: acos(0)*180/pi() is 90.0000000003")
def _pi(site: Site) -> Compiled:
    value = Measured(3.14159265358, 11)
    return site.made("number", lambda _row: value)


@mathematical("round", 1, 2, _PAGE, "halves away from zero; no more places than are known")
def _round(value: float, places: float = 0) -> float:
    if places < 0 or not float(places).is_integer():
        raise Malformed("round() takes no negative number of decimal places")
    if not math.isfinite(value):
        return value
    known = value.decimals if isinstance(value, Measured) else places
    kept = max(0, int(min(places, known)))
    scaled = abs(value) * 10.0**kept
    if not math.isfinite(scaled) or scaled >= EXACT:
        return value
    rounded = math.copysign(math.floor(scaled + 0.5) / 10.0**kept, value)
    return Measured(rounded, kept) if kept else tidy(rounded)


@builder("sigfig", 1, 1, _PAGE, "of the calculation in its argument")
def _sigfig(site: Site) -> Compiled:
    numeric(site.arguments[0], "sigfig")
    measure = _measure(site, site.arguments[0])

    def evaluate(row: Row) -> Any:
        found = measure(row)
        if found is None or not math.isfinite(found):
            return found
        rounded = half_up(found, found.decimals)
        return settled(Measured(rounded, found.decimals))

    return site.made("number", evaluate)


def _measure(site: Site, part: Compiled) -> Callable[[Row], Measured | None]:
    """The number with the precision of what went in, integers too."""
    node = part.node
    if isinstance(node, Unary) or not isinstance(node, Binary) or node.operator not in "+-*/":
        return lambda row: _written(part.evaluate(row))
    left = _measure(site, site.compile(node.left))
    right = _measure(site, site.compile(node.right))
    product = node.operator in "*/"

    def measure(row: Row) -> Measured | None:
        first, second, result = left(row), right(row), number(part.evaluate(row))
        if first is None or second is None or result is None:
            return None
        if product:
            return Measured(result, min(first.figures, second.figures) - 1 - exponent(result))
        return Measured(result, min(first.decimals, second.decimals))

    return measure


def _written(value: Any) -> Measured | None:
    """A number by the digits that it is written with."""
    found = number(value)
    if found is None or isinstance(found, Measured):
        return found
    if isinstance(found, int) or not math.isfinite(found):
        return Measured(found, 0)
    return Measured(found, max(0, len(repr(found).partition(".")[2])))
