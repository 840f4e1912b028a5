"""SIGTERM ends an input wherever it strikes, and says nothing on standard error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import fmgstate

IN_A_FINALIZER = """
import os, signal, time, weakref
from fmgstate.splunk.stopping import leave_when_told

class Session:
    pass

def told_here(_reference):
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(1000):  # the handler runs between two of these, inside the callback
        pass

leave_when_told()
try:
    session = Session()
    reference = weakref.ref(session, told_here)
    del session
    time.sleep(20)
    print("was not stopped")
finally:
    print("logged out")
"""

AT_WORK = """
import os, signal, time
from fmgstate.splunk.stopping import leave_when_told

leave_when_told()
try:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)
finally:
    print("logged out")
"""

ANOTHER_ERROR = """
from fmgstate.splunk.stopping import leave_when_told

class Careless:
    def __del__(self):
        raise ValueError("told as ever")

leave_when_told()
Careless()
"""


def run(program: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(fmgstate.__file__).parents[1],
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_at_work() -> None:
    assert run(AT_WORK) == (143, "logged out\n", "")


def test_within_the_callback_of_a_weak_reference_where_python_drops_exceptions() -> None:
    assert run(IN_A_FINALIZER) == (143, "logged out\n", "")


def test_other_errors_of_finalizers_are_told_as_ever() -> None:
    code, said, complaint = run(ANOTHER_ERROR)
    assert (code, said) == (0, "")
    assert complaint.endswith("ValueError: told as ever\n")
