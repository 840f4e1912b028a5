"""A search head, as the scheduler uses it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from standin.home.layers import Stanza
from standin.scheduler.actions import Acted, Alert, AlertActions
from standin.scheduler.saved import SavedSearch, saved_search
from standin.scheduler.scheduler import Finished
from standin.search.errors import SearchFailed
from standin.search.question import Question
from standin.spl.values import Row
from standin.users.sessions import SYSTEM_USER

if TYPE_CHECKING:
    from standin.parts import Parts

_CONF = "savedsearches"


class InstanceMember:
    """Runs the saved searches of installed apps as their owners, those of nobody as
    splunk-system-user."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.name = parts.options.server_name
        self._actions = AlertActions(parts.home, parts.confs, parts.interpreter)

    def saved_searches(self) -> list[SavedSearch]:
        """Of all apps and users; raises StandinError for a stanza that is not understood."""
        home, confs, access = self._parts.home, self._parts.confs, self._parts.access
        shared = [
            replace(saved_search(stanza), owner=access.acl(app, _CONF, stanza.name).owner)
            for app in home.installed()
            for stanza in confs.stanzas(_CONF, app).values()
            if stanza.app == app
        ]
        private = [
            replace(saved_search(Stanza(name, app, settings, exported=False)), owner=user)
            for user, app, name, settings in self._parts.objects.private(_CONF)
            if home.is_enabled(app)
        ]
        return shared + private

    def dispatch(self, search: SavedSearch, scheduled: float) -> Finished:
        """Runs it as of its scheduled time."""
        question = Question(search.search, _user(search), search.app, search.earliest,
                            search.latest, scheduled, max_count=search.max_count,
                            saved=search.name, label=search.name, scheduled=True)  # fmt: skip
        job = self._parts.jobs.start(question)
        job.wait()
        if job.state == "FAILED":
            raise SearchFailed("; ".join(text for level, text in job.messages if level == "FATAL"))
        return Finished(job.sid, job.table.fields(), job.table.rows)

    def condition(self, finished: Finished, text: str) -> list[Row]:
        """Runs ``alert_condition`` over the results of a job."""
        job = self._parts.jobs.find(finished.sid)
        caller = self._parts.sessions.of_user(job.question.user) if job else None
        if caller is None or job is None:
            raise SearchFailed(f"The job {finished.sid} is gone")
        return self._parts.engine.post_process(job, text, caller).rows

    def act(self, search: SavedSearch, action: str, finished: Finished, user: str = "") -> Acted:
        """Runs one alert action with the results that it is given, as ``user`` if not its owner."""
        parts = self._parts
        key = parts.sessions.key_of(user or _user(search))
        host = f"https://{self.name}:8000"
        alert = Alert(search.name, search.app, search.owner, finished.sid, finished.fields,
                      finished.rows, host, parts.uri, key, search.actions[action])  # fmt: skip
        return self._actions.run(action, alert)


def _user(search: SavedSearch) -> str:
    return SYSTEM_USER if search.owner == "nobody" else search.owner
