"""Conversion functions."""

from __future__ import annotations

import ipaddress
import math
import re
from typing import Any

from standin.spl.errors import Malformed, Undocumented
from standin.spl.functions.table import Site, at, builder, function, strict
from standin.spl.nodes import Compiled, Constant
from standin.spl.numbers import EXACT, Measured, double, half_up, number, text
from standin.spl.registry import MEASURED
from standin.spl.values import Row

_PAGE = "Conversion functions"
_FORMATS = ("binary", "hex", "commas", "duration")


@builder("tostring", 1, 2, _PAGE, f"binary, hex, commas, duration; of null Null, {MEASURED}")
def _tostring(site: Site) -> Compiled:
    if len(site.arguments) == 1:
        read = site.arguments[0].evaluate
        return site.made("text", lambda row: _plain(read(row)))
    style = site.arguments[1]
    if style.constant and style.value() not in _FORMATS:
        if str(style.value()).lower() in _FORMATS:
            raise Undocumented("tostring(): the formats are documented in small letters only")
        raise site.wrong(f"the formats are {', '.join(_FORMATS)}")
    literal = site.arguments[0].kind == "text"
    return site.made("text", strict(lambda value, how: _styled(value, how, literal), site))


def _plain(value: Any) -> str:
    return "Null" if value is None else text(value)


def _styled(value: Any, style: Any, literal: bool) -> str | None:
    if style not in _FORMATS:
        raise Malformed(f"tostring() has no format {style!r}: {', '.join(_FORMATS)}")
    found = None if literal or isinstance(value, bool) else number(value)
    if found is None or not math.isfinite(found):
        return text(value)
    if style == "commas":
        return commas(found)
    if style == "duration":
        return duration(found)
    if not isinstance(found, int) or not 0 <= found < EXACT:
        return None
    return f"0x{found:X}" if style == "hex" else f"{found:b}"


def commas(value: float) -> str:
    """At most two decimal places; as many as are known of a number with a point."""
    if isinstance(value, Measured):
        places = min(2, max(0, value.decimals))
    else:
        places = 0 if isinstance(value, int) or value.is_integer() else 2
    return f"{half_up(value, places):,.{places}f}"


def duration(value: float) -> str:
    """``HH:MM:SS``, ``D+HH:MM:SS`` from one day on, with microseconds where seconds have parts."""
    known = isinstance(value, float) and not (isinstance(value, Measured) and value.decimals <= 0)
    micros = round(abs(value) * 1_000_000)
    seconds, micros = divmod(micros, 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if known:
        clock += f".{micros:06}"
    return ("-" if value < 0 else "") + (f"{days}+" if days else "") + clock


_DIGITS = re.compile(r"[+-]?(?:0[xX])?[0-9a-zA-Z]+\Z", re.ASCII)


def to_number(value: Any, base: Any = 10) -> int | float | None:
    """Null where the text is no number of that base."""
    whole = number(base)
    if not isinstance(whole, int) or not 2 <= whole <= 36:
        raise Malformed("the base of a number is 2 to 36")
    if isinstance(value, bool):
        return None
    if whole == 10 or not isinstance(value, str):
        return number(value)
    if not _DIGITS.match(value):
        return None
    try:
        return double(int(value, whole))
    except ValueError:
        return None


@builder("tonumber", 1, 2, _PAGE, "bases 2 to 36; null for text that is no number")
def _tonumber(site: Site) -> Compiled:
    first, *rest = site.arguments
    if isinstance(first.node, Constant) and all(part.constant for part in rest):
        found = at(to_number, site.position)(first.value(), *[part.value() for part in rest])
        if found is None:
            raise site.wrong(f"{first.value()!r} is no number")
    return site.made("number", strict(to_number, site))


@function("toint", 1, 2, "number", _PAGE, "rounds down")
def _toint(value: Any, base: Any = 10) -> int | None:
    found = to_number(value, base)
    return None if found is None or not math.isfinite(found) else math.floor(found)


@function("todouble", 1, 2, "number", _PAGE)
def _todouble(value: Any, base: Any = 10) -> float | None:
    found = to_number(value, base)
    return Measured(float(found), 1) if isinstance(found, int) else found


@function("tobool", 1, 1, "boolean", _PAGE, "true, True, false, False, numbers; else null")
def _tobool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    found = number(value)
    if found is not None:
        return bool(found)
    return {"true": True, "True": True, "false": False, "False": False}.get(text(value))


@builder("ipmask", 2, 2, _PAGE)
def _ipmask(site: Site) -> Compiled:
    mask, address = site.arguments
    if mask.constant and _ipv4(mask.value()) is None:
        raise site.wrong(f"{mask.value()!r} is no IPv4 mask")

    def evaluate(row: Row) -> Any:
        bits, found = _ipv4(mask.evaluate(row)), _ipv4(address.evaluate(row))
        return None if bits is None or found is None else str(ipaddress.IPv4Address(bits & found))

    return site.made("text", evaluate)


def _ipv4(value: Any) -> int | None:
    try:
        return int(ipaddress.IPv4Address(text(value)))
    except ValueError:
        return None
