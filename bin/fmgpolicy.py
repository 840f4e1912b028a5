"""The search command ``fmgpolicy``."""

from __future__ import annotations

from fmgstate.search.command import main
from fmgstate.search.fmgpolicy import command

if __name__ == "__main__":
    main(command())
