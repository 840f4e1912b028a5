"""Which rule decided an event? Keys of many events in, cells of CSV out, from files and the store.

Nothing wrong is shown as right: where a log names a uuid, a policy with the same number and another
uuid is not it; where several policies could be meant, none is picked.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple, Optional

from fmgstate.collect import why
from fmgstate.collect.rule_cells import BETWEEN, FIELDS, cell
from fmgstate.collect.rule_columns import NO_HITS, NUMBER, TABLE, Columns
from fmgstate.collect.rule_files import FURTHER, RuleFiles
from fmgstate.collect.rule_looks import MOST_DIGITS, Look, Whats, all_as_usual, hits, some_as_usual
from fmgstate.collect.rule_places import TABLES, WHERE, Place, Places, Spot, age
from fmgstate.collect.scope import BLOCK, PACKAGE, Scope
from fmgstate.store.base import Head, Store
from fmgstate.store.key_files import Damaged, KeyFiles

KEY = ("poluuid", "policyuuid", "policyid", "policytype", "subtype", "devid", "devname", "vd")
"""What decides: fields of FortiGate's logs, "" for one that is missing."""
Key = tuple[str, ...]

IMPLICIT = {"policyid": 0, "table": "firewall/policy", "name": "Implicit Deny", "action": "deny",
            "enabled": True}  # fmt: skip
_DENY = BETWEEN.join(cell(IMPLICIT.get(name)) for name in FIELDS)
LOCAL = "local"
NO_KEY = "The event has neither a policy's uuid nor a policyid."
NO_POLICY_DECIDES = (
    "Traffic of the FortiGate itself that no local-in policy decided: access settings did."
)

WHAT = 3
"""So many first ones of ``KEY`` name the rule, those behind them the place where it is."""

_ENCODING = ("utf-8", "surrogateescape")


class _Asked(NamedTuple):
    """What one event says. ``number``: -1 = none."""

    uuid: str
    number: int
    policytype: str
    place: Place


class Rules:
    """Answers for one set of columns. ``allowed_adoms``: only these are seen; None = all.

    ``fresh_seconds``: an older snapshot is stale; None = as the inputs that collect it are set.
    ``keyless``, ``keyed``: whether events came that named no policy, and such that did.
    """

    def __init__(
        self,
        store: Store,
        files: Optional[KeyFiles],
        fields: Sequence[str],
        now: float,
        allowed_adoms: Optional[Collection[str]] = None,
        fresh_seconds: Optional[float] = None,
    ) -> None:
        self.columns = Columns(fields)
        self.keyed = self.keyless = False
        self._store, self._allowed = store, allowed_adoms
        self._files = RuleFiles(store, files, fresh_seconds)
        self.renew(now)

    def renew(self, now: float) -> None:
        """Look at the store anew, as of ``now`` (epoch seconds)."""
        self._now = now
        self._files.renew(now)
        self._places = Places(self._files, self._allowed)
        self._known: dict[Key, Place] = {}
        self._usual: dict[Key, list[Look]] = {}

    def is_empty(self) -> bool:
        """Whether nothing was ever collected into this store."""
        return self._files.is_empty()

    def close(self) -> None:
        """Let go of the store's connections; they come back when they are needed."""
        self._store.close()

    def answer(self, keys: Sequence[Key]) -> list[bytes]:
        """The cells of each key's rule, with commas between them."""
        groups: dict[Key, list[int]] = {}
        for at, key in enumerate(keys):
            groups.setdefault(key[WHAT:], []).append(at)
        told = [b""] * len(keys)
        for where, places in groups.items():
            whats = zip(*(keys[at][:WHAT] for at in places))
            encoded = [[text.encode(*_ENCODING) for text in column] for column in whats]
            for at, cells in zip(places, self.answer_at(where, encoded)):
                told[at] = cells[1:]
        return told

    def answer_at(self, where: Key, whats: Whats) -> list[bytes]:
        """As ``answer``, with a comma before each cell, for keys that are the same from ``WHAT``
        on, which is ``where``; of each field before that, its values."""
        self.keyed = self.keyed or any(map(any, whats))
        try:
            return self._answer_at(where, whats)
        except Damaged as damage:
            self._files.discard(damage)
            self.renew(self._now)
            return self.answer_at(where, whats)

    def _answer_at(self, where: Key, whats: Whats) -> list[bytes]:
        looks = self._usual.get(where)
        if looks is None:
            looks = self._looks(where)
        if looks and looks[0].pieces:
            usual = all_as_usual(self.columns, looks[0], whats)
            if usual is not None:
                return usual
            told: Iterable[Optional[bytes]] = some_as_usual(self.columns, looks[0], whats)
        else:
            told = repeat(None)
        return [
            cells or b"," + self._one(where, looks, *what) for cells, what in zip(told, zip(*whats))
        ]

    def _one(
        self, where: Key, looks: Sequence[Look], uuid: bytes, other_uuid: bytes, digits: bytes
    ) -> bytes:
        asked = uuid or other_uuid
        number = int(digits) if digits.isdigit() and len(digits) <= MOST_DIGITS else -1
        for table, spot, _ in looks if number > 0 else ():
            row = table.get(number)
            if row is not None:
                cells = self.columns.first(row)
                if asked == cells[0] or not asked:
                    return self._found(spot, cells)
        what = (text.decode(*_ENCODING) for text in (uuid, other_uuid, digits))
        return self._other((*what, *where))

    def _looks(self, where: Key) -> list[Look]:
        """Where policies of an event's kind and device are looked up, when that is one package."""
        policytype, subtype, *device = where
        place = self._place(*device)
        found: list[Look] = []
        if place.packages == 1 and subtype != LOCAL:
            for spot in place.spots:
                pieces = () if self.columns.further else self.columns.pieces(spot.found)
                found += [Look(one, spot, pieces) for one in spot.tables(policytype)]
        self._usual[where] = found
        return found

    def _place(self, *device: str) -> Place:
        place = self._known.get(device)
        if place is None:
            place = self._known[device] = self._places.find(*device)
        return place

    def _other(self, key: Key) -> bytes:
        uuid, other_uuid, number, policytype, subtype = key[:5]
        is_number = number.isdecimal() and len(number) <= MOST_DIGITS
        asked = _Asked(
            (uuid or other_uuid).lower(), int(number) if is_number else -1, policytype,
            self._place(*key[5:]),
        )  # fmt: skip
        if asked.number == 0:
            if subtype == LOCAL or policytype.startswith("local-in"):
                return self._missing(asked, NO_POLICY_DECIDES)
            return self._implicit_deny(asked)
        here = list(self._here(asked))
        same = [(spot, cells) for spot, cells in here if _agree(asked.uuid, cells[0])]
        if len(same) == 1:
            return self._found(*same[0])
        if same:
            return self._missing(asked, _several(asked, [spot for spot, _ in same]))
        if asked.uuid:
            return self._by_uuid(asked, bool(here))
        if asked.number < 0:
            self.keyless = self.keyless or not number
            return self._missing(asked, why.no_number(number) if number else NO_KEY)
        return self._missing(asked, *self._why_not(asked))

    def _here(self, asked: _Asked) -> Iterator[tuple[Spot, list[bytes]]]:
        """All policies with this number on the event's VDOM."""
        for spot in asked.place.spots if asked.number > 0 else ():
            for table in spot.tables(asked.policytype):
                row = table.get(asked.number)
                if row is not None:
                    yield spot, self.columns.first(row)

    def _by_uuid(self, asked: _Asked, other_is_here: bool) -> bytes:
        """The policy with this uuid, in whatever package or block it is."""
        found = self._with_uuid(asked.uuid)
        here = {spot.scope.key: spot for spot in asked.place.spots}
        for spot, cells in found:
            if spot.scope.key in here:
                return self._found(here[spot.scope.key], cells)
        if not found:
            reasons = [why.no_uuid(asked.uuid), *self._why_no_uuid(asked, other_is_here)]
            looked_at = self._places.heads(PACKAGE, BLOCK)
            return self._missing(asked, *reasons, rests_on=looked_at)
        spot, cells = found[0]
        elsewhere = [] if len(found) == 1 else [f"{len(found)} packages have it."]
        if asked.place.spots:
            package = asked.place.spots[0].package
            at = f"{asked.place.device} [{asked.place.vdom}]"
            elsewhere.append(f"It is not in package {package}, which is assigned to {at}.")
        return self._found(spot, cells, " ".join(elsewhere))

    def _with_uuid(self, uuid: str) -> list[tuple[Spot, list[bytes]]]:
        from fmgstate.collect import index  # which most look-ups have no use for

        found = []
        for one in self._store.find([index.uuid_key(uuid)]):
            scope = Scope.parse(one.head.key)
            spot = self._places.anywhere(scope) if self._places.is_allowed(scope) else None
            number = int(one.value.decode().rpartition("/")[2])
            tables = spot.file.tables if spot and spot.file else {}
            for table in tables.values():
                row = table.get(number)
                cells = self.columns.first(row) if row else [b""]
                if spot and cells[0].decode().lower() == uuid:
                    found.append((spot, cells))
        return found

    def _why_no_uuid(self, asked: _Asked, other_is_here: bool) -> list[str]:
        doubt = self._places.doubt("packages and blocks", PACKAGE, BLOCK)
        if not other_is_here:
            return [doubt]
        package = asked.place.spots[0].package
        return [f"Policy {asked.number} of package {package} is another one by now.", doubt]

    def _why_not(self, asked: _Asked) -> list[str]:
        place = asked.place
        if not place.spots:
            return [place.why]
        if asked.policytype not in TABLES:
            return [f"Policies of type {asked.policytype} are not part of what is collected."]
        for spot in place.spots:
            if spot.file is None:
                return [why.not_collected(spot.scope, spot.head)]
        return [why.no_policy(place.spots[0].scope, asked.number), why.of_range(asked.number)]

    def _implicit_deny(self, asked: _Asked) -> bytes:
        if not asked.place.spots:
            return self._missing(asked, asked.place.why)
        return self._found(asked.place.spots[0], self.columns.first(_DENY))

    def _found(self, spot: Spot, cells: list[bytes], remark: str = "") -> bytes:
        columns = self.columns
        row = cells + ([*spot.cells, b"true", cell(remark)] if remark else spot.found)
        if columns.hits:
            row += self._hits(spot, cells)
        if columns.further:
            row += self._further(spot, cells)
        return b",".join(columns.pick(row))

    def _missing(
        self, asked: _Asked, *reasons: str, rests_on: Optional[Collection[Optional[Head]]] = None
    ) -> bytes:
        """No rule; where the event's package is known, that is told. ``rests_on``: what was looked
        at, as old as which this is; None = what the event's place rests on."""
        spots = asked.place.spots
        where = spots[0].cells[: len(WHERE)] if spots else [b""] * len(WHERE)
        ages = age(self._files, asked.place.rests_on if rests_on is None else rests_on)
        told = [b"false", cell(" ".join(filter(None, reasons)))]
        counted = NO_HITS if self.columns.hits else []
        further = self.columns.nothing_further if self.columns.further else []
        row = [*self.columns.no_rule, *where, *ages, *told, *counted, *further]
        return b",".join(self.columns.pick(row))

    def _hits(self, spot: Spot, cells: list[bytes]) -> list[bytes]:
        columns = hits(spot, cells[TABLE].decode(), [int(cells[NUMBER])], cells[:1])
        return [one for (one,) in columns]

    def _further(self, spot: Spot, cells: list[bytes]) -> list[bytes]:
        file = self._files.file(spot.scope, FURTHER)
        table = file.tables.get(cells[TABLE].decode()) if file else None
        row = table.get(int(cells[NUMBER])) if table else None
        if row is None:
            return self.columns.nothing_further
        *further, meta = row.split(BETWEEN)
        if self.columns.meta:
            known = json.loads(meta)
            further += [cell(known.get(name)) for name in self.columns.meta]
        return further


def _agree(asked: str, known: bytes) -> bool:
    return not asked or not known or known.decode().lower() == asked


def _several(asked: _Asked, spots: Sequence[Spot]) -> str:
    packages = ", ".join(dict.fromkeys(spot.package for spot in spots))
    return f"{len(spots)} policies have the number {asked.number} there: of {packages}."
