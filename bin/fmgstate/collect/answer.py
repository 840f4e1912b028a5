"""Answers from the store alone: which rule is this? FortiManager is never asked from here.

Every row says ``snapshot_time``, ``changed_time``, ``age`` (seconds), ``stale`` and ``plane``.
Where nothing is found, the one row has ``found`` False and ``why``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from fmgstate.collect import index, why
from fmgstate.collect.freshness import CLOCKS_DIFFER, Freshness, is_behind
from fmgstate.collect.scope import BLOCK, INVENTORY, KINDS, PACKAGE, Scope, prefix
from fmgstate.store.base import Found, Head, Store, head_of

Row = dict[str, Any]
Key = tuple[str, str, int]
"""Device (its name, host name or any HA member's serial), VDOM, policyid: what a log line has."""

IMPLICIT_DENY = 0
_decoded = json.JSONDecoder().raw_decode
"""Without the looks at encoding and trailing space that ``json.loads`` takes: we wrote it."""
IMPLICIT_TABLE = "firewall/policy"


@dataclass(frozen=True)
class Place:
    """A package on one VDOM. ``scopes``: it, and the policy blocks that stand in it. ``keys``: what
    finds a policyid in those, but for the policyid itself. ``hits``: as ``keys``, what finds how
    often it was hit; "" while that was never counted."""

    package: Scope
    scopes: tuple[Scope, ...]
    keys: tuple[str, ...]
    hits: str
    where: Row


class Answers:
    """``now``: epoch seconds; ``fresh_seconds``: an older snapshot is called stale; None = as the
    inputs that collect it are set.

    Devices, their packages and ages are looked up once: make a new one for a new question.
    """

    def __init__(self, store: Store, now: float, fresh_seconds: Optional[float] = None) -> None:
        self._store, self._now = store, now
        self._freshness = Freshness(store, fresh_seconds)
        self._known: dict[tuple[str, str], list[Place] | Row] = {}
        self._shared: dict[str, tuple[Row, Row]] = {}

    def by_uuid(self, uuid: str) -> list[Row]:
        """The policy with this uuid; several rows where several packages hold it."""
        keys = [found.value.decode() for found in self._store.find([index.uuid_key(uuid)])]
        beside = {key: index.hits_key_beside(key) for key in keys}
        found = self._store.find([*beside, *filter(None, beside.values())])
        hits = [one for one in found if one.key not in beside]
        rows = [
            _with_hits(self._policy(one), [hit for hit in hits if hit.key == beside[one.key]])
            for one in found
            if one.key in beside
        ]
        # A policyid counts within its table: others of its scope may have the same.
        asked = [row for row in rows if row.get("uuid", "").lower() == uuid.lower()]
        if asked:
            return asked
        heads = self._heads(PACKAGE, BLOCK)
        doubt = self._doubt("packages and blocks", heads)
        return [self._not_found(heads, why.no_uuid(uuid), doubt)]

    def by_policyid(self, device: str, vdom: str, policyid: int) -> list[Row]:
        """The policy with this id on one VDOM; several rows where several tables have the id."""
        return self.by_policyids([(device, vdom, policyid)])[0]

    def by_policyids(self, keys: Sequence[Key]) -> list[list[Row]]:
        """As ``by_policyid`` for many keys at once, in their order."""
        places = [self._places(device, vdom) for device, vdom, _ in keys]
        wanted: dict[str, list[Found]] = {
            f"{start}{key[2]}": []
            for key, found in zip(keys, places)
            if isinstance(found, list)
            for place in found
            for start in (*place.keys, *filter(None, [place.hits]))
        }
        for one in self._store.find(list(wanted)):
            wanted[one.key].append(one)
        return [self._rows(key[2], found, wanted) for key, found in zip(keys, places)]

    def status(self) -> list[Row]:
        """Every scope: times, age, records, and how its last refresh went."""
        heads = [head for kind in KINDS for head in self._store.heads(prefix(kind))]
        return [self._status(head) for head in heads]

    def _status(self, head: Head) -> Row:
        scope = Scope.parse(head.key)
        return {
            "scope": head.key,
            "scope_text": str(scope),
            "kind": scope.kind,
            "fortimanager": scope.manager,
            "adom": scope.adom,
            "name": scope.name,
            "result": "",
            "seconds": 0.0,
            "requests": 0.0,
            "saved": 0.0,
            "records": 0,
            "error": "",
            **head.outcome,
            **self._age(head),
        }

    def _rows(
        self, policyid: int, places: list[Place] | Row, wanted: dict[str, list[Found]]
    ) -> list[Row]:
        if not isinstance(places, list):
            return [places]
        rows = [row for place in places for row in self._on_place(place, policyid, wanted)]
        return [row for row in rows if row["found"]] or rows[:1]

    def _on_place(
        self, place: Place, policyid: int, wanted: dict[str, list[Found]]
    ) -> Iterable[Row]:
        hits = wanted[f"{place.hits}{policyid}"] if place.hits else []
        if policyid == IMPLICIT_DENY:
            return [{**_with_hits(self._implicit_deny(place.package), hits), **place.where}]
        found = [one for start in place.keys for one in wanted[f"{start}{policyid}"]]
        rows = [{**_with_hits(self._policy(one), hits), **place.where} for one in found]
        return rows or [{**self._no_policy(place, policyid), **place.where}]

    def _places(self, device: str, vdom: str) -> list[Place] | Row:
        """The packages on a VDOM, or the row that says why there is none."""
        asked = (device, vdom)
        if asked not in self._known:
            self._known[asked] = self._find_places(device, vdom)
        return self._known[asked]

    def _find_places(self, device: str, vdom: str) -> list[Place] | Row:
        devices = [json.loads(one.value) for one in self._store.find([index.device_key(device)])]
        if not devices:
            heads = self._heads(INVENTORY)
            return self._not_found(heads, why.no_device(device), self._doubt("ADOMs", heads))
        known = [self._head(Scope(INVENTORY, one["manager"], one["adom"])) for one in devices]
        having = [one for one in devices if vdom in one["vdoms"]]
        if not having:
            reason = why.no_vdom(devices[0]["device"], vdom, devices[0]["vdoms"])
            return self._not_found(known, reason)
        places = [
            self._place(one, installed)
            for one in having
            for installed in one["packages"]
            if installed["vdom"] == vdom
        ]
        if not places:
            return self._not_found(known, why.no_package(having[0]["device"], vdom))
        return places

    def _place(self, device: Row, installed: dict[str, str]) -> Place:
        scope = Scope(PACKAGE, device["manager"], device["adom"], installed["package"])
        where = {
            "device": device["device"],
            "vdom": installed["vdom"],
            "package_status": installed["status"],
        }
        blocks, counted = index.blocks_key(scope), index.counted_key(scope)
        beside = {one.key: one.value for one in self._store.find([blocks, counted])}
        scopes = [scope, *self._blocks(scope, json.loads(beside.get(blocks, b"[]")))]
        hits = index.hits_key(scope, "") if counted in beside else ""
        keys = tuple(index.policy_key(one, "") for one in scopes)
        return Place(scope, tuple(scopes), keys, hits, where)

    def _blocks(self, scope: Scope, names: list[str]) -> list[Scope]:
        """The policy blocks that stand in a package, by their paths."""
        return [
            Scope(BLOCK, scope.manager, scope.adom, self._block_path(scope, name)) for name in names
        ]

    def _block_path(self, scope: Scope, name: str) -> str:
        key = index.block_number_key(scope.manager, scope.adom, name)
        found = self._store.find([key])
        return found[0].value.decode() if found else name

    def _policy(self, found: Found) -> Row:
        """The record between where it is and how old it is, which its scope's policies share."""
        if found.head.key not in self._shared:
            place = {"found": True, **_place_of(Scope.parse(found.head.key))}
            self._shared[found.head.key] = place, self._age(found.head)
        place, age = self._shared[found.head.key]
        return {**place, **_decoded(found.value.decode())[0], **age}

    def _implicit_deny(self, scope: Scope) -> Row:
        rule = {"policyid": IMPLICIT_DENY, "table": IMPLICIT_TABLE, "name": "Implicit Deny"}
        deny = {"action": "deny", "enabled": True}
        return {"found": True, **_place_of(scope), **rule, **deny, **self._age(self._head(scope))}

    def _no_policy(self, place: Place, policyid: int) -> Row:
        """That there is none can be said only when the package and its blocks are all known; it is
        as old as the oldest of them."""
        package = place.package
        heads = [self._head(scope) for scope in place.scopes]
        for scope, head in zip(place.scopes, heads):
            if head is None or head.snapshot_time is None:
                heads.append(self._head(Scope(INVENTORY, package.manager, package.adom)))
                return self._not_found(heads, why.not_collected(scope, head))
        reasons = why.no_policy(package, policyid), why.of_range(policyid)
        return {**self._not_found(heads, *reasons), **_place_of(package)}

    def _heads(self, *kinds: str) -> list[Optional[Head]]:
        return [head for kind in kinds for head in self._store.heads(prefix(kind))]

    def _doubt(self, what: str, heads: Sequence[Optional[Head]]) -> str:
        """What may be missing where nothing was found; "" when all is known and fresh."""
        return why.doubt(len(heads), sum(self._age(head)["stale"] for head in heads), what)

    def _not_found(self, looked_at: Sequence[Optional[Head]], *sentences: str) -> Row:
        """As old as the oldest that is known of what was looked at; stale where one is not."""
        ages = [self._age(head) for head in looked_at] or [self._age(None)]
        known = [age for age in ages if age["snapshot_time"] is not None]
        oldest = min(known, key=lambda age: float(age["snapshot_time"]), default=ages[0])
        told = {"found": False, "why": " ".join(filter(None, sentences))}
        return {**told, **oldest, "stale": any(age["stale"] for age in ages)}

    def _head(self, scope: Scope) -> Optional[Head]:
        return head_of(self._store, scope.key)

    def _age(self, head: Optional[Head]) -> Row:
        if head is None or head.snapshot_time is None:
            nothing = dict.fromkeys(("snapshot_time", "changed_time", "age"))
            return {**nothing, "stale": True, "plane": "package"}
        age = self._now - head.snapshot_time
        return {
            "snapshot_time": head.snapshot_time,
            "changed_time": head.changed_time,
            "age": round(age, 3),
            "stale": is_behind(head)
            or not -CLOCKS_DIFFER <= age <= self._freshness.of(Scope.parse(head.key)),
            "plane": "package",
        }


def _place_of(scope: Scope) -> Row:
    return {"fortimanager": scope.manager, "adom": scope.adom, scope.kind: scope.name}


def _with_hits(row: Row, found: Sequence[Found]) -> Row:
    """The row with ``hits``, ``last_hit`` (epoch seconds, 0 = never) and ``hit_time``, when they
    were counted, where they were. The hits of an earlier policy with the same number are not its.
    """
    for one in found:
        told = json.loads(one.value)
        other = told["uuid"] and row.get("uuid") and told["uuid"] != row["uuid"]
        if told["table"] == row["table"] and not other:
            hits = {"hits": told["hits"], "last_hit": told["last_hit"]}
            return {**row, **hits, "hit_time": one.head.snapshot_time}
    return row
