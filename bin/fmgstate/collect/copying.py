"""Beside a host's store: which version its copy follows, since when, and who brings it up to date.

Imported by every search: nothing but what is needed to look.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import time
from typing import Any

from fmgstate.errors import StoreError
from fmgstate.settings import StoreFile

LOCK_SECONDS = 600.0


def mark(file: StoreFile) -> str:
    """The file that holds the version which was followed last; as old as that is."""
    return f"{os.fspath(file)}.copied"


def looked(file: StoreFile) -> float:
    """When it was last looked for news from here; a time that lies ahead is none."""
    try:
        found = os.stat(mark(file)).st_mtime  # noqa: PTH116
    except OSError:
        return 0.0
    return found if found <= time() + 1.0 else 0.0


def followed(file: StoreFile) -> str:
    """The version that the copy follows; "" = none for sure."""
    with suppress(OSError, ValueError), open(mark(file), encoding="utf-8") as kept:  # noqa: PTH123
        return kept.read()
    return ""


def note(file: StoreFile, version: str, as_of: float = 0.0) -> None:
    """The copy follows this version. ``as_of``: epoch seconds of the look; 0 = now."""
    try:
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        with open(mark(file), "w", encoding="utf-8") as kept:  # noqa: PTH123
            kept.write(version)
        if as_of:
            os.utime(mark(file), (as_of, as_of))
    except OSError as error:
        raise StoreError(
            f"{mark(file)} cannot be written ({type(error).__name__}).",
            "Look at the folder's owner and at free space.",
        ) from None


@contextmanager
def alone(file: StoreFile) -> Iterator[None]:
    """Held by one process of the host; the kernel lets go of it when that dies."""
    import sqlite3
    from contextlib import closing

    try:
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        connection: Any = sqlite3.connect(f"{os.fspath(file)}.copying", timeout=LOCK_SECONDS)
        with closing(connection):
            connection.execute("BEGIN EXCLUSIVE")
            yield
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"The copy at {os.fspath(file)} cannot be brought up to date ({type(error).__name__}).",
            "Look at the folder's owner and at free space.",
        ) from None
