"""``fmgstate/policy``: the rule behind a log's uuid, or behind device, VDOM and policyid."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from typing import Any, Optional

from fmgstate import wiring
from fmgstate.collect.rule_cells import LISTS
from fmgstate.collect.rule_columns import ALL, META, Columns
from fmgstate.collect.rules import Key
from fmgstate.search.rest_reply import Refusal
from fmgstate.search.rest_request import text, unknown, whole
from fmgstate.search.rows import MULTIVALUE, decoded

KEY = ("uuid", "device", "vdom", "policyid", "policytype")
BESIDE = ("fields", "fresh")
FIRST = ("found", "why")
"""Told always, as the age is."""
DEFAULT = (
    *FIRST, "uuid", "policyid", "table", "name", "action", "enabled", "section", "comments",
    "owner", "ticket", "modified_time", "modified_by", "hits", "last_hit", "fortimanager", "adom",
    "package", "block", "device", "vdom", "package_status",
)  # fmt: skip
NUMBERS = {"policyid", "sequence", "modified_time", "hits", "last_hit", "hit_time", "snapshot_time",
           "changed_time"}  # fmt: skip
TRUTHS = {"found", "enabled", "stale", "nat", "utm"}
NOT_FOUND = '{"found":false'
"""What such a row starts with."""
PLAIN = NUMBERS | TRUTHS
"""Fields whose cells are JSON already; an empty one is null. Texts may be ""."""

_KEYS = frozenset(KEY)


def checked_fields(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ``Refusal`` for a field that there is not."""
    for name in fields:
        if name not in ALL and not name.startswith(META):
            raise unknown(name, ALL, "fields")
    return fields


def key(asked: Any, at: str = "") -> Key:
    """As ``collect.rules.KEY``. ``at``: where in the request it stands, as "keys[3]"."""
    if asked.__class__ is not dict:
        raise Refusal(f"{at} must be an object.", at)
    if not _KEYS.issuperset(asked):
        wrong = next(name for name in asked if name not in _KEYS)
        raise unknown(wrong, KEY, _field(at, wrong[:80]))
    got = asked.get
    uuid, device, vdom = got("uuid", ""), got("device", ""), got("vdom", "")
    kind, number = got("policytype", "policy"), got("policyid", "")
    for name, value in (("uuid", uuid), ("device", device), ("vdom", vdom), ("policytype", kind)):
        if value.__class__ is not str or len(value) > 64:
            text(value, _field(at, name))
    if number != "":
        if not device:
            raise Refusal("A policyid counts on one device only: give device, too.",
                          _field(at, "device"))  # fmt: skip
        if number.__class__ is not int or not 0 <= number < 1 << 32:
            number = whole(number, _field(at, "policyid"))
    elif not uuid:
        raise Refusal("Give uuid, or device and policyid.", at or "uuid")
    return uuid, "", f"{number}", kind, "", device, "", vdom


def _field(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


class Rendering:
    """Cells of CSV to JSON, for one set of columns."""

    def __init__(self, columns: Columns) -> None:
        names = columns.names
        self._several = [name for name in names if name in LISTS]
        self._at = {name: place for place, name in enumerate(names)}
        single = [name for name in names if not name.startswith(MULTIVALUE) and name not in LISTS]
        self._places = [(self._at[name], _plain if name in PLAIN else quoted) for name in single]
        self._straight = len(single) == len(names)
        self._plain = [place for place, name in enumerate(single) if name in PLAIN]
        shown = [*single, *self._several]
        self._template = _template((name, "%s") for name in shown)
        self._clean = _template((name, "%s" if name in PLAIN else '"%s"') for name in single)

    def json(self, row: bytes) -> str:
        """One row as a JSON object."""
        line = row.decode()
        cells = next(csv.reader([line])) if '"' in line else line.split(",")
        if self._straight and _is_clean(line):
            for place in self._plain:
                cells[place] = cells[place] or "null"
            return self._clean % tuple(cells)
        tokens = [token(cells[place]) for place, token in self._places]
        tokens += [self._list(cells, name) for name in self._several]
        return self._template % tuple(tokens)

    def _list(self, cells: list[str], name: str) -> str:
        several, one = cells[self._at[MULTIVALUE + name]], cells[self._at[name]]
        values = decoded(several) if several else [one] if one else []
        return f"[{','.join(map(quoted, values))}]"


class Policies:
    """Answers as JSON, for those who ask for the same fields and see the same ADOMs. ``misses``:
    not found since ``renew``."""

    def __init__(
        self,
        file: Path,
        adoms: Optional[frozenset[str]],
        fresh: Optional[int] = None,
        fields: Sequence[str] = DEFAULT,
    ) -> None:
        self._rules = wiring.rules(file, fields, adoms, fresh)
        self._rendering = Rendering(self._rules.columns)
        self.misses = 0

    def renew(self, now: float) -> None:
        """Look at the store anew."""
        self.misses = 0
        self._rules.renew(now)

    def close(self) -> None:
        """Let go of the store's files; they come back when they are needed."""
        self._rules.close()

    def is_empty(self) -> bool:
        """Whether nothing was ever collected."""
        return self._rules.is_empty()

    def many(self, keys: Sequence[Key]) -> list[str]:
        """One for each, in their order."""
        rows = list(map(self._rendering.json, self._rules.answer(keys)))
        self.misses += sum(row.startswith(NOT_FOUND) for row in rows)
        return rows


def _template(pairs: Iterable[tuple[str, str]]) -> str:
    inside = ",".join(quoted(name).replace("%", "%%") + ":" + place for name, place in pairs)
    return f"{{{inside}}}"


def _is_clean(line: str) -> bool:
    """Whether no cell has anything that JSON writes otherwise; quotes within a cell are double."""
    return line.isascii() and line.isprintable() and "\\" not in line and '""' not in line


def _plain(cell: str) -> str:
    return cell or "null"
