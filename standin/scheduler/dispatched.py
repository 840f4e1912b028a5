"""``trigger_actions`` of a dispatch: its alert actions, run as the scheduler runs them.

"saved/searches/{name}/dispatch" of the REST API Reference: dispatched just like the scheduler
would, so conditions decide here too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from standin.errors import StandinError
from standin.home.layers import Stanza
from standin.scheduler.actions import Acted
from standin.scheduler.alerts import triggered
from standin.scheduler.member import InstanceMember
from standin.scheduler.saved import SavedSearch, saved_search
from standin.scheduler.scheduler import Finished
from standin.search.jobs import Job
from standin.spl.errors import SplError
from standin.users.objects import KnowledgeObject

if TYPE_CHECKING:
    from standin.parts import Parts

_COMPONENT = "sendmodalert"


class DispatchedActions:
    """Runs the actions of dispatched searches; what comes of them is in splunkd.log."""

    def __init__(self, parts: Parts) -> None:
        self._member = InstanceMember(parts)
        self._log = parts.log
        self._refuse = parts.router.refuse

    def prepare(self, found: KnowledgeObject) -> Callable[[Job], None]:
        """What is to be done with a job of it; raises StandinError for what is not understood."""
        stanza = Stanza(found.name, found.app, found.settings, exported=False)
        search = replace(saved_search(stanza), owner=found.owner)
        if search.suppression:
            raise StandinError(f"{found.name}: whether a dispatch throttles is not documented")
        return partial(self._when_done, search)

    def _when_done(self, search: SavedSearch, job: Job) -> None:
        if job.future:
            job.future.add_done_callback(lambda _future: self._act(search, job))

    def _act(self, search: SavedSearch, job: Job) -> None:
        if job.state != "DONE" or job.gate.cancelled:
            return
        finished = Finished(job.sid, job.table.fields(), job.table.rows)
        try:
            if not triggered(search, finished.rows, partial(self._member.condition, finished)):
                return
            rows = finished.rows
            for part in [rows] if search.digest else [[row] for row in rows]:
                for name in search.actions:
                    one = replace(finished, rows=part)
                    self._tell(self._member.act(search, name, one, job.question.user))
        except (SplError, StandinError) as error:
            self._log.write("ERROR", _COMPONENT, f"{search.name}: {error}")
            self._refuse("ALERT", search.name, str(error))

    def _tell(self, acted: Acted) -> None:
        for line in acted.lines:
            self._log.write("ERROR", _COMPONENT, f"action={acted.action} STDERR - {line}")
        level = "ERROR" if acted.exit_code else "INFO"
        self._log.write(
            level, _COMPONENT, f"action={acted.action} ended with exit code={acted.exit_code}"
        )
