"""Who sees what: wildcards of the namespace ("Endpoints reference list" of the REST API Reference)
and ``/acl`` ("Access Control List" of the REST API User Manual)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from standin import Standin
from tests.standin.rest.package import APP, NS, ask, rest_app

VIEW = "<dashboard><label>L</label></dashboard>"
PASSWORD = "storage/passwords/r%3Au%3A"


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("sharing")) as splunk:
        (splunk.home.apps / "other" / "local").mkdir(parents=True)
        for name in ("ann", "bob"):
            splunk.add_user(name, f"pw-of-{name}", ("power",))
            own = f"/servicesNS/{name}/{APP}"
            for path, fields in (
                ("saved/searches", {"name": "same", "search": f"| makeresults | eval x={name}"}),
                ("saved/searches", {"name": f"of {name}", "search": "| makeresults"}),
                ("data/ui/views", {"name": "same", "eai:data": VIEW}),
            ):
                assert ask(splunk, "POST", f"{own}/{path}", fields, key=_key(splunk, name)).status \
                    == 201  # fmt: skip
        yield splunk
        assert splunk.refused == []


def _key(splunk: Standin, name: str) -> str:
    return splunk.parts.sessions.key_of(name)


def listed(splunk: Standin, path: str, who: str = "admin") -> list[tuple[str, str, str]]:
    """Owner, sharing and name of what is listed, but for what is shipped."""
    fields = {"output_mode": "json", "count": "0"}
    got = ask(splunk, "GET", path, fields, key=_key(splunk, who) if who != "admin" else None)
    shipped = ("Five rows", "Secret search", "Everywhere", "overview")
    return sorted(
        (each["acl"]["owner"], each["acl"]["sharing"], each["name"])
        for each in got.json["entry"]
        if each["name"] not in shipped
    )


@pytest.mark.parametrize("app", ["-", APP])
def test_every_user_is_every_user_for_an_admin(splunk: Standin, app: str) -> None:
    hers = [("ann", "user", "of ann"), ("ann", "user", "same")]
    his = [("bob", "user", "of bob"), ("bob", "user", "same")]
    searches = f"/servicesNS/-/{app}/saved/searches"
    assert listed(splunk, searches) == hers + his
    assert listed(splunk, searches, "ann") == hers
    assert listed(splunk, searches, "bob") == his
    assert listed(splunk, f"/servicesNS/nobody/{app}/saved/searches") == []
    views = f"/servicesNS/-/{app}/data/ui/views"
    assert listed(splunk, views) == [("ann", "user", "same"), ("bob", "user", "same")]
    assert listed(splunk, views, "bob") == [("bob", "user", "same")]


def test_an_admin_names_one_user(splunk: Standin) -> None:
    assert listed(splunk, f"/servicesNS/bob/{APP}/data/ui/views") == [("bob", "user", "same")]
    key = _key(splunk, "ann")
    assert ask(splunk, "GET", f"/servicesNS/bob/{APP}/data/ui/views", key=key).status == 403


def test_a_shared_object_beside_private_ones_of_its_name(splunk: Standin) -> None:
    """For one user his own hides it, to who asks for all every one is shown."""
    fields = {"name": "same", "search": "| makeresults"}
    assert ask(splunk, "POST", f"{NS}/saved/searches", fields).status == 201
    found = [each for each in listed(splunk, f"/servicesNS/-/{APP}/saved/searches")
             if each[2] == "same"]  # fmt: skip
    assert found == [("ann", "user", "same"), ("bob", "user", "same"), ("nobody", "app", "same")]
    assert [each for each in listed(splunk, f"/servicesNS/ann/{APP}/saved/searches", "ann")
            if each[2] == "same"] == [("ann", "user", "same")]  # fmt: skip
    got = ask(splunk, "GET", f"/servicesNS/-/{APP}/saved/searches/same", {"output_mode": "json"})
    assert len(got.json["entry"]) == 3
    assert ask(splunk, "DELETE", f"{NS}/saved/searches/same").status == 200


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "saved/searches/same"), ("DELETE", "saved/searches/same"),
    ("POST", "saved/searches/same/dispatch"), ("POST", "data/ui/views/same"),
    ("POST", "storage/passwords"), ("POST", "configs/conf-macros"),
])  # fmt: skip
@pytest.mark.parametrize(("where", "what"), [("-/rest_app", "owner"), ("nobody/-", "app")])
def test_wildcards_are_for_reading(
    splunk: Standin, where: str, what: str, method: str, path: str
) -> None:
    fields = {"storage/passwords": {"name": "x", "password": "p"},
              "configs/conf-macros": {"name": "x"}}.get(path, {})  # fmt: skip
    if "/same" in path and what == "app":
        path = path.replace("same", "overview" if "views" in path else "Five%20rows")
    got = ask(splunk, method, f"/servicesNS/{where}/{path}", fields)
    assert (got.status, f"An {what} must be named".encode() in got.body) == (400, True)
    assert f"An {what} must be named" in splunk.parts.router.refused.pop().why


def acl(splunk: Standin, path: str, **fields: Any) -> dict[str, Any]:
    """The access list after a change, as it is read again."""
    asked = {name.replace("_", "."): value for name, value in fields.items()}
    got = ask(splunk, "POST", f"{path}/acl", {"output_mode": "json", **asked})
    assert got.status == 200, got.body
    again = ask(splunk, "GET", f"{NS}/{path.split('/', 4)[4]}/acl", {"output_mode": "json"})
    assert got.json["entry"][0]["acl"] == again.json["entry"][0]["acl"]
    shown = got.json["entry"][0]["acl"]
    return {name: shown[name] for name in ("sharing", "owner", "perms")}


@pytest.mark.parametrize(("kind", "name", "fields"), [
    ("saved/searches", "moved", {"search": "| makeresults"}),
    ("configs/conf-macros", "moved", {"definition": "x"}),
    ("data/ui/views", "moved", {"eai:data": VIEW}),
])  # fmt: skip
def test_an_object_is_shared_with_its_app_with_all_and_taken_back(
    splunk: Standin, kind: str, name: str, fields: dict[str, str]
) -> None:
    hers, key, other = f"/servicesNS/ann/{APP}/{kind}", _key(splunk, "ann"), _key(splunk, "bob")
    elsewhere = f"/servicesNS/nobody/other/{kind}/{name}"
    assert ask(splunk, "POST", hers, {"name": name, **fields}, key=key).status == 201
    assert ask(splunk, "GET", f"{NS}/{kind}/{name}").status == 404
    perms = {"perms_read": "power", "perms_write": "admin"}
    assert acl(splunk, f"{hers}/{name}", sharing="app", owner="ann", **perms) == {
        "sharing": "app", "owner": "ann", "perms": {"read": ["power"], "write": ["admin"]},
    }  # fmt: skip
    assert ask(splunk, "GET", f"{NS}/{kind}/{name}", key=other).status == 200
    assert ask(splunk, "POST", f"{NS}/{kind}/{name}", fields, key=other).status == 403
    denied = ask(splunk, "POST", f"{NS}/{kind}/{name}/acl", {"sharing": "app", "owner": "bob"},
                 key=other)  # fmt: skip
    assert denied.status == 403
    assert ask(splunk, "GET", elsewhere).status == 404
    acl(splunk, f"{NS}/{kind}/{name}", sharing="global", owner="nobody", perms_read="admin")
    assert ask(splunk, "GET", elsewhere).status == 200
    assert ask(splunk, "GET", f"{NS}/{kind}/{name}", key=other).status == 404
    taken = {"sharing": "user", "owner": "ann"}
    assert ask(splunk, "POST", f"{NS}/{kind}/{name}/acl", taken).status == 200
    assert ask(splunk, "GET", f"{NS}/{kind}/{name}").status == 404
    assert ask(splunk, "DELETE", f"{hers}/{name}", key=key).status == 200


def test_a_password_is_of_its_app_until_it_is_shared(splunk: Standin) -> None:
    fields = {"name": "u", "realm": "r", "password": "secret"}
    assert ask(splunk, "POST", f"{NS}/storage/passwords", fields).status == 201
    elsewhere = f"/servicesNS/nobody/other/{PASSWORD}"
    assert ask(splunk, "GET", elsewhere).status == 404
    assert acl(splunk, f"{NS}/{PASSWORD}", sharing="global", owner="nobody")["sharing"] == "global"
    got = ask(splunk, "GET", elsewhere, {"output_mode": "json"}).json["entry"][0]
    assert (got["acl"]["app"], got["content"]["clear_password"]) == (APP, "secret")
    assert ask(splunk, "DELETE", elsewhere).status == 501
    assert "changes no password of rest_app" in splunk.parts.router.refused.pop().why
    assert ask(splunk, "POST", f"{NS}/{PASSWORD}/acl", {"sharing": "user", "owner": "ann"}).status \
        == 501  # fmt: skip
    assert "no private passwords" in splunk.parts.router.refused.pop().why


def test_passwords_of_a_disabled_app_are_not_shown(splunk: Standin) -> None:
    everywhere = "/servicesNS/nobody/-/storage/passwords"
    assert [name for _owner, _sharing, name in listed(splunk, everywhere)] == ["r:u:"]
    splunk.confs.write(APP, "app", "install", {"state": "disabled"})
    try:
        assert listed(splunk, everywhere) == []
        assert ask(splunk, "GET", f"{NS}/{PASSWORD}").status == 404
    finally:
        splunk.confs.write(APP, "app", "install", {"state": "enabled"})
    assert ask(splunk, "DELETE", f"{NS}/{PASSWORD}").status == 200


@pytest.mark.parametrize(("path", "fields", "status"), [
    ("saved/searches/Five%20rows", {"sharing": "app"}, 400),
    ("saved/searches/Five%20rows", {"owner": "nobody"}, 400),
    ("saved/searches/Five%20rows", {"sharing": "world", "owner": "nobody"}, 400),
    ("data/ui/views/overview", {"sharing": "user", "owner": "admin"}, 501),
    ("saved/searches/Five%20rows", {"sharing": "app", "owner": "nobody", "perms.read": ""}, 501),
    ("saved/searches/Five%20rows",
     {"sharing": "user", "owner": "admin", "perms.read": "power"}, 501),
])  # fmt: skip
def test_what_no_access_list_can_be(
    splunk: Standin, path: str, fields: dict[str, str], status: int
) -> None:
    before = ask(splunk, "GET", f"{NS}/{path}", {"output_mode": "json"}).json["entry"][0]["acl"]
    assert ask(splunk, "POST", f"{NS}/{path}/acl", fields).status == status
    after = ask(splunk, "GET", f"{NS}/{path}", {"output_mode": "json"}).json["entry"][0]["acl"]
    assert after == before
    if status == 501:
        splunk.parts.router.refused.pop()
