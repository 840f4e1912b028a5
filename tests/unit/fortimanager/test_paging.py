"""Tables are read whole: from a FortiManager that caps its pages, too."""

from __future__ import annotations

from typing import Any

import pytest

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
        [("/t", [1100, 500])],
        [("/u", [0, 500])],
        [("/u", [500, 500])],
        [("/u", [600, 500])],
    ]


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
