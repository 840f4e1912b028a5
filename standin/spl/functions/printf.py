"""printf() (Search Reference: Conversion functions)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from standin.spl.errors import Malformed
from standin.spl.functions.table import Site, at, builder
from standin.spl.nodes import Compiled
from standin.spl.numbers import number, text
from standin.spl.registry import MEASURED
from standin.spl.values import Row

_PIECE = re.compile(
    r"%(?:(?P<flags>[-+ 0#']*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d*))?(?P<kind>[A-Za-z%]))?"
)
_ALIASES = {"i": "d", "z": "s", "p": "X"}
_KNOWN = frozenset("aAcdeEfFgGosuxX%")


@builder("printf", 1, None, "Conversion functions", f"as in C; of null %s is Null, {MEASURED}")
def _printf(site: Site) -> Compiled:
    parts = [argument.evaluate for argument in site.arguments[1:]]
    form = site.arguments[0]
    placed = at(formatted, site.position)
    if form.constant:
        _check(site, text(form.value()))

    def evaluate(row: Row) -> Any:
        wanted = form.evaluate(row)
        return None if wanted is None else placed(text(wanted), [part(row) for part in parts])

    return site.made("text", evaluate)


def _check(site: Site, form: str) -> None:
    wanted = 0
    for piece in _PIECE.finditer(form):
        kind = at(_kind, site.position)(piece)
        wanted += (kind != "%") + (piece["width"] == "*") + (piece["precision"] == "*")
    if wanted != len(site.arguments) - 1:
        raise site.wrong(f"the format takes {wanted} values, {len(site.arguments) - 1} given")


def _kind(piece: re.Match[str]) -> str:
    kind = piece["kind"]
    kind = _ALIASES.get(kind, kind)
    if kind not in _KNOWN:
        raise Malformed(f"printf() has no conversion {piece[0]!r}")
    return kind


def formatted(form: str, values: list[Any]) -> str | None:
    """Null where a value for a conversion other than %s is null or not of its kind."""
    rest = iter(values)
    found: list[str] = []
    at_offset = 0
    for piece in _PIECE.finditer(form):
        one = _converted(piece, rest)
        if one is None:
            return None
        found += [form[at_offset : piece.start()], one]
        at_offset = piece.end()
    return "".join(found) + form[at_offset:]


def _size(part: str | None, values: Iterator[Any]) -> int | None:
    if part == "*":
        found = number(next(values, None))
        if not isinstance(found, int):
            raise Malformed("printf() takes a whole number for '*'")
        return found
    return None if part is None else int(part or 0)


def _converted(piece: re.Match[str], values: Iterator[Any]) -> str | None:
    kind, flags = _kind(piece), piece["flags"]
    if kind == "%":
        return "%"
    width, precision = _size(piece["width"], values) or 0, _size(piece["precision"], values)
    if width < 0:
        flags, width = flags + "-", -width
    value = next(values, None)
    if value is None:
        return _padded("Null"[:precision], flags.replace("0", ""), width) if kind == "s" else None
    if kind in "cs":
        return _padded(_letters(kind, value, precision), flags.replace("0", ""), width)
    found = number(value)
    if found is None:
        return None
    sign, prefix, digits = _digits(kind, found, flags, precision)
    if "0" in flags and "-" not in flags and (precision is None or kind not in "doxXu"):
        digits = digits.zfill(width - len(sign) - len(prefix))
    return _padded(sign + prefix + digits, flags, width)


def _letters(kind: str, value: Any, precision: int | None) -> str:
    if kind == "s":
        return text(value)[:precision]
    code = number(value)
    return chr(code) if isinstance(code, int) and code > 0 else text(value)[:1]


def _digits(
    kind: str, value: int | float, flags: str, precision: int | None
) -> tuple[str, str, str]:
    """Sign, prefix and digits."""
    negative = value < 0
    sign = "-" if negative else "+" if "+" in flags else " " if " " in flags else ""
    if kind in "duoxX":
        whole = int(value)
        if kind != "d":
            sign, whole = "", whole % 2**64
        digits = format(abs(whole), {"u": "d"}.get(kind, kind))
        digits = "" if precision == 0 and not whole else digits.zfill(precision or 0)
        prefix = f"0{kind}" if "#" in flags and whole and kind in "xX" else ""
        if "#" in flags and kind == "o" and not digits.startswith("0"):
            digits = "0" + digits
        return sign, prefix, _grouped(digits, flags) if kind in "du" else digits
    if kind in "aA":
        return sign, "", _hexadecimal(abs(value), precision, kind)
    form = ("#" if "#" in flags else "") + f".{6 if precision is None else precision}{kind}"
    return sign, "", _grouped(format(abs(float(value)), form), flags)


def _grouped(digits: str, flags: str) -> str:
    if "'" not in flags:
        return digits
    whole, point, rest = digits.partition(".")
    return (f"{int(whole):,}" if whole.isdigit() else whole) + point + rest


def _hexadecimal(value: float, precision: int | None, kind: str) -> str:
    mantissa, _, power = float(value).hex().partition("p")
    lead, _, rest = mantissa[2:].partition(".")
    rest = rest.rstrip("0") if precision is None else rest
    if precision is not None and len(rest) > precision:
        scaled = int(lead + rest, 16)
        shift = 4 * (len(rest) - precision)
        scaled = (scaled + (1 << shift >> 1)) >> shift
        lead, rest = f"{scaled >> 4 * precision:x}", f"{scaled:x}"[-precision:] if precision else ""
    elif precision is not None:
        rest = rest.ljust(precision, "0")
    found = f"0x{lead}{'.' + rest if rest else ''}p{power}"
    return found.upper() if kind == "A" else found


def _padded(value: str, flags: str, width: int) -> str:
    return value.ljust(width) if "-" in flags else value.rjust(width)
