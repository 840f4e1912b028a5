"""Versions as FortiManager writes them, and what exists since when."""

from __future__ import annotations

import pytest

from fmgstate.errors import BadAnswer
from fmgstate.fortimanager import versions


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v7.2.2-build1317 230107 (Interim)", (7, 2, 2, 1317)),
        ("v7.4.5-build2463 240911 (GA.M)", (7, 4, 5, 2463)),
        ("v6.4.15-build2563", (6, 4, 15, 2563)),
        ("8.0.0", (8, 0, 0)),
    ],
)
def test_a_version_is_read(text: str, version: versions.Version) -> None:
    assert versions.parse(text) == version


@pytest.mark.parametrize("text", ["", "v7.4", "FortiAnalyzer", None, 7, ["v7.4.5"], "v7.4.٣"])
def test_what_is_no_version_is_said_to_be_none(text: object) -> None:
    with pytest.raises(BadAnswer, match="no version"):
        versions.parse(text)


@pytest.mark.parametrize(
    ("version", "feature", "there"),
    [
        ((6, 4, 6), versions.HIT_COUNTS, False),
        ((6, 4, 7), versions.HIT_COUNTS, True),
        ((7, 0, 2), versions.HIT_COUNTS, False),
        ((7, 0, 3, 254), versions.HIT_COUNTS, True),
        ((7, 2, 0), versions.HIT_COUNTS, True),
        ((6, 4, 15), versions.POLICY_BLOCKS, False),
        ((7, 0, 3), versions.POLICY_BLOCKS, True),
        ((7, 0, 4), versions.GLOBAL_POLICIES_IN_PACKAGE, False),
        ((7, 0, 15), versions.GLOBAL_POLICIES_IN_PACKAGE, True),
        ((7, 2, 1), versions.GLOBAL_POLICIES_IN_PACKAGE, False),
        ((7, 2, 2), versions.GLOBAL_POLICIES_IN_PACKAGE, True),
        ((7, 2, 1), versions.API_TOKENS, False),
        ((8, 0, 0), versions.API_TOKENS, True),
        ((7, 2, 11), versions.PARALLEL_TOKENS, False),
        ((7, 4, 7, 9999), versions.PARALLEL_TOKENS, False),
        ((7, 4, 8), versions.PARALLEL_TOKENS, True),
        ((7, 6, 1), versions.PARALLEL_TOKENS, False),
        ((7, 6, 2), versions.PARALLEL_TOKENS, True),
        ((8, 0, 0), versions.PARALLEL_TOKENS, True),
    ],
)
def test_what_a_version_has(version: versions.Version, feature: str, there: bool) -> None:
    assert versions.has(version, feature) is there
