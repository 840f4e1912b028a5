"""Secrets are planted everywhere FortiManager or an account could hold them, and looked for in
every text that leaves the client."""

from __future__ import annotations

import json
import logging
import traceback
from typing import Any

import pytest

from fmgstate.errors import FmgStateError
from fmgstate.fortimanager.answer import decode
from fmgstate.fortimanager.secrets import Censor, clean, is_secret_name
from fmgstate.settings import Account
from tests.unit.fortimanager.far_end import Body, FortiManager, client_for

PLANT = "hunter2plant"


def stripped(data: Any) -> Any:
    raw = json.dumps({"result": [{"status": {"code": 0}, "data": data}]}).encode()
    return decode(raw)["result"][0]["data"]


def test_a_device_loses_its_secrets_and_nothing_else() -> None:
    device = {
        "name": "berlin-1",
        "adm_usr": "admin",
        "adm_pass": ["ENC", PLANT],
        "psk": PLANT,
        "private_key": PLANT,
        "private_key_status": 0,
        "desc": "Pass of the Brenner, key account, token ring",
        "vdom": [{"name": "root", "ha-password": ["ENC", PLANT], "passive": 1}],
        "ha_slave": None,
        "mgmt.__data[0]": 3870,
    }
    assert stripped([device, []]) == [
        {
            "name": "berlin-1",
            "adm_usr": "admin",
            "private_key_status": 0,
            "desc": "Pass of the Brenner, key account, token ring",
            "vdom": [{"name": "root", "passive": 1}],
            "ha_slave": None,
            "mgmt.__data[0]": 3870,
        },
        [],
    ]


@pytest.mark.parametrize(
    "name",
    [
        "adm_pass", "passwd", "password", "PASSWORD", "passwd2", "secret", "psk", "psksecret",
        "private_key", "private-key", "privatekey", "ppk-secret", "tertiary-secret", "auth-pwd",
        "priv-pwd", "sae-password", "passphrase", "enc-key", "api-key", "apikey", "pre-shared-key",
        "Admin Password", "ldap.password", "access_token", "sessionid", "session-key", "wep-key 1",
    ],
)  # fmt: skip
def test_attributes_with_a_secrets_name_are_removed(name: str) -> None:
    assert is_secret_name(name)
    assert stripped([{name: PLANT, "name": "kept"}]) == [{"name": "kept"}]


@pytest.mark.parametrize(
    "name",
    [
        "name", "key", "policyid", "uuid", "obj seq", "session-ttl", "passive-wan-health", "bypass",
        "private_key_status", "password-policy", "tokens", "compass", "ssh-public-key", "keyword",
        "authentication", "comments", "_policy_block", "secretary", "fsso-groups", "meta fields",
    ],
)  # fmt: skip
def test_other_attributes_are_kept(name: str) -> None:
    assert not is_secret_name(name)
    row = {name: "value", "psk": PLANT}
    assert stripped([row]) == [{name: "value"}]


def test_encrypted_values_are_blotted_out_whatever_they_are_called() -> None:
    data = {"x": ["ENC", PLANT], "list": [["ENC", PLANT], ["kept"]], "n": {"y": ["ENC", PLANT]}}
    assert stripped(data) == {"x": "*****", "list": ["*****", ["kept"]], "n": {"y": "*****"}}
    assert stripped(["ENC", PLANT]) == "*****"


def test_secrets_within_texts_are_blotted_out() -> None:
    config = json.dumps({"name": "vpn", "psksecret": ["ENC", PLANT], "proposal": 1})
    cli = f'config vpn\n set psksecret ENC {PLANT}\n set passwd "{PLANT} x"\n set ttl 5\nend'
    pem = f"-----BEGIN RSA PRIVATE KEY-----\n{PLANT}\n-----END RSA PRIVATE KEY-----\nrest"
    assert stripped([{"config": config}, {"cli": cli}, {"pem": pem}]) == [
        {"config": '{"name": "vpn", "proposal": 1}'},
        {"cli": "config vpn\n set psksecret *****\n set passwd *****\n set ttl 5\nend"},
        {"pem": "*****\nrest"},
    ]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b'{"result": [{"\\u0070sk": "hunter2plant", "a": 1}]}', {"a": 1}),
        (b'{"result": [{"PsKsecret": "hunter2plant", "a": 1}]}', {"a": 1}),
        (b'{"result": [{"\\ud800": "hunter2plant", "a": "\\ud800"}]}', {"a": "?"}),
    ],
)
def test_names_written_in_another_way_do_not_get_through(raw: bytes, kept: Any) -> None:
    assert decode(raw) == {"result": [kept]}


NAMES = [
    "Bearer North", "Bearer South", "Basic pass-through A", "Site ENC Berlin", "set password B",
    "Bearer pass-through-of-the-north-and-south", "ENC key Frankfurt-am-Main-Mitte", "[pass] {key}",
    "access_token=Berlin", "'password': north", '{"name":  "kept as it is", "key": 1.0}', "[token]",
]  # fmt: skip


def test_names_and_references_are_kept_to_the_letter() -> None:
    rows = [{"name": name, "srcaddr": NAMES} for name in NAMES]
    assert stripped([{"psk": PLANT}, *rows]) == [{}, *rows]


OWN = 'S3cret/of "Łódź"'


@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_accounts_own_secrets_are_blotted_out_of_data(ascii_only: bool) -> None:
    censor = Censor(OWN, "internal", "session+1/secretkey==")
    row = {"name": "internal", "comments": f"log in with {OWN}", "key": ["session+1/secretkey=="]}
    raw = json.dumps({"result": [row]}, ensure_ascii=ascii_only).encode()
    kept = {"name": "internal", "comments": "log in with *****", "key": ["*****"]}
    assert decode(raw, censor.own()) == {"result": [kept]}
    assert decode(raw.replace(b"/", b"\\/"), censor.own()) == {"result": [kept]}


def test_json_within_a_text_loses_its_secrets_and_keeps_its_form_without_any() -> None:
    texts = ['{"x":["ENC","' + PLANT + '"]}', '{"x":1.0,  "n":[]}', '{"psk": "hunter2plant']
    assert stripped(texts) == ['{"x": "*****"}', '{"x":1.0,  "n":[]}', '{"psk": "*****"']


def test_data_without_any_secret_is_left_alone() -> None:
    rows = [{"name": f"n{number}", "comment": "ünïcode, 'quoted'"} for number in range(50)]
    assert stripped(rows) == rows


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"user": "a", "passwd": "hunter2plant', '{"user": "a", "passwd": "*****"'),
        ('"data": {"password" : ["hunter2plant"]}', '"data": {"password" : "*****"}'),
        ('{"session": "hunter2plant", "id": 1', '{"session": "*****", "id": 1'),
        ("Authorization: Bearer hunter2plant", "Authorization: Bearer *****"),
        ("POST /jsonrpc?access_token=hunter2plant&x=1", "POST /jsonrpc?access_token=*****&x=1"),
        ("value ENC hunter2plant+xyz= is wrong", "value ENC ***** is wrong"),
        ("token Bearer hunter2plant.xyz0 is wrong", "token Bearer ***** is wrong"),
        ("Basic hunter2plant/xyz", "Basic *****"),
        ("ENC 'hunter2plant'", "ENC *****'"),
        ('["ENC", "hunter2plant"', '["ENC *****"'),
        ("set psksecret ENC hunter2plant", "set psksecret *****"),
        (
            "Site ENC Berlin is in use by Basic pass-through A",
            "Site ENC Berlin is in use by Basic pass-through A",
        ),
        ("the password policy forbids this", "the password policy forbids this"),
    ],
)
def test_texts_for_people_are_cleaned(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_known_secret_is_blotted_out_in_every_spelling() -> None:
    censor = Censor('pa/ss"wörd')
    text = 'pa/ss"wörd pa/ss\\"w\\u00f6rd pa/ss%22w%C3%B6rd pa%2Fss%22w%C3%B6rd'
    assert censor.text(text) == "***** ***** ***** *****"
    assert "ss" not in repr(censor)


def test_an_excerpt_ends_before_the_first_word_of_a_secret() -> None:
    censor = Censor()
    assert censor.excerpt("<html> your secret is hunter2plant") == "<html> your …"
    assert censor.excerpt("<p>" + "x" * 500) == "<p>" + "x" * 77


SECRETS = {
    "password": "pw-" + PLANT,
    "token": "tok-" + PLANT,
    "proxy": f"http://web:px-{PLANT}@proxy.example.com:3128",
}
ROW = {
    "name": "x",
    "psk": PLANT,
    "sub": {"adm_pass": ["ENC", PLANT]},
    "cli": f"edit x\n set passwd {PLANT}",
}


def echo_everything(body: Body) -> Any:
    """Says back all that it was sent, in its messages."""
    message = f"refused {json.dumps(body)} with set psk {PLANT}"
    return {
        "id": body["id"],
        "session": "ses-" + PLANT,
        "result": [
            {"status": {"code": 0 if "login" in p["url"] else -10, "message": message}, "data": ROW}
            for p in body["params"]
        ],
    }


def tell_secrets(body: Body) -> Any:
    """Names password, token and session without any word that would give them away."""
    far = FortiManager()
    said = f"px-{PLANT} "
    said += f"pw-{PLANT} {PLANT}-of-session" if "session" in body else f"tok-{PLANT}"
    if "login" in body["params"][0]["url"]:
        return {**far(body), "session": f"{PLANT}-of-session"}
    return {"id": body["id"], "result": [{"status": {"code": -9, "message": said}}]}


def refuse_login(body: Body) -> Any:
    message = f"{body['params'][0]['data']} is wrong"
    return {"id": 1, "result": [{"status": {"code": -22, "message": message}, "url": "x"}]}


@pytest.mark.parametrize(
    ("far", "kept"),
    [
        (echo_everything, "password"),
        (echo_everything, "token"),
        (tell_secrets, "password"),
        (tell_secrets, "token"),
        (refuse_login, "password"),
        (FortiManager({"/t": [ROW]}), "password"),
    ],
    ids=["all is echoed", "all to a token", "told", "told to a token", "log-in refused", "rows"],
)
def test_no_secret_leaves_the_client_in_any_text(
    far: Any, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {kept: SECRETS[kept], "proxy": SECRETS["proxy"]}
    account = Account("fmg.example.com", user="splunk", **secrets)
    client, _ = client_for(far, account=account)
    texts = [repr(account)]
    with client:
        try:
            answers = client.get([{"url": "/t"}])
            texts += [repr(answers), json.dumps([answer.data for answer in answers])]
            answers[0].rows()
        except FmgStateError as error:
            shown = traceback.format_exception(type(error), error, error.__traceback__)
            texts += [str(error), repr(error), *shown]
        texts += [repr(client), repr(client._auth), repr(client._pool), repr(client._pool._slots)]
    texts.append(caplog.text)
    assert PLANT not in "\n".join(texts)
    assert len("".join(texts)) > 200
