"""The search command ``fmgaudit``."""

from __future__ import annotations

from fmgstate.search.command import main
from fmgstate.search.fmgaudit import command

if __name__ == "__main__":
    main(command())
