"""FortiManager versions, and what exists since when: the one place where they are compared."""

from __future__ import annotations

import re

from fmgstate.errors import BadAnswer

Version = tuple[int, ...]
"""Major, minor and patch, then the build where it is known: ``(7, 4, 5, 2463)``."""

API_TOKENS = "API tokens"
PARALLEL_TOKENS = "API tokens that hold in parallel requests"
HIT_COUNTS = "hit counts"
POLICY_BLOCKS = "policy blocks"
GLOBAL_POLICIES_IN_PACKAGE = "header and footer policies under the package"
PROXY_POLICIES_IN_BLOCKS = "proxy policies in policy blocks"
ONE_TABLE_FOR_IPV6 = "no tables of their own for IPv6 and consolidated policies"

_SINCE: dict[str, tuple[tuple[int, int, int], ...]] = {
    API_TOKENS: ((7, 2, 2),),
    PARALLEL_TOKENS: ((7, 4, 8), (7, 6, 2)),
    HIT_COUNTS: ((6, 4, 7), (7, 0, 3)),
    POLICY_BLOCKS: ((7, 0, 3),),
    GLOBAL_POLICIES_IN_PACKAGE: ((7, 0, 5), (7, 2, 2)),
    PROXY_POLICIES_IN_BLOCKS: ((7, 6, 0),),
    ONE_TABLE_FOR_IPV6: ((7, 6, 3),),
}
"""First patch of each branch that has it; later branches have it from their first patch on."""

_TEXT = re.compile(r"v?(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\D*?build(\d{1,6}))?", re.ASCII)


def parse(text: object) -> Version:
    """``"v7.4.5-build2463 240911 (GA)"`` as ``(7, 4, 5, 2463)``; ``BadAnswer`` when it is none."""
    found = _TEXT.match(text) if isinstance(text, str) else None
    if not found:
        raise BadAnswer(
            "FortiManager's status holds no version that can be read.",
            "Check that the host is a FortiManager of version 6.4 or later.",
        )
    return tuple(int(part) for part in found.groups() if part is not None)


def has(version: Version, feature: str) -> bool:
    """Whether ``version`` has one of the features named above."""
    earlier = [first for first in _SINCE[feature] if first[:2] <= version[:2]]
    if not earlier:
        return False
    first = earlier[-1]
    return version[:2] > first[:2] or version[:3] >= first
