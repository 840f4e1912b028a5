"""Where the inputs log: $SPLUNK_HOME/var/log/splunk/fortimanager_policy_state_<kind>.log."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from solnlib.log import Logs

from fmgstate.settings import APP, Account
from fmgstate.splunk.splunkd import Splunkd

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
HIDDEN = "******"


def open_log(kind: str) -> logging.Logger:
    """The log of the inputs of this kind; what the library logs goes there too."""
    logger: logging.Logger = Logs().get_logger(f"{APP}_{kind}")
    library = logging.getLogger("fmgstate")
    library.handlers, library.propagate = list(logger.handlers), False
    return logger


def set_level(logger: logging.Logger, splunkd: Splunkd) -> None:
    """The level chosen on the Logging tab; INFO when none is."""
    chosen = str((splunkd.stanza("settings", "logging") or {}).get("loglevel", "")).upper()
    level = chosen if chosen in LEVELS else "INFO"
    logger.setLevel(level)
    logging.getLogger("fmgstate").setLevel(level)


def hide(logger: logging.Logger, account: Account) -> None:
    """From now on the account's secrets are blotted out of whatever is logged."""
    proxy_password = account.proxy.rpartition("@")[0].rpartition(":")[2]
    for handler in logger.handlers:
        handler.addFilter(Blot([account.password, account.token, account.proxy, proxy_password]))


class Blot(logging.Filter):
    """Blots secrets out of a record's text, its arguments and its traceback."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.msg, record.args = self._clean(text), None
        record.exc_text = self._clean(record.exc_text) if record.exc_text else None
        return True

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text
