"""Hit counts: which packages, how they are counted, what failures leave, what is published."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Optional

import pytest

from fmgstate.collect.answer import Answers
from fmgstate.collect.difference import in_order
from fmgstate.collect.event import Event
from fmgstate.collect.hitcounts import Time
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.index import hits_key
from fmgstate.collect.outcome import Outcome
from fmgstate.collect.rebuild import rebuild
from fmgstate.collect.run import run
from fmgstate.collect.scope import Scope
from fmgstate.settings import Plan
from fmgstate.store.base import Store
from fmgstate.store.in_memory import InMemoryStore
from tests.unit.collect.small_fortimanager import MANAGER, SmallFortiManager, branch, policy

HQ = Scope("hitcounts", MANAGER, "branch", "sites/hq")
RULES = Scope("package", MANAGER, "branch", "sites/hq")
HOURLY = "hits"
RUNNING = {"state": "running", "num_err": 0, "percent": 10}


class Clock:
    """Moves only when somebody sleeps or the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []

    def time(self) -> Time:
        return Time(lambda: self.now, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


class Counting:
    """The inputs for hit counts and for policies over one store."""

    def __init__(self, source: Optional[SmallFortiManager] = None) -> None:
        self.source = source or counted()
        self.store: Store = InMemoryStore()
        self.clock = Clock()
        self.index: list[Event] = []

    def run(self, plan: Optional[Plan] = None, kind: str = "hitcounts") -> list[Outcome]:
        outcomes, _ = run(
            kind, HOURLY if kind == "hitcounts" else kind, self.source, self.store,
            plan or Plan(), InTurn(), self.clock.now, self.index.extend, lambda outcome: None,
            self.clock.time(),
        )  # fmt: skip
        return outcomes

    def later(self, seconds: float, plan: Optional[Plan] = None) -> list[dict[str, Any]]:
        """The events of a run so much later, without markers."""
        self.clock.now += seconds
        before = len(self.index)
        self.run(plan)
        new = [event.data for event in self.index[before:]]
        return [data for data in new if data.get("health") != "publication"]

    def kept(self) -> dict[str, list[dict[str, Any]]]:
        found = [self.store.load(head.key) for head in self.store.heads("hitcounts/")]
        return {one.head.key: in_order(one.content["records"]) for one in found if one}

    def rebuilt(self) -> dict[str, list[dict[str, Any]]]:
        events = [event.data for event in self.index]
        random.Random(3).shuffle(events)
        found = rebuild(events, HOURLY)
        return {key: one.records for key, one in found.items() if not one.gone}


def row(policyid: int, hits: int, last: int = 900, **more: Any) -> dict[str, Any]:
    return {
        "policyid": policyid,
        "uuid": policy(policyid)["uuid"],
        "name": f"rule {policyid}",
        "hitcount": hits,
        "byte": hits * 100,
        "pkts": hits * 2,
        "first_hit": hits and 500,
        "last_hit": hits and last,
        "first_session": hits and 500,
        "last_session": hits and last,
        "sesscount": 0,
        **more,
    }


def monitored(policyid: int, hits: int) -> dict[str, Any]:
    facts = {"policyid": policyid, "uuid": policy(policyid)["uuid"], "bytes": hits, "packets": hits}
    times = {"hit_count": hits, "first_used": 500, "last_used": 900}
    return {**facts, "active_sessions": 0, **(times if hits else {})}


def counted() -> SmallFortiManager:
    source = branch()
    deny = row(0, 7, uuid="", name="Implicit Deny")
    source.adoms["branch"].hits["sites/hq"] = {
        "firewall policy": [row(1, 10), row(2, 0), row(3, 5), deny],
        "global header policy": [],
    }
    source.adoms["branch"].device_hits["fgt-hq", "root"] = [monitored(1, 10), monitored(2, 0)]
    return source


def hits_of(source: SmallFortiManager) -> list[dict[str, Any]]:
    return source.adoms["branch"].hits["sites/hq"]["firewall policy"]


def results(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return [(str(outcome.scope), outcome.result) for outcome in outcomes]


def test_packages_that_are_installed_are_counted_and_published_in_full() -> None:
    counting = Counting()
    assert results(counting.run()) == [("hitcounts sites/hq (branch)", "changed")]
    assert counting.source.tasks == [("branch", "sites/hq")]
    first, *others = [event for event in counting.index if "policyid" in event.data]
    assert first.sourcetype == "fortinet:fortimanager:hitcount"
    assert {name: first.data[name] for name in first.data if name != "event_id"} == {
        "time": "1000.000",
        "fortimanager": MANAGER,
        "adom": "branch",
        "stream": HOURLY,
        "scope": HQ.key,
        "publication": 1000000,
        "after": 0,
        "set": "full",
        "snapshot_time": 1000.0,
        "changed_time": 1000.0,
        "plane": "package",
        "package": "sites/hq",
        "kind": "hitcount",
        "id": "00000000-0000-4000-8000-000000000001",
        "table": "firewall/policy",
        "policyid": 1,
        "uuid": "00000000-0000-4000-8000-000000000001",
        "name": "rule 1",
        "hits": 10,
        "bytes": 1000,
        "packets": 20,
        "first_hit": 500,
        "last_hit": 900,
        "first_session": 500,
        "last_session": 900,
        "sessions": 0,
    }
    assert [one.data["policyid"] for one in others] == [2, 3, 0]
    assert counting.rebuilt() == counting.kept()


def test_then_one_event_for_each_policy_whose_counters_moved() -> None:
    counting = Counting()
    counting.run()
    hits_of(counting.source)[0] = row(1, 25, last=4000)
    hits_of(counting.source)[2] = row(3, 2, last=4100)
    moved, reset = counting.later(3600)
    assert (moved["policyid"], moved["hits"], moved["hits_since"], "reset" in moved) == (
        1, 25, 15, False,
    )  # fmt: skip
    assert (reset["policyid"], reset["hits"], reset["hits_since"], reset["reset"]) == (
        3, 2, 2, True,
    )  # fmt: skip
    assert (moved["set"], moved["action"], moved["time"]) == ("changes", "modified", "4601.000")
    assert counting.later(3600) == []
    assert counting.rebuilt() == counting.kept()


def test_the_daily_full_set_tells_what_came_since_too() -> None:
    counting = Counting()
    counting.run()
    hits_of(counting.source)[0] = row(1, 12)
    full = counting.later(86_400)
    assert [(one["set"], one["policyid"], one["hits_since"]) for one in full] == [
        ("changes", 1, 2), ("full", 1, 0), ("full", 2, 0), ("full", 3, 0), ("full", 0, 0),
    ]  # fmt: skip
    assert counting.rebuilt() == counting.kept()


def test_policies_that_come_and_go() -> None:
    counting = Counting()
    counting.run()
    rows = hits_of(counting.source)
    rows[1:2] = [row(9, 4)]
    events = counting.later(3600)
    assert [(one["action"], one["policyid"], "hits_since" in one) for one in events] == [
        ("deleted", 2, False), ("created", 9, False),
    ]  # fmt: skip
    assert counting.rebuilt() == counting.kept()


@pytest.mark.parametrize("seed", range(4))
def test_the_events_rebuild_the_counters(seed: int) -> None:
    dice = random.Random(seed)
    counting = Counting()
    plan = Plan(full_set_seconds=20_000.0, hitcounts_by_device=True)
    counting.run(plan)
    adom = counting.source.adoms["branch"]
    for _ in range(15):
        ids = dice.sample(range(1, 8), 4)
        adom.hits["sites/hq"]["firewall policy"] = [row(n, dice.randint(0, 3)) for n in ids]
        adom.device_hits = {("fgt-hq", "root"): [monitored(n, dice.randint(0, 3)) for n in ids]}
        if dice.random() < 0.3:
            adom.device_hits = {}
        counting.later(3600, plan)
        assert counting.rebuilt() == counting.kept()


def test_young_ones_are_not_counted_again_but_published_by_every_input() -> None:
    counting = Counting()
    counting.run()
    counting.clock.now += 3000
    assert results(counting.run()) == [("hitcounts sites/hq (branch)", "recent")]
    assert len(counting.source.tasks) == 1
    counting.clock.now += 500
    assert results(counting.run()) == [("hitcounts sites/hq (branch)", "confirmed")]
    assert len(counting.source.tasks) == 2


def test_the_oldest_come_first() -> None:
    counting = Counting()
    adom = counting.source.adoms["branch"]
    adom.assignments.append(
        {"dev": "fgt-hq", "vdom": "guest", "pkg": "guest", "status": "installed"}
    )
    counting.source.progress = [{"state": "done"}, {"state": "error", "num_err": 1}]
    assert [result for _, result in results(counting.run())] == ["changed", "failed"]
    counting.later(3600)
    counted_before, never_counted = counting.source.tasks[:2]
    assert counting.source.tasks[2:] == [never_counted, counted_before]


def test_a_task_is_asked_less_and_less_often_and_given_up_in_the_end() -> None:
    counting = Counting()
    counting.run()
    counting.clock.sleeps.clear()
    counting.source.progress = [RUNNING] * 100
    [event] = counting.later(3600)
    assert event["health"] == "scope_failed"
    assert "is counting hits for" in event["error"]
    assert "(task 2, running, 10%). Look at it in FortiManager's Task Monitor" in event["error"]
    assert counting.clock.sleeps[:4] == [1.0, 1.5, 2.25, 3.375]
    assert max(counting.clock.sleeps) == 10.0
    assert 120 <= sum(counting.clock.sleeps) < 130
    assert [one["hits"] for one in counting.kept()[HQ.key]] == [10, 0, 5, 7]
    [head] = counting.store.heads(HQ.key)
    assert (head.snapshot_time, head.outcome["result"]) == (1000.0, "failed")


@pytest.mark.parametrize(
    "progress",
    [
        {
            "state": "error", "num_err": 1, "percent": 100,
            "line": [{"name": "fgt-hq", "err": 1, "detail": "no answer"}],
        },
        {"state": "done", "num_err": 1, "line": [
            {"name": "fgt-hq", "err": 1, "detail": "no answer"}]},
    ],
)  # fmt: skip
def test_a_task_that_fails_says_why_and_what_was_counted_before_stays(
    progress: dict[str, Any],
) -> None:
    counting = Counting()
    counting.run()
    counting.source.progress = [RUNNING, progress]
    [event] = counting.later(3600)
    assert "could not count hits" in event["error"]
    assert "fgt-hq: no answer. Check whether FortiManager reaches" in event["error"]
    assert [one["hits"] for one in counting.kept()[HQ.key]] == [10, 0, 5, 7]
    assert counting.rebuilt() == counting.kept()


def no_rights(source: SmallFortiManager) -> None:
    source.refused["/sys/hitcount"] = -11


def no_task_rights(source: SmallFortiManager) -> None:
    source.refused["/task/task"] = -11


def no_result(source: SmallFortiManager) -> None:
    source.refused["/sys/task/result"] = -10


def nonsense(source: SmallFortiManager) -> None:
    source.adoms["branch"].hits["sites/hq"] = {"firewall policy": [{"policyid": 1}]}


def no_task(source: SmallFortiManager) -> None:
    source.starts_tasks = False


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (no_rights, "does not permit reading /sys/hitcount"),
        (no_task_rights, "does not permit reading /task/task/1"),
        (no_result, "refused /sys/task/result (code -10"),
        (no_task, "started no task to count the hits of package sites/hq"),
        (nonsense, "sent a hit count without hitcount"),
    ],
)
def test_what_is_refused_is_never_a_policy_without_hits(
    spoil: Callable[[SmallFortiManager], None], said: str
) -> None:
    counting = Counting()
    spoil(counting.source)
    [outcome] = counting.run()
    assert outcome.result == "failed"
    assert said in outcome.error
    assert counting.kept() == {}


def test_a_version_that_cannot_count_is_told_once() -> None:
    counting = Counting()
    counting.source.version = "v7.0.2-build0180 211010 (GA)"
    [outcome] = counting.run()
    assert (str(outcome.scope), outcome.result) == (f"hitcounts of {MANAGER}", "failed")
    assert outcome.error == (
        "FortiManager 7.0.2 cannot count hits: versions from 6.4.7 and from 7.0.3 on can. "
        "Upgrade FortiManager, or disable this input."
    )
    assert counting.source.executed == []


def test_an_adom_that_cannot_be_read_is_told() -> None:
    counting = Counting()
    [outcome, _] = counting.run(Plan(adoms=("brunch", "branch")))
    assert (str(outcome.scope), outcome.result) == ("hitcounts of brunch", "failed")
    assert "no ADOM 'brunch'" in outcome.error


def test_by_device_and_one_that_does_not_answer_keeps_its_old_counters() -> None:
    counting = Counting()
    plan = Plan(hitcounts_by_device=True)
    counting.run(plan)
    adom = counting.source.adoms["branch"]
    own = [one for one in counting.kept()[HQ.key] if "device" in one]
    assert own[0] == {
        "kind": "hitcount",
        "id": "fgt-hq:root:00000000-0000-4000-8000-000000000001",
        "table": "firewall/policy",
        "policyid": 1,
        "uuid": "00000000-0000-4000-8000-000000000001",
        "name": "rule 1",
        "hits": 10,
        "bytes": 10,
        "packets": 10,
        "first_hit": 500,
        "last_hit": 900,
        "active_sessions": 0,
        "device": "fgt-hq",
        "vdom": "root",
    }
    adom.device_hits.clear()
    told, *marked = reversed(counting.later(3600, plan))
    assert told["health"] == "scope_incomplete"
    assert told["error"] == (
        "Not counted by device: fgt-hq [root]: FortiManager gave no answer for it. "
        "What was counted before is kept and marked so."
    )
    assert [one["not_counted_since"] for one in marked] == [4601.0, 4601.0]
    [incomplete] = counting.later(3600, plan)
    assert incomplete["health"] == "scope_incomplete", "marked once, not every hour"
    adom.device_hits["fgt-hq", "root"] = [monitored(1, 14), monitored(2, 0)]
    back = counting.later(3600, plan)
    assert [(one["hits_since"], "not_counted_since" in one) for one in back] == [
        (4, False), (0, False),
    ]  # fmt: skip
    assert counting.rebuilt() == counting.kept()


def test_no_right_to_ask_devices_leaves_the_sums() -> None:
    counting = Counting()
    counting.source.refused["/sys/proxy/json"] = -11
    [outcome] = counting.run(Plan(hitcounts_by_device=True))
    assert outcome.result == "changed"
    assert "does not permit reading /sys/proxy/json" in outcome.error
    assert "rpc-permit" in outcome.error
    assert len(counting.kept()[HQ.key]) == 4


def test_a_package_that_another_input_dropped_is_published_as_gone() -> None:
    counting = Counting()
    counting.run()
    counting.run(kind="policies")
    adom = counting.source.adoms["branch"]
    del adom.packages["sites/hq"]
    adom.assignments.clear()
    dropped = counting.run(kind="inventory")
    assert {str(one.scope) for one in dropped if one.result == "gone"} == {
        "package sites/hq (branch)", "hitcounts sites/hq (branch)",
    }  # fmt: skip
    assert ("hitcounts sites/hq (branch)", "gone") in results(counting.run())
    assert ("package sites/hq (branch)", "gone") in results(counting.run(kind="policies"))
    assert counting.rebuilt() == {}
    of_policies = rebuild((event.data for event in counting.index), "policies")
    assert of_policies[RULES.key].gone
    assert results(counting.run()) == []


def test_a_look_up_tells_the_hits_and_when_they_were_counted() -> None:
    counting = Counting()
    counting.run(kind="policies")
    assert "hits" not in Answers(counting.store, 1001.0, 300.0).by_policyid("fgt-hq", "root", 1)[0]
    counting.clock.now += 5
    counting.run(Plan(hitcounts_by_device=True))
    assert len(counting.store.find([hits_key(HQ, 1)])) == 1, "a thousand devices cost no look-up"
    answers = Answers(counting.store, 1010.0, 300.0)
    [rule] = answers.by_policyid("fgt-hq", "root", 1)
    assert (rule["hits"], rule["last_hit"], rule["hit_time"]) == (10, 900, 1005.0)
    [unused] = answers.by_uuid(policy(2)["uuid"])
    assert (unused["hits"], unused["last_hit"], unused["hit_time"]) == (0, 0, 1005.0)
    [deny] = answers.by_policyid("fgt-hq", "root", 0)
    assert (deny["hits"], deny["hit_time"]) == (7, 1005.0)


def test_a_policy_of_a_block_is_hit_where_the_block_stands() -> None:
    counting = Counting()
    adom = counting.source.adoms["branch"]
    adom.blocks["threats"] = [policy(1071741826)]
    adom.packages["sites/hq"].append(policy(4, name="", _policy_block="threats"))
    hits_of(counting.source).append(row(1071741826, 33))
    counting.run(kind="policies")
    counting.run()
    [rule] = Answers(counting.store, 1010.0, 300.0).by_policyid("fgt-hq", "root", 1071741826)
    assert (rule["block"], rule["hits"]) == ("threats", 33)


def test_a_policy_does_not_get_the_hits_of_another_one_with_its_number() -> None:
    counting = Counting()
    adom = counting.source.adoms["branch"]
    of_proxies = {"firewall proxy-policy": [row(3, 77, uuid="")]}
    adom.hits["sites/hq"] = {**of_proxies, **adom.hits["sites/hq"]}
    counting.run()
    adom.packages["sites/hq"][0]["uuid"] = "11111111-0000-4000-8000-000000000001"
    adom.packages["sites/hq"][1]["uuid"] = ""
    counting.run(kind="policies")
    answers = Answers(counting.store, 1010.0, 300.0)
    assert "hits" not in answers.by_policyid("fgt-hq", "root", 1)[0]
    assert answers.by_policyid("fgt-hq", "root", 2)[0]["hits"] == 0
    assert answers.by_policyid("fgt-hq", "root", 3)[0]["hits"] == 5


def test_status_shows_them() -> None:
    counting = Counting()
    counting.run()
    [status] = Answers(counting.store, 1010.0, 300.0).status()
    assert (status["scope_text"], status["result"], status["records"]) == (
        "hitcounts sites/hq (branch)", "changed", 4,
    )  # fmt: skip
