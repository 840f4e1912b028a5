"""Logging out a session that another process opened and left behind."""

from __future__ import annotations

from fmgstate.fortimanager.addresses import proxy_secrets
from fmgstate.fortimanager.auth import auth_for
from fmgstate.fortimanager.members import Members
from fmgstate.fortimanager.secrets import Censor
from fmgstate.fortimanager.transport import HttpsTransport
from fmgstate.settings import Account, Limits


def end_session(account: Account, limits: Limits, key: str) -> None:
    """Raises ``FortiManagerError`` when FortiManager did not confirm it."""
    censor = Censor(
        account.password, account.token, account.proxy, *proxy_secrets(account.proxy), key
    )
    transport = Members(
        account.addresses, lambda address: HttpsTransport(account, limits, censor, address)
    )
    try:
        auth_for(account, censor).logout(transport.post, key)
    finally:
        transport.close()
