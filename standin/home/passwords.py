"""storage/passwords on disk: encrypted in the app's local/passwords.conf."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from standin.home import conf_file
from standin.home.tree import Home

LONGEST = 255


@dataclass(frozen=True)
class Password:
    """One stored password; its representation hides the clear text."""

    app: str
    realm: str
    username: str
    encrypted: str

    @property
    def title(self) -> str:
        """The name of the entity in REST."""
        return title_of(self.realm, self.username)


def title_of(realm: str, username: str) -> str:
    """``realm:username:`` with the colons inside escaped."""
    return "".join(part.replace(":", "\\:") + ":" for part in (realm, username))


class Passwords:
    """All stored passwords of a home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._cipher = Fernet(self._secret())

    def all(self) -> list[Password]:
        """Every stored password, by app and title."""
        found = []
        with self._lock:
            for app in self._home.installed():
                for stanza, settings in conf_file.read(self._path(app)).items():
                    realm, username = _names(stanza)
                    found.append(Password(app, realm, username, settings["password"]))
        return found

    def clear(self, password: Password) -> str:
        """The clear text of a stored password."""
        return self._cipher.decrypt(password.encrypted.encode()).decode()

    def find(self, app: str, title: str) -> Password | None:
        """The password of that title in an app."""
        for password in self.all():
            if (password.app, password.title) == (app, title):
                return password
        return None

    def put(self, app: str, realm: str, username: str, clear: str) -> Password:
        """Stores a password, replacing the one of the same name."""
        if len(clear) > LONGEST:
            raise ValueError(f"a password longer than {LONGEST} characters cannot be encrypted")
        encrypted = self._cipher.encrypt(clear.encode()).decode()
        with self._lock:
            stanzas = conf_file.read(self._path(app))
            stanzas[f"credential:{title_of(realm, username)}"] = {"password": encrypted}
            conf_file.write(self._path(app), stanzas)
        return Password(app, realm, username, encrypted)

    def remove(self, password: Password) -> None:
        """Forgets a stored password."""
        with self._lock:
            stanzas = conf_file.read(self._path(password.app))
            stanzas.pop(f"credential:{password.title}", None)
            conf_file.write(self._path(password.app), stanzas)

    def _path(self, app: str) -> Path:
        return self._home.app(app) / "local" / "passwords.conf"

    def _secret(self) -> bytes:
        path = self._home.auth / "splunk.secret"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
        return path.read_bytes()


def _names(stanza: str) -> tuple[str, str]:
    marked = stanza.removeprefix("credential:").replace("\\:", "\0")
    realm, username, _end = marked.split(":")
    return realm.replace("\0", ":"), username.replace("\0", ":")
