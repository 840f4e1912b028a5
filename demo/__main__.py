"""``make demo``: the main job, running, without Splunk and without FortiManager.

A simulated FortiManager with 80 FortiGates, a stand-in for splunkd that runs the built package,
and nothing else: what you see is what the package does. It ends by itself.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from demo.play import play
from demo.screen import Screen
from standin import StandinError

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Exit code 0 when everything that is shown was seen."""
    options = _options()
    signal.signal(signal.SIGTERM, _interrupt)
    home = Path(tempfile.mkdtemp(prefix="fmgstate-demo-"))
    screen = Screen(sys.stdout)
    try:
        return play(screen, home, _package(), options.scenario, options.latency_ms)
    except KeyboardInterrupt:
        screen.line("Stopped. Everything it started is ended.")
        return 130
    except (StandinError, RuntimeError) as error:
        screen.line(f"The demo failed: {error}")
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--scenario", default="eighty", help="of the simulator (%(default)s)")
    parser.add_argument("--latency-ms", type=int, default=150, help="a request (%(default)s)")
    return parser.parse_args()


def _package() -> Path:
    found = sorted((ROOT / "dist").glob("fortimanager_policy_state-*.tar.gz"))
    if not found:
        raise SystemExit("There is no package in dist/. Run: make package")
    return found[-1]


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
