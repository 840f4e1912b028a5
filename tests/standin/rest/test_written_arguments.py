"""What a POST or DELETE sends is obeyed or refused: "Request parameters" of each endpoint in the
REST API Reference. The words are splunkd's own, as published for apps/local."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from standin import Standin
from tests.standin.rest.package import NS, ask, rest_app

WORDS = 'Argument "nonsense" is not supported by this handler.'
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("written")) as splunk:
        splunk.add_user("ann", "pw-of-ann", ("power",))
        yield splunk
        assert splunk.refused == []


CREATED = [
    ("authentication/users", {"name": "bob", "password": "pw", "roles": "user"}),
    ("authorization/roles", {"name": "made", "imported_roles": "user"}),
    ("messages", {"name": "m", "value": "text", "severity": "warn"}),
    ("storage/passwords", {"name": "u", "password": "p", "realm": "r"}),
    ("storage/collections/config", {"name": "things", "field.n": "number"}),
    ("saved/searches", {"name": "s", "search": "| makeresults"}),
    ("saved/eventtypes", {"name": "e", "search": "user=ann"}),
    ("data/transforms/lookups", {"name": "l", "filename": "colours.csv"}),
    ("data/ui/times", {"name": "t", "label": "T", "earliest_time": "-1h"}),
    ("data/ui/views", {"name": "v", "eai:data": "<form/>"}),
    ("data/indexes", {"name": "i", "frozenTimePeriodInSecs": "86400"}),
    ("properties", {"__conf": "fresh"}),
]
CHANGED = [
    ("authentication/users/ann", {"email": "ann@example.org"}),
    ("authorization/roles/user", {"srchJobsQuota": "9"}),
    ("storage/passwords/r%3Au%3A", {"password": "other"}),
    ("storage/collections/config/things", {"field.m": "string"}),
    ("saved/searches/s", {"description": "d"}),
    ("saved/searches/s/disable", {}),
    ("saved/searches/s/acl", {"sharing": "global", "owner": "nobody"}),
    ("saved/searches/_reload", {}),
    ("saved/eventtypes/e", {"priority": "2"}),
    ("saved/eventtypes/e/enable", {}),
    ("data/transforms/lookups/l", {"max_matches": "1"}),
    ("data/ui/times/t", {"order": "5"}),
    ("data/ui/views/v", {"eai:data": "<form/>"}),
    ("data/ui/views/v/acl", {"sharing": "app", "owner": "ann"}),
    ("storage/passwords/r%3Au%3A/acl", {"sharing": "global", "owner": "nobody"}),
    ("configs/conf-macros/rows(1)/acl", {"sharing": "app", "owner": "nobody"}),
    ("configs/conf-macros/rows(1)/disable", {}),
    ("configs/conf-macros/_reload", {}),
]


@pytest.mark.parametrize(("path", "fields"), [*CREATED, *CHANGED], ids=lambda each: str(each)[:40])
def test_a_change_takes_what_is_documented_and_nothing_else(
    splunk: Standin, path: str, fields: dict[str, str]
) -> None:
    asked = {**fields, "nonsense": "1", "output_mode": "json"}
    got = ask(splunk, "POST", f"{NS}/{path}", asked)
    assert (got.status, got.json["messages"][0]["text"]) == (400, WORDS)
    assert splunk.parts.router.refused.pop().why == WORDS
    assert ask(splunk, "POST", f"{NS}/{path}", {**fields, "output_mode": "json"}).status < 300


@pytest.mark.parametrize("path", [
    "saved/searches/s", "saved/eventtypes/e", "storage/passwords/r%3Au%3A", "data/ui/views/v",
    "data/ui/times/t", "data/transforms/lookups/l", "messages/m", "authentication/users/bob",
    "authorization/roles/made", "storage/collections/data/things?query=%7B%7D",
    "storage/collections/config/things", "configs/conf-macros/mine",
])  # fmt: skip
def test_a_removal_takes_nothing_more(splunk: Standin, path: str) -> None:
    if "macros" in path:
        fields = {"name": "mine", "definition": "x", "anything": "goes"}
        assert ask(splunk, "POST", f"{NS}/configs/conf-macros", fields).status == 201
    join = "&" if "?" in path else "?"
    assert ask(splunk, "DELETE", f"{NS}/{path}{join}nonsense=1").status == 400
    assert splunk.parts.router.refused.pop().why == WORDS
    assert ask(splunk, "DELETE", f"{NS}/{path}").status == 200


def test_a_job_s_removal_too(splunk: Standin) -> None:
    asked = {"search": "| makeresults", "output_mode": "json"}
    sid = ask(splunk, "POST", f"{NS}/search/jobs", asked).json["sid"]
    assert ask(splunk, "DELETE", f"{NS}/search/jobs/{sid}?nonsense=1").status == 400
    assert splunk.parts.router.refused.pop().why == WORDS
    assert ask(splunk, "DELETE", f"{NS}/search/jobs/{sid}").status == 200


def test_documents_of_the_kv_store(splunk: Standin) -> None:
    """Their body is no form, whatever it looks like."""
    path = f"{NS}/storage/collections/data/shapes"
    body = b'{"name": "a=b&c=d"}'
    assert ask(splunk, "POST", path, headers=JSON, body=body).status == 201
    assert ask(splunk, "POST", path, body=body).status == 201
    for where in (path, f"{path}/batch_save", f"{path}/batch_find"):
        assert ask(splunk, "POST", f"{where}?nonsense=1", headers=JSON, body=b"[]").status == 400
        assert splunk.parts.router.refused.pop().why == WORDS
    assert len(ask(splunk, "GET", path).json) == 2


@pytest.mark.parametrize(
    ("path", "fields", "name"),
    [
        ("saved/searches", {"name": "two", "search": ["| makeresults", "| nothing"]}, "search"),
        ("saved/searches", {"name": "two", "search": "| makeresults", "count": "5"}, "count"),
        ("configs/conf-macros", {"name": "two", "definition": ["a", "b"]}, "definition"),
        ("configs/conf-macros", {"name": "two", "definition": "a", "offset": "1"}, "offset"),
        ("storage/passwords", {"name": ["a", "b"], "password": "p"}, "name"),
        ("authentication/users", {"name": "two", "password": ["a", "b"], "roles": "user"},
         "password"),
    ],
)  # fmt: skip
def test_nothing_is_taken_of_what_comes_twice_or_belongs_to_lists(
    splunk: Standin, path: str, fields: dict[str, str], name: str
) -> None:
    assert ask(splunk, "POST", f"{NS}/{path}", fields).status == 400
    words = f'Argument "{name}" is not supported by this handler.'
    assert splunk.parts.router.refused.pop().why == words
    assert ask(splunk, "GET", f"{NS}/{path}/two").status == 404


def test_what_a_user_s_arguments_would_do_is_done_or_refused(splunk: Standin) -> None:
    key = splunk.parts.sessions.key_of("ann")
    ann = f"{NS}/authentication/users/ann"
    for fields in ({"password": "new"}, {"password": "new", "oldpassword": "wrong"}):
        assert ask(splunk, "POST", ann, fields, key=key).status == 400
    fields = {"password": "new", "oldpassword": "pw-of-ann"}
    assert ask(splunk, "POST", ann, fields, key=key).status == 200
    assert splunk.parts.accounts.verify("ann", "new")
    for name in ("force-change-pass", "createrole"):
        fields = {"name": "x", "password": "p", "roles": "user", name: "1"}
        assert ask(splunk, "POST", f"{NS}/authentication/users", fields).status == 501
        assert splunk.parts.router.refused.pop().why == f"The stand-in knows {name}=0 only."
    assert splunk.parts.accounts.find("x") is None


def test_tokens_of_a_user_are_revoked_one_or_all(splunk: Standin) -> None:
    tokens = "/services/authorization/tokens"
    made = [
        ask(splunk, "POST", tokens, {"name": who, "audience": "a", "output_mode": "json"}).json
        for who in ("ann", "ann", "ann", "admin")
    ]
    names = [each["entry"][0]["name"] for each in made]
    assert ask(splunk, "DELETE", f"{tokens}/admin?id={names[0]}").status == 404
    assert ask(splunk, "DELETE", f"{tokens}/ann?id={names[0]}").status == 200
    assert [each.id for each in splunk.parts.sessions.tokens()] == names[1:]
    assert ask(splunk, "DELETE", f"{tokens}/ann").status == 200
    assert [each.id for each in splunk.parts.sessions.tokens()] == names[3:]


@pytest.mark.parametrize(("method", "path"), [
    ("DELETE", "data/indexes/main"), ("POST", "data/indexes/main"),
    ("POST", "data/indexes/main/disable"), ("POST", "apps/local"),
    ("POST", "apps/local/rest_app"), ("DELETE", "apps/local/rest_app"),
    ("POST", "saved/searches/Five%20rows/reschedule"), ("DELETE", "saved/searches/_reload"),
    ("POST", "properties/macros"), ("POST", "messages/m"), ("GET", "apps/local/_reload"),
    ("GET", "data/indexes/main/acl"), ("GET", "authentication/users/ann/acl"),
])  # fmt: skip
def test_what_is_not_served_is_said(splunk: Standin, method: str, path: str) -> None:
    if path == "messages/m":
        assert ask(splunk, "POST", f"{NS}/messages", {"name": "m", "value": "v"}).status == 201
    assert ask(splunk, method, f"{NS}/{path}").status == 405
    assert splunk.parts.router.refused.pop().why == f"The stand-in does not know {method} here."
