"""The search command ``fmgsnapshot``."""

from __future__ import annotations

from fmgstate.search.command import main
from fmgstate.search.fmgsnapshot import command

if __name__ == "__main__":
    main(command())
