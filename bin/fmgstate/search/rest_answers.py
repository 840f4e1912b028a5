"""The answers of the REST look-up, from one store that others write."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from time import monotonic, time
from typing import Any, Optional, Protocol, TypeVar

from fmgstate import wiring
from fmgstate.collect.known_names import nearest
from fmgstate.collect.rules import Key
from fmgstate.collect.scope import KINDS
from fmgstate.search import rest_lookup, rest_policy
from fmgstate.search.rest_lookup import Lookups
from fmgstate.search.rest_policy import Policies
from fmgstate.search.rest_reply import NO_PATH, UNAVAILABLE, Refusal
from fmgstate.search.rest_request import MOST_TEXT, Request, truth, whole, words

Adoms = Optional[frozenset[str]]
Answer = Callable[[Request, Adoms], str]
"""A request, and the ADOMs that may be seen, to JSON."""

LOOK_SECONDS = 1.0
"""So long is the store not looked at again."""
RENEW_SECONDS = 10.0
"""So old may be what is said to be stale or not."""
MOST_STATES = 16
MOST_MISSES = 20_000
STATUS = ("kind", "adom")


class _State(Protocol):
    """What answers one kind of question for some people."""

    misses: int

    def renew(self, now: float) -> None: ...
    def close(self) -> None: ...
    def is_empty(self) -> bool: ...


S = TypeVar("S", bound=_State)


class Watch:
    """Notices that a file, or what lies beside it, was written or replaced."""

    def __init__(self, file: Path) -> None:
        self._paths = [f"{file}", f"{file}-wal", f"{file}.keys"]
        self._seen = self._stamps()
        self._looked = self._renewed = monotonic()
        self.replaced = False
        """Whether it was another file, when it moved last."""

    def moved(self) -> bool:
        """Whether to look anew: it was written, or a while has passed."""
        now = monotonic()
        if now < self._looked + LOOK_SECONDS:
            return False
        self._looked, stamps = now, self._stamps()
        if stamps == self._seen and now < self._renewed + RENEW_SECONDS:
            return False
        self.replaced = stamps[0][:1] != self._seen[0][:1]
        self._seen, self._renewed = stamps, now
        return True

    def _stamps(self) -> list[tuple[int, ...]]:
        return [_stamp(path) for path in self._paths]


class Answering:
    """``paths``: path and method to what answers it."""

    def __init__(self, file: Path) -> None:
        self._file, self._watch = file, Watch(file)
        self._states: OrderedDict[Any, _State] = OrderedDict()
        self.paths: Mapping[str, Mapping[str, Answer]] = {
            "policy": {"GET": self._policy, "POST": self._policies},
            "lookup": {"GET": self._lookup, "POST": self._lookups},
            "status": {"GET": self._status},
        }

    def close(self) -> None:
        """Let go of the store."""
        while self._states:
            self._states.popitem()[1].close()

    def _policy(self, request: Request, adoms: Adoms) -> str:
        told = request.single((*rest_policy.KEY, *rest_policy.BESIDE))
        beside = _beside(told, rest_policy.BESIDE)
        return self._policies_of([rest_policy.key(told)], adoms, beside)[0]

    def _policies(self, request: Request, adoms: Adoms) -> str:
        told, beside = request.batch("keys", rest_policy.BESIDE)
        keys = [rest_policy.key(one, f"keys[{at}]") for at, one in enumerate(told)]
        return _results(self._policies_of(keys, adoms, beside))

    def _policies_of(self, keys: list[Key], adoms: Adoms, beside: Mapping[str, Any]) -> list[str]:
        fields, fresh = _fields(beside), _fresh(beside)
        make = partial(Policies, self._file, adoms, fresh, fields)
        return self._state(("policy", fields, adoms, fresh), make).many(keys)

    def _lookup(self, request: Request, adoms: Adoms) -> str:
        known = (*rest_lookup.FLOW, *rest_lookup.BESIDE, rest_lookup.EXPLAIN)
        told = request.single(known)
        explain = truth(told.pop(rest_lookup.EXPLAIN, "false"), rest_lookup.EXPLAIN)
        beside = _beside(told, rest_lookup.BESIDE)
        return self._lookups_of(adoms, beside).one(rest_lookup.asked(told), explain)

    def _lookups(self, request: Request, adoms: Adoms) -> str:
        told, beside = request.batch("flows", rest_lookup.BESIDE)
        flows = [rest_lookup.asked(one, f"flows[{at}]") for at, one in enumerate(told)]
        return _results(self._lookups_of(adoms, beside).many(flows))

    def _lookups_of(self, adoms: Adoms, beside: Mapping[str, Any]) -> Lookups:
        fresh = _fresh(beside)
        return self._state(("lookup", adoms, fresh), partial(Lookups, self._file, adoms, fresh))

    def _state(self, key: tuple[Any, ...], make: Callable[[], S]) -> S:
        """The one for this key, as of now. Raises ``Refusal`` where there is nothing to answer."""
        moved = self._watch.moved()
        for one in self._states.values():
            if moved and self._watch.replaced:
                one.close()
            if moved or one.misses > MOST_MISSES:
                one.renew(time())
        state: Any = self._states.get(key)
        if state is None:
            while len(self._states) >= MOST_STATES:
                self._states.popitem(last=False)[1].close()
            state = self._states[key] = make()
        if state.is_empty():
            raise Refusal(NOTHING, "", UNAVAILABLE)
        found: S = state
        return found

    def _status(self, request: Request, adoms: Adoms) -> str:
        wanted = request.single(STATUS)
        if wanted.get("kind", KINDS[0]) not in KINDS:
            raise Refusal(f"kind is one of {', '.join(KINDS)}.", "kind")
        with wiring.open_store(self._file) as store:
            rows = wiring.answers(store).status()
        if not rows:
            raise Refusal(NOTHING, "", UNAVAILABLE)
        seen = [row for row in rows if adoms is None or row["adom"] in adoms]
        if "adom" in wanted:
            _check_adom(wanted["adom"], {row["adom"] for row in seen})
        shown = [row for row in seen if all(row[name] == wanted[name] for name in wanted)]
        return json.dumps({"results": shown})


NOTHING = (
    "Nothing was collected on this host yet, so no rule can be found. "
    "Make an account and inputs here, or load what another host publishes (fmgload)."
)


def _beside(told: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: told.pop(name) for name in names if name in told}


def _fields(beside: Mapping[str, Any]) -> tuple[str, ...]:
    if "fields" not in beside:
        return rest_policy.DEFAULT
    asked = words(beside["fields"], "fields")
    return (*rest_policy.FIRST, *rest_policy.checked_fields(asked))


def _check_adom(asked: str, known: Collection[str]) -> None:
    """Raises ``Refusal`` where it is none of those that may be seen: one that is hidden and one
    that is not there are told alike."""
    if asked not in known:
        near = nearest("ADOM", asked, known)
        told = f"There is no ADOM {asked[:MOST_TEXT]}, or you may not see it. {near}"
        raise Refusal(told, "adom", NO_PATH)


def _fresh(beside: Mapping[str, Any]) -> Optional[int]:
    """Seconds after which an answer is called stale; None = as the inputs are set."""
    return whole(beside["fresh"], "fresh", least=1) if "fresh" in beside else None


def _results(rows: list[str]) -> str:
    return f'{{"results":[{",".join(rows)}]}}'


def _stamp(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    # An empty log of SQLite comes and goes with whoever reads.
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found.st_size else ()
