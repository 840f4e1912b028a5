"""docs/openapi.yaml names what the REST look-up takes: no more, no less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fmgstate.collect.scope import KINDS
from fmgstate.search import rest_answers, rest_lookup, rest_policy
from fmgstate.search.rest_request import MOST_KEYS, MOST_NUMBER, MOST_TEXT

yaml = pytest.importorskip("yaml")


@pytest.fixture(scope="module")
def told() -> Any:
    return yaml.safe_load((Path(__file__).parents[3] / "docs" / "openapi.yaml").read_text())


def query(told: Any, path: str) -> list[str]:
    return [one["name"] for one in told["paths"][path]["get"]["parameters"]]


def body(told: Any, path: str) -> Any:
    content = told["paths"][path]["post"]["requestBody"]["content"]
    return content["application/json"]["schema"]["properties"]


def test_paths_and_methods(told: Any, tmp_path: Path) -> None:
    known = rest_answers.Answering(tmp_path / "state.db").paths
    assert {path: set(methods) for path, methods in told["paths"].items()} == {
        f"/{path}": {method.lower() for method in methods} for path, methods in known.items()
    }


def test_arguments(told: Any) -> None:
    assert query(told, "/policy") == [*rest_policy.KEY, *rest_policy.BESIDE]
    assert set(query(told, "/lookup")) == {
        *rest_lookup.FLOW, *rest_lookup.BESIDE, rest_lookup.EXPLAIN,
    }  # fmt: skip
    assert query(told, "/status") == list(rest_answers.STATUS)
    assert told["paths"]["/status"]["get"]["parameters"][0]["schema"]["enum"] == list(KINDS)


@pytest.mark.parametrize(
    ("path", "name", "fields", "beside"),
    [
        ("/policy", "keys", rest_policy.KEY, rest_policy.BESIDE),
        ("/lookup", "flows", rest_lookup.FLOW, rest_lookup.BESIDE),
    ],
)
def test_bodies(
    told: Any, path: str, name: str, fields: tuple[str, ...], beside: tuple[str, ...]
) -> None:
    schema = body(told, path)
    assert set(schema) == {name, *beside}
    assert set(schema[name]["items"]["properties"]) == set(fields)
    assert schema[name]["maxItems"] == MOST_KEYS


def test_limits(told: Any) -> None:
    schemas = told["components"]["schemas"]
    assert schemas["Text"]["maxLength"] == MOST_TEXT
    assert schemas["Number"]["maximum"] == MOST_NUMBER
    assert (schemas["Port"]["maximum"], schemas["Byte"]["maximum"]) == (65535, 255)
