"""A refresh that somebody asked for, as a worker sees it, and how it tells what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from time import time
from typing import Any

from fmgstate.collect.outcome import FAILED as SCOPE_FAILED
from fmgstate.collect.outcome import Outcome
from fmgstate.collect.refresh_now import row
from fmgstate.collect.scope import Scope
from fmgstate.errors import ConfigurationError, StoreError
from fmgstate.settings import Plan
from fmgstate.store.base import Store
from fmgstate.store.requests_in_redis import (
    ASKED,
    DONE,
    FAILED,
    LATER,
    TAKEN,
    WAITING,
    RefreshRequests,
)

HITCOUNTS = "hitcounts"


class Asked:
    """``told``: as the request says; an empty one is nobody's. ``by``: this worker's name."""

    def __init__(self, told: Mapping[str, Any], by: str, requests: RefreshRequests) -> None:
        self._told, self._by, self._requests = told, by, requests
        self._name = str(told.get("id", ""))

    def __bool__(self) -> bool:
        return bool(self._name)

    @property
    def is_whole(self) -> bool:
        """Whether it is all that somebody asked for, not one scope of it."""
        return "manager" in self._told

    @property
    def passed_on(self) -> dict[str, Any]:
        """What a task of one scope is given, so that it tells, too."""
        return {"asked": {"id": self._name}} if self else {}

    def plan(self, plan: Plan) -> Plan:
        """What is to be asked of FortiManager. Raises ``ConfigurationError`` where that is nothing
        that these workers collect."""
        if not self:
            return plan
        wanted = tuple(self._told.get("adoms", ()))
        missing = [one for one in wanted if plan.adoms and one not in plan.adoms]
        if missing:
            raise ConfigurationError(
                f"The workers do not collect {', '.join(missing)}.",
                "Ask for another ADOM, or add it to the workers' configuration.",
            )
        return replace(plan, adoms=wanted or plan.adoms, hitcount_seconds=0.0)

    def taken(self) -> None:
        """A worker has it."""
        if self:
            self._requests.tell(self._name, TAKEN, by=self._by)

    def begins(self) -> None:
        """FortiManager is asked from now on."""
        if self.is_whole:
            self._requests.close(self._told)

    def waiting(self, scopes: Sequence[str]) -> None:
        """These were handed out."""
        if self and scopes:
            self._requests.tell(self._name, WAITING, scopes=list(scopes))

    def done(self, store: Store, outcomes: list[Outcome]) -> list[Outcome]:
        """Scopes are done, or failed: the same outcomes."""
        for one in outcomes if self else ():
            facts = row(store, one, time())
            self._requests.tell(self._name, DONE, by=self._by, scope=one.scope.key, row=facts)
        return outcomes

    def asked(self) -> None:
        """FortiManager said what moved: nothing more will be handed out."""
        if self:
            self._requests.tell(self._name, ASKED)

    def later(self, why: str) -> None:
        """What was asked for, not one of its scopes, is tried again soon."""
        if self.is_whole:
            with suppress(StoreError):
                self._requests.tell(self._name, LATER, by=self._by, why=why)

    def failed(self, store: Store, about: str, error: str) -> None:
        """Of the whole, or of a scope whose key is ``about``."""
        if not self:
            return
        with suppress(StoreError):
            if "/" in about:
                outcome = Outcome(Scope.parse(about), SCOPE_FAILED, error=error, time=time())
                self.done(store, [outcome])
            else:
                self._requests.tell(self._name, FAILED, by=self._by, error=error)
