"""What names stand for in the simulated world, on the day the logs were written.

FortiManager does not know it, the FortiGates do: addresses of host names, of countries, of
internet services. Everything lies in ranges kept for documentation and benchmarks.
"""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address, ip_network

Ranges = tuple[tuple[int, int], ...]

SITES = (
    "updates.vendor-a.example", "api.payments.example", "cdn.assets.example",
    "login.idp.example", "repo.packages.example", "telemetry.vendor-b.example",
    "sign.pki.example", "maps.tiles.example",
)  # fmt: skip
COUNTRIES = {
    "KP": "North Korea", "IR": "Iran", "RU": "Russian Federation", "CN": "China",
    "BY": "Belarus", "SY": "Syria",
}  # fmt: skip
ELSEWHERE = ("198.51.100.128/26", "203.0.113.192/26", "198.19.0.0/16")
"""Addresses on the Internet that no object of a scenario names, but ``all``."""


@cache
def network(text: str) -> tuple[int, int]:
    """First and last address as numbers."""
    net = ip_network(text, strict=False)
    return int(net.network_address), int(net.broadcast_address)


def host_name(name: str) -> Ranges:
    """Addresses of a host name; none for one the world does not have."""
    if name not in SITES:
        return ()
    address = int(ip_address("203.0.113.130")) + SITES.index(name)
    return ((address, address),)


def wildcard_host_name(name: str) -> Ranges:
    """Addresses the FortiGates learned for a pattern of host names."""
    return (network("203.0.113.160/29"),) if name == "*.cloud.example" else ()


def country(code: str) -> Ranges:
    """Addresses of a country."""
    if code not in COUNTRIES:
        return ()
    return (network(f"198.18.{list(COUNTRIES).index(code)}.0/24"),)


def internet_service(name: str) -> Ranges:
    """Addresses of an internet service."""
    return (network("203.0.113.176/28"),) if name == "Microsoft-Office365" else ()


@cache
def country_name(address: int, version: int) -> str:
    """srccountry and dstcountry as a FortiGate writes them."""
    if version == 6 or (ip_address(address).is_private and not _is_outside(address)):
        return "Reserved"
    for code, name in COUNTRIES.items():
        if any(first <= address <= last for first, last in country(code)):
            return name
    return "United States"


def _is_outside(address: int) -> bool:
    outside = ("192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24")
    return any(first <= address <= last for first, last in map(network, outside))
