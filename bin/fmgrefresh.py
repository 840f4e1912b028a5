"""The search command ``fmgrefresh``."""

from __future__ import annotations

import import_declare_test  # noqa: F401  puts the app's lib/ on sys.path

from fmgstate.search.command import main
from fmgstate.search.fmgrefresh import command
from fmgstate.settings import Account
from fmgstate.splunk import accounts
from fmgstate.splunk.splunkd import RestSplunkd


def account(uri: str, session_key: str, name: str) -> Account:
    return accounts.account(RestSplunkd(uri, session_key), name)


if __name__ == "__main__":
    main(lambda: command(account))
