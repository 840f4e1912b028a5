"""Everything but searches, as an app's author does it with Splunk's SDK for Python, unmodified:
confs, passwords, KV store, people, indexes, inputs, messages. What is not served is refused and
noted. Each test names the SDK's methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from splunklib import binding, client

from standin import Standin
from tests.splunk.sample_package import APP as INPUTS
from tests.splunk.sample_package import LIBRARIES, SAMPLE, pack
from tests.standin.rest.package import APP, rest_app, service


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    folder = tmp_path_factory.mktemp("sdk")
    with rest_app(folder, python_path=[LIBRARIES]) as splunk:
        splunk.install(pack(SAMPLE, folder / "sample_app-1.2.3.tar.gz"))
        yield splunk
        assert splunk.refused == []


@pytest.fixture
def c(splunk: Standin) -> client.Service:
    return service(splunk)


def fails(splunk: Standin, call: Callable[[], Any], status: int, why: str = "") -> None:
    """The call is an error; with ``why`` it is noted as not known."""
    with pytest.raises(binding.HTTPError, match=f"HTTP {status} "):
        call()
    if why:
        found = splunk.parts.router.refused.pop()
        assert why in f"{found.path} {found.why}"


def test_confs(splunk: Standin, c: client.Service) -> None:
    """Service.confs: create, [], in, list, iter; ConfigurationFile.create, [], delete;
    Stanza.submit, update, refresh, delete, disable, enable, len."""
    fresh = c.confs.create("fresh")
    assert ("fresh" in c.confs, c.confs.create("fresh").name) == (True, "fresh")
    stanza = fresh.create("one", a="1", b="x=y")
    assert (stanza["a"], stanza["b"], len(stanza)) == ("1", "x=y", 2)
    stanza.submit({"c": "3"}).refresh()
    stanza.update(a="2").refresh()
    assert (stanza["a"], stanza["c"], "one" in c.confs["fresh"]) == ("2", "3", True)
    assert stanza.disable().refresh().content.disabled == "1"
    assert stanza.enable().refresh().content.disabled == "0"
    assert [each.name for each in c.confs["fresh"].list()] == ["one"]
    fails(splunk, lambda: fresh.create("one", a="1"), 409)
    stanza.delete()
    assert "one" not in c.confs["fresh"]
    with pytest.raises(KeyError):
        c.confs["no_such_conf"]
    with pytest.raises(client.IllegalOperationException):
        c.confs.delete("fresh")
    with pytest.raises(client.IllegalOperationException):
        c.confs["transforms"]["colours"].update(name="other")


def test_storage_passwords(splunk: Standin, c: client.Service) -> None:
    """StoragePasswords.create, list, [], delete by realm and without; StoragePassword.update,
    username, realm, clear_password, delete."""
    made = c.storage_passwords.create("secret", "ann", realm="x/y:1")
    plain = c.storage_passwords.create("other", "bob")
    assert (made.realm, made.username, made.clear_password) == ("x/y:1", "ann", "secret")
    assert (plain.realm, plain.username) == (None, "bob")
    made.update(password="changed").refresh()
    assert made.clear_password == "changed"
    assert sorted(each.username for each in c.storage_passwords.list()) == ["ann", "bob"]
    fails(splunk, lambda: c.storage_passwords.create("x", "bob"), 409)
    fails(splunk, lambda: made.update(password="x", realm="r"), 400, "realm")
    c.storage_passwords.delete("ann", realm="x/y\\:1")
    c.storage_passwords.delete(":bob")
    assert c.storage_passwords.list() == []


def test_kv_store(splunk: Standin, c: client.Service) -> None:
    """KVStoreCollections.create, [], in, delete; KVStoreCollection.update_field,
    update_accelerated_field; data.insert, batch_save, query, query_by_id, update, batch_find,
    delete_by_id, delete."""
    c.kvstore.create("people", fields={"age": "number"}, accelerated_fields={"by": {"age": 1}})
    people = c.kvstore["people"]
    people.update_field("name", "string")
    people.update_accelerated_field("by_name", {"name": 1})
    assert (people.refresh()["field.name"], people["accelerated_fields.by_name"]) == (
        "string", '{"name": 1}',
    )  # fmt: skip
    data = people.data
    assert data.insert({"_key": "a", "name": "ann", "age": 30}) == {"_key": "a"}
    assert data.batch_save({"_key": "b", "name": "bob", "age": 9}, {"_key": "c", "age": 41}) == [
        "b", "c",
    ]  # fmt: skip
    for query, keys in (
        ({"age": {"$gt": 9}}, "ac"), ({"age": {"$gte": 9, "$lt": 41}}, "ab"),
        ({"$or": [{"name": "bob"}, {"age": {"$gt": 40}}]}, "bc"),
        ({"$and": [{"age": {"$lte": 30}}, {"name": {"$ne": "bob"}}]}, "a"),
    ):  # fmt: skip
        assert "".join(each["_key"] for each in data.query(query=query)) == keys
    assert [each["age"] for each in data.query(sort="age:-1", limit=2, fields="age")] == [41, 30]
    assert data.update("a", {"name": "ann", "age": 31}) == {"_key": "a"}
    assert data.query_by_id("a")["age"] == 31
    assert [len(each) for each in data.batch_find({"query": {"age": 9}}, {"query": {}})] == [1, 3]
    fails(splunk, lambda: data.query(limit=-1), 400, "is no number of documents")
    fails(splunk, lambda: data.query(query={"age": {"$near": 1}}), 400, "$near")
    fails(splunk, lambda: data.insert({"_key": "a"}), 409)
    data.delete_by_id("a")
    fails(splunk, lambda: data.query_by_id("a"), 404)
    data.delete(query='{"age": 9}')
    assert [each["_key"] for each in data.query()] == ["c"]
    data.delete()
    assert data.query() == []
    c.kvstore.delete("people")
    assert "people" not in c.kvstore


def test_users_and_roles(splunk: Standin, c: client.Service) -> None:
    """Users.create, [], in, delete; User.update, role_entities; Roles.create, delete;
    Role.update, grant, revoke; Service.capabilities, login, logout."""
    c.roles.create("Paltry", imported_roles="user", srchFilter="index=main")
    user = c.users.create("Ann", "pw-1", roles=["user", "paltry"], email="a@example.org")
    assert (user.name, [each.name for each in user.role_entities]) == ("ann", ["user", "paltry"])
    user.update(realname="Ann A.", tz="UTC").refresh()
    assert (user["realname"], user["tz"]) == ("Ann A.", "UTC")
    other = service(splunk, username="ann", password="pw-1")
    assert "search" in c.capabilities
    fails(splunk, lambda: other.users.create("x", "x", roles="user"), 403)
    other.logout()
    c.roles["paltry"].grant("rest_app_read").update(defaultApp=APP)
    assert c.roles["paltry"]["defaultApp"] == APP
    c.roles["paltry"].revoke("rest_app_read")
    fails(splunk, lambda: c.roles.create("x", colour="red"), 400, '"colour" is not supported')
    c.users.delete("ann")
    c.roles.delete("paltry")
    assert ("ann" in c.users, "paltry" in c.roles) == (False, False)


def test_indexes(splunk: Standin, c: client.Service) -> None:
    """Indexes.create, [], in, list, delete, get_default; Index.submit, disable, enable, update,
    roll_hot_buckets, clean, attach, upload."""
    index = c.indexes.create("fresh", maxTotalDataSizeMB=100)
    index.submit("one event", host="h", source="s", sourcetype="t")
    assert [each["_raw"] for each in splunk.search(index="fresh")] == ["one event"]
    assert "fresh" in [each.name for each in c.indexes.list()]
    fails(splunk, lambda: c.indexes.create("other", colour="red"), 400, '"colour" is not')
    for call in (index.disable, index.enable, lambda: index.update(maxTotalDataSizeMB=1),
                 index.roll_hot_buckets, lambda: c.indexes.delete("fresh")):  # fmt: skip
        fails(splunk, call, 405, "The stand-in does not know")
    for call in (index.clean, c.indexes.get_default):
        with pytest.raises((KeyError, AttributeError)):
            call()
    fails(splunk, lambda: index.upload("/etc/hostname"), 404, "oneshot")
    assert len(splunk.search(index="fresh")) == 1


def test_inputs(splunk: Standin) -> None:
    """Service.modular_input_kinds, Service.inputs, Service.post to data/inputs/<kind> with what it
    makes: enable, disable, update, delete."""
    c = service(splunk, app=INPUTS)
    path = "data/inputs/sample_shared"
    assert c.post(path, name="one", word="hi", interval="60", disabled="1").status == 201
    made = client.Entity(c, f"{path}/one")
    assert (made["word"], made["disabled"]) == ("hi", "1")
    made.update(word="bye").refresh()
    assert made["word"] == "bye"
    fails(splunk, lambda: c.post(path, name="one", word="x"), 409)
    fails(splunk, lambda: made.update(colour="red"), 400)
    fails(splunk, lambda: made.post("disable", colour="red"), 400, "colour")
    made.delete()
    fails(splunk, made.refresh, 404)
    fails(splunk, c.modular_input_kinds.list, 404, "modular-inputs")
    fails(splunk, c.inputs.list, 404, "data/inputs")


def test_messages_and_server(splunk: Standin, c: client.Service) -> None:
    """Messages.create, [], list, delete; Message.value; Service.info, splunk_version,
    restart_required, restart, settings, loggers, splunk_instance, apps."""
    made = c.messages.create("note", value="Hello", severity="warn")
    assert (made.value, c.messages["note"].value, c.restart_required) == ("Hello", "Hello", False)
    fails(splunk, lambda: c.messages.create("n", value="x", colour="red"), 400, "colour")
    c.messages.delete("note")
    assert c.messages.list() == []
    assert (c.info["version"], c.splunk_version) == ("9.4.0", (9, 4, 0))
    fails(splunk, c.restart, 404, "server/control/restart")
    assert c.restart_required
    c.messages.delete("restart_required")
    fails(splunk, lambda: c.settings, 404, "server/settings")
    fails(splunk, c.loggers.list, 404, "server/logger")


def test_apps(splunk: Standin, c: client.Service) -> None:
    """Applications: list, [], in, create, update, package, updateInfo, disable, delete."""
    assert {APP, INPUTS} <= {each.name for each in c.apps.list()}
    app = c.apps[APP]
    assert (app["label"], app["version"], app["visible"]) == ("Sample of REST", "1.0.0", "1")
    for call in (lambda: c.apps.create("x"), lambda: app.update(label="L"), app.disable,
                 lambda: c.apps.delete(APP)):  # fmt: skip
        fails(splunk, call, 405, "The stand-in does not know")
    for call in (app.package, app.updateInfo):
        fails(splunk, call, 405, "apps/local/rest_app/")


def test_event_types_and_macros(splunk: Standin, c: client.Service) -> None:
    """Service.event_types and macros: create, [], in, delete; Macro.update, args, definition."""
    made = c.event_types.create("failed", search="action=failure", priority=3)
    assert (made["search"], made["priority"]) == ("action=failure", "3")
    made.update(search="action=denied", description="d").refresh()
    assert (made["search"], made["description"]) == ("action=denied", "d")
    fails(splunk, lambda: made.update(colour="red"), 400, '"colour" is not supported')
    made.delete()
    macro = c.macros.create("twice(x)", "$x$ $x$", args="x")
    macro.update("$x$ OR $x$", args="x").refresh()
    assert (macro.args, macro.definition) == ("x", "$x$ OR $x$")
    c.macros.delete("twice(x)")
    assert ("failed" in c.event_types, "twice(x)" in c.macros) == (False, False)


@pytest.mark.parametrize("more", [{"url": ["https://x", "https://y"]}, {"count": "5"}])
def test_an_app_s_handler_gets_all_or_nothing(splunk: Standin, more: dict[str, Any]) -> None:
    """Service.post to an app's own handler: what it would not be told of is refused."""
    c = service(splunk, app=INPUTS)
    body = {"name": "n", "url": "https://x", "password": "p", **more}
    why = f'"{next(iter(more))}" is not supported by this handler'
    fails(splunk, lambda: c.post("sample_app_account", body=body), 400, why)
