"""Sets of addresses and ports as sorted, disjoint, non-adjacent ranges of integers.

``((1, 5), (9, 9))`` is {1, 2, 3, 4, 5, 9}. The functions keep that form and take any order in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

Range = tuple[int, int]
Ranges = tuple[Range, ...]

NONE: Ranges = ()
ALL_IPV4: Ranges = ((0, 2**32 - 1),)
ALL_IPV6: Ranges = ((0, 2**128 - 1),)
ALL_PORTS: Ranges = ((0, 65535),)
_BEYOND = 2**129


def union(ranges: Iterable[Range]) -> Ranges:
    """All of them together."""
    merged: list[Range] = []
    beyond = -1
    for one in sorted(ranges):
        low, high = one
        if low > beyond:
            merged.append(one)
            beyond = high + 1
        elif high >= beyond:
            merged[-1] = (merged[-1][0], high)
            beyond = high + 1
    return tuple(merged)


def intersect(these: Ranges, those: Ranges) -> Ranges:
    """What is in both."""
    found: list[Range] = []
    here = there = 0
    while here < len(these) and there < len(those):
        low = max(these[here][0], those[there][0])
        high = min(these[here][1], those[there][1])
        if low <= high:
            found.append((low, high))
        if these[here][1] < those[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def complement(these: Ranges, whole: Ranges) -> Ranges:
    """What of ``whole`` (one range) is not in ``these``."""
    ((low, last),) = whole
    found: list[Range] = []
    for start, end in these:
        if start > low:
            found.append((low, start - 1))
        low = end + 1
    if low <= last:
        found.append((low, last))
    return tuple(found)


def subtract(these: Ranges, those: Ranges) -> Ranges:
    """What is in ``these`` but not in ``those``."""
    if not these or not those:
        return these
    whole = ((min(these[0][0], those[0][0]), max(these[-1][1], those[-1][1])),)
    return intersect(these, complement(those, whole))


def contains(these: Ranges, value: int) -> bool:
    """Is ``value`` in one of the ranges?"""
    place = bisect_right(these, (value, _BEYOND)) - 1
    return place >= 0 and these[place][1] >= value


def covers(these: Ranges, those: Ranges) -> bool:
    """Is all of ``those`` in ``these``?"""
    for low, high in those:
        place = bisect_right(these, (low, _BEYOND)) - 1
        if place < 0 or these[place][1] < high:
            return False
    return True


def size(ranges: Ranges) -> int:
    """How many integers."""
    return sum(high - low + 1 for low, high in ranges)


def network(text: str) -> Range:
    """ "10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.0 255.0.0.0" or "2001:db8::/32"."""
    from ipaddress import ip_network  # a look-up has no use for it

    found = ip_network(text.strip().replace(" ", "/"), strict=False)
    return int(found.network_address), int(found.broadcast_address)


def address(text: str) -> int:
    """One IPv4 or IPv6 address."""
    from ipaddress import ip_address

    return int(ip_address(text.strip()))


def wildcard(text: str, most: int = 4096) -> Ranges:
    """ "10.0.0.1 255.0.255.255": addresses that agree wherever the mask has a one.

    Raises ``OverflowError`` where that takes more than ``most`` ranges.
    """
    base, mask = (address(part) for part in text.strip().replace("/", " ").split())
    free = ~mask & (2**32 - 1)
    low_bits = ((free + 1) & ~free).bit_length() - 1
    scattered = [1 << bit for bit in range(low_bits, 32) if free >> bit & 1]
    if 2 ** len(scattered) > most:
        raise OverflowError(text)
    starts = [base & mask]
    for bit in scattered:
        starts += [start | bit for start in starts]
    return union((start, start + 2**low_bits - 1) for start in starts)


def span(text: str) -> Range:
    """ "10.0.0.1-10.0.0.9", or one address."""
    low, _, high = text.partition("-")
    return address(low), address(high or low)


def address_text(one: Range, v6: bool = False) -> str:
    """A range as people write it: one address, or first-last."""
    write = _ipv6_text if v6 else _ipv4_text
    low, high = one
    return write(low) if low == high else f"{write(low)}-{write(high)}"


def port_text(one: Range) -> str:
    """A port range as people write it."""
    low, high = one
    return str(low) if low == high else f"{low}-{high}"


def _ipv4_text(number: int) -> str:
    """Without the detour over ``ipaddress``: a full set writes a million of them."""
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _ipv6_text(number: int) -> str:
    from ipaddress import IPv6Address

    return str(IPv6Address(number))
