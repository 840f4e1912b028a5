"""The KV store's queries through splunklib."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from splunklib import binding, client

from standin import Standin
from tests.standin.rest.package import APP, ask, rest_app, service

DOCUMENTS = [
    {"_key": "a", "name": "ann", "age": 30, "tags": ["x", "y"], "at": {"city": "Graz"}},
    {"_key": "b", "name": "bob", "age": 9, "at": {"city": "Wels"}},
    {"_key": "c", "name": "cy", "age": 41, "tags": ["y"], "member": True},
    {"_key": "d", "name": "dan", "age": "old"},
]


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("kv")) as splunk:
        kvstore = service(splunk).kvstore
        kvstore.create(
            "people", fields={"age": "number"}, accelerated_fields={"by_age": {"age": 1}}
        )
        kvstore["people"].data.batch_save(*DOCUMENTS)
        yield splunk
        assert splunk.refused == []


@pytest.fixture
def data(splunk: Standin) -> client.KVStoreCollectionData:
    return service(splunk).kvstore["people"].data


def keys(found: list[dict[str, Any]]) -> str:
    return "".join(each["_key"] for each in found)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "abcd"),
        ({"name": "bob"}, "b"),
        ({"age": {"$gt": 9}}, "ac"),
        ({"age": {"$gte": 9, "$lt": 41}}, "ab"),
        ({"age": {"$lte": 9}}, "b"),
        ({"age": {"$ne": 9}}, "acd"),
        ({"$or": [{"name": "ann"}, {"age": 41}]}, "ac"),
        ({"$and": [{"age": {"$gt": 1}}, {"name": "cy"}]}, "c"),
        ({"$not": {"name": "ann"}}, "bcd"),
        ({"at.city": "Graz"}, "a"),
        ({"tags": "y"}, "ac"),
        ({"member": True}, "c"),
        ({"age": "9"}, ""),
        ({"missing": None}, "abcd"),
    ],
)
def test_documents_are_found(
    data: client.KVStoreCollectionData, query: dict[str, Any], expected: str
) -> None:
    assert keys(data.query(query=query)) == expected


def test_documents_are_ordered_projected_and_paged(data: client.KVStoreCollectionData) -> None:
    assert keys(data.query(sort="age:-1")) == "dcab"
    assert keys(data.query(sort="member,name:-1")) == "dbac"
    assert keys(data.query(sort="name", skip=1, limit=2)) == "bc"
    assert data.query(query={"name": "ann"}, fields="age,_key:0") == [{"age": 30}]
    assert data.query(query={"name": "bob"}, fields="at:0,_user:0") == [
        {"_key": "b", "name": "bob", "age": 9}
    ]


def test_many_queries_in_one_request(data: client.KVStoreCollectionData) -> None:
    found = data.batch_find({"query": {"name": "bob"}}, {"query": {}, "sort": "age:-1", "limit": 1})
    assert [keys(each) for each in found] == ["b", "d"]


def test_a_document_is_replaced_and_removed(data: client.KVStoreCollectionData) -> None:
    data.insert({"_key": "z", "name": "zed", "gone": 1})
    data.update("z", {"name": "zoe"})
    assert data.query_by_id("z") == {"_key": "z", "name": "zoe", "_user": "nobody"}
    data.delete_by_id("z")
    with pytest.raises(binding.HTTPError, match="HTTP 404"):
        data.query_by_id("z")


def test_a_collection_shows_its_definition(splunk: Standin) -> None:
    content = service(splunk).kvstore["people"].content
    assert (content["field.age"], content["accelerated_fields.by_age"]) == ("number", {"age": 1})
    assert "shapes" in service(splunk).kvstore


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"query": '{"age": {"$near": 1}}'}, "The stand-in does not know $near in a query."),
        ({"query": '{"$where": "1"}'}, "The stand-in does not know $where in a query."),
        ({"colour": "red"}, "The stand-in does not know colour= here."),
    ],
)
def test_what_is_not_known_is_refused(splunk: Standin, arguments: dict[str, str], why: str) -> None:
    path = f"/servicesNS/nobody/{APP}/storage/collections/data/people"
    assert ask(splunk, "GET", path, arguments).status == 400
    assert splunk.parts.router.refused.pop().why == why


def test_documents_of_a_user_are_not_known(splunk: Standin) -> None:
    path = f"/servicesNS/bob/{APP}/storage/collections/data/people"
    assert ask(splunk, "GET", path).status == 501
    assert splunk.parts.router.refused.pop().path == path
