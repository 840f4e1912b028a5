"""The copy that searches of a host answer from, of a real server: quick, and there without it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import pytest
from redis import Redis

from fmgstate import wiring
from fmgstate.collect import copying
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.collect.store_copy import Followed
from fmgstate.errors import StoreError
from fmgstate.search.mirror_follow import LOOK_SECONDS
from fmgstate.settings import Account, Limits, Plan
from fmgstate.shared_copy import bring
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.leases_in_redis import RedisSessionLeases
from fmgstate.store.redis_server import RedisServer
from fmgstate.store.requests_in_redis import RefreshRequests
from fmgstate.workers.app import make_app
from fmgstate.workers.configuration import Configuration, Manager
from fmgstate.workers.scheduler import Scheduler
from tests.redis_server import free_port, running
from tests.unit.collect.small_fortimanager import MANAGER, SmallFortiManager, branch

BIN = Path(__file__).parents[2] / "bin"
KEY = ("", "", "3", "", "", "FG2", "", "root")
SCOPES = 4
WORKERS_READ = "+@read +@connection +@transaction +@scripting"

BRING = """
import sys
from pathlib import Path
from fmgstate.shared_copy import bring
from fmgstate.store import on_disk
from fmgstate.store.redis_server import RedisServer
port, prefix, file, saves = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
save = on_disk.OnDiskStore.save
def counted(*given):
    global saves
    if not saves:
        import os
        os._exit(9)
    saves -= 1
    save(*given)
on_disk.OnDiskStore.save = counted
if saves > 9:
    print("goes", flush=True)
print(*bring(RedisServer("127.0.0.1", port, prefix=prefix), file, 1.0, anew=True))
"""


class Workers:
    """Fill the store as tasks do, from a small FortiManager."""

    def __init__(self, server: RedisServer) -> None:
        self.server, self.store = server, RedisStore(server)
        self.source: SmallFortiManager = branch()
        self.poll()

    def poll(self) -> None:
        list(refresh(self.source, self.store, Plan(), InTurn(), time()))

    def edit(self, text: str) -> None:
        self.source.adoms["branch"].packages["sites/hq"][2]["comments"] = text
        self.poll()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "splunk" / "state.db"


@pytest.fixture
def workers(server: RedisServer) -> Iterator[Workers]:
    found = Workers(server)
    yield found
    found.store.close()


def asked(file: Path, fields: tuple[str, ...] = ("comments",)) -> dict[str, str]:
    """What ``fmgpolicy`` answers to an event of policy 3."""
    rules = wiring.rules(file, fields)
    try:
        [cells] = rules.answer([KEY])
    finally:
        rules.close()
    return dict(zip(rules.columns.names, cells.decode().split(",")))


def status(file: Path) -> list[dict[str, Any]]:
    with wiring.open_store(file) as store:
        return wiring.answers(store).status()


Started = list["subprocess.Popen[str]"]


def started(workers: Workers, file: Path, saves: int, many: int) -> Started:
    """So many processes that bring the copy; each ends hard before it saves once more."""
    place = [str(workers.server.port), workers.server.prefix, str(file), str(saves)]
    return [
        subprocess.Popen([sys.executable, "-c", BRING, *place], stdout=subprocess.PIPE, text=True,
                         env={**os.environ, "PYTHONPATH": str(BIN)})
        for _ in range(many)
    ]  # fmt: skip


def ended(processes: Started) -> list[tuple[int, str]]:
    return [(one.wait(60), one.communicate()[0]) for one in processes]


def test_look_ups_answer_from_the_copy(workers: Workers, file: Path) -> None:
    assert bring(workers.server, file, time()) == Followed(loaded=SCOPES)
    before = asked(file)
    assert (before["comments"], before["stale"]) == ("third", "false")
    assert list(Path(f"{file}.keys").iterdir())
    workers.edit("edited")
    assert bring(workers.server, file, time()) == Followed()  # a moment ago it was done
    assert asked(file)["comments"] == "third"
    assert bring(workers.server, file, time() + LOOK_SECONDS).loaded == 1
    assert asked(file)["comments"] == "edited"


def test_nothing_moved_is_one_question(workers: Workers, file: Path) -> None:
    bring(workers.server, file, time())
    raw = Redis(port=workers.server.port)
    raw.config_resetstat()
    assert bring(workers.server, file, time(), anew=True) == Followed()
    told = raw.info("commandstats")
    assert {name for name in told if name != "cmdstat_config|resetstat"} <= {
        "cmdstat_get", "cmdstat_info", "cmdstat_client|setinfo", "cmdstat_hello",
        "cmdstat_select", "cmdstat_ping",
    }  # fmt: skip
    assert told["cmdstat_get"]["calls"] == 1


def test_without_redis_answers_are_there_and_stale(file: Path) -> None:
    port = free_port()
    server = RedisServer("127.0.0.1", port)
    with ExitStack() as up:
        up.enter_context(running(port=port))
        workers = Workers(server)
        bring(server, file, time())
        workers.store.close()
    with pytest.raises(StoreError) as away:
        bring(server, file, time(), anew=True)
    assert away.value.what == f"The store at 127.0.0.1:{port}/0 cannot be reached."
    row = asked(file)
    assert (row["comments"], row["stale"]) == ("third", "true")
    assert {(one["stale"], one["error"]) for one in status(file)} == {
        (True, f"{away.value.what} This is the last copy of what the workers keep."),
    }
    again = copying.looked(file) + LOOK_SECONDS - time()
    assert 5 < again <= 10
    with running(port=port):
        workers = Workers(server)  # it has lost all, and is filled again
        workers.edit("since")
        assert bring(server, file, time(), anew=True).loaded == SCOPES
        row = asked(file)
        assert (row["comments"], row["stale"]) == ("since", "false")
        workers.store.close()


def test_a_server_that_says_nothing_is_not_waited_for(workers: Workers, file: Path) -> None:
    bring(workers.server, file, time())
    raw = Redis(port=workers.server.port)
    raw.execute_command("CLIENT", "PAUSE", "4000", "ALL")
    try:
        with pytest.raises(StoreError, match="did not answer in time"):
            bring(workers.server, file, time(), anew=True)
    finally:
        raw.close()
    assert asked(file)["stale"] == "true"


def test_one_that_is_killed_leaves_nothing_half_written(workers: Workers, file: Path) -> None:
    bring(workers.server, file, time())
    workers.source.adoms["branch"].packages["guest"].append(
        workers.source.adoms["branch"].packages["sites/hq"][0]
    )
    workers.edit("edited")
    assert ended(started(workers, file, 1, 1)) == [(9, "")]
    assert asked(file)["comments"] == "third"
    assert copying.followed(file) != ""
    assert ended(started(workers, file, 99, 1)) == [(0, "goes\n1 0 0 0\n")]
    assert asked(file)["comments"] == "edited"
    with wiring.open_store(file) as here:
        for head in workers.store.heads("package/"):
            kept, newest = here.load(head.key), workers.store.load(head.key)
            assert kept
            assert newest
            assert kept.content == newest.content


def test_several_at_once_take_turns(workers: Workers, file: Path) -> None:
    with copying.alone(file):
        waiting = started(workers, file, 99, 3)
        for one in waiting:
            assert one.stdout
            assert one.stdout.readline() == "goes\n"
        with pytest.raises(subprocess.TimeoutExpired):
            waiting[0].wait(0.5)
        assert not file.exists()
    found = ended(waiting)
    assert sorted(found) == [(0, "0 0 0 0\n"), (0, "0 0 0 0\n"), (0, f"{SCOPES} 0 0 0\n")]
    assert asked(file)["comments"] == "third"


def test_a_user_that_may_only_read_its_prefix_is_enough(tmp_path: Path, file: Path) -> None:
    acl = tmp_path / "users.acl"
    acl.write_text(
        "user default on nopass ~* +@all\n"
        f"user splunk on >r-pass resetkeys ~site:* resetchannels -@all {WORKERS_READ}\n"
    )
    with running("--aclfile", str(acl)) as port:
        Workers(RedisServer("127.0.0.1", port, prefix="site"))
        Workers(RedisServer("127.0.0.1", port, prefix="other")).edit("of another site")
        reader = RedisServer("127.0.0.1", port, username="splunk", password="r-pass", prefix="site")
        assert bring(reader, file, time()).loaded == SCOPES
        assert asked(file)["comments"] == "third"
        for wrong in (replace(reader, prefix="other"), replace(reader, password="wr0ng")):
            with pytest.raises(StoreError) as refused:
                bring(wrong, file, time(), anew=True)
            told = f"{refused.value!r} {refused.value} {wrong!r} {status(file)}"
            assert "r-pass" not in told
            assert "wr0ng" not in told
            assert {one["stale"] for one in status(file)} == {True}
        assert bring(reader, file, time(), anew=True).noted == SCOPES
        assert {one["stale"] for one in status(file)} == {False}


def test_the_users_of_the_example_suffice(tmp_path: Path, file: Path) -> None:
    example = Path(__file__).parents[2] / "deploy/workers/users.acl.example"
    acl = tmp_path / "users.acl"
    acl.write_text(
        example.read_text().replace("REPLACE-THIS-TOO", "s").replace("REPLACE-THIS", "w")
    )
    with running("--aclfile", str(acl)) as port:
        worker = RedisServer("127.0.0.1", port, username="fmgstate", password="w")
        splunk = RedisServer("127.0.0.1", port, username="splunk", password="s")
        configured = Configuration(
            (Manager(Account(MANAGER, "u", "p-word"), Limits(), Plan()),), worker
        )
        workers, requests = Workers(worker), RefreshRequests(splunk)
        assert Scheduler(make_app(configured), configured).step()
        assert requests.managers() == [MANAGER]
        name = requests.ask(MANAGER, "policies", [])
        assert [one["event"] for one in requests.events(name)] == ["queued"]
        assert RedisSessionLeases(worker, 900.0).acquire(MANAGER, 1)
        assert bring(splunk, file, time()).loaded == SCOPES
        workers.store.close()


def test_another_server_is_another_copy(workers: Workers, file: Path) -> None:
    bring(workers.server, file, time())
    other = Workers(replace(workers.server, prefix=f"{workers.server.prefix}-2"))
    other.edit("there")
    assert bring(other.server, file, time(), anew=True).loaded > 0
    assert asked(file)["comments"] == "there"
    other.store.close()


def test_a_search_pays_for_no_redis(workers: Workers, file: Path) -> None:
    bring(workers.server, file, time())
    program = (
        "import sys; from time import time\n"
        "import fmgpolicy, fmglookup, fmgsnapshot, fmgaudit\n"
        "from fmgstate import wiring; from fmgstate.search.mirror_follow import follow\n"
        f"follow(None, {str(file)!r})\n"
        f"rules = wiring.rules({str(file)!r}, ('comments',))\n"
        f"print(rules.answer([{KEY!r}])[0].decode()); print(*sys.modules)\n"
    )
    said = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(BIN)},
    )  # fmt: skip
    cells, modules = said.stdout.splitlines()
    assert cells.startswith("third,")
    assert {"redis", "fmgstate.shared_copy", "fmgstate.shared_store"} & {*modules.split()} == set()
