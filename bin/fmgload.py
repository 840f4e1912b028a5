"""The search command ``fmgload``."""

from __future__ import annotations

from fmgstate.search.command import main
from fmgstate.search.fmgload import command

if __name__ == "__main__":
    main(command)
