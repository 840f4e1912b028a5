"""Hides the interpreter's site-packages: Splunk's Python does not have the developer's."""

import os
import sys

_given = set(os.environ.get("PYTHONPATH", "").split(os.pathsep))
sys.path[:] = [
    entry
    for entry in sys.path
    if entry in _given or os.path.basename(entry) not in ("site-packages", "dist-packages")
]
