"""An HA pair: the second address is asked when the first one cannot be reached."""

from __future__ import annotations

import pytest

from fmgstate.errors import ConfigurationError, Unreachable
from fmgstate.fortimanager.client import Client
from fmgstate.fortimanager.members import Members
from fmgstate.fortimanager.transport import NoConnection
from fmgstate.settings import Account, Limits
from tests.unit.fortimanager.far_end import ROWS, Body, FortiManager, FunctionTransport, Time

PAIR = Account("https://fmg1.example.com, FMG2.example.com:8443", user="u", password="p-4711")


class Pair:
    """Two FortiManagers that share tables but no sessions."""

    def __init__(self) -> None:
        self.far = {address: FortiManager({"/t": ROWS}) for address in PAIR.addresses}
        self.gone: set[str] = set()
        self.asked: list[str] = []

    def reach(self, address: str) -> FunctionTransport:
        def reply(body: Body) -> Body:
            self.asked.append(f"{address.partition('.')[0]} {body['params'][0]['url']}")
            if address in self.gone:
                raise NoConnection(f"{address} refuses connections.")
            return self.far[address](body)

        return FunctionTransport(reply)

    def client(self, limits: Limits = Limits()) -> Client:  # noqa: B008
        time = Time()
        members = Members(PAIR.addresses, self.reach)
        return Client(PAIR, limits, transport=members, sleep=time.sleep, clock=time)


def test_a_pair_is_named_by_its_first_member() -> None:
    assert PAIR.addresses == ("fmg1.example.com", "fmg2.example.com:8443")
    assert PAIR.manager == "fmg1.example.com"
    assert Account(" fmg:443 ,", user="u", password="p").addresses == ("fmg",)
    for host in (",", " ", "fmg1, http://fmg2"):
        with pytest.raises(ConfigurationError):
            Account(host, user="u", password="p")


def test_only_the_first_member_is_asked_while_it_answers() -> None:
    pair = Pair()
    with pair.client() as client:
        client.get([{"url": "/t"}])
        client.get([{"url": "/t"}])
    assert pair.asked == ["fmg1 /sys/login/user", "fmg1 /t", "fmg1 /t", "fmg1 /sys/logout"]


def test_the_second_member_is_asked_when_the_first_is_gone() -> None:
    pair = Pair()
    pair.gone.add("fmg1.example.com")
    with pair.client() as client:
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
    assert pair.asked == [
        "fmg1 /sys/login/user",
        "fmg2 /sys/login/user",
        "fmg2 /t",
        "fmg2 /sys/logout",
    ]


def test_a_failover_in_mid_run_needs_a_new_session_but_no_luck() -> None:
    pair = Pair()
    with pair.client() as client:
        client.get([{"url": "/t"}])
        pair.gone.add("fmg1.example.com")
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
        pair.gone = {"fmg2.example.com:8443"}
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
    assert [far.logins for far in pair.far.values()] == [2, 1]
    assert pair.far["fmg1.example.com"].most_sessions <= 2


def test_when_both_are_gone_the_error_names_the_one_tried_last() -> None:
    pair = Pair()
    pair.gone.update(PAIR.addresses)
    with pair.client(Limits(attempts=2)) as client, pytest.raises(Unreachable, match="fmg2"):
        client.get([{"url": "/t"}])
    assert pair.asked == ["fmg1 /sys/login/user", "fmg2 /sys/login/user"]


def test_threads_that_find_the_same_member_gone_change_over_once() -> None:
    members = Members(["a", "b"], Pair().reach)
    members._leave("a")
    members._leave("a")
    assert members.address == "b"
    members._leave("b")
    assert members.address == "a"
