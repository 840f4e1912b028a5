"""The search command ``fmglookup``."""

from __future__ import annotations

from fmgstate.search.command import main
from fmgstate.search.fmglookup import command

if __name__ == "__main__":
    main(command())
