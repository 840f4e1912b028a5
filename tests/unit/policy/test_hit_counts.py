"""Hit counts: what is asked, and how answers are read. Shapes: API facts 1.6, 2.7 and 2.9."""

from __future__ import annotations

from typing import Any

import pytest

from fmgstate.errors import NormalizeError
from fmgstate.policy import counters, events, fetch
from fmgstate.policy.model import HitCount, Progress

ROW = {
    "policyid": 2,
    "name": "Internet",
    "uuid": "2654008a-0000-4000-8000-000000000002",
    "srcintf": "lan",
    "dstintf": "wan1",
    "hitcount": 380,
    "byte": 198373,
    "pkts": 1534,
    "first_hit": 1701085009,
    "last_hit": 1702981443,
    "first_session": 1701085010,
    "last_session": 1702981444,
    "sesscount": 3,
}
DENY = {**dict.fromkeys(ROW, 0), "name": "Implicit Deny", "uuid": "", "srcintf": "", "dstintf": ""}


def test_what_is_asked() -> None:
    assert fetch.hit_count_task("emea", "sites/hq") == {
        "url": "/sys/hitcount", "data": {"adom": "emea", "pkg": "sites/hq"},
    }  # fmt: skip
    assert fetch.progress(7) == {"url": "/task/task/7"}
    assert fetch.task_result(7) == {"url": "/sys/task/result", "data": {"taskid": 7}}
    assert fetch.device_counters("emea", ["fgt-1", "fgt-2"], "a&b")["data"] == {
        "action": "get",
        "resource": "/api/v2/monitor/firewall/policy?vdom=a%26b",
        "target": ["adom/emea/device/fgt-1", "adom/emea/device/fgt-2"],
    }


def test_counters_of_a_package_by_our_names_of_its_tables() -> None:
    found = counters.of_package(
        {"firewall policy": [ROW, DENY], "firewall policy6": [], "global header policy": [ROW]}
    )
    first, deny, header = events.hitcount_records(found)
    assert first == {
        "kind": "hitcount",
        "id": "2654008a-0000-4000-8000-000000000002",
        "table": "firewall/policy",
        "policyid": 2,
        "uuid": "2654008a-0000-4000-8000-000000000002",
        "name": "Internet",
        "hits": 380,
        "bytes": 198373,
        "packets": 1534,
        "first_hit": 1701085009,
        "last_hit": 1702981443,
        "first_session": 1701085010,
        "last_session": 1702981444,
        "sessions": 3,
    }
    assert (deny["id"], deny["hits"], deny["last_hit"]) == ("firewall/policy:0", 0, 0)
    assert (header["id"], header["table"]) == ("global/header/policy:2", "global/header/policy")


def test_a_policy_that_is_counted_twice_is_no_answer() -> None:
    twice = [HitCount("firewall/policy", 1), HitCount("firewall/policy", 1)]
    with pytest.raises(NormalizeError, match="counted policy 1 of firewall/policy twice"):
        events.hitcount_records(twice)


@pytest.mark.parametrize(
    "native",
    [
        None,
        [ROW],
        {"firewall policy": "many"},
        {"firewall policy": [{"policyid": 1}]},
        {"firewall policy": [{"hitcount": 1}]},
        {"firewall policy": [{**ROW, "hitcount": "many"}]},
    ],
)
def test_what_makes_no_sense_is_never_a_policy_without_hits(native: Any) -> None:
    with pytest.raises(NormalizeError):
        counters.of_package(native)


def test_counters_of_devices() -> None:
    hit = {"policyid": 1, "uuid": "u1", "active_sessions": 2, "bytes": 900, "packets": 9,
           "hit_count": 5, "first_used": 100, "last_used": 200}  # fmt: skip
    unused = {"policyid": 2, "uuid": "u2", "active_sessions": 0, "bytes": 0, "packets": 0}
    tunnel = "fgt-lyon(393) error: No tunnel 93."
    answered = counters.of_devices(
        [
            {"target": "fgt-lyon", "status": {"code": -1, "message": tunnel}, "response": ""},
            {"target": "fgt-bonn", "status": {"code": 0}, "response": {"status": "error"}},
            {
                "target": "fgt-hq",
                "status": {"code": 0, "message": "OK"},
                "response": {"status": "success", "results": [hit, unused]},
            },
        ],
        ["fgt-hq", "fgt-lyon", "fgt-bonn", "fgt-gone"],
        "root",
    )
    assert answered.missing == {
        "fgt-lyon": tunnel,
        "fgt-bonn": "the FortiGate did not answer with its counters",
        "fgt-gone": "FortiManager gave no answer for it",
    }
    first, second = events.hitcount_records(answered.counts)
    assert first == {
        "kind": "hitcount",
        "id": "fgt-hq:root:u1",
        "table": "firewall/policy",
        "policyid": 1,
        "uuid": "u1",
        "hits": 5,
        "bytes": 900,
        "packets": 9,
        "first_hit": 100,
        "last_hit": 200,
        "active_sessions": 2,
        "device": "fgt-hq",
        "vdom": "root",
    }
    assert (second["hits"], second["last_hit"]) == (0, 0)


@pytest.mark.parametrize(
    ("row", "over", "succeeded"),
    [
        ({"state": "running", "num_err": 0, "percent": 40}, False, False),
        ({"state": 1}, False, False),
        ({"state": "done", "num_err": 0, "percent": 100}, True, True),
        ({"state": 4, "num_err": 0}, True, True),
        ({"state": "done", "num_err": 1}, True, False),
        ({"state": 5, "num_err": 1}, True, False),
        ({"state": "aborted"}, True, False),
        ({"state": 99}, False, False),
    ],
)
def test_a_task_is_what_its_state_and_errors_say(
    row: dict[str, Any], over: bool, succeeded: bool
) -> None:
    progress = counters.progress(row)
    assert (progress.over, progress.succeeded) == (over, succeeded)


def test_what_the_failed_lines_of_a_task_say() -> None:
    lines = [
        {"name": "fgt-hq", "err": 0, "detail": "update hitcount done"},
        {"name": "fgt-lyon", "err": 1, "detail": "no answer"},
    ]
    row = {"state": "error", "num_err": 1, "percent": 100, "line": lines}
    assert counters.progress(row) == Progress("error", 1, 100, ("fgt-lyon: no answer",))
