"""What the stand-in raises.

StandinError
├── PackageRefused    the file is no app package Splunk would install
├── NotSupported      splunkd can, the stand-in cannot
├── ArgumentsRefused  an input's arguments were refused, by the stand-in or by the app
└── WaitedInVain      a condition did not come true in time
"""


class StandinError(Exception):
    """Anything the stand-in refuses or fails at."""


class PackageRefused(StandinError):
    """The file is no app package Splunk would install."""


class NotSupported(StandinError):
    """Something splunkd can do and the stand-in cannot."""


class ArgumentsRefused(StandinError):
    """Arguments of an input that the stand-in or the app's own validation refused."""


class WaitedInVain(StandinError):
    """A condition did not come true in time."""
