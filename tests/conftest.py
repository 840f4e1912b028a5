"""For all tests: property tests draw the same examples each time, so that a failure comes back.

HYPOTHESIS_PROFILE=explore draws new ones.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_report_header() -> list[str]:
    """What the results of this run can say, and what not."""
    if os.environ.get("SPLUNK_URL"):
        return ["Splunk: searches also asked of the instance that SPLUNK_URL names"]
    return ["Splunk: a stand-in only; no search was checked on a real Splunk (SPLUNK_URL not set)"]
