"""Tables are read whole: when FortiManager caps its pages and when rows move meanwhile, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fmgstate.errors import BadAnswer
from fmgstate.fortimanager.client import Client
from fmgstate.settings import Limits
from tests.unit.fortimanager.far_end import Body, FortiManager, FunctionTransport, client_for


def rows(count: int) -> list[dict[str, Any]]:
    return [{"subnet": ["10.0.0.0", "255.0.0.0"], "seq": number} for number in range(count)]


class Capped(FortiManager):
    """Sends at most ``cap`` rows a page, however many are asked."""

    def __init__(self, cap: int, tables: dict[str, Any]) -> None:
        super().__init__(tables)
        self.cap = cap

    def __call__(self, body: Body) -> Body:
        capped = [
            {**param, "range": [param["range"][0], min(self.cap, param["range"][1])]}
            if "range" in param
            else param
            for param in body["params"]
        ]
        return super().__call__({**body, "params": capped})


def ranges(transport: FunctionTransport) -> list[list[tuple[str, list[int]]]]:
    return [
        [(param["url"], param["range"]) for param in body["params"]]
        for body in transport.sent
        if body["method"] == "get"
    ]


def read(client: Client, *urls: str) -> list[list[dict[str, Any]]]:
    return [answer.rows() for answer in client.tables([{"url": url} for url in urls])]


@pytest.mark.parametrize("cap", [100, 128, 150, 256, 500, 512, 1000, 5000])
@pytest.mark.parametrize("count", [0, 99, 100, 500, 512, 999, 1000, 1001, 2000, 2300])
def test_a_capped_table_is_read_whole(cap: int, count: int) -> None:
    client, _ = client_for(Capped(cap, {"/t": rows(count), "/u": rows(count + 1)}))
    with client:
        assert read(client, "/t", "/u") == [rows(count), rows(count + 1)]
        assert read(client, "/u", "/t") == [rows(count + 1), rows(count)]


def test_a_cap_is_the_page_size_for_the_rest_of_the_run() -> None:
    far = Capped(500, {"/t": rows(1100), "/u": rows(600)})
    client, transport = client_for(far)
    with client:
        assert read(client, "/t") == [rows(1100)]
        assert read(client, "/u") == [rows(600)]
    assert ranges(transport) == [
        [("/t", [0, 1000])],
        [("/t", [500, 1000])],
        [("/t", [1000, 500])],
        [("/u", [0, 500])],
        [("/u", [500, 500])],
    ]


def test_tables_that_all_have_one_length_are_not_doubted_for_ever() -> None:
    tables = {f"/{number}": rows(500) for number in range(6)}
    client, transport = client_for(FortiManager(tables))
    with client:
        for url in tables:
            assert read(client, url) == [rows(500)]
    assert len(ranges(transport)) == 6 + 3


def test_a_longer_page_shows_that_a_shorter_one_was_not_capped() -> None:
    client, transport = client_for(FortiManager({"/t": rows(601), "/u": rows(500)}))
    with client:
        assert read(client, "/t") == [rows(601)]
        assert read(client, "/u") == [rows(500)]
    assert ranges(transport) == [[("/t", [0, 1000])], [("/u", [0, 1000])]]


def test_a_length_nobody_would_choose_as_a_cap_costs_no_further_page() -> None:
    far = FortiManager({"/t": rows(499), "/u": rows(500), "/v": rows(50)})
    client, transport = client_for(far, Limits(page_rows=1000))
    with client:
        assert read(client, "/t", "/u", "/v") == [rows(499), rows(500), rows(50)]
        assert read(client, "/u") == [rows(500)]
    assert ranges(transport) == [
        [("/t", [0, 1000]), ("/u", [0, 1000]), ("/v", [0, 1000])],
        [("/u", [500, 1000])],
        [("/u", [0, 1000])],
        [("/u", [500, 1000])],
    ]


def test_a_table_without_ranges_shows_no_cap() -> None:
    def reply(body: Body) -> Body:
        unranged = [{**param, "range": [0, 9999]} for param in body["params"] if "range" in param]
        return far({**body, "params": unranged or body["params"]})

    far = FortiManager({"/t": rows(500), "/u": rows(501)})
    client, transport = client_for(reply)
    with client:
        assert read(client, "/t", "/u") == [rows(500), rows(501)]
        assert read(client, "/u") == [rows(501)]
    assert ranges(transport)[-1] == [("/u", [0, 1000])]


Rows = list[dict[str, Any]]


def devices(*oids: int) -> Rows:
    return [{"oid": oid, "name": f"fgt-{oid}"} for oid in oids]


class Edited(FortiManager):
    """Makes one ``edit`` to table /t behind each page of it, until there are no more."""

    def __init__(self, rows: Rows, *edits: Callable[[Rows], Any]) -> None:
        super().__init__({"/t": rows, "/checksum": [{"sum": 0}]})
        self.edits = list(edits)

    def __call__(self, body: Body) -> Body:
        reply = super().__call__(body)
        if body["params"][0]["url"] == "/t" and self.edits:
            self.edits.pop(0)(self.tables["/t"])
            self.tables["/checksum"][0]["sum"] += 1
        return reply


def keep(rows: Rows) -> None:
    """No edit."""


@pytest.mark.parametrize("only", [{"oid", "name"}, {"oid"}, {"name"}])
@pytest.mark.parametrize(
    ("edits", "left"),
    [
        ([lambda rows: rows.pop(0)], [2, 3, 4, 5, 6, 7]),
        ([lambda rows: rows.pop(2)], [1, 2, 4, 5, 6, 7]),
        ([keep, lambda rows: rows.pop(1)], [1, 3, 4, 5, 6, 7]),
        ([lambda rows: rows.insert(0, devices(8)[0])], [8, 1, 2, 3, 4, 5, 6, 7]),
        ([lambda rows: rows.__delitem__(slice(2, None))], [1, 2]),
        ([lambda rows: rows.clear()], []),
        ([lambda rows: rows.pop(0)] * 3, [4, 5, 6, 7]),
        ([lambda rows: rows.pop(6)], [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_table_that_moves_between_pages_is_read_anew(
    edits: Any, left: list[int], only: set[str]
) -> None:
    def of(rows: Rows) -> Rows:
        return [{name: row[name] for name in only} for row in rows]

    def reply(body: Body) -> Body:
        answer = far(body)
        for entry in answer["result"]:
            if entry.get("url") == "/t":
                entry["data"] = of(entry["data"])
        return answer

    far = Edited(devices(1, 2, 3, 4, 5, 6, 7), *edits)
    client, _ = client_for(reply, Limits(page_rows=3))
    with client:
        assert read(client, "/t") == [of(devices(*left))]


def test_what_is_asked_behind_the_pages_is_of_the_last_reading() -> None:
    far = Edited(devices(1, 2, 3, 4), lambda rows: rows.pop(0))
    client, transport = client_for(far, Limits(page_rows=3))
    with client:
        table, behind = client.tables([{"url": "/t"}], [{"url": "/checksum"}])
    assert (table.rows(), behind.rows()) == (devices(2, 3, 4), [{"sum": 1}])
    assert [body["params"][0].get("range") for body in transport.sent[1:-1]] == [
        [0, 3], [2, 3], [0, 3], [2, 3]
    ]  # fmt: skip


def test_a_table_that_never_stands_still_is_an_error() -> None:
    far = Edited(devices(*range(1, 20)), *[lambda rows: rows.pop(0)] * 7)
    client, transport = client_for(far, Limits(page_rows=3))
    with client, pytest.raises(BadAnswer, match=r"/t of \S+ was changed during each of 4 readings"):
        read(client, "/t")
    assert [one[0][1] for one in ranges(transport)] == [[0, 3], [2, 3]] * 4


def test_a_full_table_of_one_page_costs_one_more_and_rows_without_a_name_do_not_overlap() -> None:
    client, transport = client_for(
        FortiManager({"/named": devices(1, 2, 3), "/plain": rows(4)}), Limits(page_rows=3)
    )
    with client:
        assert read(client, "/named", "/plain") == [devices(1, 2, 3), rows(4)]
    assert ranges(transport) == [
        [("/named", [0, 3]), ("/plain", [0, 3])],
        [("/named", [2, 3]), ("/plain", [3, 3])],
    ]


@pytest.mark.parametrize("count", [99, 100, 499, 500, 501, 999, 1000, 1001, 2300])
@pytest.mark.parametrize("cap", [100, 128, 500, 1000])
def test_overlapping_pages_make_the_same_table_under_a_cap(cap: int, count: int) -> None:
    client, _ = client_for(Capped(cap, {"/t": devices(*range(count))}))
    with client:
        assert read(client, "/t") == [devices(*range(count))]
        assert read(client, "/t") == [devices(*range(count))]
