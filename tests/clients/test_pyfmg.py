"""A public client that knows nothing of us gets along with the simulator: ``make test-clients``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.control import Running, running

pyfmg = pytest.importorskip("pyFMG.fortimgr", reason="pyfmg is not installed: make test-clients")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running(scenario="branch") as sim:
        yield sim


@pytest.fixture
def manager(simulator: Running) -> Iterator[object]:
    host = simulator.url.split("://")[1]
    with pyfmg.FortiManager(
        host, simulator.user, simulator.password, verify_ssl=simulator.ca
    ) as manager:
        yield manager


def test_devices(manager: pyfmg.FortiManager) -> None:
    code, devices = manager.get("/dvmdb/adom/branch/device", fields=["name", "sn"], loadsub=0)
    assert code == 0
    assert min(device["name"] for device in devices) == "fgt-berlin"


def test_policies(manager: pyfmg.FortiManager) -> None:
    code, packages = manager.get("/pm/pkg/adom/branch")
    assert code == 0
    found = []
    for name in [one["name"] for one in packages if one["type"] == "pkg"]:
        url = f"/pm/config/adom/branch/pkg/{name}/firewall/policy"
        code, policies = manager.get(url, verbose=1)
        assert code == 0
        found.extend(policies)
    assert len(found) > 3
    for policy in found:
        assert {"policyid", "srcaddr", "dstaddr", "service", "action"} <= set(policy)


def test_a_wrong_adom_is_a_code_and_no_empty_list(manager: pyfmg.FortiManager) -> None:
    code, answer = manager.get("/dvmdb/adom/no-such-adom/device")
    assert code != 0
    assert answer["status"]["code"] == code


def test_a_wrong_password_is_refused(simulator: Running) -> None:
    manager = pyfmg.FortiManager(
        simulator.url.split("://")[1], simulator.user, "wrong", verify_ssl=simulator.ca
    )
    with pytest.raises(pyfmg.FMGValidSessionException):
        manager.login()
