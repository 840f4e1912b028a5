"""A stand-in for splunkd: runs a built app package without Splunk. It is not Splunk."""

from standin.errors import (
    ArgumentsRefused,
    NotSupported,
    PackageRefused,
    RestRefused,
    StandinError,
    WaitedInVain,
)
from standin.instance import Standin

__all__ = [
    "ArgumentsRefused",
    "NotSupported",
    "PackageRefused",
    "RestRefused",
    "Standin",
    "StandinError",
    "WaitedInVain",
]
