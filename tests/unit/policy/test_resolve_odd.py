"""Objects that make no sense are unknown, never a range and never "any"."""

from __future__ import annotations

from typing import Any

import pytest

from fmgstate.policy import normalize
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.resolve import Addresses, Book
from fmgstate.policy.services import Services, custom_service
from fmgstate.policy.space import ALL_IPV4, ALL_IPV6


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        (
            "firewall/address",
            {"type": "iprange", "start-ip": "10.0.0.9", "end-ip": "10.0.0.1"},
            "x (address cannot be read)",
        ),
        ("firewall/address", {"type": "ipmask"}, "x (no subnet)"),
        (
            "firewall/address",
            {"type": "iprange", "start-ip": ["10.0.0.1"], "end-ip": 5},
            "x (address cannot be read)",
        ),
        ("firewall/addrgrp", {"member": [["y"]]}, "['y'] (no such address object)"),
        ("firewall/addrgrp", {"member": [{"name": "y"}]}, "y (no such address object)"),
        ("firewall/address", {"fqdn": "www.example.com"}, "x (no subnet)"),
        (
            "firewall/address",
            {"type": "iprange", "start-ip": "2001:db8::1", "end-ip": "2001:db8::9"},
            "x (address cannot be read)",
        ),
        ("firewall/address6", {"fqdn": "www.example.com"}, "x (no subnet)"),
        (
            "firewall/vip",
            {"type": "static-nat", "extip": "10.0.0.9-10.0.0.1"},
            "x (address cannot be read)",
        ),
        (
            "firewall/vip",
            {"type": "static-nat", "extip": "0.0.0.0", "mappedip": ["10.0.0.1"]},
            "x (whatever address the outside interface has)",
        ),
    ],
)
def test_an_address_that_makes_no_sense_is_unknown(
    table: str, row: dict[str, Any], reason: str
) -> None:
    v6 = table.endswith("6")
    book = Book([normalize.firewall_object(table, {"name": "x", **row})])
    whole = ALL_IPV6 if v6 else ALL_IPV4
    assert book.addresses(["x"], v6) == Addresses((), (reason,), Bounds((), whole, (reason,)))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"tcp-portrange": ["2000-1000"]}, "x (ports cannot be read)"),
        ({"tcp-portrange": ["443:9-1"]}, "x (ports cannot be read)"),
        ({"udp-portrange": ["70000"]}, "x (ports cannot be read)"),
        ({"protocol": "IP", "protocol-number": 300}, "x (ports cannot be read)"),
        ({"protocol": "ICMP", "icmptype": 300}, "x (ports cannot be read)"),
        ({"protocol": "ICMP", "icmptype": 3, "icmpcode": -1}, "x (ports cannot be read)"),
        ({"protocol": "IP", "protocol-number": [6]}, "x (ports cannot be read)"),
        ({"protocol": "SOCKS-TCP"}, "x (ports cannot be read)"),
        ({"protocol": "TCP/UDP/UDP-Lite/SCTP"}, "x (no ports)"),
        ({"protocol": "TCP/UDP/SCTP"}, "x (no ports)"),
    ],
)
def test_a_service_that_makes_no_sense_is_unknown(row: dict[str, Any], reason: str) -> None:
    values = normalize.firewall_object("firewall/service/custom", {"name": "x", **row}).values
    assert custom_service("x", values) == Services(unknown=(reason,), boundless=True)
