"""How a file of ``key_files`` is written.

``MAGIC``; length and CRC-32 of the directory (4 bytes each); the directory; the tables.

The directory is the length of what follows; a ``marshal`` of (key, version, extra, size, tables),
``size`` that of all that is behind the directory, and for each table its name, how many values it
has, the first number where they follow one another (else None), and where its parts begin and the
last one ends, counted from the end of the directory; then the numbers of all other tables (4 bytes
each).

A part is: where in it each value begins and the last one ends, a CRC-32 of each value that begins
with its number (4 bytes each), the values. Of each table the fronts of all values come first, then
what is behind them: most look-ups want no more than the fronts. What says where a value is needs no
checksum of its own: at another place is another value, and CRC-32 sees a NUL more or less, too
(Adler-32, which is quicker, does not where it begins with 0 or 65,521).
"""

from __future__ import annotations

import marshal
from array import array
from itertools import accumulate
from typing import Any, Optional
from zlib import crc32

from fmgstate.store.key_files import ITEM, LARGEST, MAGIC, MARSHAL, UNSIGNED, Cut, Tables


def written(key: str, version: str, extra: Any, tables: Tables, cut: Optional[Cut]) -> list[bytes]:
    """The file, piece by piece. ``cut``: where the front of each value ends; None = it has none."""
    names, others, content, place = [], array(UNSIGNED), list[bytes](), 0
    for name, rows in tables.items():
        numbers, starts = sorted(rows), [place]
        for values in _parts([rows[number] for number in numbers], cut):
            part = _part(numbers, values)
            content += part
            place += sum(map(len, part))
            starts.append(place)
        if numbers and not 0 <= numbers[0] <= numbers[-1] <= LARGEST:
            raise OverflowError(f"{name} has a number below 0 or above {LARGEST}")
        first = None
        if numbers and numbers[-1] - numbers[0] == len(numbers) - 1:
            first = numbers[0]
        else:
            others.extend(numbers)
        names.append((name, len(numbers), first, starts))
    about = marshal.dumps((key, version, extra, place, names), MARSHAL)
    about = len(about).to_bytes(ITEM, "little") + about + bytes(-len(about) % ITEM)
    directory = about + others.tobytes()
    head = array("I", [len(directory), crc32(directory)]).tobytes()
    return [MAGIC, head, directory, *content]


def _parts(values: list[bytes], cut: Optional[Cut]) -> list[list[bytes]]:
    """Fronts, and what is behind them; without a ``cut`` all at once."""
    if cut is None:
        return [values]
    ends = list(map(cut, values))
    fronts = [value[:end] for value, end in zip(values, ends)]
    return [fronts, [value[end:] for value, end in zip(values, ends)]]


def _part(numbers: list[int], values: list[bytes]) -> list[bytes]:
    """What stands before the values of a part, and these."""
    if not values:
        return []
    start = (2 * len(values) + 1) * ITEM
    head = array(UNSIGNED, accumulate(map(len, values), initial=start))
    head.extend(map(crc32, values, numbers))
    return [head.tobytes(), *values]
