"""COVERAGE.md says what the code knows."""

from __future__ import annotations

from simulator.coverage import FILE, text


def test_the_page_is_current() -> None:
    assert FILE.read_text() == text(), "run python -m simulator.coverage"


def test_it_names_urls_tables_and_faults() -> None:
    page = text()
    for word in ("`/dvmdb/adom/{adom}/device`", "`firewall/central-snat-map`", "`token race`"):
        assert word in page
