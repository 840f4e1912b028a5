"""Refresh against a small FortiManager: what is asked, what is kept, what a failure leaves."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from fmgstate.collect.in_threads import InThreads
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.outcome import Outcome
from fmgstate.collect.refresh import refresh
from fmgstate.collect.scope import Scope
from fmgstate.errors import BadAnswer, PermissionRefused
from fmgstate.fortimanager.answer import Answer
from fmgstate.fortimanager.leases import NoLease
from fmgstate.settings import Plan
from fmgstate.store.base import Store
from fmgstate.store.in_memory import InMemoryStore
from tests.unit.collect.small_fortimanager import (
    MANAGER,
    SmallAdom,
    SmallFortiManager,
    branch,
    policy,
)

HQ = Scope("package", MANAGER, "branch", "sites/hq")
OBJECTS = Scope("objects", MANAGER, "branch")
INVENTORY = Scope("inventory", MANAGER, "branch")
GUEST = Scope("package", MANAGER, "branch", "guest")


def run(
    source: SmallFortiManager, store: Store, now: float, plan: Optional[Plan] = None, **options: Any
) -> list[Outcome]:
    return list(refresh(source, store, plan or Plan(), InTurn(), now, **options))


def results(outcomes: list[Outcome]) -> dict[Scope, str]:
    return {outcome.scope: outcome.result for outcome in outcomes}


def records(store: Store, scope: Scope) -> list[dict[str, Any]]:
    snapshot = store.load(scope.key)
    assert snapshot is not None
    return snapshot.content["records"]


def times(store: Store, scope: Scope) -> tuple[Optional[float], Optional[float]]:
    [head] = [head for head in store.heads() if head.key == scope.key]
    return head.snapshot_time, head.changed_time


def test_the_first_refresh_fetches_everything_and_the_next_nothing() -> None:
    source, store = branch(), InMemoryStore()
    first = run(source, store, 1000.0)
    assert results(first) == dict.fromkeys([INVENTORY, OBJECTS, HQ, GUEST], "changed")
    source.requests_made = 0
    second = run(source, store, 1060.0)
    assert results(second) == dict.fromkeys([INVENTORY, OBJECTS, HQ, GUEST], "confirmed")
    assert source.requests_made == 1
    assert times(store, HQ) == (1060.0, 1000.0)
    assert sum(outcome.saved for outcome in second) == 3


def test_a_package_is_kept_as_records() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    first = records(store, HQ)[0]
    assert first == {
        "kind": "policy",
        "id": "00000000-0000-4000-8000-000000000001",
        "list": "package:firewall/policy",
        "policyid": 1,
        "table": "firewall/policy",
        "part": "package",
        "sequence": 1,
        "uuid": "00000000-0000-4000-8000-000000000001",
        "name": "rule 1",
        "enabled": True,
        "action": "accept",
        "srcintf": ["any"],
        "dstintf": ["any"],
        "srcaddr": ["lan"],
        "dstaddr": ["all"],
        "service": ["HTTPS"],
        "schedule": ["always"],
        "nat": False,
        "ippool": False,
        "logtraffic": "utm",
        "utm": False,
        "section": "Web",
    }
    assert [one["section"] for one in records(store, HQ)] == ["Web", "Web", "Web"]


def test_only_what_moved_is_fetched() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    source.adoms["branch"].packages["sites/hq"].append(policy(4))
    moved = run(source, store, 1060.0)
    assert results(moved) == {
        INVENTORY: "confirmed", OBJECTS: "confirmed", HQ: "changed", GUEST: "confirmed",
    }  # fmt: skip
    assert times(store, HQ) == (1060.0, 1060.0)
    assert [one["policyid"] for one in records(store, HQ)] == [1, 2, 3, 4]


def edited_by_ann(source: SmallFortiManager) -> None:
    """A rule, and FortiManager's history of it."""
    adom = source.adoms["branch"]
    adom.packages["sites/hq"][0]["comments"] = "edited"
    edit = {"act": 3, "key": "1", "user": "ann", "timestamp": 1030, "note": "CHG-1"}
    adom.revisions["pkg/sites/hq/firewall/policy"] = [edit]


def authors_of(store: Store, scope: Scope) -> dict[str, str]:
    snapshot = store.load(scope.key)
    assert snapshot is not None
    return {key: one["user"] for key, one in snapshot.content["authors"].items()}


def test_who_edited_a_rule_is_asked_as_the_package_is_read() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    edited_by_ann(source)
    source.requests_made = 0
    assert results(run(source, store, 1060.0))[HQ] == "changed"
    assert authors_of(store, HQ) == {policy(1)["uuid"]: "ann"}
    assert source.requests_made == 2, "the poll, the package"


def test_who_edited_another_table_is_asked_then() -> None:
    source, store = branch(), InMemoryStore()
    adom = source.adoms["branch"]
    adom.proxy["sites/hq"] = [policy(7)]
    run(source, store, 1000.0)
    edited_by_ann(source)
    adom.proxy["sites/hq"] = [policy(7, comments="edited")]
    edit = {"act": 3, "key": "7", "user": "bob", "timestamp": 1031}
    adom.revisions["pkg/sites/hq/firewall/proxy-policy"] = [edit]
    source.requests_made = 0
    assert results(run(source, store, 1060.0))[HQ] == "changed"
    assert authors_of(store, HQ) == {policy(1)["uuid"]: "ann", policy(7)["uuid"]: "bob"}
    assert source.requests_made == 3


@pytest.mark.parametrize("code", [-1, -3, -6, -11, None])
def test_a_history_that_fails_the_whole_request_costs_the_author_alone(
    code: Optional[int],
) -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    edited_by_ann(source)
    get = source.get

    def fail_whole(params: Any) -> list[Answer]:
        answers = get(params)
        if not any("/_objrev/" in param["url"] for param in params):
            return answers
        if code is None:
            raise BadAnswer("One success for several questions.", "The next run asks again.")
        return [Answer(one.url, code, "runtime error", None, MANAGER) for one in answers]

    source.get = fail_whole  # type: ignore[method-assign]
    source.tables = lambda params, after=(): source.get([*params, *after])  # type: ignore[method-assign]
    assert results(run(source, store, 1060.0))[HQ] == "changed"
    assert authors_of(store, HQ) == {}


def test_a_raised_version_without_a_change_is_a_confirmation() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    source.adoms["branch"].packages["sites/hq"][0]["oid"] = 99
    assert results(run(source, store, 1060.0))[HQ] == "confirmed"
    assert times(store, HQ) == (1060.0, 1000.0)


def test_everything_is_fetched_again_once_a_day() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    plan = Plan(full_set_seconds=600.0)
    assert all(outcome.saved for outcome in run(source, store, 1599.0, plan)[1:])
    assert not any(outcome.saved for outcome in run(source, store, 1600.0, plan))


def test_a_failed_scope_is_an_outcome_and_keeps_its_old_snapshot() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    before = records(store, HQ)
    source.adoms["branch"].packages["sites/hq"].clear()
    source.adoms["branch"].packages["guest"].append(policy(9))
    source.refused["/pm/config/adom/branch/pkg/sites/hq"] = -11
    outcomes = run(source, store, 1060.0)
    assert results(outcomes) == {
        INVENTORY: "confirmed", OBJECTS: "confirmed", HQ: "failed", GUEST: "changed",
    }  # fmt: skip
    [failed] = [outcome for outcome in outcomes if outcome.scope == HQ]
    assert failed.error == (
        "fmg.example.com does not permit reading /pm/config/adom/branch/pkg/sites/hq/global/header"
        "/policy (code -11: refused by the test). In FortiManager give the API user rpc-permit (set"
        " rpc-permit read-write), an admin profile that may read this, and access to ADOM 'branch'."
    )
    assert records(store, HQ) == before
    assert times(store, HQ) == (1000.0, 1000.0)
    source.refused.clear()
    assert results(run(source, store, 1120.0))[HQ] == "changed"
    assert records(store, HQ) == []


def test_a_table_that_this_build_does_not_know_is_absent_but_not_empty() -> None:
    source, store = branch(), InMemoryStore()
    source.refused["/pm/config/adom/branch/pkg/guest/firewall/proxy-policy"] = -6
    run(source, store, 1000.0)
    snapshot = store.load(GUEST.key)
    assert snapshot is not None
    assert snapshot.content == {"format": 1, "records": [], "absent": ["firewall/proxy-policy"]}


def test_an_adom_that_does_not_exist_fails_and_the_others_go_on() -> None:
    source, store = branch(), InMemoryStore()
    outcomes = run(source, store, 1000.0, Plan(adoms=("branch", "brunch")))
    assert results(outcomes) == {
        Scope("inventory", MANAGER, "brunch"): "failed",
        **dict.fromkeys([INVENTORY, OBJECTS, HQ, GUEST], "changed"),
    }
    assert outcomes[1].error == (
        "There is no ADOM 'brunch' that manages FortiGates and that FortiManager's user sees. "
        "Correct the list of ADOMs."
    ), "other ADOMs are not named: whoever may see this one's status may not see those"


def test_an_adom_that_may_not_be_read_fails_alone() -> None:
    source, store = branch(), InMemoryStore()
    source.adoms["secret"] = source.adoms["branch"]
    source.refused["/dvmdb/adom/secret/device"] = -11
    failed = [outcome.scope for outcome in run(source, store, 1000.0) if outcome.result == "failed"]
    assert failed == [Scope("inventory", MANAGER, "secret")]


def test_no_adom_at_all_is_an_error_and_forgets_nothing() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    source.adoms.clear()
    with pytest.raises(PermissionRefused, match="shows this user no ADOM"):
        run(source, store, 1060.0)
    assert len(store.heads()) == 4


def test_a_deleted_package_is_forgotten() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    del source.adoms["branch"].packages["guest"]
    assert results(run(source, store, 1060.0)) == {
        INVENTORY: "changed", OBJECTS: "confirmed", HQ: "confirmed", GUEST: "gone",
    }  # fmt: skip
    assert [head.key for head in store.heads("package/")] == [HQ.key]


def company(adoms: int) -> SmallFortiManager:
    """ADOMs of one device each, without packages."""
    source = SmallFortiManager()
    for number in range(adoms):
        device = {"name": f"fgt-{number}", "sn": f"FG{number}"}
        source.adoms[f"unit-{number}"] = SmallAdom(devices=[device])
    return source


def adoms_with(outcomes: list[Outcome], kind: str, result: str) -> list[str]:
    return [one.scope.adom for one in outcomes if (one.scope.kind, one.result) == (kind, result)]


def test_a_poll_asks_about_the_system_and_the_first_adoms_at_once() -> None:
    source, store = company(10), InMemoryStore()
    run(source, store, 1000.0)
    source.requests_made = 0
    everything = [f"unit-{number}" for number in range(10)]
    outcomes = run(source, store, 1060.0)
    assert sorted(adoms_with(outcomes, "inventory", "confirmed")) == everything
    assert source.requests_made == 2
    shares = [one.requests for one in outcomes if one.scope.kind == "inventory"]
    assert sum(shares) == pytest.approx(2)


def test_adoms_that_came_and_went_since_the_last_poll() -> None:
    source, store = company(3), InMemoryStore()
    run(source, store, 1000.0)
    source.adoms["new"] = source.adoms.pop("unit-1")
    outcomes = run(source, store, 1301.0)
    assert adoms_with(outcomes, "inventory", "confirmed") == ["unit-0", "unit-2"]
    assert adoms_with(outcomes, "inventory", "changed") == ["new"]
    assert adoms_with(outcomes, "inventory", "gone") == ["unit-1"]
    assert [one.error for one in outcomes if one.error] == []


def test_a_poll_does_not_hang_on_an_adom_that_cannot_be_read() -> None:
    source, store = company(8), InMemoryStore()
    run(source, store, 1000.0)
    tables = source.tables

    def broken(params: Any, after: Any = ()) -> Any:
        if any("unit-2/" in param["url"] for param in params):
            raise BadAnswer("The devices never stand still.", "Wait.")
        return tables(params, after)

    source.tables = broken  # type: ignore[method-assign]
    outcomes = run(source, store, 1060.0)
    assert adoms_with(outcomes, "inventory", "failed") == [f"unit-{n}" for n in range(6)]
    assert adoms_with(outcomes, "inventory", "confirmed") == ["unit-6", "unit-7"]


def test_a_poll_that_is_ended_while_it_reads_zones_has_kept_the_first_inventories() -> None:
    source, store = company(3), InMemoryStore()
    for adom in source.adoms.values():
        adom.devices[0]["vdom"] = [{"name": f"v{number}"} for number in range(200)]
    tables, asked = source.tables, [0]

    def ended(params: Any, after: Any = ()) -> Any:
        asked[0] += sum(param["url"].endswith("/system/zone") for param in params)
        if asked[0] > 500:
            raise TimeoutError
        return tables(params, after)

    source.tables = ended  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        run(source, store, 1000.0)
    assert [head.key for head in store.heads()] == [
        f"inventory/{MANAGER}/unit-{number}/" for number in range(2)
    ]
    asked[0] = 0
    assert [one.error for one in run(source, store, 1060.0) if one.error] == []
    assert asked == [200], "those of the third one"


def test_where_no_session_is_to_be_had_nobody_waits_for_one_twice() -> None:
    source, store = company(1), InMemoryStore()
    run(source, store, 1000.0)
    waited = []

    def none_free(*_: Any) -> Any:
        waited.append(1)
        raise NoLease("All 8 sessions are in use.", "Give the inputs longer intervals.")

    source.tables = source.get = none_free  # type: ignore[method-assign]
    with pytest.raises(NoLease):
        run(source, store, 1060.0)
    assert len(waited) == 1


def test_a_version_without_policy_blocks_may_refuse_the_question() -> None:
    source, store = company(1), InMemoryStore()
    source.version, source.refused["/pm/pblock"] = "v6.4.8-build2436", -6
    for now in (1000.0, 1060.0):
        assert [one.error for one in run(source, store, now) if one.error] == []
    source.version = "v7.4.5-build2463"
    [failed] = [one for one in run(source, store, 1120.0) if one.error]
    assert failed.scope == Scope("inventory", MANAGER, "unit-0")


def test_a_deleted_adom_is_forgotten_only_when_all_adoms_were_listed() -> None:
    source, store = branch(), InMemoryStore()
    source.adoms["old"] = source.adoms["branch"]
    run(source, store, 1000.0)
    del source.adoms["old"]
    run(source, store, 1060.0, Plan(adoms=("branch",)))
    assert len(store.heads()) == 8
    run(source, store, 1301.0)
    assert {Scope.parse(head.key).adom for head in store.heads()} == {"branch"}


def test_without_the_global_database_headers_are_asked_for_their_versions() -> None:
    source, store = branch(), InMemoryStore()
    source.refused["/pm/pkg/global"] = -11
    assert not [one for one in run(source, store, 1000.0) if one.result == "failed"]
    source.requests_made = 0
    again = run(source, store, 1060.0)
    assert {outcome.result for outcome in again} == {"confirmed"}
    assert source.requests_made == 2


def test_a_block_without_a_version_is_told_by_its_tables_chksum() -> None:
    source, store = branch(), InMemoryStore()
    source.versionless = True
    block = source.adoms["branch"].blocks["threats"] = [policy(1071741826)]
    where = Scope("block", MANAGER, "branch", "threats")
    assert results(run(source, store, 1000.0))[where] == "changed"
    source.requests_made = 0
    assert results(run(source, store, 1060.0))[where] == "confirmed"
    assert source.requests_made == 2
    block[0]["action"] = "deny"
    assert results(run(source, store, 1120.0))[where] == "changed"
    assert records(store, where)[0]["action"] == "deny"


def test_an_error_that_nobody_foresaw_is_one_scopes_outcome() -> None:
    source, store = branch(), InMemoryStore()
    answer = source._answer

    def odd(param: dict[str, Any]) -> Any:
        if param["url"].endswith("/guest/firewall/policy"):
            raise KeyError("s3cret")
        return answer(param)

    source._answer = odd  # type: ignore[method-assign]
    outcomes = run(source, store, 1000.0)
    [failed] = [one for one in outcomes if one.result == "failed"]
    assert failed.scope == GUEST
    assert failed.error.startswith("This is a defect of the app: KeyError in test_refresh.py, line")
    assert "s3cret" not in failed.error
    assert results(outcomes)[HQ] == "changed"


def test_pages_of_two_states_are_read_anew() -> None:
    source, store = branch(), InMemoryStore()
    rules = source.adoms["branch"].packages["sites/hq"]
    edits = [5]

    def edit_once() -> None:
        if edits:
            rules.insert(0, policy(edits.pop()))

    source.while_reading = edit_once  # type: ignore[method-assign]
    assert results(run(source, store, 1000.0))[HQ] == "changed"
    assert [one["policyid"] for one in records(store, HQ)] == [5, 1, 2, 3]
    assert results(run(source, store, 1060.0))[HQ] == "confirmed"


def test_a_package_that_never_stands_still_is_not_kept_half() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1000.0)
    rules = source.adoms["branch"].packages["sites/hq"]
    rules.append(policy(4))
    source.while_reading = lambda: rules.append(policy(5))  # type: ignore[method-assign]
    [failed] = [one for one in run(source, store, 1060.0) if one.result == "failed"]
    assert failed.error == (
        "package sites/hq (branch) was changed during each of 3 readings. "
        "The next run reads it again; nothing of a half-read state was kept."
    )
    assert [one["policyid"] for one in records(store, HQ)] == [1, 2, 3]


def test_runners_in_turn_and_in_threads_agree() -> None:
    source = branch()
    kept: list[dict[str, Any]] = []
    for runner in (InTurn(), InThreads(8)):
        store = InMemoryStore()
        outcomes = list(refresh(source, store, Plan(), runner, 1000.0))
        assert {outcome.result for outcome in outcomes} == {"changed"}
        snapshots = [store.load(head.key) for head in store.heads()]
        kept.append({one.head.key: one.content for one in snapshots if one})
    assert kept[0] == kept[1]


def test_inventories_alone() -> None:
    source, store = branch(), InMemoryStore()
    assert results(run(source, store, 1000.0, policies=False)) == {INVENTORY: "changed"}


def test_a_clock_that_was_set_back_does_not_put_the_daily_fetch_off() -> None:
    source, store = branch(), InMemoryStore()
    run(source, store, 1_000_000_000.0)
    source.requests_made = 0
    run(source, store, 900_000_000.0)
    assert source.requests_made == 1 + 3 + 1, "three scopes, and the zones"
