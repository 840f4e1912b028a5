"""One run of an input in a process of its own, to be killed: events as lines of JSON on stdout.

python one_run.py < settings.json
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bin"))

from fmgstate.collect.event import Event
from fmgstate.collect.input_run import InputRun
from fmgstate.errors import FmgStateError
from fmgstate.settings import Account, Limits, Plan
from fmgstate.wiring import run_input


def emit(events: list[Event]) -> None:
    for event in events:
        print(json.dumps({"sourcetype": event.sourcetype, "data": event.data}), flush=True)


def main(given: dict[str, Any]) -> None:
    settings = Account(**given["account"]), Plan(**given["plan"]), Limits(**given["limits"])
    with suppress(FmgStateError):
        run_input(InputRun("policies", given["stream"], *settings, Path(given["store"]), emit))


if __name__ == "__main__":
    main(json.load(sys.stdin))
