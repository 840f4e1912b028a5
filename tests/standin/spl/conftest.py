"""When a running Splunk is asked (tests/live), the summary tells how often."""

from __future__ import annotations

from tests.live import splunk


def pytest_terminal_summary(terminalreporter) -> None:
    if splunk.wanted():
        terminalreporter.write_line(f"{splunk.asked()} searches were asked of SPLUNK_URL")
