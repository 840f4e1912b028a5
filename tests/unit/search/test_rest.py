"""The REST look-up as splunkd calls it: JSON in, JSON out, in a process that stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.search import rest, rest_answers
from fmgstate.search.access import READ, Access
from fmgstate.search.rest import Rest
from fmgstate.search.splunkd import SplunkdError
from fmgstate.settings import Plan
from fmgstate.store.on_disk import OnDiskStore
from tests.unit.collect.small_fortimanager import SmallFortiManager, branch

THREE = "00000000-0000-4000-8000-000000000003"
AGE = {"snapshot_time": 1000.0, "changed_time": 1000.0, "stale": True, "plane": "package"}


class Splunkd:
    """Tells whose a token is; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.people = {
            "bob": Access("bob", ("user",), frozenset({READ})),
            "eve": Access("eve", ("user",), frozenset()),
            "ann": Access("ann", ("apac",), frozenset({READ}), frozenset({"apac"})),
        }

    def __call__(self, uri: str, token: str) -> Access:
        assert uri == "https://127.0.0.1:8089"
        self.asked.append(token)
        if token not in self.people:
            raise SplunkdError("splunkd refused.", "Log in again.", 401)
        return self.people[token]


def fill(file: Path, now: float = 1000.0, source: SmallFortiManager | None = None) -> None:
    store = OnDiskStore(file)
    list(refresh(source or branch(), store, Plan(), InTurn(), now))
    store.close()


CALLERS: list[Caller] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while CALLERS:
        CALLERS.pop().rest.close()


class Caller:
    def __init__(self, file: Path) -> None:
        CALLERS.append(self)
        self.splunkd = Splunkd()
        self.rest = Rest(file, self.splunkd, lambda *_: None)

    def ask(
        self, method: str, path: str, body: Any = None, token: str = "bob", **query: Any
    ) -> Any:
        request = {
            "method": method, "path_info": path, "query": [[k, str(v)] for k, v in query.items()],
            "session": {"user": token, "authtoken": token},
            "server": {"rest_uri": "https://127.0.0.1:8089"},
        }  # fmt: skip
        if body is not None:
            request["payload"] = body if isinstance(body, str) else json.dumps(body)
        reply = json.loads(json.dumps(self.rest.handle(json.dumps(request))))
        assert reply["headers"]["Content-Type"] == "application/json; charset=utf-8"
        return reply["status"], json.loads(reply["payload"])

    def refusal(self, *args: Any, **options: Any) -> tuple[int, str, str]:
        status, told = self.ask(*args, **options)
        return status, told["error"].get("field", ""), told["error"]["message"]


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    fill(tmp_path / "state.db")
    return Caller(tmp_path / "state.db")


def test_one_rule_with_its_age(caller: Caller) -> None:
    assert caller.ask("GET", "policy", device="FG2", vdom="root", policyid=3) == (
        200,
        {
            "found": True, "why": "", "uuid": THREE, "policyid": 3, "table": "firewall/policy",
            "name": "rule 3", "action": "accept", "enabled": True, "section": "Web",
            "comments": "third", "owner": "", "ticket": "", "modified_time": None,
            "modified_by": "", "hits": None, "last_hit": None, "fortimanager": "fmg.example.com",
            "adom": "branch", "package": "sites/hq", "block": "", "device": "fgt-hq",
            "vdom": "root", "package_status": "installed", **AGE,
        },
    )  # fmt: skip


def test_fields_of_several_values_are_lists_and_texts_stay_as_they_are(tmp_path: Path) -> None:
    source = branch()
    rule = source.adoms["branch"].packages["sites/hq"][2]
    rule.update(comments='a "b", c\nd €', srcaddr=["lan", "w;w$w"], dstaddr=["all"])
    fill(tmp_path / "state.db", source=source)
    caller = Caller(tmp_path / "state.db")
    assert caller.ask("GET", "policy", uuid=THREE, fields="comments,srcaddr,dstaddr,users") == (
        200,
        {"found": True, "why": "", "comments": 'a "b", c\nd €', "srcaddr": ["lan", "w;w$w"],
         "dstaddr": ["all"], "users": [], **AGE},
    )  # fmt: skip


def test_many_at_once_keep_their_order(caller: Caller) -> None:
    keys = [
        {"device": "fgt-hq", "vdom": "root", "policyid": "77"},
        {"uuid": THREE},
        {"device": "fgt-hq", "vdom": "root", "policyid": 0},
    ]
    body = {"keys": keys, "fields": ["name"], "fresh": 2_000_000_000}
    status, told = caller.ask("POST", "policy", body)
    assert (status, [(one["found"], one["name"], one["why"]) for one in told["results"]]) == (
        200,
        [
            (False, "", "Package sites/hq of ADOM branch has no policy 77."),
            (True, "rule 3", ""),
            (True, "Implicit Deny", ""),
        ],
    )
    assert [one["stale"] for one in told["results"]] == [False, False, False]


@pytest.mark.parametrize("name", ["a\\b", "tab\there", "é", "", "x" * 35, "1,2", 'q"q', "%s"])
def test_odd_texts_come_through(tmp_path: Path, name: str) -> None:
    source = branch()
    source.adoms["branch"].packages["sites/hq"][2]["name"] = name
    fill(tmp_path / "state.db", source=source)
    told = Caller(tmp_path / "state.db").ask("GET", "policy", uuid=THREE)[1]
    assert (told["name"], told["comments"], told["hits"]) == (name, "third", None)


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"devic": "x"}, "devic", "devic is not known here. Did you mean device?"),
        ({}, "uuid", "Give uuid, or device and policyid."),
        ({"policyid": 1}, "device", "A policyid counts on one device only: give device, too."),
        ({"device": "x", "policyid": "1x"}, "policyid",
         "policyid must be a whole number from 0 to 4294967295."),
        ({"device": "x" * 300, "policyid": 1}, "device", "device is longer than 256 characters."),
        ({"uuid": "x", "fields": "nmae"}, "fields", "nmae is not known here. Did you mean name?"),
        ({"uuid": "x", "fresh": 0}, "fresh", "fresh must be a whole number from 1 to 4294967295."),
    ],
)  # fmt: skip
def test_what_is_wrong_in_one_is_named(
    caller: Caller, query: dict[str, Any], field: str, message: str
) -> None:
    status, named, told = caller.refusal("GET", "policy", **query)
    assert (status, named, told.startswith(message)) == (400, field, True), told


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("", "body"),
        ("[1", "body"),
        ("[" * 100_000, "body"),
        ([], "body"),
        ({"keys": []}, "keys"),
        ({"keys": [{"uuid": "x"}] * 1001}, "keys"),
        ({"keys": [{"uuid": "x"}], "key": 1}, "key"),
        ({"keys": [{"uuid": "x"}, 7]}, "keys[1]"),
        ({"keys": [{"uuid": "x"}, {}]}, "keys[1]"),
        ({"keys": [{"uuid": 7}]}, "keys[0].uuid"),
        ({"keys": [{"uuid": "x", "vd": "root"}]}, "keys[0].vd"),
        ({"keys": [{"device": "x", "policyid": True}]}, "keys[0].policyid"),
        ({"keys": [{"device": "x", "policyid": 1.5}]}, "keys[0].policyid"),
        ({"keys": [{"uuid": "x"}], "fields": {"a": 1}}, "fields"),
    ],
)
def test_what_is_wrong_in_a_batch_is_named(caller: Caller, body: Any, field: str) -> None:
    assert caller.refusal("POST", "policy", body)[:2] == (400, field)


def test_wrong_paths_and_methods(caller: Caller) -> None:
    assert caller.refusal("GET", "nothing")[0] == 404
    assert caller.refusal("DELETE", "policy") == (405, "", "Use GET or POST.")


def test_who_may_not_ask_and_who_sees_other_adoms(caller: Caller) -> None:
    status, _, message = caller.refusal("GET", "policy", token="eve", uuid=THREE)
    assert (status, message.split(".")[0]) == (
        403,
        "The user eve lacks the capability fmgstate_read",
    )
    assert caller.refusal("GET", "policy", token="mallory", uuid=THREE)[0] == 401
    status, told = caller.ask("GET", "policy", token="ann", device="FG2", vdom="root", policyid=3)
    assert (status, told["found"], told["comments"]) == (200, False, "")
    assert caller.ask("GET", "status", token="ann") == (200, {"results": []})


def test_a_token_is_asked_for_once_a_minute(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        caller.ask("GET", "policy", uuid=THREE)
    assert caller.splunkd.asked == ["bob"]
    monkeypatch.setattr(rest, "TOKEN_SECONDS", -1.0)
    caller.ask("GET", "policy", uuid=THREE)
    assert caller.splunkd.asked == ["bob", "bob"]


def test_tokens_and_sets_of_fields_are_remembered_up_to_a_number(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "MOST_TOKENS", 2)
    monkeypatch.setattr(rest_answers, "MOST_STATES", 2)
    for token in ("bob", "eve", "ann", "bob"):
        caller.ask("GET", "policy", token=token, uuid=THREE)
    assert caller.splunkd.asked == ["bob", "eve", "ann", "bob"]
    for field in ("name", "action", "name", "table"):
        assert caller.ask("GET", "policy", uuid=THREE, fields=field)[1]["found"]
    assert len(caller.rest._answering._states) == 2


@pytest.mark.parametrize("replaced", [False, True])
def test_a_changed_or_replaced_store_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaced: bool
) -> None:
    monkeypatch.setattr(rest_answers, "LOOK_SECONDS", 0.0)
    fill(tmp_path / "state.db")
    caller = Caller(tmp_path / "state.db")
    assert caller.ask("GET", "policy", uuid=THREE)[1]["name"] == "rule 3"
    source = branch()
    source.adoms["branch"].packages["sites/hq"][2]["name"] = "renamed"
    if replaced:
        for path in tmp_path.glob("state.db*"):
            path.rename(path.with_name(f"old-{path.name}"))
    fill(tmp_path / "state.db", 1060.0, source)
    told = caller.ask("GET", "policy", uuid=THREE)[1]
    assert (told["name"], told["snapshot_time"]) == ("renamed", 1060.0)


def test_nothing_collected_yet(tmp_path: Path) -> None:
    caller = Caller(tmp_path / "state.db")
    status, _, message = caller.refusal("GET", "policy", uuid=THREE)
    assert (status, message.split(",")[0]) == (503, "Nothing was collected on this host yet")
    assert caller.refusal("GET", "status") == (503, "", message)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_store_is_told_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"no database " * 1000)
    status, _, message = Caller(tmp_path / "state.db").refusal("GET", "policy", uuid=THREE)
    assert (status, "Move the file away" in message) == (500, True)


def test_the_status_of_scopes(caller: Caller) -> None:
    status, told = caller.ask("GET", "status", kind="package", adom="branch")
    found = [(one["name"], one["snapshot_time"], one["stale"]) for one in told["results"]]
    assert (status, found) == (200, [("guest", 1000.0, True), ("sites/hq", 1000.0, True)])
    assert caller.refusal("GET", "status", kind="packages")[:2] == (400, "kind")


@pytest.mark.parametrize(
    ("token", "adom", "there"),
    [
        ("bob", "brnach", "Nearest names: branch."),
        ("bob", "", "There are: branch."),
        ("ann", "branch", "No ADOM is known here."),
        ("ann", "brnach", "No ADOM is known here."),
        ("ann", "apac", "No ADOM is known here."),
    ],
)
def test_an_adom_that_is_not_there_or_is_hidden_has_no_status(
    caller: Caller, token: str, adom: str, there: str
) -> None:
    said = f"There is no ADOM {adom}, or you may not see it. {there}"
    for more in ({}, {"kind": "package"}):
        assert caller.refusal("GET", "status", token=token, adom=adom, **more) == (
            404, "adom", said,
        )  # fmt: skip


def test_an_adom_that_has_none_of_a_kind_has_no_status_of_it(caller: Caller) -> None:
    assert caller.ask("GET", "status", kind="block", adom="branch") == (200, {"results": []})


FLOW = {"src": "10.1.2.3", "dest": "192.0.2.8", "transport": "tcp", "dest_port": 443,
        "device": "FG2", "vdom": "root"}  # fmt: skip


def test_which_rule_decides_a_flow(caller: Caller) -> None:
    status, told = caller.ask("GET", "lookup", **FLOW, explain="true")
    assert (status, told["flow"]) == (200, "10.1.2.3 (?) to 192.0.2.8 (?), tcp/443")
    assert (told["found"], told["action"], told["package"], told["device"], told["vdom"]) == (
        True, "accept", "sites/hq", "fgt-hq", "root")  # fmt: skip
    assert {name: told[name] for name in AGE} == AGE
    other = {**FLOW, "device": "fgt-hq", "dest_port": "53", "transport": "udp"}
    nowhere = {**FLOW, "device": "fgt-hqq"}
    status, many = caller.ask("POST", "lookup", {"flows": [FLOW, other, nowhere]})
    first, second, third = many["results"]
    assert caller.ask("GET", "lookup", **FLOW) == (200, first)
    beside = ("flow", "explanation")
    assert {k: v for k, v in first.items() if k not in beside} == {
        k: v for k, v in told.items() if k not in beside
    }
    assert (second["found"], second["package"]) == (True, "sites/hq")
    assert (third["found"], third["why"].startswith("No device is called fgt-hqq")) == (
        False, True), third["why"]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"src": ""}, "src"),
        ({"device": None}, "device"),
        ({"dest_port": 65536}, "dest_port"),
        ({"dest_port": "http"}, "dest_port"),
        ({"icmp_type": 256}, "icmp_type"),
        ({"time": "noon"}, "time"),
        ({"icmp_type": 8}, "icmp_type"),
        ({"transport": "icmp", "icmp_type": 8}, "dest_port"),
        ({"dst": "192.0.2.8"}, "dst"),
        ({"src": "10.1.2.300"}, ""),
        ({"transport": "tpc"}, ""),
    ],
)
def test_what_is_wrong_in_a_flow_is_named(
    caller: Caller, changed: dict[str, Any], field: str
) -> None:
    batch = {"flows": [FLOW, {**FLOW, **changed}]}
    expected = f"flows[1].{field}" if field else "flows[1]"
    assert caller.refusal("POST", "lookup", batch)[:2] == (400, expected)
    if None not in changed.values():
        assert caller.refusal("GET", "lookup", **{**FLOW, **changed})[:2] == (400, field)


def test_a_ping_needs_no_port_and_other_adoms_are_not_looked_at(caller: Caller) -> None:
    ping = {name: FLOW[name] for name in ("src", "dest", "device", "vdom")}
    assert caller.ask("GET", "lookup", **ping, icmp_type=8)[1]["found"] is True
    status, told = caller.ask("GET", "lookup", token="ann", **FLOW)
    assert (status, told["found"], told["action"]) == (200, False, "")


def test_a_changed_rule_is_noticed_by_look_ups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_answers, "LOOK_SECONDS", 0.0)
    fill(tmp_path / "state.db")
    caller = Caller(tmp_path / "state.db")
    assert caller.ask("GET", "lookup", **FLOW)[1]["action"] == "accept"
    source = branch()
    for rule in source.adoms["branch"].packages["sites/hq"]:
        rule["action"] = 0
    fill(tmp_path / "state.db", 1060.0, source)
    told = caller.ask("POST", "lookup", {"flows": [FLOW]})[1]["results"][0]
    assert (told["action"], told["snapshot_time"]) == ("deny", 1060.0)
