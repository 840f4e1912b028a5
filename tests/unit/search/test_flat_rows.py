"""Records as flat fields: value beside value, and what is nested deeper as its JSON."""

from __future__ import annotations

from fmgstate.search.flat_rows import flat


def test_zones_stay_beside_their_vdom() -> None:
    device = {
        "name": "fgt-hq",
        "serials": ["FG1", "FG2"],
        "meta": {"City": "Lyon"},
        "vdoms": [
            {"name": "root", "zones": [{"name": "inside", "interfaces": ["port3", "port4"]}]},
            {"name": "guest", "zones": []},
            {"name": "old"},
        ],
    }
    assert flat(device) == {
        "name": "fgt-hq",
        "serials": ["FG1", "FG2"],
        "meta.City": "Lyon",
        "vdoms.name": ["root", "guest", "old"],
        "vdoms.zones": ['[{"name":"inside","interfaces":["port3","port4"]}]', "[]", ""],
    }
