"""As whom a scheduled search runs: "dispatchAs" and "owner" of savedsearches.conf.spec and
default.meta.conf.spec; a private search is scheduled too."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from standin import Standin
from standin.cluster import Cluster
from standin.errors import StandinError
from standin.scheduler.member import InstanceMember
from standin.scheduler.scheduler import Scheduler
from tests.standin.rest.package import ask

BEGAN = 1_790_000_000.0
SCHEDULED = "search = index=_internal OR index=main\nenableSched = 1\ncron_schedule = * * * * *\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    texts = {
        "apps/mine/default/savedsearches.conf": f"[theirs]\n{SCHEDULED}[hers]\n{SCHEDULED}",
        "apps/mine/metadata/default.meta": "[savedsearches/hers]\nowner = ann\n",
        "users/ann/mine/local/savedsearches.conf": f"[private]\n{SCHEDULED}",
    }
    for name, text in texts.items():
        path = tmp_path / "etc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_search_sees_what_its_owner_may_see(home: Path) -> None:
    with Standin(home) as splunk:
        splunk.add_user("ann", "pw-of-ann")
        splunk.submit("one\n", "main", "x", "h")
        splunk.submit("two\n", "_internal", "x", "h")
        member = InstanceMember(splunk.parts)
        runs = Scheduler([member], UTC, BEGAN).run_due(BEGAN + 60)
        users = [splunk.parts.jobs.find(run.sid).question.user for run in runs]
    assert [(run.search, user, run.results, run.error) for run, user in
            zip(runs, users, strict=True)] == [
        ("hers", "ann", 1, ""), ("private", "ann", 1, ""),
        ("theirs", "splunk-system-user", 2, "")]  # fmt: skip


def test_the_search_of_one_who_left_does_not_run(home: Path) -> None:
    with Standin(home) as splunk:
        runs = Scheduler([InstanceMember(splunk.parts)], UTC, BEGAN).run_due(BEGAN + 60)
    assert [(run.search, run.error) for run in runs] == [
        ("hers", "There is no user ann"), ("private", "There is no user ann"),
        ("theirs", "")]  # fmt: skip


@pytest.mark.parametrize(
    "setting", ["dispatch.sample_ratio = 100", "dispatch.lookups = 0", "run_on_startup = 1",
                "run_n_times = 3", "dispatch.max_time = 60"],
)  # fmt: skip
def test_settings_that_would_change_a_run_are_refused(home: Path, setting: str) -> None:
    path = home / "etc/apps/mine/default/savedsearches.conf"
    path.write_text(f"[theirs]\n{SCHEDULED}{setting}\n")
    with Standin(home) as splunk, pytest.raises(StandinError, match="is known here"):
        InstanceMember(splunk.parts).saved_searches()


def test_results_of_a_run_end_at_dispatch_max_count(home: Path) -> None:
    path = home / "etc/apps/mine/default/savedsearches.conf"
    text = SCHEDULED.replace("index=_internal OR index=main", "| makeresults count=5")
    path.write_text(f"[theirs]\n{text}dispatch.max_count = 3\n")
    with Standin(home) as splunk:
        splunk.add_user("ann", "pw-of-ann")
        runs = Scheduler([InstanceMember(splunk.parts)], UTC, BEGAN).run_due(BEGAN + 60)
    assert {run.search: run.results for run in runs}["theirs"] == 3


def test_roles_and_private_objects_reach_every_member(tmp_path: Path) -> None:
    """ "How configuration changes propagate across the search head cluster": runtime changes of
    roles and knowledge objects do."""
    with Cluster(tmp_path, members=2) as cluster:
        first, second = cluster.members
        first.rest("POST", "/services/authorization/roles",
                   {"name": "firewalls", "srchIndexesAllowed": "netops"})  # fmt: skip
        mine = "/servicesNS/admin/search/saved/searches"
        assert ask(first, "POST", mine, {"name": "mine", "search": "| makeresults"}).status == 201
        cluster.replicate()
        assert second.parts.roles.all()["firewalls"].indexes_allowed == ("netops",)
        assert ask(second, "GET", f"{mine}/mine").status == 200
        first.rest("DELETE", "/services/authorization/roles/firewalls")
        cluster.replicate()
        assert "firewalls" not in second.parts.roles.all()
