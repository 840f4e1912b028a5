"""Benchmarks are not run by the tests, but each of them can be started."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import benchmarks

NAMES = sorted(one.name for one in pkgutil.iter_modules(benchmarks.__path__))
OURS = ("benchmarks", "demo", "fmgstate", "simulator", "standin", "tests")


@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_started(name: str) -> None:
    try:
        found = importlib.import_module(f"benchmarks.{name}")
    except ModuleNotFoundError as missing:
        if str(missing.name).partition(".")[0] in OURS:
            raise
        pytest.skip(f"{missing.name} is installed for benchmarks only")
    assert found.__doc__
