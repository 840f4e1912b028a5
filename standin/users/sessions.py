"""Session keys and tokens: from what a request carries to who asks."""

import base64
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from standin.users.accounts import Accounts
from standin.users.caller import Caller
from standin.users.roles import Roles

SYSTEM_USER = "splunk-system-user"
_TIMEOUT_S = 3600.0


@dataclass
class Token:
    """An authentication token, as authorization/tokens lists it (without its secret)."""

    id: str
    user: str
    audience: str
    enabled: bool = True


class Sessions:
    """Sessions of an instance. They end an hour after their last use; tokens do not."""

    def __init__(self, accounts: Accounts, roles: Roles, clock: Callable[[], float]) -> None:
        self._accounts = accounts
        self._roles = roles
        self._clock = clock
        self._lock = threading.Lock()
        self._users: dict[str, str] = {}
        self._last_use: dict[str, float] = {}
        self._tokens: dict[str, Token] = {}
        self._callers: dict[str, Caller] = {}
        self.system_key = self.open(SYSTEM_USER, forever=True)

    def open(self, user: str, *, forever: bool = False) -> str:
        """A new session key of a user."""
        key = secrets.token_hex(32)
        with self._lock:
            self._users[key] = user
            if not forever:
                self._last_use[key] = self._clock()
        return key

    def key_of(self, user: str) -> str:
        """A key for a program that runs in the name of a user; the same one each time."""
        with self._lock:
            for key, name in self._users.items():
                if name == user and key not in self._last_use:
                    return key
        return self.open(user, forever=True)

    def login(self, name: str, password: str) -> str | None:
        """A session key when name and password fit."""
        user = self._accounts.verify(name, password)
        return self.open(user.name) if user else None

    def close(self, key: str) -> None:
        """Ends a session."""
        with self._lock:
            self._users.pop(key, None)
            self._last_use.pop(key, None)

    def issue(self, user: str, audience: str) -> tuple[Token, str]:
        """A new token for ``Authorization: Bearer`` and its secret."""
        token, secret = Token(secrets.token_hex(16), user, audience), secrets.token_urlsafe(48)
        with self._lock:
            self._tokens[secret] = token
        return token, secret

    def tokens(self) -> list[Token]:
        """Every token that was issued."""
        with self._lock:
            return list(self._tokens.values())

    def revoke(self, identity: str) -> bool:
        """Forgets a token by its id."""
        with self._lock:
            for secret, token in list(self._tokens.items()):
                if token.id == identity:
                    del self._tokens[secret]
                    return True
        return False

    def caller(self, authorization: str, cookies: dict[str, str]) -> Caller | None:
        """Who asks, or None when that cannot be told."""
        scheme, _space, value = authorization.partition(" ")
        if scheme == "Basic":
            return self._basic(value)
        if scheme in ("Splunk", "Bearer"):
            return self.of_key(value.strip())
        for name, value in cookies.items():
            if name.startswith("splunkd_"):
                return self.of_key(value)
        return None

    def of_key(self, key: str) -> Caller | None:
        """Who holds a session key or token."""
        with self._lock:
            token = self._tokens.get(key)
            user = token.user if token and token.enabled else self._users.get(key)
            if user is None or self._is_over(key):
                return None
        return self.of_user(user)

    def of_user(self, name: str) -> Caller | None:
        """What a user may do."""
        with self._lock:
            known = self._callers.get(name)
        if known is None:
            user = self._accounts.find(name)
            if user is None and name != SYSTEM_USER:
                return None
            roles = list(user.roles) if user else ["admin"]
            known = Caller.of(name, self._roles.with_imports(roles))
            with self._lock:
                self._callers[name] = known
        return known

    def forget(self) -> None:
        """Reads users and roles anew: something may have changed."""
        with self._lock:
            self._callers.clear()

    def _is_over(self, key: str) -> bool:
        if key not in self._last_use:
            return False
        now = self._clock()
        if now - self._last_use[key] > _TIMEOUT_S:
            del self._users[key], self._last_use[key]
            return True
        self._last_use[key] = now
        return False

    def _basic(self, value: str) -> Caller | None:
        try:
            name, _colon, password = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return None
        user = self._accounts.verify(name, password)
        return self.of_user(user.name) if user else None
