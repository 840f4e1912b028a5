"""Name and value pairs in a line: all of them, or quickly the few that are wanted."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from standin.knowledge.field_values import CleanKeys, append
from standin.spl.values import Row

Scan = Callable[[Row, str], None]
"""Adds to a row what it finds in a text."""

_FEW = 10


@dataclass(frozen=True)
class PairGrammar:
    """How pairs look.

    ``pair`` finds name (1) and value, quoted (2) or bare (3). ``separators`` end a bare value.
    ``equals_and_value`` is the end of ``pair``: value quoted (1) or bare (2). ``unclean`` is a
    class of the characters that key cleaning makes into ``_``.
    """

    pair: re.Pattern[str]
    separators: str
    equals_and_value: str
    unclean: str
    clean_keys: bool = True
    keep_empty: bool = False
    add_values: bool = False
    trim: bool = False
    unescape: bool = False
    limit: int = 0

    def scan(self, wanted: frozenset[str] | None) -> Scan:
        """All pairs, or those with one of the ``wanted`` names (None: all)."""
        everything = _whole_scan(self)
        if wanted is None or len(wanted) > _FEW or self.add_values:
            return everything
        if self.limit and self.limit < _FEW:
            return everything
        return _few_names_scan(self, sorted(wanted), everything)

    def value(self, quoted: str | None, bare: str | None) -> str:
        """A value as it becomes a field's."""
        if quoted:
            text = re.sub(r'\\(["\\])', r"\1", quoted) if self.unescape else quoted
        else:
            text = bare or ""
        return text.strip(" ") if self.trim else text


Pairs = list[tuple[str, str, str]]
"""Key, quoted value, bare value."""


def _whole_scan(grammar: PairGrammar) -> Scan:
    find, names = grammar.pair.findall, CleanKeys()
    plain = not (grammar.trim or grammar.unescape)
    one_by_one = _one_by_one(grammar, names)

    def scan(row: Row, text: str) -> None:
        pairs = find(text)
        if plain and len(pairs) <= (grammar.limit or len(pairs)):
            if grammar.clean_keys:
                found = {names[key]: quoted or bare for key, quoted, bare in pairs}
            else:
                found = {key: quoted or bare for key, quoted, bare in pairs}
            if len(found) == len(pairs) and "" not in found and _all_new(row, found):
                row.update(found)
                return
        one_by_one(row, pairs)

    return scan


def _one_by_one(grammar: PairGrammar, names: CleanKeys) -> Callable[[Row, Pairs], None]:
    value_of = grammar.value

    def take(row: Row, pairs: Pairs) -> None:
        made = 0
        for key, quoted, bare in pairs:
            name = names[key] if grammar.clean_keys else key
            value = value_of(quoted, bare)
            if not name or not (value or grammar.keep_empty):
                continue
            if name not in row:
                row[name] = value
                made += 1
                if made == grammar.limit:
                    return
            elif grammar.add_values:
                append(row, name, value)

    return take


def _all_new(row: Row, found: dict[str, str]) -> bool:
    """Whether nothing has to be looked at one by one: no empty value, no field that is there."""
    return row.keys().isdisjoint(found) and all(found.values())


def _few_names_scan(grammar: PairGrammar, wanted: list[str], everything: Scan) -> Scan:
    """Looks for each name by itself, which is right while no quote stands out of place.

    A line where that, or the limit of fields, may matter is scanned whole. Not seen is only a
    bare value that itself ends in ``="``, as in ``a=b="c``: no page says how that is read.
    """
    patterns = [(name, _name_pattern(grammar, name)) for name in wanted]

    def scan(row: Row, text: str) -> None:
        if (grammar.limit and text.count("=") > grammar.limit) or not _well_quoted(text):
            return everything(row, text)
        for name, pattern in patterns:
            if name in row:
                continue
            match = pattern.search(text)
            while match is not None:
                start = match.start()
                doubt = _other_name(grammar, text[start - 1] if start else "")
                if doubt is None or text.count('"', 0, start) % 2:
                    return everything(row, text)
                if not doubt:
                    value = grammar.value(match[1], match[2])
                    if value or grammar.keep_empty:
                        row[name] = value
                        break
                match = pattern.search(text, start + 1)
        return None

    return scan


def _well_quoted(text: str) -> bool:
    """Whether each quote that opens stands after an equals sign, and each has one that closes."""
    between = text.split('"')
    if len(between) % 2 == 0 or '\\"' in text:
        return False
    before_openings = '"'.join(between[:-1:2]) + '"'
    return before_openings.count('="') == len(between) // 2


def _other_name(grammar: PairGrammar, before: str) -> bool | None:
    """Whether the character before makes it another name; None: only a whole scan can tell."""
    if not before or before in grammar.separators:
        return False
    if before.isalpha() and before.isascii():
        return True
    return None


def _name_pattern(grammar: PairGrammar, name: str) -> re.Pattern[str]:
    text = re.escape(name)
    if grammar.clean_keys:
        text = text.replace("_", grammar.unclean)
    return re.compile(text + grammar.equals_and_value)
