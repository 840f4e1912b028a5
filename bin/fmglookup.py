"""The search command ``fmglookup``."""

from __future__ import annotations

from fmgstate.search.command import Command, main
from fmgstate.search.permission import begin


def load() -> Command:
    from fmgstate.search.fmglookup import command  # while splunkd is asked

    return command()


if __name__ == "__main__":
    main(load, begin)
