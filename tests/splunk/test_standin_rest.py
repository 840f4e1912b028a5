"""Unmodified splunklib and solnlib, and handlers on splunktaucclib, talk to the stand-in."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from solnlib import conf_manager, credentials
from solnlib.bulletin_rest_client import BulletinRestClient
from solnlib.modular_input.checkpointer import KVStoreCheckpointer
from solnlib.server_info import ServerInfo
from splunklib import binding, client

from standin import RestRefused, Standin
from tests.splunk.sample_package import APP, add_account, sample

ACCOUNTS = "sample_app_account"
REALM = f"__REST_CREDENTIAL__#{APP}#configs/conf-{ACCOUNTS}"
NS = f"/servicesNS/nobody/{APP}"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with sample(tmp_path_factory.mktemp("rest")) as splunk:
        yield splunk
        assert splunk.refused == []


@pytest.fixture
def splunk(running: Standin, caplog: pytest.LogCaptureFixture) -> Standin:
    # solnlib logs each refused call with a traceback; only failures need to show them.
    caplog.set_level("CRITICAL")
    return running


def where(splunk: Standin) -> dict[str, Any]:
    host, _colon, port = splunk.uri.removeprefix("https://").partition(":")
    return {"scheme": "https", "host": host, "port": int(port)}


def service(splunk: Standin, **more: Any) -> client.Service:
    return client.Service(token=splunk.session_key, **where(splunk), **more)


def manager(splunk: Standin) -> conf_manager.ConfManager:
    return conf_manager.ConfManager(splunk.session_key, APP, realm=REALM, **where(splunk))


def test_solnlib_writes_a_stanza_with_a_secret_and_reads_it_back(splunk: Standin) -> None:
    conf = manager(splunk).get_conf(ACCOUNTS)
    secret = "pässwörd " * 70
    conf.update("written", {"url": "u", "password": secret}, encrypt_keys=["password"])
    conf.update("written", {"url": "u2", "password": secret + "!"}, encrypt_keys=["password"])
    found = conf.get("written")
    assert (found["url"], found["password"]) == ("u2", secret + "!")
    assert (found["eai:appName"], found["disabled"]) == (APP, "0")
    on_disk = splunk.home.app(APP).joinpath("local/sample_app_account.conf").read_text()
    assert "password = ******\n" in on_disk
    conf.delete("written")
    assert not conf.stanza_exist("written")
    assert [each for each in splunk.passwords.all() if "written" in each.username] == []


def test_what_the_stand_in_stores_is_what_solnlib_reads(splunk: Standin) -> None:
    for length in (700, 3):
        password = "p" * length
        splunk.set_conf(APP, ACCOUNTS, "given", {"url": "u"}, {"password": password, "token": "t"})
        found = manager(splunk).get_conf(ACCOUNTS).get("given")
        assert (found["url"], found["password"], found["token"]) == ("u", password, "t")
        pieces = [each for each in splunk.passwords.all() if each.username.startswith("given")]
        assert len(pieces) == (4 if length == 700 else 2)
    with pytest.raises(conf_manager.ConfStanzaNotExistException):
        manager(splunk).get_conf(ACCOUNTS).get("never", only_current_app=True)
    with pytest.raises(conf_manager.ConfManagerException):
        manager(splunk).get_conf("no_such_conf")


def test_passwords_can_be_listed_by_realm_and_deleted(splunk: Standin) -> None:
    ours = credentials.CredentialManager(splunk.session_key, APP, realm="a:b/c", **where(splunk))
    other = credentials.CredentialManager(splunk.session_key, APP, realm="other", **where(splunk))
    ours.set_password("me/you", "x" * 256)
    other.set_password("me/you", "y")
    assert (ours.get_password("me/you"), other.get_password("me/you")) == ("x" * 256, "y")
    ours.delete_password("me/you")
    assert ours.get_raw_passwords_in_realm() == []
    assert other.get_password("me/you") == "y"


def test_a_password_longer_than_255_characters_cannot_be_encrypted(splunk: Standin) -> None:
    with pytest.raises(binding.HTTPError, match=r"HTTP 400 .* longer than 255 characters"):
        service(splunk, app=APP, owner="nobody").storage_passwords.create("x" * 256, "long")


def test_checkpoints_live_in_the_kv_store(splunk: Standin) -> None:
    store = KVStoreCheckpointer("checks", splunk.session_key, APP, **where(splunk))
    store.update("input://a/b", {"done": 3})
    store.batch_update([{"_key": "second", "state": [1]}])
    assert (store.get("input://a/b"), store.get("second"), store.get("third")) == (
        {"done": 3},
        [1],
        None,
    )
    store.delete("second")
    assert store.get("second") is None
    again = KVStoreCheckpointer("checks", splunk.session_key, APP, **where(splunk))
    assert again.get("input://a/b") == {"done": 3}


def test_the_kv_store_finds_by_equality_and_pages(splunk: Standin) -> None:
    service_ = service(splunk, app=APP, owner="nobody")
    service_.kvstore.create("rows")
    data = service_.kvstore["rows"].data
    data.batch_save(*({"_key": f"k{n}", "odd": n % 2, "n": n} for n in range(6)))
    odd = [{"_key": f"k{n}", "odd": 1, "n": n, "_user": "nobody"} for n in (1, 3, 5)]
    assert data.query(query={"odd": 1}) == odd
    assert data.query(query={"odd": 1}, skip=1, limit=1) == odd[1:2]
    assert data.insert({"_key": "k9"}) == {"_key": "k9"}
    with pytest.raises(binding.HTTPError, match="HTTP 409"):
        data.insert({"_key": "k9"})
    with pytest.raises(binding.HTTPError, match="max 1000"):
        data.batch_save(*({"_key": str(n)} for n in range(1001)))
    data.delete(json.dumps({"odd": 0}))
    assert [each["_key"] for each in data.query()] == ["k1", "k3", "k5", "k9"]


def test_a_list_has_thirty_entries_unless_more_are_asked_for(splunk: Standin) -> None:
    for number in range(35):
        splunk.set_conf(APP, "many", f"s{number:02}", {"n": str(number)})
    path = f"{NS}/configs/conf-many"
    names = [f"s{number:02}" for number in range(35)]
    shown = [entry["name"] for entry in splunk.rest("GET", path)["entry"]]
    assert shown == names[:30]
    page = splunk.rest("GET", path, {"count": "10", "offset": "30"})
    assert [entry["name"] for entry in page["entry"]] == names[30:]
    assert page["paging"] == {"total": 35, "perPage": 5, "offset": 30}
    assert len(manager(splunk).get_conf("many").get_all()) == 35
    one = splunk.rest("GET", path, {"search": "n=7"})["entry"]
    assert [(entry["name"], entry["content"]["n"]) for entry in one] == [("s07", "7")]


def test_the_server_s_own_pages(splunk: Standin) -> None:
    info = ServerInfo(splunk.session_key, **where(splunk))
    assert info.server_name == "standin"
    assert service(splunk).apps[APP].label == "Sample of an add-on"
    assert service(splunk).apps[APP].version == "1.2.3"
    assert {index.name for index in service(splunk).indexes} >= {"main", "_internal"}
    context = splunk.rest("GET", "/services/authentication/current-context")["entry"][0]
    assert context["content"]["roles"] == ["admin"]


def test_bulletin_messages_come_and_go(splunk: Standin) -> None:
    bulletin = BulletinRestClient("late", splunk.session_key, APP, **where(splunk))
    bulletin.create_message("the poll is late", BulletinRestClient.Severity.WARNING)
    entry = bulletin.get_message()["entry"][0]
    assert (entry["name"], entry["content"]["message"], entry["content"]["severity"]) == (
        "late",
        "the poll is late",
        "warn",
    )
    bulletin.delete_message()
    assert bulletin.get_all_messages()["entry"] == []


def test_an_account_is_made_through_the_app_s_own_rest_handler(splunk: Standin) -> None:
    path = f"{NS}/sample_app_account"
    fields = {"url": "https://x.example", "password": "s3cret"}
    made = splunk.rest("POST", path, {"name": "mine", **fields})["entry"][0]
    assert (made["name"], made["content"]["url"], made["content"]["password"]) == (
        "mine",
        "https://x.example",
        "******",
    )
    assert manager(splunk).get_conf(ACCOUNTS).get("mine")["password"] == "s3cret"
    splunk.rest("POST", f"{path}/mine", {"url": "https://y.example"})
    changed = manager(splunk).get_conf(ACCOUNTS).get("mine")
    assert (changed["url"], changed["password"]) == ("https://y.example", "s3cret")
    splunk.rest("DELETE", f"{path}/mine")
    assert not manager(splunk).get_conf(ACCOUNTS).stanza_exist("mine")


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (
            {"name": "n", "url": "https://x.example"},
            400,
            "required arguments are missing: password",
        ),
        ({"name": "n", "url": "x", "password": "p"}, 400, "length should be between 9 and 200"),
        ({"url": "https://x.example", "password": "p"}, 400, "arguments are missing: name"),
        (
            {"name": "n", "url": "https://x.example", "password": "p", "colour": "red"},
            400,
            'Argument "colour" is not supported by this handler.',
        ),
    ],
)
def test_the_app_s_rest_handler_refuses(
    splunk: Standin, arguments: dict[str, str], status: int, text: str
) -> None:
    with pytest.raises(RestRefused) as refused:
        splunk.rest("POST", f"{NS}/sample_app_account", arguments)
    assert (refused.value.status, text in refused.value.text) == (status, True)


def test_a_handler_serves_the_actions_and_names_its_restmap_declares(splunk: Standin) -> None:
    section = "admin_external:sample_app_account"
    splunk.set_conf(APP, "restmap", section, {"handleractions": "list"})
    with pytest.raises(RestRefused, match=r"405: sample_app_account does not handle .* create"):
        splunk.rest("POST", f"{NS}/sample_app_account", {"name": "n"})
    splunk.confs.remove(APP, "restmap", section)
    splunk.set_conf(APP, "restmap", "admin:sample_app", {"members": "sample_app_sample_counter"})
    with pytest.raises(RestRefused, match=r"404: .* does not know this path"):
        splunk.rest("GET", f"{NS}/sample_app_account")
    splunk.confs.remove(APP, "restmap", "admin:sample_app")
    assert splunk._router.refused.pop().path == f"{NS}/sample_app_account"


def test_an_input_is_made_through_the_app_s_own_rest_handler(splunk: Standin) -> None:
    add_account(splunk)
    path = f"{NS}/sample_app_sample_counter"
    arguments = {"account": "hq", "interval": "3600", "index": "main"}
    with pytest.raises(RestRefused, match="give a number, such as 3"):
        splunk.rest("POST", path, {"name": "made", "to": "many", **arguments})
    splunk.rest("POST", path, {"name": "made", "to": "2", "mode": "hang", **arguments})
    splunk.wait_for(lambda: splunk.count(source="sample_counter://made") == 2)
    assert splunk.process("sample_counter", "made").pid
    disabled = splunk.rest("POST", f"{path}/made/disable")
    assert disabled["entry"][0]["content"]["disabled"] is True
    with pytest.raises(Exception, match="was not started"):
        splunk.process("sample_counter", "made")
    splunk.rest("DELETE", f"{path}/made")
    assert splunk.rest("GET", path)["entry"] == []


def raw(splunk: Standin, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    context = ssl.create_default_context(cafile=str(splunk.home.auth / "server.pem"))
    address = where(splunk)
    connection = http.client.HTTPSConnection(address["host"], address["port"], context=context)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        return response
    finally:
        connection.close()


def test_a_connection_is_closed_when_asked_and_kept_otherwise(splunk: Standin) -> None:
    headers = {"Authorization": f"Splunk {splunk.session_key}"}
    kept = raw(splunk, "/services/server/info", headers)
    closed = raw(splunk, "/services/server/info", headers | {"Connection": "close"})
    assert (kept.getheader("Connection"), closed.getheader("Connection")) == (
        "Keep-Alive",
        "close",
    )


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Splunk wrong"}])
def test_without_the_session_key_nothing_is_answered(
    splunk: Standin, headers: dict[str, str]
) -> None:
    assert raw(splunk, "/services/server/info", headers).status == 401


@pytest.mark.parametrize(
    ("method", "path", "arguments", "status"),
    [
        ("GET", "/services/alerts/fired_alerts", {}, 404),
        ("GET", "/nonsense", {}, 404),
        ("GET", "/services/server/information", {}, 404),
        ("DELETE", "/services/server/info", {}, 405),
        ("GET", f"{NS}/data/inputs/never_declared", {}, 404),
        ("GET", f"{NS}/configs/conf-inputs", {"sort_key": "name"}, 400),
        ("GET", f"{NS}/configs/conf-inputs", {"search": "a OR b"}, 400),
    ],
)
def test_what_is_not_known_is_refused_and_remembered(
    tmp_path: Path, method: str, path: str, arguments: dict[str, str], status: int
) -> None:
    with sample(tmp_path) as splunk:
        with pytest.raises(RestRefused) as refused:
            splunk.rest(method, path, arguments)
        assert refused.value.status == status
        assert [(each.method, each.path) for each in splunk.refused] == [(method, path)]


def test_what_is_merely_absent_is_not_held_against_the_app(splunk: Standin) -> None:
    for path in ("configs/conf-_TA_config/config", "properties/nothing", "storage/passwords/a:b:"):
        with pytest.raises(RestRefused) as refused:
            splunk.rest("GET", f"{NS}/{path}")
        assert refused.value.status == 404
    assert splunk.refused == []
