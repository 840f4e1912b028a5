"""FortiManager Cloud: a session by way of FortiCloud."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fmgstate.errors import LoginRefused
from fmgstate.settings import Account
from tests.unit.fortimanager.far_end import ROWS, Body, FortiManager, client_for

HOST = "123456.eu-central-1.fortimanager.forticloud.com"
ACCOUNT = Account(HOST, user="API-USER-1", password="correct-horse")


class Cloud:
    """FortiCloud and FortiManager Cloud behind one transport."""

    def __init__(self, token_reply: Any = None) -> None:
        self.far = FortiManager({"/t": ROWS})
        self.token_reply = token_reply or {"access_token": "oauth-4711", "expires_in": 14400}

    def __call__(self, body: Body) -> Body:
        if "grant_type" in body:
            return self.token_reply
        if "access_token" in body:
            if body["access_token"] != "oauth-4711":
                return {"status": "failed"}
            return {"session": self.far._login()}
        return self.far(body)


def test_user_and_password_get_an_access_token_and_that_a_session() -> None:
    cloud = Cloud()
    client, transport = client_for(cloud, account=ACCOUNT)
    with client:
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
        cloud.far.sessions.clear()
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
    assert transport.paths == [
        "https://customerapiauth.fortinet.com/api/v1/oauth/token/",
        "/p/forticloud_jsonrpc_login/",
        "/jsonrpc",
        "/jsonrpc",
        "/jsonrpc",
        "/jsonrpc",
        "/p/forticloud_jsonrpc_login/",
        "/jsonrpc",
        "/jsonrpc",
    ]
    assert transport.sent[:2] == [
        {
            "username": "API-USER-1",
            "password": "correct-horse",
            "client_id": "FortiManager",
            "grant_type": "password",
        },
        {"access_token": "oauth-4711"},
    ]
    assert cloud.far.sessions == set()


def test_an_access_token_may_be_given_and_is_no_header() -> None:
    client, transport = client_for(Cloud(), account=Account(HOST, token="oauth-4711"))
    with client:
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
    assert transport.sent[0] == {"access_token": "oauth-4711"}
    assert transport.headers == [{}] * 3


@pytest.mark.parametrize(
    ("cloud", "account"),
    [
        (Cloud({"status": "failed", "message": "invalid user"}), ACCOUNT),
        (Cloud({"access_token": "another-4712"}), ACCOUNT),
        (Cloud(), Account(HOST, token="outdated-4713")),
    ],
    ids=["user refused", "no permission for the portal", "token refused"],
)
def test_a_refusal_is_said_and_not_repeated(cloud: Cloud, account: Account) -> None:
    client, transport = client_for(cloud, account=account)
    with client:
        for _ in range(3):
            with pytest.raises(LoginRefused, match="FortiCloud does not let") as error:
                client.get([{"url": "/t"}])
    assert len(transport.sent) <= 2
    assert "471" not in str(error.value) + json.dumps(repr(client))
