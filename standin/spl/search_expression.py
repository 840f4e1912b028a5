"""The language of the ``search`` command: NOT, then OR, then AND."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standin.spl.context import EventQuery
from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.registry import construct
from standin.spl.scanning import quote_end
from standin.spl.search_comparisons import compare, one_of
from standin.spl.search_part import Part, both, either, no
from standin.spl.search_terms import term
from standin.spl.search_times import AGO, ALIKE, MODIFIERS, REFUSED, modifier
from standin.spl.step import Wanted
from standin.spl.times import Clock
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context

_PAGE = "Search Reference: search"
construct("search", "NOT, OR, AND, ( )", "Search Manual: Boolean expressions", "in this order")

_SPACE = re.compile(r"\s*")
_OPERATOR = re.compile(r"\s*(!=|<=|>=|==|=|<|>)\s*")
_WORD = re.compile(r'(?:\\.|[^\s()",=<>!\\]|!(?!=)|\\$)+', re.DOTALL)
_VALUE = re.compile(r'(?:\\.|[^\s()",\\]|\\$)+', re.DOTALL)
_IN = re.compile(r"\s+(?:IN|in|In)\s*\(")
_DIRECTIVE = re.compile(r"(TERM|CASE)\(\s*")
_ESCAPED = re.compile(r'\\([\\"|])')
_KEYWORDS = ("AND", "OR", "NOT")


@dataclass(frozen=True)
class Condition:
    """``test(row)``; ``reads``: its fields; ``query``: what the events are asked for."""

    part: Part
    clock: Clock

    def __call__(self, row: Row) -> bool:
        return self.part.test is None or self.part.test(row)

    @property
    def reads(self) -> frozenset[str]:
        return self.part.reads

    def range(self, context: Context) -> tuple[float | None, float | None]:
        """Earliest and latest: the search's own, else the time range picker's."""
        part = self.part
        if not part.timed:
            return context.earliest, context.latest
        if part.earliest is None and part.latest is None:
            raise Undocumented("Times under NOT, or in only some of the terms joined by OR")
        latest = part.latest
        return part.earliest, self.clock.now if latest is None else latest

    def query(self, context: Context, wanted: Wanted = None) -> EventQuery:
        """``wanted``: fields that later commands read; those of the condition are added."""
        earliest, latest = self.range(context)
        known = {name: found for name, found in self.part.metadata.items() if name != "index"}
        return EventQuery(
            self.part.matches(),
            self.part.indexes,
            earliest,
            latest,
            None if wanted is None else wanted | self.reads,
            tuple(known.items()),
        )


def compile_search(text: str, position: int, context: Context, *, times: bool = True) -> Condition:
    """``times``: whether ``earliest=`` and its kin may stand there (events are being read)."""
    clock = Clock(context.now, context.timezone)
    parser = _Parser(text, position, clock, times)
    part = parser.all_of()
    if parser.at < len(text):
        raise Malformed("Unbalanced parentheses", position + parser.at)
    return Condition(part, clock)


def unescaped(text: str) -> str:
    r"""``\\``, ``\"`` and ``\|`` are one character each; other sequences stay."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


class _Parser:
    def __init__(self, text: str, position: int, clock: Clock, times: bool) -> None:
        self.text, self.position, self.clock, self.times = text, position, clock, times
        self.at, self.timeformat = 0, "%m/%d/%Y:%H:%M:%S"
        self.compared = -1
        """Where a comparison ended: a comma after it parts it from the next."""
        self._skip()

    def all_of(self) -> Part:
        parts: list[Part] = []
        while not self._done():
            if parts and self._keyword("AND") and self._done():
                raise self._wrong("A term is missing after AND")
            if parts and self.at == self.compared and self.text[self.at] == ",":
                self.at += 1
                self._skip()
                continue
            parts.append(self.one_of())
        return both(parts) if parts else Part()

    def one_of(self) -> Part:
        parts = [self.negated()]
        while self._keyword("OR"):
            parts.append(self.negated())
        return either(parts)

    def negated(self) -> Part:
        if self._keyword("NOT"):
            inner = self.negated()
            if inner.timed:
                raise Undocumented("A time modifier under NOT", self.position + self.at)
            return no(inner)
        return self.primary()

    def primary(self) -> Part:
        if self._done():
            raise self._wrong("A search term is missing")
        if self.text[self.at] == "(":
            return self._group()
        if self.text[self.at] == '"':
            start = self.at
            return self._after_name(self._quoted(), start, quoted=True)
        if self.text[self.at] == ",":
            raise Undocumented(
                "A comma between search terms: write a blank, or quotation marks around it",
                self.position + self.at,
            )
        if directive := _DIRECTIVE.match(self.text, self.at):
            return self._directive(directive)
        found = _WORD.match(self.text, self.at)
        if found is None:
            raise self._wrong(f"{self.text[self.at : self.at + 10]!r}: a field's name is missing")
        if found[0] in _KEYWORDS:
            raise self._wrong(f"A search term is missing before {found[0]}")
        self.at = found.end()
        return self._after_name(unescaped(found[0]), found.start(), quoted=False)

    def _group(self) -> Part:
        start = self.at
        self.at += 1
        self._skip()
        part = self.all_of()
        if self.text[self.at : self.at + 1] != ")":
            raise Malformed("Unbalanced parentheses", self.position + start)
        self.at += 1
        self._skip()
        return part

    def _after_name(self, name: str, start: int, *, quoted: bool) -> Part:
        if found := _OPERATOR.match(self.text, self.at):
            self.at = found.end()
            return self._comparison(name, found[1].replace("==", "="), start)
        if found := _IN.match(self.text, self.at):
            self.at = found.end()
            return self._named(name, "=", self._list(), start)
        self._skip()
        if not quoted and "::" in name.strip(":"):
            field, _, value = name.partition("::")
            return self._named(field, "=", [value], start)
        if not quoted and name == "*":
            return Part()
        return term(name)

    def _comparison(self, name: str, sign: str, start: int) -> Part:
        directive = _DIRECTIVE.match(self.text, self.at)
        if directive is not None:
            self.at = directive.end()
            value = self._until_parenthesis()
            return compare(name, sign, value, case=directive[1] == "CASE")
        value = self._value()
        self.compared = self.at
        return self._named(name, sign, [value], start)

    def _named(self, name: str, sign: str, values: list[str], start: int) -> Part:
        position = self.position + start
        if name in REFUSED:
            raise Unsupported(f"{name}=: {REFUSED[name]}", position)
        if name == "timeformat":
            self.timeformat = values[0]
            return Part()
        if name in MODIFIERS or name in AGO or name in ALIKE:
            if not self.times:
                raise Unsupported(f"{name}= where no events are read", position)
            return modifier(name, sign, values[0], self.clock, position, self.timeformat)
        if name == "splunk_server" and sign == "=" and values[0].lower() in ("local", "*"):
            return Part()
        part = one_of(name, values) if len(values) > 1 else compare(name, sign, values[0])
        if name == "index" and sign == "=":
            part = Part(part.test, part.reads, metadata=part.metadata, indexes=tuple(values))
        return part

    def _value(self) -> str:
        if self.text[self.at : self.at + 1] == '"':
            return self._quoted()
        found = _VALUE.match(self.text, self.at)
        if found is None:
            raise self._wrong("A value is missing after a comparison")
        self.at = found.end()
        self._skip()
        if found[0] in _KEYWORDS:
            raise self._wrong(f"{found[0]} as a value must stand in quotation marks")
        return unescaped(found[0])

    def _list(self) -> list[str]:
        values: list[str] = []
        self._skip()
        while self.text[self.at : self.at + 1] != ")":
            if self.at >= len(self.text):
                raise self._wrong("The list after IN is not closed")
            values.append(self._value())
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1
                self._skip()
        if not values:
            raise self._wrong("The list after IN is empty")
        self.at += 1
        self._skip()
        return values

    def _directive(self, found: re.Match[str]) -> Part:
        self.at = found.end()
        inside = self._until_parenthesis()
        if found[1] == "TERM" and "=" not in inside and not inside:
            raise self._wrong("TERM() is empty")
        return term(inside, case=found[1] == "CASE", whole=found[1] == "TERM")

    def _until_parenthesis(self) -> str:
        if self.text[self.at : self.at + 1] == '"':
            inside = self._quoted()
        else:
            end = self.text.find(")", self.at)
            inside = unescaped(self.text[self.at : end if end > 0 else None].strip())
            self.at += len(self.text[self.at : end if end > 0 else None])
        if self.text[self.at : self.at + 1] != ")":
            raise self._wrong("Unbalanced parentheses")
        self.at += 1
        self._skip()
        return inside

    def _quoted(self) -> str:
        end = quote_end(self.text, self.at, self.position)
        inside = unescaped(self.text[self.at + 1 : end - 1])
        self.at = end
        if not _OPERATOR.match(self.text, end) and not _IN.match(self.text, end):
            self._skip()
        return inside

    def _keyword(self, word: str) -> bool:
        found = _WORD.match(self.text, self.at)
        if found is None or found[0] != word or _OPERATOR.match(self.text, found.end()):
            return False
        self.at = found.end()
        self._skip()
        return True

    def _done(self) -> bool:
        return self.at >= len(self.text) or self.text[self.at] == ")"

    def _skip(self) -> None:
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]

    def _wrong(self, message: str) -> Malformed:
        return Malformed(message, self.position + self.at)
