"""For all tests: property tests draw the same examples each time, so that a failure comes back.

HYPOTHESIS_PROFILE=explore draws new ones.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
