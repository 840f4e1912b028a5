"""The options and fields behind a command's name, read and refused as splunklib does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Optional

from fmgstate.errors import ConfigurationError

Values = dict[str, Any]

TRUTH = {
    "1": True, "t": True, "true": True, "y": True, "yes": True,
    "0": False, "f": False, "false": False, "n": False, "no": False,
}  # fmt: skip


class Option(NamedTuple):
    """``name=value`` behind the command. ``read``: text to value; ValueError refuses it, its text
    says how to write it. ``default``: the value when the option is not given."""

    name: str
    default: Any = None
    read: Callable[[str], Any] = str
    required: bool = False


class Refused(ConfigurationError):
    """Options that cannot be. ``reasons``: a sentence for each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)


def parse(options: Iterable[Option], args: Iterable[str]) -> tuple[Values, list[str]]:
    """The value of every option, and what stands without ``=``: field names.

    ``args`` as splunkd sends them: quotes are gone, and so are the commas outside of them. All that
    is wrong is told at once, in ``Refused``.
    """
    known = {option.name: option for option in options}
    values = {name: option.default for name, option in known.items()}
    given: set[str] = set()
    fields: list[str] = []
    wrong: list[str] = []
    for arg in args:
        name, equals, text = arg.partition("=")
        if not equals:
            fields.append(arg)
        elif name not in known:
            wrong.append(f"Unrecognized option: {arg}{_meant(name, known)}")
        else:
            try:
                values[name] = known[name].read(text)
                given.add(name)
            except ValueError as error:
                wrong.append(f"Illegal value: {arg}{_why(error)}")
    missing = [name for name, option in known.items() if option.required and name not in given]
    if len(missing) == 1:
        wrong.append(f'A value for "{missing[0]}" is required')
    elif missing:
        wrong.append(f"Values for these required options are missing: {', '.join(missing)}")
    if wrong:
        raise Refused(wrong)
    return values, fields


def refuse_words(words: Sequence[str], options: Iterable[Option]) -> None:
    """For commands that take options only: a word that would count for nothing is refused."""
    if words:
        there = ", ".join(f"{option.name}=" for option in options)
        quotes = 'A value that has commas or blanks stands in quotes, as in adom="emea, apac".'
        raise Refused([f"Unrecognized: {' '.join(words)}. Write options only: {there}. {quotes}"])


def boolean(text: str) -> bool:
    """As Splunk writes truth: 1, t, true, y, yes and their opposites, in any case."""
    try:
        return TRUTH[text.lower()]
    except KeyError:
        raise ValueError("write true or false") from None


def whole(least: int = 0, most: Optional[int] = None) -> Callable[[str], int]:
    """Reads a whole number within these bounds."""

    def read(text: str) -> int:
        number = text.strip()
        if number.isascii() and number.isdigit() and least <= int(number):
            found = int(number)
            if most is None or found <= most:
                return found
        limit = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"write a whole number {limit}")

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """Reads one of these words, in any case."""

    def read(text: str) -> str:
        if text.lower() in words:
            return text.lower()
        raise ValueError(f"write one of {', '.join(words)}")

    return read


def names(text: str) -> tuple[str, ...]:
    """Reads names with commas or blanks between them."""
    return tuple(text.replace(",", " ").split())


def _meant(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1)
    return f" (did you mean {near[0]}=?)" if near else ""


def _why(error: ValueError) -> str:
    return f" ({error})" if error.args and str(error) else ""
