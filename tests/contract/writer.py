"""Saves one scope again and again, in a process of its own; prints each version when it is saved.

    python writer.py <implementation> <place> <scope key> <first version> <last; 0 = without end>

The head's mark, the content and all rows of a version carry its number, and nothing else does.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT)]

from fmgstate.store.base import Head, Snapshot, Store  # noqa: E402
from tests.contract.implementations import IMPLEMENTATIONS  # noqa: E402

ROWS = 150


def save_version(store: Store, key: str, version: int) -> None:
    """The content is large enough to fill several pages; its size differs between versions."""
    text = f"{version} " * (2_000 + version % 7 * 500)
    rows = [(key, b"%d " % version * 200) for _ in range(ROWS)]
    store.save(Snapshot(Head(key, mark=str(version)), {"version": version, "text": text}), rows)


def seen_version(store: Store, key: str) -> int:
    """The version that content, head and all rows agree on; 0 = nothing there."""
    found, loaded = store.find([key]), store.load(key)
    again = store.find([key])
    if again != found:
        return seen_version(store, key)
    if loaded is None:
        assert found == []
        return 0
    version = int(found[0].head.mark)
    assert [(row.value, row.head.mark) for row in found] == [
        (b"%d " % version * 200, str(version))
    ] * ROWS
    assert loaded.content["text"] == f"{version} " * (2_000 + version % 7 * 500)
    assert (loaded.content["version"], loaded.head.mark) == (version, str(version))
    return version


def main(name: str, place: str, key: str, first: str, last: str) -> None:
    chosen = next(one for one in IMPLEMENTATIONS if one.name == name)
    store = chosen.open(Path(place))
    for version in range(int(first), int(last) + 1) if last != "0" else count(int(first)):
        save_version(store, key, version)
        print(version, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
