"""Traffic logs that agree with the simulator's policies, each line with the truth of it."""

from simulator.logs.generate import Logs
from simulator.logs.lines import RELEASES, SOURCETYPES, SPELLINGS
from simulator.logs.truth import Truth

__all__ = ["RELEASES", "SOURCETYPES", "SPELLINGS", "Logs", "Truth"]
