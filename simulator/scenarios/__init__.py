"""Scenarios: data by name. The same name, version, seed and sizes give the same state."""

from __future__ import annotations

from simulator.scenarios.branch import build_branch
from simulator.scenarios.company import COMPANIES, build_company
from simulator.state.fortimanager import FortiManager
from simulator.versions import Version

SCENARIOS = ("branch", *COMPANIES)


def build(name: str, version: Version, seed: int, **sizes: int) -> FortiManager:
    """``sizes`` (``devices``, ``adoms``, ``policies`` per package) are for company scenarios."""
    fm = FortiManager(version, seed)
    if name == "branch":
        build_branch(fm)
    else:
        build_company(fm, COMPANIES[name].resized(**sizes))
    return fm
