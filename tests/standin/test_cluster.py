"""Two search heads: what they share, what is replicated, who runs what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standin.cluster import Cluster
from standin.scheduler.scheduler import Run

BEGAN = datetime(2026, 11, 22, 10, tzinfo=UTC).timestamp()
APP = "shop"
SAVED = """
[count]
search = | makeresults count=3 | eval host="a" | stats count by host | outputlookup counted.csv
enableSched = 1
cron_schedule = */5 * * * *

[tell]
search = | makeresults count=2 | streamstats count as n | table n
enableSched = 1
cron_schedule = 7 * * * *
counttype = custom
alert_condition = search n=2
action.note = 1
action.note.param.text = $result.n$
"""
NOTE = """
import json, sys
payload = json.load(sys.stdin)
print("INFO", payload["search_name"], payload["configuration"]["text"], file=sys.stderr)
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    for member in ("sh1", "sh2"):
        app = folder / member / "etc" / "apps" / APP
        for part in ("bin", "default", "metadata"):
            (app / part).mkdir(parents=True)
        (app / "bin" / "note.py").write_text(NOTE)
        (app / "default" / "savedsearches.conf").write_text(SAVED)
        (app / "default" / "alert_actions.conf").write_text(
            "[note]\nis_custom = 1\npayload_format = json\n"
        )
        (app / "default" / "server.conf").write_text(
            "[shclustering]\nconf_replication_include.shop_account = true\n"
        )
        (app / "metadata" / "default.meta").write_text("[]\naccess = read : [ * ]\n")
    with Cluster(folder, members=2) as cluster:
        yield cluster


def local(cluster: Cluster, member: int, name: str) -> Path:
    return cluster.members[member].home.app(APP) / "local" / name


def test_confs_are_replicated_as_splunk_does_and_as_the_app_says(cluster: Cluster) -> None:
    first, second = cluster.members
    for conf in ("macros", "shop_account", "shop_secret_list", "inputs"):
        first.set_conf(APP, conf, "one", {"definition": "x"})
    assert second.confs.stanza("macros", "one", APP) is None
    changed = cluster.replicate()
    start = f"etc/apps/{APP}/local/"
    assert changed == [f"{start}macros.conf", f"{start}shop_account.conf"]
    assert [second.confs.stanza(conf, "one", APP) is not None for conf in
            ("macros", "shop_account", "shop_secret_list", "inputs")] == [
        True, True, False, False]  # fmt: skip
    assert cluster.replicate() == []


def test_a_removal_is_replicated(cluster: Cluster) -> None:
    cluster.members[1].set_conf(APP, "tags", "x=y", {"z": "enabled"})
    cluster.replicate()
    assert local(cluster, 0, "tags.conf").is_file()
    local(cluster, 0, "tags.conf").unlink()
    assert cluster.replicate() == [f"etc/apps/{APP}/local/tags.conf"]
    assert not local(cluster, 1, "tags.conf").exists()


def test_passwords_can_be_read_everywhere(cluster: Cluster) -> None:
    first, second = cluster.members
    first.set_conf(APP, "shop_account", "hq", {"host": "x"}, secrets={"password": "s3cret"})
    cluster.replicate()
    found = [second.passwords.clear(one) for one in second.passwords.all() if "hq" in one.title]
    assert any("s3cret" in one for one in found)


def test_users_are_known_everywhere(cluster: Cluster) -> None:
    cluster.members[0].add_user("bob", "pw-of-bob", ("power",))
    cluster.replicate()
    accounts = cluster.members[1].parts.accounts
    assert accounts.verify("bob", "pw-of-bob") == accounts.find("bob")


def test_scheduled_searches_run_on_one_member_each(cluster: Cluster) -> None:
    scheduler = cluster.scheduler(BEGAN)
    [first] = scheduler.run_due(BEGAN + 5 * 60)
    assert (first.search, first.member, first.results, first.error) == ("count", "sh1", 1, "")
    there = [(one.home.app(APP) / "lookups" / "counted.csv").is_file() for one in cluster.members]
    assert there == [True, False]
    assert cluster.replicate() == [f"etc/apps/{APP}/lookups/counted.csv"]
    table = cluster.members[1].home.app(APP) / "lookups" / "counted.csv"
    assert table.read_text().splitlines()[-1].replace('"', "") == "a,3"

    [second] = scheduler.run_due(BEGAN + 7 * 60)
    assert isinstance(second, Run)
    assert (second.search, second.member, second.triggered, second.alerted) == (
        "tell", "sh2", True, 2)  # fmt: skip
    assert [(one.action, one.exit_code, one.lines) for one in second.acted] == [
        ("note", 0, ["INFO tell 1"])]  # fmt: skip


def test_one_index_and_one_kv_store(cluster: Cluster) -> None:
    first, second = cluster.members
    assert first.parts.index is second.parts.index
    assert first.parts.kvstore is second.parts.kvstore
    assert first.uri != second.uri
