"""Macros in backticks, put in place before anything else is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from standin.spl.errors import Malformed
from standin.spl.registry import construct
from standin.spl.scanning import quote_end, unescaped, without_comments
from standin.spl.times import Clock

if TYPE_CHECKING:
    from standin.spl.context import Context, Macro

_PAGE = "Knowledge Manager Manual: Use search macros in searches"
construct("macro", "`name`", _PAGE)
construct("macro", "`name(a, b)`, `name(x=a)`", _PAGE, "quotation marks around arguments go")
construct("macro", "iseval, validation", "Admin Manual: macros.conf")
construct("search", "```comment```", "Search Manual: Add comments to searches")

_DEEPEST = 50
_CALL = re.compile(r"\s*([^\s(]+)\s*(?:\((.*)\))?\s*", re.DOTALL)


def expand(text: str, context: Context) -> str:
    """Text without macros and comments. Macros in quotation marks are text."""
    return _expanded(text, context, ())


def _expanded(text: str, context: Context, inside: tuple[str, ...]) -> str:
    text = without_comments(text)
    if "`" not in text:
        return text
    parts, at, copied = [], 0, 0
    while at < len(text):
        char = text[at]
        if char == '"':
            at = quote_end(text, at)
        elif char == "\\":
            at += 2
        elif char == "`":
            end = _call_end(text, at)
            parts += [text[copied:at], _called(text[at + 1 : end], context, at, inside)]
            at = copied = end + 1
        else:
            at += 1
    return "".join([*parts, text[copied:]])


def _call_end(text: str, start: int) -> int:
    at = start + 1
    while at < len(text):
        if text[at] == '"':
            at = quote_end(text, at)
        elif text[at] == "`":
            return at
        else:
            at += 1
    raise Malformed("A macro is not closed: expected `", start)


def _called(call: str, context: Context, position: int, inside: tuple[str, ...]) -> str:
    found = _CALL.fullmatch(call)
    if found is None:
        raise Malformed(f"`{call}` is no macro", position)
    values = [] if found[2] is None or not found[2].strip() else arguments(found[2], position)
    name = found[1]
    label = f"{name}({len(values)})" if values else name
    macro = context.macro(name, len(values))
    if macro is None:
        raise Malformed(f"The search macro '{label}' cannot be found", position)
    if label in inside or len(inside) > _DEEPEST:
        raise Malformed(f"The search macro '{label}' calls itself", position)
    filled = _filled(macro, _named(macro, values, position), context, position)
    return _expanded(filled, context, (*inside, label))


def arguments(text: str, position: int) -> list[str]:
    """Separated by commas, but for those in quotation marks or parentheses."""
    values, start, depth, at = [], 0, 0, 0
    while at < len(text):
        char = text[at]
        if char == '"':
            at = quote_end(text, at, position)
            continue
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            values.append(text[start:at])
            start = at + 1
        at += 1
    return [*values, text[start:]]


def _named(macro: Macro, values: list[str], position: int) -> dict[str, str]:
    named: dict[str, str] = {}
    for place, value in enumerate(values):
        name, sign, rest = value.partition("=")
        if sign and name.strip() in macro.arguments:
            named[name.strip()] = _bare(rest)
        elif place < len(macro.arguments):
            named[macro.arguments[place]] = _bare(value)
    missing = [name for name in macro.arguments if name not in named]
    if missing:
        raise Malformed(f"The search macro lacks its argument {missing[0]!r}", position)
    return named


def _bare(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == '"' and quote_end(value, 0) == len(value):
        return unescaped(value[1:-1])
    return value


def _filled(macro: Macro, values: dict[str, str], context: Context, position: int) -> str:
    from standin.spl.expression import compile_expression

    clock = Clock(context.now, context.timezone)
    if macro.validation.strip():
        test = compile_expression(_with(macro.validation, values), position, clock)
        if test.evaluate({}) is not True:
            raise Malformed(macro.error_message or "A macro's arguments are not valid", position)
    filled = _with(macro.definition, values)
    if not macro.is_eval:
        return filled
    made = compile_expression(filled, position, clock).evaluate({})
    if not isinstance(made, str):
        raise Malformed("An eval-based macro must give a text", position)
    return made


def _with(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"${name}$", value)
    return text
