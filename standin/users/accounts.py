"""Users with their passwords, in etc/passwd of the home."""

import hashlib
import hmac
import json
import os
import secrets
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path

_COST = {"n": 2**12, "r": 8, "p": 1}


@dataclass(frozen=True)
class User:
    """One user; ``digest`` is ``salt$hash``."""

    name: str
    roles: tuple[str, ...]
    digest: str
    realname: str = ""
    email: str = ""
    default_app: str = ""
    timezone: str = ""


class Accounts:
    """The users of an instance. The file is the stand-in's own, not Splunk's passwd format."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._users = self._read()

    def all(self) -> list[User]:
        """Users by name."""
        with self._lock:
            return [self._users[name] for name in sorted(self._users)]

    def find(self, name: str) -> User | None:
        """One user."""
        with self._lock:
            return self._users.get(name)

    def put(self, name: str, password: str, roles: tuple[str, ...], **more: str) -> User:
        """Creates or replaces a user."""
        user = User(name, roles, _digest(password), **more)
        self._save(user)
        return user

    def change(self, user: User, password: str | None = None, **changes: object) -> User:
        """Changes fields of a user, and his password when given."""
        if password is not None:
            changes["digest"] = _digest(password)
        changed = replace(user, **changes)  # type: ignore[arg-type]
        self._save(changed)
        return changed

    def remove(self, name: str) -> None:
        """Forgets a user."""
        with self._lock:
            self._users.pop(name, None)
            self._write()

    def reload(self) -> None:
        """Reads the file anew: another member of a cluster changed it."""
        with self._lock:
            self._users = self._read()

    def verify(self, name: str, password: str) -> User | None:
        """The user when the password is his."""
        user = self.find(name)
        if user is None:
            return None
        salt = user.digest.partition("$")[0]
        return user if hmac.compare_digest(_digest(password, salt), user.digest) else None

    def _save(self, user: User) -> None:
        with self._lock:
            self._users[user.name] = user
            self._write()

    def _read(self) -> dict[str, User]:
        if not self._path.exists():
            return {}
        lines = self._path.read_text(encoding="utf-8").splitlines()
        found = [User(**json.loads(line)) for line in lines]
        return {user.name: replace(user, roles=tuple(user.roles)) for user in found}

    def _write(self) -> None:
        fresh = self._path.with_name(self._path.name + ".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(user)) + "\n" for user in self._users.values())
        fresh.replace(self._path)


def _digest(password: str, salt: str = "") -> str:
    salt = salt or secrets.token_hex(8)
    digest = hashlib.scrypt(password.encode(), salt=salt.encode(), dklen=32, **_COST)
    return f"{salt}${digest.hex()}"
