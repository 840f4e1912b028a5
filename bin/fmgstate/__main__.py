"""``python -m fmgstate``, from a checkout or from the installed app."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    bundled = Path(__file__).resolve().parents[2] / "lib"
    if bundled.is_dir():
        sys.path.append(str(bundled))
    from fmgstate.cli import main

    sys.exit(main())
