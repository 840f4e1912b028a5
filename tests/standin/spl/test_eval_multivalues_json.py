"""Multivalue eval functions and JSON functions, with the documentation's own examples."""

from __future__ import annotations

from typing import Any

import pytest

from standin.spl.errors import Malformed, Undocumented
from standin.spl.values import Row
from tests.standin.spl.evaluating import shown

Case = tuple[str, Row, Any]
NAMES = ["alex", "celestino", "claudia", "david", "ikraam", "nyah", "rutherford", "wei"]
PONIES = ["buttercup", "dash", "flutter", "honey", "ivory", "minty", "pinky", "rarity"]

# Search Reference: Multivalue eval functions
MULTIVALUE: list[Case] = [
    ('commands("search foo | stats count | sort count")', {}, ["search", "stats", "sort"]),
    ('mvappend("localhost", srcip)', {"srcip": "203.0.113.0"}, ["localhost", "203.0.113.0"]),
    (
        'mvappend(mvappend("localhost", srcip), destip, "192.168.1.1")',
        {"srcip": ["a", "b"], "destip": "c"},
        ["localhost", "a", "b", "c", "192.168.1.1"],
    ),
    ("mvappend(a, null())", {}, None),
    ("mvappend(a, null())", {"a": "1"}, "1"),
    ("mvcount(x)", {"x": ["a", "b"]}, "2"),
    ("mvcount(x)", {"x": "a"}, "1"),
    ("mvcount(x)", {}, None),
    ('mvcount(split(To,"@"))-1', {"To": "a@b,c@d"}, "2"),
    ("mvdedup(x)", {"x": ["b", "a", "b"]}, ["b", "a"]),
    (
        r'mvfilter(match(email, "\.net$") OR match(email, "\.org$"))',
        {"email": ["a@x.net", "b@x.com", "c@x.org"]},
        ["a@x.net", "c@x.org"],
    ),
    ('mvfilter(x="c")', {"x": ["a", "b"]}, None),
    ("mvfilter(x>1)", {"x": ["1", "2", "10"]}, ["2", "10"]),
    (r'mvfind(x, "err\d+")', {"x": ["ok", "err7", "err8"]}, "1"),
    (r'mvfind(x, "err\d+")', {"x": ["ok"]}, None),
    ("mvindex(names,2)", {"names": NAMES}, "claudia"),
    ("mvindex(names,0,3)", {"names": NAMES}, NAMES[:4]),
    ("mvindex(ponies,-1)", {"ponies": PONIES}, "rarity"),
    ("mvindex(ponies,-3)", {"ponies": PONIES}, "minty"),
    ("mvindex(ponies, -3, -1)", {"ponies": PONIES}, ["minty", "pinky", "rarity"]),
    ("mvindex(names, 8)", {"names": NAMES}, None),
    ("mvindex(names, -9)", {"names": NAMES}, None),
    ("mvindex(names, 3, 1)", {"names": NAMES}, None),
    ("mvindex(names, 8, 9)", {"names": NAMES}, None),
    ("mvindex(names, 6, 20)", {"names": NAMES}, NAMES[6:]),
    ("mvindex(x, 0)", {"x": "single"}, "single"),
    ('mvjoin(mvrange(1,6), " OR ")', {}, "1 OR 2 OR 3 OR 4 OR 5"),
    ("mvmap(results, results*10)", {"results": ["1", "2"]}, ["10", "20"]),
    ("mvmap(results, results*t)", {"results": ["1", "2"], "t": "3"}, ["3", "6"]),
    ("mvmap(mvindex(results, 1,2), results*t)", {"results": ["1", "2", "3"], "t": "3"}, ["6", "9"]),
    ("mvmap(x, if(x>1, x, null()))", {"x": ["1", "2", "3"]}, ["2", "3"]),
    ("mvrange(1,11,2)", {}, ["1", "3", "5", "7", "9"]),
    ("mvrange(5,5)", {}, None),
    ('mvindex(mvrange(1514834731,1524134919,"7d"), 0, 1)', {}, ["1514834731", "1515439531"]),
    ('mvcount(mvrange(1514834731,1524134919,"7d"))', {}, "16"),
    ('mvreverse(split("1,2,3", ","))', {}, ["3", "2", "1"]),
    ("mvsort(x)", {"x": ["10", "9", "b", "70", "B", "100"]}, ["10", "100", "70", "9", "B", "b"]),
    ("mvzip(hosts,ports)", {"hosts": ["a", "b"], "ports": ["80", "443"]}, ["a,80", "b,443"]),
    (
        'mvzip(mvzip(a,b,"|"),c,"|")',
        {"a": ["1", "2"], "b": ["3", "4"], "c": ["5", "6"]},
        ["1|3|5", "2|4|6"],
    ),
    ("mvzip(a,b)", {"a": ["1", "2"], "b": "3"}, "1,3"),
    ('split("abcd","")', {}, ["a", "b", "c", "d"]),
    ('split("1a2b3c4def567890","def")', {}, ["1a2b3c4", "567890"]),
    ('split("name::value","::")', {}, ["name", "value"]),
    ('split("a","::")', {}, "a"),
]

CITIES = (
    '{"cities":[{"name":"London","Bridges":[{"name":"Tower Bridge","length":801},'
    '{"name":"Millennium Bridge","length":1066}]},{"name":"Venice","Bridges":'
    '[{"name":"Rialto Bridge","length":157},{"name":"Bridge of Sighs","length":36},'
    '{"name":"Ponte della Paglia"}]},{"name":"San Francisco","Bridges":'
    '[{"name":"Golden Gate Bridge","length":8981},{"name":"Bay Bridge","length":23556}]}]}'
)
GAMES = '{"category":{"boardgames":{"cooperative":[{"name":"Pandemic"},{"name":"Castle Panic"}]}}}'

# Search Reference: JSON functions, and those of Conversion and Multivalue eval functions
JSON: list[Case] = [
    ('json_object("name", "maria")', {}, '{"name":"maria"}'),
    ('json_object("n", json_array("maria", "arun"))', {}, '{"n":["maria","arun"]}'),
    (
        'json_object("n", x, "t", "5", "b", true(), "z", null())',
        {"x": "25"},
        '{"n":25,"t":"5","b":true,"z":null}',
    ),
    ('json_array("dubois", json_object("name", "patel"))', {}, '["dubois",{"name":"patel"}]'),
    ("json(x)", {"x": '{"animal": "pony"}'}, '{"animal": "pony"}'),
    ("json(x)", {"x": "Golden Gate Bridge"}, None),
    ('json_append(json_object("l", json_array("a")), "l", "b")', {}, '{"l":["a","b"]}'),
    ('json_append(x, "l", json_array("d","e"))', {"x": '{"l":["a"]}'}, '{"l":["a",["d","e"]]}'),
    ('json_append(x, "F.s", "c")', {"x": '{"F":{"s":"run"}}'}, '{"F":{"s":["run","c"]}}'),
    ('json_append(x, "none", "c")', {"x": '{"a":1}'}, '{"a":1}'),
    ('json_append("no json", "a", "c")', {}, None),
    ('json_extend(x, "l", json_array("d","e"))', {"x": '{"l":["a"]}'}, '{"l":["a","d","e"]}'),
    ('json_array_to_mv(json_array("a","b"))', {}, ["a", "b"]),
    ('json_array_to_mv(json_array("a","b"),true())', {}, ['"a"', '"b"']),
    ('json_array_to_mv("no array")', {}, None),
    ('json_delete(x, "SSN", "l")', {"x": '{"n":"W","SSN":"1","l":[1]}'}, '{"n":"W"}'),
    ('json_delete(x, "a.e")', {"x": '{"n":1,"a":{"e":2,"o":3}}'}, '{"n":1,"a":{"o":3}}'),
    (r'json_entries("{\"a\": 1, \"b\": 2}")', {}, '[{"key":"a","value":1},{"key":"b","value":2}]'),
    ('json_extract(c,"{}")', {"c": CITIES}, CITIES),
    ('json_extract(json_extract(c,"{0}"), "name")', {"c": CITIES}, "London"),
    (
        'json_extract(c,"{2}.Bridges{0}")',
        {"c": CITIES},
        '{"name":"Golden Gate Bridge","length":8981}',
    ),
    ('json_extract(c,"{}.name")', {"c": CITIES}, '["London","Venice","San Francisco"]'),
    ('json_extract(c,"{2}.Bridges{0}.length")', {"c": CITIES}, "8981"),
    ('json_extract(c,"cities{1}.name")', {"c": CITIES}, "Venice"),
    ('json_extract(x,"a.b")', {"x": '{"a.b":1}'}, None),
    ('json_extract(x,"a","b")', {"x": '{"a":1,"b":"x"}'}, '[1,"x"]'),
    ('json_extract_exact(x,"a.b")', {"x": '{"a.b":"/opt/"}'}, "/opt/"),
    ('json_extract("no json","a")', {}, None),
    ('if(json_has_key_exact(x, "c.g"), 1, 0)', {"x": '{"c.g":10}'}, "1"),
    ("json_keys(x)", {"x": '{"name": "C", "length": 1352}'}, '["name","length"]'),
    ("json_keys(x)", {"x": "[1]"}, None),
    (
        'json_set(g,"category.boardgames.competitive", json_array("Catan"))',
        {"g": GAMES},
        GAMES[:-3] + ',"competitive":["Catan"]}}}',
    ),
    (
        'json_set(x,"l{}.ok", true())',
        {"x": '{"l":[{"a":1},{"a":2}]}'},
        '{"l":[{"a":1,"ok":true},{"a":2,"ok":true}]}',
    ),
    (
        'json_set(x,"l{0}.ok", false())',
        {"x": '{"l":[{"ok":true},{"ok":true}]}'},
        '{"l":[{"ok":false},{"ok":true}]}',
    ),
    ('json_set(x,"a.c", "d")', {"x": '{"a":"b"}'}, '{"a":"b"}'),
    ('json_set(json_object(), "system.path", "/opt")', {}, '{"system":{"path":"/opt"}}'),
    ('json_set_exact(json_object(), "system.path", "/opt")', {}, '{"system.path":"/opt"}'),
    ('if(json_valid(x), "true", "false")', {"x": '{"names": ["maria", "arun"]}'}, "true"),
    ('if(json_valid(x), "true", "false")', {"x": "{names: 1}"}, "false"),
    ("mv_to_json_array(p, false())", {"p": ['"B"', "true", "null"]}, r'["\"B\"","true","null"]'),
    ("mv_to_json_array(p, true())", {"p": ['"B"', "true", "null", "x"]}, '["B",true,null,null]'),
    ('toarray(split("1, 2, 3", ","))', {}, "[1,2,3]"),
    (r'toarray("[\"carrots\", 1.00, \"potatoes\", 1.75]")', {}, '["carrots",1,"potatoes",1.75]'),
    ('if(isnull(toarray("somefield")), "True", "False")', {}, "True"),
    (r'toobject("{\"name\": \"maria\", \"age\": 25}")', {}, '{"name":"maria","age":25}'),
    ('tomv(json_array("Buttercup", json_object("a", 1)))', {}, ['"Buttercup"', '{"a":1}']),
]


@pytest.mark.parametrize(("expression", "row", "expected"), MULTIVALUE + JSON)
def test_functions(expression: str, row: Row, expected: Any) -> None:
    assert shown(expression, row) == expected


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("mvfilter(1=1)", Malformed),
        ("mvmap(1, 2)", Malformed),
        ("mvmap(x, x=1)", Malformed),
        ('json_object("a")', Malformed),
        ("json_object(x, 1)", Malformed),
        ('json_array_to_mv(x, "yes")', Malformed),
        ('json_extract("{}", "{a")', Malformed),
        ('json_extend("{\\"a\\":1}", "a", "b")', Malformed),
        ('tomv("{}")', Undocumented),
        ("typeof(x)", Undocumented),
    ],
)
def test_refused(expression: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        shown(expression, {"x": ["1", "2"]})
