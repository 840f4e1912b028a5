"""Users, roles, capabilities and sessions through splunklib, and what they hide."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from splunklib import binding, client, results

from standin import Standin
from tests.standin.rest.package import APP, NS, PASSWORD, ask, rest_app, service, where

CONTEXT = "/services/authentication/current-context"
WARN = {"output_mode": "json"}


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("people")) as splunk:
        splunk.create_index("audit_trail")
        for index in ("main", "audit_trail", "_internal"):
            service(splunk).indexes[index].submit(f"user=ann {index}", sourcetype="traffic2")
        yield splunk
        assert splunk.refused == []


def user_of(splunk: Standin, key: str = "", headers: dict[str, str] | None = None) -> str:
    reply = ask(splunk, "GET", CONTEXT, {"output_mode": "json"}, key=key, headers=headers)
    assert reply.status == 200
    return str(reply.json["entry"][0]["content"]["username"])


def test_every_way_to_say_who_one_is(splunk: Standin) -> None:
    connected = service(splunk)
    assert connected.get("authentication/current-context").status == 200
    token = connected.post("authorization/tokens", name="admin", audience="tests")
    secret = client._load_atom(token).feed.entry.content.token
    assert client.Service(splunkToken=secret, **where(splunk)).apps[APP].name == APP
    assert user_of(splunk, headers={"Authorization": f"Bearer {secret}"}) == "admin"
    basic = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    assert user_of(splunk, headers={"Authorization": f"Basic {basic}"}) == "admin"
    (cookie,) = [each for each in connected.get_cookies().items() if "splunkd_" in each[0]]
    assert cookie[0] == f"splunkd_{where(splunk)['port']}"
    assert user_of(splunk, headers={"Cookie": "=".join(cookie)}) == "admin"
    assert user_of(splunk, key=splunk.add_user("zoe", "pw", ["power"])) == "zoe"
    assert user_of(splunk, headers={"Authorization": f"Bearer {splunk.token('zoe')}"}) == "zoe"


def test_a_wrong_password_and_no_session_are_401(splunk: Standin) -> None:
    with pytest.raises(binding.AuthenticationError, match="Login failed"):
        service(splunk, password="wrong")
    for key, headers in (("", {}), ("wrong", {}), ("", {"Authorization": "Basic !"})):
        refused = ask(splunk, "GET", CONTEXT, WARN, key=key, headers=headers)
        assert (refused.status, refused.json) == (
            401,
            {"messages": [{"type": "WARN", "text": "call not properly authenticated"}]},
        )


def test_no_password_or_key_stands_in_a_file_or_log(splunk: Standin) -> None:
    service(splunk)
    files = [path for path in splunk.home.path.rglob("*") if path.is_file()]
    for secret in (PASSWORD, splunk.session_key, splunk.parts.sessions.system_key):
        assert [path for path in files if secret.encode() in path.read_bytes()] == []


def test_users_are_made_changed_and_removed(splunk: Standin) -> None:
    users = service(splunk).users
    made = users.create("Boris", "secret-1", roles=["user", "power"], realname="B. J.")
    assert (made.name, made.content.roles, made.content.realname) == (
        "boris",
        ["user", "power"],
        "B. J.",
    )
    assert "schedule_search" in made.content.capabilities
    assert "edit_user" not in made.content.capabilities
    users["boris"].update(roles="user", email="b@example.org", password="secret-2").refresh()
    assert (users["boris"].content.roles, users["boris"].content.email) == (
        ["user"],
        "b@example.org",
    )
    service(splunk, username="boris", password="secret-2")
    with pytest.raises(binding.AuthenticationError):
        service(splunk, username="boris", password="secret-1")
    with pytest.raises(binding.HTTPError, match="HTTP 409"):
        users.create("boris", "x", roles="user")
    with pytest.raises(binding.HTTPError, match="Role=king is not grantable"):
        users.create("louis", "x", roles="king")
    users.delete("boris")
    assert "boris" not in users


def test_roles_are_made_granted_and_revoked(splunk: Standin) -> None:
    connected = service(splunk)
    role = connected.roles.create("paltry", imported_roles="user", srchIndexesAllowed=["main"])
    assert (role.content.imported_roles, role.content.srchIndexesAllowed) == (["user"], ["main"])
    assert "search" in role.content.imported_capabilities
    role.grant("edit_tcp", "rest_app_read")
    assert connected.roles["paltry"].content.capabilities == ["edit_tcp", "rest_app_read"]
    connected.roles["paltry"].revoke("edit_tcp", "rest_app_read")
    assert connected.roles["paltry"].content.get("capabilities", []) in ([], None)
    with pytest.raises(client.NoSuchCapability):
        role.grant("fly")
    with pytest.raises(binding.HTTPError, match="Unknown capability: fly"):
        role.post(capabilities=["fly"])
    connected.roles.delete("paltry")
    assert "paltry" not in connected.roles


def test_capabilities_that_an_app_declares_are_known_and_given(splunk: Standin) -> None:
    connected = service(splunk)
    assert {"rest_app_read", "rest_app_write", "search"} <= set(connected.capabilities)
    admin = connected.users["admin"].content.capabilities
    assert {"rest_app_read", "rest_app_write", "admin_all_objects"} <= set(admin)
    splunk.add_user("cloud", "pw", ["sc_admin"])
    cloud = set(connected.users["cloud"].content.capabilities)
    assert ("edit_user" in cloud, "admin_all_objects" in cloud) == (True, False)


@pytest.mark.parametrize(
    ("method", "path", "fields", "capability"),
    [
        ("POST", "/services/authentication/users", {"name": "x"}, "edit_user"),
        ("POST", "/services/authorization/roles", {"name": "x"}, "edit_roles"),
        ("POST", "/services/authorization/tokens", {"name": "x"}, "edit_tokens_all"),
        ("GET", f"{NS}/storage/passwords", {}, "list_storage_passwords"),
        ("POST", f"{NS}/storage/passwords", {"name": "x"}, "edit_storage_passwords"),
        ("POST", "/services/receivers/simple", {}, "edit_tcp"),
        ("POST", "/services/data/indexes", {"name": "x"}, "indexes_edit"),
        ("POST", "/services/messages", {"name": "x"}, "edit_messages"),
    ],
)
def test_what_needs_a_capability_is_403_without_it(
    splunk: Standin, method: str, path: str, fields: dict[str, str], capability: str
) -> None:
    key = splunk.add_user("poor", "pw", ["power"])
    refused = ask(splunk, method, path, {**fields, "output_mode": "json"}, key=key)
    text = (
        "You (user=poor) do not have permission to perform this operation "
        f"(requires capability: {capability})."
    )
    assert (refused.status, refused.json) == (403, {"messages": [{"type": "WARN", "text": text}]})


def test_a_search_needs_the_capability_search(splunk: Standin) -> None:
    service(splunk).roles.create("mute")
    key = splunk.add_user("silent", "pw", ["mute"])
    fields = {"search": "| makeresults", "output_mode": "json"}
    refused = ask(splunk, "POST", "/services/search/jobs", fields, key=key)
    assert (refused.status, "capability: search" in refused.body.decode()) == (403, True)


def indexes(splunk: Standin, user: str, search: str) -> list[str]:
    jobs = service(splunk, username=user, password="pw").jobs
    found = jobs.oneshot(f"{search} | table index", output_mode="json")
    return sorted(row["index"] for row in results.JSONResultsReader(found))


def test_roles_say_which_indexes_are_searched(splunk: Standin) -> None:
    splunk.add_user("narrow", "pw", ["rest_app_reader"])
    service(splunk).roles.create("only_audit", srchIndexesAllowed="audit*", capabilities="search")
    splunk.add_user("auditor", "pw", ["only_audit"])
    splunk.add_user("boss", "pw", ["admin"])
    everything = "search index=* OR index=_*"
    # rest_app_reader imports user, whose indexes are * without internal ones.
    assert indexes(splunk, "narrow", everything) == ["audit_trail", "main"]
    assert indexes(splunk, "auditor", everything) == ["audit_trail"]
    assert indexes(splunk, "boss", everything) == ["_internal", "audit_trail", "main"]
    assert indexes(splunk, "auditor", "search index=main") == []
    assert indexes(splunk, "narrow", "search ann") == ["main"]
    assert indexes(splunk, "auditor", "search ann") == []


def test_a_search_filter_hides_events(splunk: Standin) -> None:
    roles = service(splunk).roles
    roles.create("only_main", imported_roles="user", srchFilter="index=main")
    splunk.add_user("filtered", "pw", ["only_main"])
    assert indexes(splunk, "filtered", "search index=* ann") == ["main"]
    roles.create("only_bob", imported_roles="user", srchFilter="user=bob")
    splunk.add_user("bob_s", "pw", ["only_bob"])
    assert indexes(splunk, "bob_s", "search index=* ann") == []
    assert indexes(splunk, "bob_s", "| tstats count where index=* by index") == []
    assert indexes(splunk, "filtered", "| tstats count where index=* by index") == ["main"]
    roles.create("only_audit_too", imported_roles="user", srchFilter="index=audit_trail")
    splunk.add_user("both", "pw", ["only_main", "only_audit_too", "user"])
    assert indexes(splunk, "both", "search index=* ann") == ["audit_trail", "main"]
    roles.create("no_main", imported_roles="user", srchFilter="audit_trail")
    # Of authorize.conf only: the REST API Reference does not name it.
    splunk.confs.write("system", "authorize", "role_no_main", {"srchFilterSelecting": "false"})
    splunk.add_user("eliminated", "pw", ["only_main", "only_audit_too", "no_main"])
    assert indexes(splunk, "eliminated", "search index=* ann") == ["audit_trail"]


def test_indexes_can_be_disallowed_and_what_cannot_be_obeyed_is_said(splunk: Standin) -> None:
    roles = service(splunk).roles
    roles.create("not_audit", imported_roles="user", srchIndexesDisallowed="audit*")
    splunk.add_user("partly", "pw", ["not_audit"])
    assert indexes(splunk, "partly", "search index=* ann") == ["main"]
    roles.create("recent", imported_roles="user", srchTimeWin="3600")
    splunk.add_user("late", "pw", ["recent"])
    with pytest.raises(binding.HTTPError, match=r"cannot obey \[role_recent\] srchTimeWin = 3600"):
        indexes(splunk, "late", "search index=*")


def test_access_lists_of_metadata_hide_and_protect(splunk: Standin) -> None:
    splunk.add_user("reader", "pw", ["user"])
    reader = service(splunk, username="reader", password="pw")
    names = {each.name for each in reader.saved_searches.list()}
    assert names == {"Five rows", "Everywhere"}
    with pytest.raises(KeyError):
        reader.saved_searches["Secret search"]
    assert "Secret search" in service(splunk).saved_searches
    saved = reader.saved_searches["Five rows"]
    assert (saved.access.perms.read, saved.access.perms.write, saved.access.can_write) == (
        ["*"],
        ["admin", "power"],
        "0",
    )
    with pytest.raises(binding.HTTPError, match=r"HTTP 403 .* cannot write: savedsearches Five"):
        saved.update(description="mine")
    splunk.add_user("writer", "pw", ["power"])
    writer = service(splunk, username="writer", password="pw")
    writer.saved_searches["Five rows"].update(description="ours")
    assert writer.saved_searches["Five rows"].content.description == "ours"
    elsewhere = service(splunk, app="search", username="reader", password="pw")
    assert [each.name for each in elsewhere.saved_searches.list()] == ["Everywhere"]


def test_an_app_s_confs_are_protected_too(splunk: Standin) -> None:
    key = splunk.add_user("reader", "pw", ["user"])
    path = f"{NS}/configs/conf-macros/rows(1)"
    assert ask(splunk, "GET", path, key=key).status == 200
    refused = ask(splunk, "POST", path, {"definition": "x", **WARN}, key=key)
    assert (refused.status, "cannot write: macros rows(1)" in refused.body.decode()) == (403, True)
    data = f"{NS}/storage/collections/data/shapes"
    headers = {"Content-Type": "application/json"}
    assert ask(splunk, "GET", data, key=key).json == []
    assert ask(splunk, "POST", data, key=key, headers=headers, body=b"{}").status == 403
