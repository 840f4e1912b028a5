"""tojson and fromjson, by their pages."""

import pytest

from standin.spl.values import Row
from tests.standin.spl.context_for_tests import found

EVENT: Row = {
    "_time": 1.0,
    "name": "Ann",
    "age": "63",
    "ok": "True",
    "j": '{"a":[1]}',
    "m": ["1", "x"],
}


@pytest.mark.parametrize(
    ("command", "text"),
    [
        # Search Reference: tojson
        ("tojson", '{"age":63,"j":"{\\"a\\":[1]}","m":[1,"x"],"name":"Ann","ok":"True"}'),
        ("tojson name", '{"name":"Ann"}'),
        ("tojson str(age) auto(j)", '{"age":"63","j":{"a":[1]}}'),
        ("tojson bool(ok) json(name)", '{"ok":true}'),
        ("tojson bool(ok) json(name) fill_null=true", '{"name":null,"ok":true}'),
        ("tojson num(a*) str(n*)", '{"age":63,"name":"Ann"}'),
        ("tojson name age default_type=str", '{"age":"63","name":"Ann"}'),
        ("tojson num(m)", '{"m":[1]}'),
        ("tojson include_internal=true name _time", '{"_time":1,"name":"Ann"}'),
    ],
)
def test_tojson(command: str, text: str) -> None:
    assert found(f"* | {command} output_field=out", EVENT)[0]["out"] == text
    assert found(f"* | {command}", EVENT)[0]["_raw"] == text


def test_fromjson() -> None:
    # Search Reference: fromjson
    person = 'json_object("name", "Albert", "age", 63)'
    base = "| makeresults | fields - _time | eval object="
    assert found(f"{base}{person} | fromjson object | fields - object") == [
        {"name": "Albert", "age": 63}
    ]
    assert found(f"{base}{person} | fromjson object prefix=my_ | fields my_*") == [
        {"my_name": "Albert", "my_age": 63}
    ]
    more = '"classes", json_array("math", "art"), "in", json_object("a", 1)'
    nested = f'json_object("new", false(), {more})'
    assert found(f"{base}{nested} | fromjson object | fields - object") == [
        {"new": "false", "classes": ["math", "art"], "in": '{"a":1}'}
    ]
