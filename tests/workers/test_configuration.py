from __future__ import annotations

from pathlib import Path

import pytest

from fmgstate.errors import ConfigurationError
from fmgstate.settings import Account, Limits, Plan
from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.configuration import Configuration, Manager, load

WHOLE = """
managers:
  - host: fmg-1.example.com, fmg-2.example.com
    user: splunk
    password: {{env: FMG_PASSWORD}}
    adoms: [emea, apac]
    sessions: 4
    ca: /etc/fmgstate/ca.pem
  - host: fmg-3.example.com:8443
    token: {{file: {token}}}
redis:
  host: redis.example.com
  port: 6380
  username: fmgstate
  password: {{env: REDIS_PASSWORD}}
  tls: true
  ca_file: /etc/fmgstate/redis-ca.pem
concurrency: 16
poll_seconds: 30
hitcounts_by_device: true
state_folder: /run/fmgstate
metrics: {{host: 127.0.0.1, port: 9464}}
log_level: debug
"""
ENVIRON = {"FMG_PASSWORD": "fmg-s3cret", "REDIS_PASSWORD": "redis-s3cret"}


def written(folder: Path, text: str) -> Path:
    path = folder / "workers.yaml"
    path.write_text(text)
    return path


def test_a_whole_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("t0ken\n")
    token.chmod(0o600)
    found = load(written(tmp_path, WHOLE.format(token=token)), ENVIRON)
    plan = Plan(("emea", "apac"), hitcounts_by_device=True)
    assert found == Configuration(
        (
            Manager(
                Account("fmg-1.example.com, fmg-2.example.com", "splunk", "fmg-s3cret",
                        ca="/etc/fmgstate/ca.pem"),
                Limits(sessions=4), plan,
            ),
            Manager(Account("fmg-3.example.com:8443", token="t0ken"), Limits(),
                    Plan(hitcounts_by_device=True)),
        ),
        RedisServer("redis.example.com", 6380, 0, "fmgstate", "redis-s3cret", True,
                    "/etc/fmgstate/redis-ca.pem"),
        concurrency=16, poll_seconds=30.0, state_folder=Path("/run/fmgstate"), metrics_port=9464,
        log_level="DEBUG",
    )  # fmt: skip
    assert found.manager("fmg-3.example.com:8443") is found.managers[1]
    with pytest.raises(ConfigurationError, match="No FortiManager other is configured"):
        found.manager("other")
    assert not any(secret in repr(found) for secret in ("fmg-s3cret", "redis-s3cret", "t0ken"))


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    secret.chmod(0o644)
    text = f"""
managers:
  - host: fmg.example.com
    user: splunk
    password: s3cret-in-the-file
    sesions: 4
  - user: splunk
    token: {{file: {secret}}}
    adoms: emea
  - host: ann@fmg.example.com
    token: {{env: MISSING}}
redis:
  port: "6379"
  prefix: "a b"
concurrency: 0
polls: 3
log_level: loud
"""
    with pytest.raises(ConfigurationError) as refused:
        load(written(tmp_path, text), {})
    told = str(refused.value).splitlines()
    assert told == [
        f"{tmp_path / 'workers.yaml'} cannot be used:",
        "  managers[0].password: must not stand in this file: write {env: NAME} or {file: PATH}",
        "  managers[0].sesions: is not known here",
        (
            "  managers[0]: The account for fmg.example.com has neither a user with a password nor "
            "a token. Enter user and password (recommended), or an API token."
        ),
        "  managers[1].host: is missing",
        f"  managers[1].token: others may read {secret}: chmod 600 {secret}",
        "  managers[1].adoms: must be a list of texts",
        "  managers[1]: The FortiManager host is empty. Enter its name or address in the account.",
        "  managers[2].token: the environment variable MISSING is not set",
        (
            "  managers[2]: The FortiManager host holds a user or an @. Enter only its name or "
            "address as host; user and password have own fields."
        ),
        "  redis.port: must be a whole number of at least 1",
        "  redis: The key prefix 'a b' cannot be used. Use letters, digits, '.', '-', '_' and ':'.",
        "  concurrency: must be a whole number of at least 1",
        "  the file: log_level: must be one of DEBUG, INFO, WARNING, ERROR",
        "  polls: is not known here",
        " Correct these lines.",
    ]
    assert "s3cret-in-the-file" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("managers: [", r"is no YAML \(line 1, column 12\)|is no YAML \(line 2, column 1\)"),
        ("just text", "must be a mapping of names to values"),
        ("managers: []", "at least one FortiManager is needed"),
        ("managers: [{host: a, token: {env: T}}, {host: a, token: {env: T}}]", "a is listed twice"),
    ],
)
def test_files_that_make_no_sense(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load(written(tmp_path, text), {"T": "x"})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read \(FileNotFoundError\)"):
        load(tmp_path / "none.yaml", {})
