"""Published events to copies on another host: idempotent, resumable, and never wrong unnoticed."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import pytest

from fmgstate.collect import health, hosts
from fmgstate.collect.confirmations import confirmations
from fmgstate.collect.difference import in_order
from fmgstate.collect.event import Event
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.loading import NOT_THE_LAST, NOT_WHOLE
from fmgstate.collect.outcome import RunSummary
from fmgstate.collect.refresh import refresh
from fmgstate.collect.run import run
from fmgstate.errors import StoreError
from fmgstate.search import fmgload, mirror, mirror_collection, mirror_follow
from fmgstate.search.access import NotAllowed
from fmgstate.search.command import Invocation
from fmgstate.search.fmgload import Load
from fmgstate.search.mirror_collection import Collection, Manifest
from fmgstate.settings import Plan
from fmgstate.store.in_memory import InMemoryStore
from fmgstate.store.on_disk import OnDiskStore
from fmgstate.wiring import answers, open_store
from tests.unit.collect.small_fortimanager import MANAGER, SmallFortiManager, branch
from tests.unit.search.kv_collection import KvSplunkd

HQ = f"package/{MANAGER}/branch/sites%2Fhq"
THREE = "00000000-0000-4000-8000-000000000003"


class Forwarder:
    """A host with inputs; ``index`` holds the events as Splunk keeps them."""

    def __init__(self, source: Optional[SmallFortiManager] = None, name: str = "") -> None:
        self.name = name
        self.source = source or branch()
        self.store = InMemoryStore()
        self.index: list[str] = []

    def poll(self, now: float, *kinds: str) -> list[str]:
        """The events of a run of each input."""
        before = len(self.index)
        for kind in kinds or ("inventory", "policies"):
            plan = Plan()
            outcomes, sent = run(
                kind, kind, self.source, self.store, plan, InTurn(), now, self._emit,
                lambda _: None,
            )  # fmt: skip
            confirmed = confirmations(self.store, kind, MANAGER, now, kind, plan.fresh_seconds)
            summary = RunSummary(outcomes, 0.5, 3, sent)
            self._emit([health.of_run(MANAGER, kind, summary, now, confirmed, self.name)])
        return self.index[before:]

    def rules(self) -> list[dict[str, Any]]:
        return self.source.adoms["branch"].packages["sites/hq"]

    def kept(self) -> dict[str, Any]:
        snapshots = {head.key: self.store.load(head.key) for head in self.store.heads()}
        return {
            key: in_order(one.content["records"])
            for key, one in snapshots.items()
            if one and key.split("/")[0] in ("inventory", "objects", "block", "package")
        }

    def _emit(self, events: list[Event]) -> None:
        self.index += [json.dumps(event.data) for event in events]


class SearchHead:
    """``kv``: shared by the members of a cluster; the store is its own."""

    def __init__(self, folder: Path, kv: KvSplunkd) -> None:
        self.file = folder / "state.db"
        self.kv = kv

    @property
    def collection(self) -> Collection:
        return Collection(self.kv)  # type: ignore[arg-type]

    def load(self, events: list[str], now: float) -> list[dict[str, Any]]:
        loading = Load(self.collection, now)
        for event in events:
            loading.add({"_raw": event})
        return [dict(row) for row in loading.finish()]

    def follow(self, now: float) -> mirror.Mirrored:
        (self.file.with_name("state.db.copied")).unlink(missing_ok=True)
        return mirror.mirror(self.collection, self.file, now)

    def copies(self) -> dict[str, Any]:
        with open_store(self.file) as store:
            snapshots = {head.key: store.load(head.key) for head in store.heads()}
        return {
            key: in_order(one.content["records"])
            for key, one in snapshots.items()
            if one and key.split("/")[0] in ("inventory", "objects", "block", "package")
        }

    def status(self) -> dict[str, tuple[float, bool, str]]:
        with open_store(self.file) as store:
            rows = answers(store, 1e12).status()
        return {one["scope"]: (one["snapshot_time"], one["stale"], one["error"]) for one in rows}


@pytest.fixture
def heads(tmp_path: Path) -> tuple[SearchHead, SearchHead]:
    kv = KvSplunkd()
    return SearchHead(tmp_path / "a", kv), SearchHead(tmp_path / "b", kv)


def summary(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {name: rows[-1][name] for name in ("scopes_loaded", "scopes_gone", "scopes_behind")}


def test_what_one_member_loads_every_member_answers(heads: tuple[SearchHead, SearchHead]) -> None:
    forwarder = Forwarder()
    rows = heads[0].load(forwarder.poll(1000.0), 1010.0)
    scopes = set(forwarder.kept())
    assert {row["scope"]: row["result"] for row in rows[:-1]} == dict.fromkeys(scopes, "loaded")
    for member in heads:
        assert member.follow(1010.0).loaded == len(scopes)
        assert member.copies() == forwarder.kept()
        assert member.status() == dict.fromkeys(scopes, (1000.0, False, ""))
        with open_store(member.file) as store:
            [row] = answers(store).by_policyid("FG2", "root", 3)
        assert (row["comments"], row["snapshot_time"]) == ("third", 1000.0)


def test_every_row_says_how_old_it_is(heads: tuple[SearchHead, SearchHead]) -> None:
    forwarder, (head, _) = Forwarder(), heads
    forwarder.poll(940.0, "inventory")
    forwarder.rules()[0]["comments"] = "edited"
    events = forwarder.poll(1000.0, "policies")
    rows = head.load([*forwarder.index, *events], 1290.0)
    ages = ("snapshot_time", "changed_time", "stale", "plane")
    told = {row["scope"]: tuple(row[name] for name in ages) for row in rows}
    inventory = f"inventory/{MANAGER}/branch/"
    assert told.pop(inventory) == (940.0, 940.0, True, "package")
    assert told.pop("") == (940.0, 1000.0, True, "package")
    assert set(told.values()) == {(1000.0, 1000.0, False, "package")}
    [empty] = SearchHead(head.file.parent / "new", KvSplunkd()).load([], 1290.0)
    assert tuple(empty[name] for name in ages) == (None, None, True, "package")


def test_hosts_that_publish_are_known_on_every_member(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (first, second) = Forwarder(name="hf1"), heads
    first.load(forwarder.poll(1000.0), 1010.0)
    second.load(forwarder.poll(1060.0), 1070.0)
    for member in heads:
        member.follow(1070.0)
        with open_store(member.file) as store:
            assert hosts.known(store) == [hosts.Collector(MANAGER, "hf1", 1000.0)]
    second.load(forwarder.poll(4600.0), 4610.0)
    first.follow(4610.0)
    with open_store(first.file) as store:
        assert hosts.known(store) == [hosts.Collector(MANAGER, "hf1", 4600.0)]


def test_two_hosts_whose_inputs_are_called_alike_speak_each_of_its_adoms(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    """As where the users of two accounts see different ADOMs of one FortiManager."""
    (emea, apac), (head, _) = (Forwarder(name="hf1"), Forwarder(name="hf2")), heads
    apac.source.adoms["apac"] = apac.source.adoms.pop("branch")
    head.load([*emea.poll(1000.0), *apac.poll(1001.0)], 1010.0)
    head.load([*apac.poll(1060.0), *emea.poll(1061.0)], 1070.0)
    head.follow(1070.0)
    kept = {**dict.fromkeys(emea.kept(), (1061.0, False, "")),
            **dict.fromkeys(apac.kept(), (1060.0, False, ""))}  # fmt: skip
    assert (head.status(), len(kept)) == (kept, 8)
    apac.poll(1120.0)
    emea.rules()[0]["comments"] = "lost"
    runs = [text for text in emea.poll(1121.0) if '"health": "run"' in text]
    head.load([*apac.index, *runs], 1130.0)
    head.follow(1130.0)
    behind = {key: told for key, told in head.status().items() if told[2]}
    of_its_policies = [key for key in emea.kept() if not key.startswith("inventory/")]
    assert behind == dict.fromkeys(of_its_policies, (1061.0, True, NOT_THE_LAST))


def test_changes_are_loaded_and_unchanged_scopes_stay_as_young_as_the_runs(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (first, second) = Forwarder(), heads
    first.load(forwarder.poll(1000.0), 1010.0)
    second.follow(1010.0)
    forwarder.rules()[2]["comments"] = "third, edited"
    rows = second.load(forwarder.poll(1060.0), 1070.0)  # another member's turn
    assert [(row["scope"], row["result"]) for row in rows[:-1]] == [(HQ, "loaded")]
    assert second.follow(1070.0)[1:] == (1, 0, 0)
    assert second.copies() == forwarder.kept()
    assert second.status() == dict.fromkeys(forwarder.kept(), (1060.0, False, ""))
    assert second.load(forwarder.poll(1120.0), 1130.0)[:-1] == []
    assert second.follow(1130.0)[1:] == (0, 0, 0)
    assert second.status() == dict.fromkeys(forwarder.kept(), (1120.0, False, ""))


def test_loading_again_writes_nothing(heads: tuple[SearchHead, SearchHead]) -> None:
    forwarder, (first, second) = Forwarder(), heads
    events = forwarder.poll(1000.0)
    first.load(events, 1010.0)
    before = {key: dict(one) for key, one in first.kv.documents.items()}
    assert summary(second.load([*events, *events], 1015.0)) == {
        "scopes_loaded": 0, "scopes_gone": 0, "scopes_behind": 0,
    }  # fmt: skip
    assert first.kv.documents == before
    version = first.follow(1016.0).version
    asked = len(first.kv.requests)
    assert mirror.mirror(first.collection, first.file, 1016.0) == mirror.Mirrored(version)
    assert len(first.kv.requests) == asked


def test_a_gap_is_told_and_healed_by_the_next_full_set(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    forwarder.rules()[0]["comments"] = "lost"
    forwarder.poll(1060.0)  # what this run sent never arrives
    forwarder.rules()[1]["comments"] = "arrives"
    rows = head.load(forwarder.poll(1120.0), 1130.0)
    assert (HQ, "behind", NOT_WHOLE) in [(r["scope"], r["result"], r["behind"]) for r in rows]
    head.follow(1130.0)
    assert head.status()[HQ] == (1000.0, True, NOT_WHOLE)
    full = forwarder.poll(1000.0 + 86_401.0)
    assert summary(head.load(full, 87_500.0))["scopes_behind"] == 0
    head.follow(87_500.0)
    assert head.copies() == forwarder.kept()
    assert head.status()[HQ] == (87_401.0, False, "")


def test_a_publication_that_is_lost_whole_is_seen_by_the_runs_digest(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    forwarder.rules()[0]["comments"] = "lost"
    runs = [event for event in forwarder.poll(1060.0) if '"health": "run"' in event]
    head.load(runs, 1070.0)
    head.follow(1070.0)
    assert head.status()[HQ] == (1000.0, True, NOT_THE_LAST)
    inventory = f"inventory/{MANAGER}/branch/"
    assert head.status()[inventory] == (1060.0, False, "")


def test_what_a_run_did_not_confirm_keeps_its_age(heads: tuple[SearchHead, SearchHead]) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    forwarder.rules()[0]["comments"] = "cannot be read"
    forwarder.source.refused["/pm/config/adom/branch/pkg/sites/hq/firewall/policy"] = -11
    head.load(forwarder.poll(1060.0), 1070.0)
    head.follow(1070.0)
    assert head.status()[HQ] == (1000.0, False, "")
    assert {age for key, (age, _, _) in head.status().items() if key != HQ} == {1060.0}


def test_scopes_that_are_gone_are_dropped(heads: tuple[SearchHead, SearchHead]) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    head.follow(1010.0)
    del forwarder.source.adoms["branch"].packages["guest"]
    rows = head.load(forwarder.poll(1060.0), 1070.0)
    assert summary(rows)["scopes_gone"] == 1
    assert head.follow(1070.0).dropped == 1
    assert head.copies() == forwarder.kept()
    assert {age for age, _, _ in head.status().values()} == {1060.0}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_lost_nothing_wrong_is_called_confirmed(
    heads: tuple[SearchHead, SearchHead], seed: int
) -> None:
    chance = random.Random(seed)
    forwarder, (head, _) = Forwarder(), heads
    late: list[str] = []
    for number in range(12):
        now = 1000.0 + 60 * number
        for rule in chance.sample(forwarder.rules(), chance.randint(0, 2)):
            rule["comments"] = f"edit {number}"
        if chance.random() < 0.3:
            chance.shuffle(forwarder.rules())
        events = forwarder.poll(now)
        arrived = [one for one in events if chance.random() > 0.15]
        missing = [one for one in events if one not in arrived]
        batch = [*arrived, *late, *chance.sample(events, len(events) // 3)]
        late = [one for one in missing if chance.random() < 0.5]
        chance.shuffle(batch)
        head.load(batch, now + 10)
        head.follow(now + 10)
        kept, copies = forwarder.kept(), head.copies()
        for key, (age, stale, _) in head.status().items():
            if age == now and not stale:
                assert copies[key] == kept[key]
    head.load(forwarder.index, 5000.0)
    head.follow(5000.0)
    assert head.copies() == forwarder.kept()
    assert {told[1:] for told in head.status().values()} == {(False, "")}


def test_a_host_with_inputs_answers_from_its_own(heads: tuple[SearchHead, SearchHead]) -> None:
    forwarder, (head, _) = Forwarder(), heads
    store = OnDiskStore(head.file)
    list(refresh(branch(), store, Plan(), InTurn(), 1005.0))
    store.close()
    forwarder.rules()[2]["comments"] = "elsewhere"
    head.load(forwarder.poll(1000.0), 1010.0)
    assert head.follow(1010.0)[1:] == (0, 0, 0)
    with open_store(head.file) as store:
        [row] = answers(store).by_uuid(THREE)
    assert (row["comments"], row["snapshot_time"]) == ("third", 1005.0)
    # Its inputs were removed a day ago.
    assert head.follow(1005.0 + 86_401).loaded == len(forwarder.kept())
    assert head.copies() == forwarder.kept()


def test_adoms_that_only_another_host_collects_are_copied_beside_its_own(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (head, _) = Forwarder(), heads
    forwarder.source.adoms["apac"] = forwarder.source.adoms["branch"]
    with open_store(head.file) as store:
        list(refresh(branch(), store, Plan(), InTurn(), 1005.0))
    head.load(forwarder.poll(1000.0), 1010.0)
    assert head.follow(1010.0)[1:] == (4, 0, 0)
    assert {key.split("/")[2]: age for key, (age, _, _) in head.status().items()} == {
        "branch": 1005.0, "apac": 1000.0,
    }  # fmt: skip


def test_a_refresh_here_takes_no_copies_away(heads: tuple[SearchHead, SearchHead]) -> None:
    """A person's, on a search head with an account; it was ended after the inventory."""
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    head.follow(1010.0)
    with open_store(head.file) as store:
        list(refresh(branch(), store, Plan(), InTurn(), 1100.0, policies=False))
    forwarder.rules()[2]["comments"] = "edited"
    head.load(forwarder.poll(1160.0), 1170.0)
    assert head.follow(1170.0)[1:] == (1, 0, 0)
    assert head.copies() == forwarder.kept()
    assert {key.split("/")[0]: age for key, (age, _, _) in head.status().items()} == {
        "inventory": 1100.0, "objects": 1160.0, "package": 1160.0,
    }  # fmt: skip


def test_what_was_asked_here_once_is_not_shown_for_a_day(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    head.follow(1010.0)
    with open_store(head.file) as store:
        list(refresh(branch(), store, Plan(), InTurn(), 1100.0))
    forwarder.rules()[2]["comments"] = "edited"
    head.load(forwarder.poll(2000.0), 2000.0)
    head.follow(2000.0)
    assert {age for age, _, _ in head.status().values()} == {1100.0}
    head.load(forwarder.poll(2001.0), 2001.0)
    assert head.follow(2001.0).loaded == len(forwarder.kept())
    assert head.copies() == forwarder.kept()
    assert set(head.status().values()) == {(2001.0, False, "")}


def test_a_copy_that_cannot_be_read_anew_here_stays_one(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    head.follow(1010.0)
    here = branch()
    here.refused["/pm/config/adom/branch/pkg/sites/hq"] = -11
    with open_store(head.file) as store:
        [failed] = [one for one in refresh(here, store, Plan(), InTurn(), 1100.0) if one.error]
    assert failed.scope.key == HQ
    forwarder.rules()[2]["comments"] = "edited"
    head.load(forwarder.poll(1160.0), 1170.0)
    assert head.follow(1170.0).loaded == 1
    assert head.copies() == forwarder.kept()


def test_content_that_has_not_arrived_is_behind_and_comes_later(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    head.follow(1010.0)
    forwarder.rules()[2]["comments"] = "edited"
    head.load(forwarder.poll(1060.0), 1070.0)
    [copy] = [one for one in head.collection.manifest().copies.values() if one.scope == HQ]
    piece = head.kv.documents.pop(f"{copy.body}.0")
    assert head.follow(1070.0).behind == 1
    assert head.status()[HQ] == (1000.0, True, mirror.NOT_HERE)
    head.kv.documents[f"{copy.body}.0"] = {**piece, "body": piece["body"][:-8] + "AAAAAAA="}
    assert head.follow(1080.0).behind == 1
    head.kv.documents[f"{copy.body}.0"] = piece
    assert head.follow(1090.0)[1:] == (1, 0, 0)
    assert head.copies() == forwarder.kept()


def test_content_in_many_pieces(
    heads: tuple[SearchHead, SearchHead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_collection, "PIECE_BYTES", 100)
    monkeypatch.setattr(mirror_collection, "BATCH_BYTES", 300)
    monkeypatch.setattr(mirror_collection, "FETCHED_PIECES", 3)
    monkeypatch.setattr(mirror_collection, "PAGE", 4)
    forwarder, (first, second) = Forwarder(), heads
    first.load(forwarder.poll(1000.0), 1010.0)
    assert max(one.pieces for one in first.collection.manifest().copies.values()) > 3
    second.follow(1010.0)
    assert second.copies() == forwarder.kept()
    forwarder.rules()[2]["comments"] = "edited"
    first.load(forwarder.poll(1060.0), 9999.0)
    many = len(first.kv.documents)
    manifest = first.collection.manifest()
    removed = first.collection.clean_up(manifest.copies.values(), 9999.0)
    assert (removed > 0, len(first.kv.documents)) == (True, many - removed)
    second.follow(10_000.0)
    assert second.copies() == forwarder.kept()


def test_two_loads_at_once_lose_nothing(heads: tuple[SearchHead, SearchHead]) -> None:
    forwarder, (first, second) = Forwarder(), heads
    events = forwarder.poll(1000.0)
    slow = Load(first.collection, 1010.0)
    for event in events[: len(events) // 2]:
        slow.add({"_raw": event})
    second.load(events, 1011.0)
    with pytest.raises(StoreError, match="Another load wrote meanwhile"):
        slow.finish()
    first.follow(1012.0)
    assert first.copies() == forwarder.kept()


def test_events_that_are_none_of_ours_are_counted(heads: tuple[SearchHead, SearchHead]) -> None:
    head = heads[0]
    odd = ["no json", "[1]", '{"health": "run"}', '{"publication": 1}', '{"x": 1}']
    [row] = head.load(odd, 1000.0)
    assert (row["events"], row["events_unread"], row["scopes"]) == (0, 4, 0)
    assert head.collection.manifest() == Manifest("", 0.0, {}, {})


def test_another_input_takes_over_when_the_first_is_silent(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    other = [text.replace('"stream": "policies"', '"stream": "new"') for text in
             Forwarder(forwarder.source).poll(1060.0, "policies")]  # fmt: skip
    head.load(other, 1070.0)
    assert head.collection.manifest().copies[HQ].stream == "policies"
    later = [text.replace('"stream": "policies"', '"stream": "new"') for text in
             Forwarder(forwarder.source).poll(9000.0, "policies")]  # fmt: skip
    head.load(later, 9010.0)
    copy = head.collection.manifest().copies[HQ]
    assert (copy.stream, copy.snapshot_time) == ("new", 9000.0)


def test_a_manifest_of_another_version_is_refused(heads: tuple[SearchHead, SearchHead]) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    head.kv.documents["manifest"]["format"] = 2
    with pytest.raises(StoreError, match="same version of the app"):
        head.follow(1020.0)


def test_the_store_is_asked_for_at_most_once_a_minute(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    head = heads[0]
    asked: list[str] = []

    class Port:
        def post(self, path: str) -> Any:
            asked.append(path)
            return {"state": "loading", "error": ""}

    told = mirror_follow.follow(Port(), head.file, 1000.0)  # type: ignore[arg-type]
    assert (asked, told.startswith("The copy of what other hosts publish is being")) == (
        ["/services/fmgstate_mirror"], True)  # fmt: skip
    head.file.parent.mkdir(parents=True)
    mark = head.file.with_name("state.db.copied")
    mark.write_text("1-x")
    os.utime(mark, (1000.0, 1000.0))
    assert mirror_follow.follow(Port(), head.file, 1059.0) == ""  # type: ignore[arg-type]
    assert len(asked) == 1
    mirror_follow.follow(Port(), head.file, 1061.0)  # type: ignore[arg-type]
    assert len(asked) == 2


def test_ages_of_copies_are_held_to_what_the_inputs_are_set_to(
    heads: tuple[SearchHead, SearchHead],
) -> None:
    forwarder, (head, _) = Forwarder(), heads
    head.load(forwarder.poll(1000.0), 1010.0)
    manifest = head.collection.manifest()
    assert manifest.freshness == {MANAGER: {"inventory": 300.0, "policies": 300.0}}
    copies = [replace(one, snapshot_time=1001.0) for one in manifest.copies.values()]
    freshness = {MANAGER: {"inventory": 300.0, "policies": 1e12}}
    head.collection.write(copies, freshness, 1020.0, manifest.version)
    head.follow(1020.0)
    with open_store(head.file) as store:
        rows = answers(store).status()
    assert {one["kind"]: one["stale"] for one in rows} == {
        "inventory": True, "objects": False, "package": False,
    }  # fmt: skip


def test_copies_that_are_behind_are_told_in_one_sentence_a_reason() -> None:
    rows = [{"scope": f"package/{n}", "behind": NOT_WHOLE} for n in range(7)]
    other = [{"scope": "block/x", "behind": NOT_THE_LAST}, {"scope": "", "behind": ""}]
    assert list(fmgload.behind([*rows, *other])) == [
        "package/0, package/1, package/2, package/3, package/4 and 2 more: " + NOT_WHOLE,
        "block/x: " + NOT_THE_LAST,
    ]


def test_only_who_may_load_does(monkeypatch: pytest.MonkeyPatch) -> None:
    class Guest(KvSplunkd):
        def get(self, path: str, **arguments: str) -> Any:
            content = {"username": "bob", "roles": ["user"], "capabilities": ["fmgstate_read"]}
            return {"entry": [{"content": content}]}

    monkeypatch.setattr(fmgload, "Splunkd", lambda *_: Guest())
    asked = Invocation({"searchinfo": {"splunkd_uri": "u", "session_key": "k"}})
    with pytest.raises(NotAllowed, match="The user bob lacks the capability fmgstate_admin"):
        fmgload.command().start(asked)
