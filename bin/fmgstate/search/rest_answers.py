"""The answers of the REST look-up, from one store that others write."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, time
from typing import Any, NamedTuple, Optional

from fmgstate import wiring
from fmgstate.collect.rules import Rules
from fmgstate.collect.scope import KINDS
from fmgstate.search import rest_policy
from fmgstate.search.rest_policy import NOT_FOUND, Rendering
from fmgstate.search.rest_reply import Refusal
from fmgstate.search.rest_request import Request

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


class _State(NamedTuple):
    rules: Rules
    rendering: Rendering


class Watch:
    """Notices that a file, or what lies beside it, was written or replaced."""

    def __init__(self, file: Path) -> None:
        self._paths = [f"{file}", f"{file}-wal", f"{file}.keys"]
        self._seen = self._stamp()
        self._looked = self._renewed = monotonic()

    def moved(self) -> bool:
        """Whether to look anew: it was written, or a while has passed."""
        now = monotonic()
        if now < self._looked + LOOK_SECONDS:
            return False
        self._looked = now
        stamp = self._stamp()
        if stamp == self._seen and now < self._renewed + RENEW_SECONDS:
            return False
        self._seen, self._renewed = stamp, now
        return True

    def _stamp(self) -> list[tuple[int, ...]]:
        return [_stamp(path) for path in self._paths]


class Answering:
    """``paths``: path and method to what answers it."""

    def __init__(self, file: Path) -> None:
        self._file, self._watch = file, Watch(file)
        self._states: OrderedDict[Any, _State] = OrderedDict()
        self._misses = 0
        self.paths: Mapping[str, Mapping[str, Answer]] = {
            "policy": {"GET": self._policy, "POST": self._policies},
            "status": {"GET": self._status},
        }

    def close(self) -> None:
        """Let go of the store."""
        while self._states:
            self._states.popitem()[1].rules.close()

    def _policy(self, request: Request, adoms: Adoms) -> str:
        told = request.single((*rest_policy.KEY, *rest_policy.BESIDE))
        beside = {name: told.pop(name) for name in rest_policy.BESIDE if name in told}
        key = rest_policy.key(told)
        return self._rows([key], adoms, beside)[0]

    def _policies(self, request: Request, adoms: Adoms) -> str:
        asked, beside = request.batch("keys", rest_policy.BESIDE)
        keys = [rest_policy.key(one, f"keys[{at}]") for at, one in enumerate(asked)]
        return f'{{"results":[{",".join(self._rows(keys, adoms, beside))}]}}'

    def _rows(self, keys: list[Any], adoms: Adoms, beside: Mapping[str, Any]) -> list[str]:
        rules, rendering = self._state(adoms, *rest_policy.options(beside))
        rows = list(map(rendering.json, rules.answer(keys)))
        self._misses += sum(row.startswith(NOT_FOUND) for row in rows)
        if rules.is_empty():
            raise Refusal(NOTHING, "", 503)
        return rows

    def _state(self, adoms: Adoms, fields: tuple[str, ...], fresh: Optional[int]) -> _State:
        if self._watch.moved() or self._misses > MOST_MISSES:
            self._misses, now = 0, time()
            for one in self._states.values():
                one.rules.close()
                one.rules.renew(now)
        asked = fields, adoms, fresh
        state = self._states.get(asked)
        if state is None:
            while len(self._states) >= MOST_STATES:
                self._states.popitem(last=False)[1].rules.close()
            rules = wiring.rules(self._file, fields, adoms, fresh)
            state = self._states[asked] = _State(rules, Rendering(rules.columns))
        return state

    def _status(self, request: Request, adoms: Adoms) -> str:
        wanted = request.single(STATUS)
        if wanted.get("kind", KINDS[0]) not in KINDS:
            raise Refusal(f"kind is one of {', '.join(KINDS)}.", "kind")
        with wiring.open_store(self._file) as store:
            rows = wiring.answers(store).status()
        shown = [
            row
            for row in rows
            if (adoms is None or row["adom"] in adoms)
            and all(row[name] == value for name, value in wanted.items())
        ]
        return json.dumps({"results": shown})


NOTHING = (
    "Nothing was collected on this host yet, so no rule can be found. "
    "Make an account and inputs here, or load what another host publishes (fmgload)."
)


def _stamp(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino
