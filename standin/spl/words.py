"""Words of a command with options and field names."""

from __future__ import annotations

from standin.spl.parsing import Subsearch, Word
from standin.spl.scanning import bracket_end, quote_end, unescaped

_DOUBLE = ("!=", "<=", ">=", "==")
_SINGLE = "=,()<>"
_ENDS = frozenset(' \t\r\n"[' + _SINGLE)


def split(text: str, position: int = 0) -> list[Word]:
    """``position``: where ``text`` begins in the whole search. Subsearches are one word each."""
    words, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        word, at = _word(text, at, position)
        words.append(word)
    return words


def _word(text: str, at: int, position: int) -> tuple[Word, int]:
    char = text[at]
    if char == '"':
        end = quote_end(text, at, position)
        return Word(unescaped(text[at + 1 : end - 1]), position + at, quoted=True), end
    if char == "[":
        end = bracket_end(text, at, position)
        inner = Subsearch(text[at + 1 : end - 1], position + at + 1)
        return Word(text[at:end], position + at, subsearch=inner), end
    for mark in (text[at : at + 2], char):
        if mark in _DOUBLE or (len(mark) == 1 and mark in _SINGLE):
            return Word(mark, position + at), at + len(mark)
    end = _bare_end(text, at)
    return Word(unescaped(text[at:end]), position + at), end


def _bare_end(text: str, start: int) -> int:
    if text[start] == "'" and (close := text.find("'", start + 1)) > 0:
        return close + 1
    at = start
    while at < len(text) and text[at] not in _ENDS:
        if text[at] == "!" and text[at + 1 : at + 2] == "=":
            break
        at += 2 if text[at] == "\\" else 1
    return min(max(at, start + 1), len(text))
