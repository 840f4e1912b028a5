"""Makes the interpreter Splunk's: without the developer's libraries, gone with its parent."""

import ctypes
import os
import signal
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG = 1

_given = set(os.environ.get("PYTHONPATH", "").split(os.pathsep))
sys.path[:] = [
    entry
    for entry in sys.path
    if entry in _given or os.path.basename(entry) not in ("site-packages", "dist-packages")
]

# A stand-in that is killed outright cannot stop its programs: the kernel does it. Linux only.
with suppress(OSError, AttributeError):
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
