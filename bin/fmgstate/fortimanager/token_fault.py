"""Builds before 7.4.8 and 7.6.2 refuse requests with an API token at random when they are sent in
parallel, with -11, the code of lacking rights."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Optional

from fmgstate.errors import FortiManagerError
from fmgstate.fortimanager import urls, versions
from fmgstate.fortimanager.answer import NO_PERMISSION, Answer, Param
from fmgstate.fortimanager.pool import Pool

CHECKS = 3
"""After so many refusals that turned out to be meant, further ones are believed."""

Read = Callable[[Sequence[Param]], list[Answer]]
_log = logging.getLogger(__name__)


class TokenFault:
    """Tells the fault from lacking rights: asked alone, what is refused again is meant so."""

    def __init__(self, manager: str, pool: Pool) -> None:
        self._manager, self._pool = manager, pool
        self._possible: Optional[bool] = None
        self._checks_left = CHECKS
        self._seen = False

    def settled(
        self, answers: list[Answer], read: Read, repeat: Callable[[list[Answer]], list[Answer]]
    ) -> list[Answer]:
        """``answers`` with those asked again that may have been refused by the fault."""
        refused = [answer.code == NO_PERMISSION for answer in answers]
        if not any(refused) or not self._is_possible(read) or self._checks_left <= 0:
            return answers
        with self._pool.alone():
            again = repeat(answers)
        if any(was and one.code != NO_PERMISSION for was, one in zip(refused, again)):
            self._note()
        else:
            self._checks_left -= 1
        return [_with_hint(answer) for answer in again]

    def _is_possible(self, read: Read) -> bool:
        """Asked once; assumed of a build that does not tell its version."""
        if self._possible is None:
            try:
                status = read([{"url": urls.STATUS}])[0].row()
                version = versions.parse(status.get("Version"))
                self._possible = not versions.has(version, versions.PARALLEL_TOKENS)
            except FortiManagerError:
                self._possible = True
        return self._possible

    def _note(self) -> None:
        self._pool.one_at_a_time()
        if not self._seen:
            self._seen = True
            _log.warning(
                "%s refuses requests with an API token at random, a fault of builds before 7.4.8"
                " and 7.6.2. Requests now go out one at a time: use user and password in the"
                " account, or upgrade.", self._manager,
            )  # fmt: skip


def _with_hint(answer: Answer) -> Answer:
    if answer.code != NO_PERMISSION:
        return answer
    hint = "; this build may also refuse API tokens at random, prefer user and password"
    return replace(answer, message=answer.message + hint)
