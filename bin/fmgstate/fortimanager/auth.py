"""Log-in and log-out: a session by user and password, in FortiManager Cloud by way of FortiCloud,
or an API token that needs neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from fmgstate.errors import (
    BadAnswer,
    ConfigurationError,
    FortiManagerError,
    LoginRefused,
    PermissionRefused,
)
from fmgstate.fortimanager import urls
from fmgstate.fortimanager.addresses import host_of
from fmgstate.fortimanager.answer import NO_PERMISSION, OK, Answer, read_reply
from fmgstate.fortimanager.secrets import Censor
from fmgstate.settings import Account

Post = Callable[..., dict[str, Any]]
"""Sends one request (path, body, headers; seconds if need be) and gives the reply."""


class Auth(Protocol):
    """How requests show who asks."""

    renewable: bool
    """Whether a refusal may only mean that the session has expired."""

    def login(self, post: Post) -> str:
        """A new session's key, "" when there are no sessions. Raises ``LoginRefused`` …"""

    def logout(self, post: Post, session: str) -> None:
        """End the session. Raises ``FortiManagerError`` when that was not confirmed."""

    def headers(self) -> dict[str, str]:
        """What each request's headers carry."""


def auth_for(account: Account, censor: Censor) -> Auth:
    """A token when the account has one, else user and password; in the cloud both get a session."""
    if host_of(account.manager).endswith(urls.CLOUD_HOSTS):
        return CloudAuth(account, censor)
    if not account.token:
        return PasswordAuth(account, censor)
    if not (account.token.isascii() and account.token.isprintable()) or " " in account.token:
        raise ConfigurationError(
            f"The API token for {account.manager} holds blanks or characters no token has.",
            "Copy it again from FortiManager's 'execute api-user generate-key' into the account.",
        )
    return TokenAuth(account.token)


class PasswordAuth:
    """A session by user and password."""

    renewable = True

    def __init__(self, account: Account, censor: Censor) -> None:
        self._account = account
        self._censor = censor

    def login(self, post: Post) -> str:
        """As ``Auth.login`` says."""
        account = self._account
        param = {
            "url": urls.LOGIN,
            "data": {"user": account.user, "passwd": account.password},
        }
        reply = post(urls.ENDPOINT, {"id": 1, "method": "exec", "params": [param]}, {})
        answer = read_reply(account.manager, self._censor, [param], reply)[0]
        if answer.code == NO_PERMISSION:
            raise _not_permitted(account, answer)
        if answer.code != OK:
            raise answer.error()
        return self._session(reply)

    def _session(self, reply: dict[str, Any]) -> str:
        session = reply.get("session")
        if not isinstance(session, str) or not session:
            raise BadAnswer(
                f"{self._account.manager} accepted the log-in but gave no session.",
                "Check that the host is a FortiManager; a user with two-factor authentication"
                " cannot log in here.",
            )
        self._censor.learn(session)
        return session

    def logout(self, post: Post, session: str) -> None:
        """As ``Auth.logout`` says."""
        param = {"url": urls.LOGOUT}
        body = {"id": 1, "method": "exec", "params": [param], "session": session}
        reply = post(urls.ENDPOINT, body, {})
        answer = read_reply(self._account.manager, self._censor, [param], reply)[0]
        if answer.code not in (OK, NO_PERMISSION):
            raise answer.error()

    def headers(self) -> dict[str, str]:
        """None: the session's key goes into the body."""
        return {}


class CloudAuth(PasswordAuth):
    """FortiManager Cloud: an API user of FortiCloud gets an access token there, and a session for
    it here. The account's token, if any, is such an access token."""

    def __init__(self, account: Account, censor: Censor) -> None:
        super().__init__(account, censor)
        self._access_token = account.token

    def login(self, post: Post) -> str:
        """As ``Auth.login`` says."""
        return self._session_for(self._access_token or self._new_access_token(post), post)

    def _new_access_token(self, post: Post) -> str:
        account = self._account
        body = {
            "username": account.user,
            "password": account.password,
            "client_id": "FortiManager",
            "grant_type": "password",
        }
        token = post(urls.FORTICLOUD_OAUTH, body, {}).get("access_token")
        if not isinstance(token, str) or not token:
            raise _not_let_in_by_forticloud(account)
        self._censor.learn(token)
        self._access_token = token
        return token

    def _session_for(self, token: str, post: Post) -> str:
        reply = post(urls.CLOUD_LOGIN, {"access_token": token}, {})
        if not reply.get("session"):
            raise _not_let_in_by_forticloud(self._account)
        return self._session(reply)


class TokenAuth:
    """An API token. It goes into a header only: from 7.4.7 and 7.6.2 urls with it are refused."""

    renewable = False

    def __init__(self, token: str) -> None:
        self._token = token

    def login(self, post: Post) -> str:  # noqa: ARG002
        """Nothing to do."""
        return ""

    def logout(self, post: Post, session: str) -> None:
        """Nothing to do."""

    def headers(self) -> dict[str, str]:
        """The token."""
        return {"Authorization": f"Bearer {self._token}"}


def _not_let_in_by_forticloud(account: Account) -> FortiManagerError:
    return LoginRefused(
        f"FortiCloud does not let {account.user or 'this access token'!r} into {account.manager}.",
        "Enter API ID and password of a FortiCloud IAM API user whose permission profile has the"
        " FortiManager Cloud portal; API tokens of FortiManager do not work in the cloud.",
    )


def _not_permitted(account: Account, answer: Answer) -> FortiManagerError:
    return PermissionRefused(
        f"{account.manager} does not let user {account.user!r} use its JSON API"
        f" (code {answer.code}: {answer.message}).",
        "In FortiManager give the user rpc-permit (config system admin user, set rpc-permit"
        " read-write), and check its admin profile and ADOMs; the default is rpc-permit none.",
    )
