"""Sets of addresses and ports as sorted, disjoint, non-adjacent ranges of integers.

``((1, 5), (9, 9))`` is {1, 2, 3, 4, 5, 9}. The functions keep that form and take any order in.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Range = tuple[int, int]
Ranges = tuple[Range, ...]

NONE: Ranges = ()
ALL_IPV4: Ranges = ((0, 2**32 - 1),)
ALL_IPV6: Ranges = ((0, 2**128 - 1),)
ALL_PORTS: Ranges = ((0, 65535),)


def union(ranges: Iterable[Range]) -> Ranges:
    """All of them together."""
    merged: list[Range] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def subtract(these: Ranges, those: Ranges) -> Ranges:
    """What is in ``these`` but not in ``those``; both sorted and disjoint."""
    left: list[Range] = []
    for low, high in these:
        for cut_low, cut_high in those:
            if cut_high < low or cut_low > high:
                continue
            if cut_low > low:
                left.append((low, cut_low - 1))
            low = cut_high + 1
            if low > high:
                break
        if low <= high:
            left.append((low, high))
    return tuple(left)


def intersect(these: Ranges, those: Ranges) -> Ranges:
    """What is in both."""
    return subtract(these, subtract(these, those))


def size(ranges: Ranges) -> int:
    """How many integers."""
    return sum(high - low + 1 for low, high in ranges)


def network(text: str) -> Range:
    """ "10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.0 255.0.0.0" or "2001:db8::/32"."""
    found = ip_network(text.strip().replace(" ", "/"), strict=False)
    return int(found.network_address), int(found.broadcast_address)


def address(text: str) -> int:
    """One IPv4 or IPv6 address."""
    return int(ip_address(text.strip()))


def span(text: str) -> Range:
    """ "10.0.0.1-10.0.0.9", or one address."""
    low, _, high = text.partition("-")
    return address(low), address(high or low)


def address_text(one: Range, v6: bool = False) -> str:
    """A range as people write it: one address, or first-last."""
    make = IPv6Address if v6 else IPv4Address
    low, high = one
    return str(make(low)) if low == high else f"{make(low)}-{make(high)}"


def port_text(one: Range) -> str:
    """A port range as people write it."""
    low, high = one
    return str(low) if low == high else f"{low}-{high}"
