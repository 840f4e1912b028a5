"""What the stand-in raises.

StandinError
├── PackageRefused    the file is no app package Splunk would install
├── NotSupported      splunkd can, the stand-in cannot
├── ArgumentsRefused  an input's arguments were refused, by the stand-in or by the app
├── RestRefused       the management port answered with an error
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


class RestRefused(StandinError):
    """The management port answered with an error: ``status`` and its ``text``."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


class WaitedInVain(StandinError):
    """A condition did not come true in time."""
