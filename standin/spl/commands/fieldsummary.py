"""fieldsummary."""

from __future__ import annotations

import json
from collections import Counter

from standin.spl.aggregates.numeric import average, maximum, minimum, numbers, standard_deviation
from standin.spl.arguments import Arguments, whole
from standin.spl.errors import Malformed
from standin.spl.numbers import text
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row, Single
from standin.spl.wildcards import matcher

PAGE = "Search Reference: fieldsummary"
COLUMNS = [
    "field", "count", "distinct_count", "is_exact", "max", "mean", "min", "numeric_count",
    "stdev", "values",
]  # fmt: skip
construct("option of fieldsummary", "maxvals", PAGE, "100; 0: all; distinct_count stays exact")
construct("rule", "order of fieldsummary", PAGE, "fields by name; internal ones left out (ours)")


@command("fieldsummary", PAGE)
def fieldsummary(command_text: CommandText) -> Runnable:
    arguments, most = Arguments(command_text), 100
    patterns: list[str] = []
    while arguments.peek() is not None:
        if arguments.is_option():
            name, value = arguments.option()
            if name.text.lower() != "maxvals":
                raise Malformed(f"'fieldsummary' has no option '{name.text}'", name.position)
            most = whole(value, "maxvals")
        else:
            patterns.append(arguments.field())
        arguments.skip_commas()

    def rows(stream: Stream) -> list[Row]:
        found: dict[str, list[list[Single]]] = {}
        for row in stream.rows:
            for name, value in row.items():
                if not name.startswith("_"):
                    parts: list[Single] = list(value) if isinstance(value, list) else [value]
                    found.setdefault(name, []).append(parts)
        names = [
            name
            for name in sorted(found)
            if not patterns or any(matcher(one)(name) for one in patterns)
        ]
        return [_summary(name, found[name], most) for name in names]

    reads = frozenset(patterns) if patterns else None
    return Step(lambda stream, _context: Stream(rows(stream), COLUMNS), reads, passes=False)


def _summary(name: str, found: list[list[Single]], most: int) -> Row:
    values = [part for parts in found for part in parts]
    numeric = numbers(values)
    counts = Counter(map(text, values))
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[: most or None]
    row: Row = {
        "field": name,
        "count": len(found),
        "distinct_count": len(counts),
        "is_exact": 1 if not most or len(counts) <= most else 0,
        "numeric_count": len(numeric),
        "values": json.dumps(
            [{"value": value, "count": count} for value, count in ranked],
            separators=(",", ":"),
            ensure_ascii=False,
        ),
    }
    if numeric and len(numeric) == len(values):
        for column, result in (
            ("max", maximum(values)),
            ("mean", average(values)),
            ("min", minimum(values)),
            ("stdev", standard_deviation(values)),
        ):
            assert result is not None
            row[column] = result
    return row
