"""What the scripts share: where the simulator is, and how a step is reported."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator

FACTS = json.loads(os.environ["SIMULATOR"])
PLAIN, WORKSPACE = FACTS["plain"], FACTS["workspace"]
HQ = "/pm/config/adom/branch/pkg/hq/firewall/policy"
ADDRESSES = "/pm/config/adom/branch/obj/firewall/address"


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """One line of the report: ``ok name``, or ``FAILED name: why``; the script goes on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (whatever a client raises is the report)
        text = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"FAILED {name}: {text[:300]}", flush=True)
    else:
        print(f"ok {name}", flush=True)


def same(found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{found!r} is not {wanted!r}")
