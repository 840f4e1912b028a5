"""The text of chart and timechart: their split-by clause and what they have in common."""

from __future__ import annotations

from dataclasses import dataclass, field

from standin.spl.aggregates import Call, Term, fields_read, read_term
from standin.spl.arguments import Arguments, truth, whole
from standin.spl.commands.bin import BinOptions
from standin.spl.errors import Malformed, Unsupported
from standin.spl.numbers import number
from standin.spl.parsing import Word
from standin.spl.registry import construct

NULL, OTHER, WHOLE = ("null", ""), ("other", ""), ("whole", "")
Series = tuple[str, str]
"""``("value", the split-by field's value)``, NULL, OTHER, or WHOLE without a split-by field."""
SPLIT_OPTIONS = frozenset(
    {"limit", "useother", "usenull", "otherstr", "nullstr", "sep", "format", "agg"}
)
PAGE = "Search Reference: timechart"

for _name, _says in (
    ("limit", "N, topN, bottomN; 0: all. Score: sum of a single function, else how often"),
    ("useother", "one more column over all rows of the values left out"),
    ("usenull", "one more column for rows without the field, beside the limit"),
    ("otherstr", ""),
    ("nullstr", ""),
    ("sep", "of several functions; default ': '"),
    ("format", "of several functions: $AGG$, $VAL$"),
    ("where", "after the split-by field: max in top5, notin bottom3, count > 10, avg < 3"),
    ("dedup_splitvals", "also spelled dedup_splitval, as in examples"),
):
    construct("option of chart and timechart", _name, PAGE, _says)
construct("rule", "order of columns", PAGE, "by the value's text, then NULL, then OTHER (ours)")
construct("refused option", "chart and timechart agg", PAGE, "not said what it selects by")


@dataclass
class Where:
    """``function in top5``, ``function > 10``."""

    call: Call
    compare: str
    amount: float
    keep: bool = True


@dataclass
class Split:
    """The split-by clause. ``limit`` < 0: the lowest."""

    name: str = ""
    limit: int = 10
    lowest: bool = False
    useother: bool = True
    usenull: bool = True
    otherstr: str = "OTHER"
    nullstr: str = "NULL"
    format: str = "$AGG$: $VAL$"
    separator: str = ""
    where: Where | None = None
    bins: BinOptions = field(default_factory=BinOptions)

    def read(self, name: Word, value: Word, arguments: Arguments) -> None:
        option = name.text.lower()
        if option == "agg":
            raise Unsupported("'agg' is not run here: use a where clause", name.position)
        if option == "limit":
            self._limit(value, arguments)
        elif option in ("useother", "usenull"):
            setattr(self, option, truth(value, option))
        elif option == "sep":
            self.separator = value.text
        else:
            setattr(self, option, value.text)

    def _limit(self, value: Word, arguments: Arguments) -> None:
        word = value.text.lower()
        kind = next((kind for kind in ("top", "bottom") if word.startswith(kind)), "")
        if kind and word == kind:
            value = arguments.take("a number")
            word = value.text
        digits = word.removeprefix(kind)
        self.limit = whole(Word(digits, value.position), "limit")
        self.lowest = kind == "bottom"

    def named(self, function: str, value: str) -> str:
        """The column's name where there are several functions."""
        form = self.format
        if self.separator and form == Split.format:
            form = f"$AGG${self.separator}$VAL$"
        return form.replace("$AGG$", function).replace("$VAL$", value)

    def shown(self, series: Series) -> str:
        if series == NULL:
            return self.nullstr
        return self.otherstr if series == OTHER else visible(series[1])


@dataclass
class Chart:
    """What chart and timechart have in common of their text."""

    terms: list[Term] = field(default_factory=list)
    bins: BinOptions = field(default_factory=BinOptions)
    split: Split = field(default_factory=Split)
    cont: bool = True
    dedup: bool = False

    def reads(self, *names: str) -> frozenset[str]:
        """Fields of the terms, of WHERE, and ``names``."""
        found = fields_read(self.terms) | {name for name in (*names, self.split.name) if name}
        if self.split.where is not None:
            found |= fields_read([self.split.where.call]) - {"*"}
        return found

    def read_option(self, name: Word, value: Word, arguments: Arguments) -> None:
        """Any option but those of bins."""
        command, option = arguments.command.name, name.text.lower()
        if option in ("start", "end"):
            raise Unsupported(f"{command}'s '{option}' is not run here: use where", name.position)
        if option in SPLIT_OPTIONS:
            self.split.read(name, value, arguments)
        elif option == "cont":
            self.cont = truth(value, option)
        elif option in ("dedup_splitvals", "dedup_splitval"):
            self.dedup = truth(value, option)
        else:
            raise Malformed(f"'{command}' has no option '{name.text}'", name.position)


def visible(value: str) -> str:
    """A column must not look like an internal field."""
    return f"VALUE{value}" if value.startswith("_") else value


def read_where(arguments: Arguments) -> Where:
    """After WHERE."""
    position = arguments.position
    call = read_term(arguments)
    if not isinstance(call, Call) or (call.field and "*" in call.field and _typed(call)):
        raise Malformed("where takes one function of one field", position)
    compare = arguments.take("in, notin, < or >")
    sign = compare.text.lower()
    if sign in ("in", "notin"):
        word = arguments.take("top or bottom").text.lower()
        kind = next((kind for kind in ("top", "bottom") if word.startswith(kind)), None)
        if kind is None:
            raise Malformed("expected top or bottom with a number", arguments.position)
        digits = word.removeprefix(kind) or arguments.take("a number").text
        amount = whole(Word(digits, compare.position), kind, 1)
        return Where(call, kind, amount, sign == "in")
    limit = arguments.take("a number")
    found = number(limit.text)
    if sign not in ("<", ">") or found is None:
        raise Malformed("expected in, notin, < or > with a number", compare.position)
    return Where(call, sign, float(found))


def _typed(call: Call) -> bool:
    return call.field != "*"
