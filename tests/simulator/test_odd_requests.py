"""Whatever is asked, the simulator refuses as FortiManager does; it has no defect of its own."""

from __future__ import annotations

import itertools
import logging
from random import Random

import pytest

from simulator.handlers.calls import routes

VALUES = (
    None, 0, -1, "", "x", [], {}, [1], ["name"], [["name", "==", "x"]], {"name": "x"},
    [{"name": "x"}], [{"url": "device"}], [0, 5], True, 3.5, "count", ["syntax"], [None], [[]],
    {"adom": "branch", "pkg": "hq"}, {"adom": "branch", "pkg": "hq", "scope": [1]},
    {"adom": "branch", "target": [1]}, {"name": ["a"]}, {"name": {}}, {"policyid": "abc"},
    {"subnet": 5}, {"dynamic_mapping": 5}, {"dynamic_mapping": [5]}, {"scope member": 5},
    {"name": "n", "dynamic_mapping": [{"_scope": 1}]}, {"package settings": 5}, {"taskid": [1]},
    {"name": "n", "member": [{}]}, {"unset": 1}, {"access": "x"},
)  # fmt: skip
SEGMENTS = {
    "adom": ("branch", "nope", "global"), "device": ("fgt-hq", "nope"), "vdom": ("root", "x"),
    "group": ("Branches", "x"), "block": ("block-threats", "x"), "kind": ("device",),
    "task": ("1001", "x"), "line": ("0", "x"),
    "path*": (
        "hq", "sites/branches", "hq/scope member", "obj", "obj/firewall/address", "pkg/hq",
        "obj/firewall/address/dc1", "obj/firewall/address/local-lan/dynamic_mapping",
        "obj/firewall/address/local-lan/dynamic_mapping/fgt-hq/root", "pkg/hq/firewall/policy",
        "pkg/hq/firewall/policy/1", "pkg/hq/firewall/policy/1/srcaddr", "pkg/hq/_package",
        "pkg/hq/firewall/policy/1/scope member", "_objrev/pkg/hq/firewall/policy", "_objrev",
        "pkg/hq/_query", "pblock/block-threats/firewall/policy", "firewall/policy", "x",
    ),
}  # fmt: skip
KEYS = (
    "fields", "filter", "range", "sortings", "option", "loadsub", "data", "expand member",
    "expand datasrc", "sub fetch", "meta fields", "object template", "attr", "target", "before",
    "unset attrs", "attrs", "confirm",
)  # fmt: skip
METHODS = ("get", "set", "add", "update", "delete", "exec", "move", "clone", "unset")


def _url(route, random) -> str:
    parts = (
        random.choice(SEGMENTS[one[1:-1]]) if one.startswith("{") else one for one in route.segments
    )
    return "/" + "/".join(parts)


@pytest.mark.parametrize("seed", range(4))
def test_no_request_meets_a_defect(desk, caplog, seed) -> None:
    random, every = Random(seed), list(routes)
    caplog.set_level(logging.ERROR, "simulator")
    for route in itertools.chain.from_iterable(itertools.repeat(every, 12)):
        param = {"url": _url(route, random)}
        for key in random.sample(KEYS, random.choice((0, 1, 1, 2))):
            param[key] = random.choice(VALUES)
        if route.method != "get":
            param["data"] = random.choice(VALUES)
        method = route.method if random.random() < 0.9 else random.choice(METHODS)
        answer = desk.send(method, param, verbose=random.choice((0, 1)))
        assert answer["result"][0]["url"] == param["url"]
    assert [record.getMessage() for record in caplog.records] == []
