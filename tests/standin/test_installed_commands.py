"""A custom command in searches over REST: splunklib on both ends, unmodified."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import splunklib
from splunklib import client, results
from splunklib.binding import HTTPError

from standin import Standin

SDK = str(Path(splunklib.__file__).parent.parent)
SCRIPT = f"""
import sys
sys.path.insert(0, {SDK!r})
from splunklib.searchcommands import Configuration, GeneratingCommand, Option, dispatch
@Configuration(type="reporting")
class Who(GeneratingCommand):
    count = Option(default="1")
    def generate(self):
        self.write_warning("asked")
        for number in range(int(self.count)):
            known = self.service.get("authentication/current-context", output_mode="json")
            yield {{"n": number, "user": self.metadata.searchinfo.username,
                   "asked": b"ann" in known["body"].read(), "sid": self.metadata.searchinfo.sid,
                   "preview": self.metadata.preview}}
dispatch(Who, sys.argv, sys.stdin, sys.stdout, __name__)
"""


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    home = tmp_path_factory.mktemp("home")
    app = home / "etc" / "apps" / "peer"
    for folder in ("bin", "default", "metadata"):
        (app / folder).mkdir(parents=True)
    (app / "bin" / "who.py").write_text(textwrap.dedent(SCRIPT))
    (app / "default" / "commands.conf").write_text("[who]\nchunked = true\nfilename = who.py\n")
    (app / "metadata" / "default.meta").write_text("[]\nexport = system\naccess = read : [ * ]\n")
    with Standin(home) as splunk:
        yield splunk


def service(splunk: Standin, key: str) -> client.Service:
    port = int(splunk.uri.rpartition(":")[2])
    return client.Service(scheme="https", host="127.0.0.1", port=port, token=f"Splunk {key}",
                          verify=False, app="search")  # fmt: skip


def test_it_runs_as_the_user_of_the_search(splunk: Standin) -> None:
    asked = service(splunk, splunk.add_user("ann", "pw-of-ann"))
    job = asked.jobs.create("| who count=2 | table n user asked", exec_mode="blocking")
    rows = list(results.JSONResultsReader(job.results(output_mode="json")))
    assert [row for row in rows if isinstance(row, dict)] == [
        {"n": number, "user": "ann", "asked": "1"} for number in "01"]  # fmt: skip
    assert job.content["messages"] == {"warn": ["asked"]}
    assert splunk.refused == []


def test_where_it_stands_and_what_it_is_called(splunk: Standin) -> None:
    asked = service(splunk, splunk.session_key)
    assert "must be the first command" in failure(asked, "| makeresults | who")
    assert "Unknown search command 'whom'" in refusal(asked, "| whom")


def failure(asked: client.Service, search: str) -> str:
    job = asked.jobs.create(search, exec_mode="blocking")
    assert job["dispatchState"] == "FAILED"
    return str(job.content["messages"])


def refusal(asked: client.Service, search: str) -> str:
    with pytest.raises(HTTPError) as refused:
        asked.jobs.create(search, exec_mode="blocking")
    return str(refused.value)


def test_a_preview_is_told_as_one(splunk: Standin) -> None:
    search = "| who count=1 | table n preview"
    told = [splunk.results(search, preview=preview)[0]["preview"] for preview in (False, True)]
    assert told == ["0", "1"]
