"""Knowledge objects of conf files as one user sees them: his own, his app's, what others export."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from standin.home import conf_file
from standin.home.layers import Confs
from standin.home.tree import Home
from standin.users.access import Access, Acl
from standin.users.caller import Caller


class Forbidden(Exception):
    """The access control list does not let the caller do this."""


@dataclass(frozen=True)
class KnowledgeObject:
    """One stanza with its place and its access control list."""

    name: str
    app: str
    owner: str
    sharing: str
    settings: dict[str, str]
    acl: Acl
    can_write: bool


class Objects:
    """Stanzas of conf files with owners. ``app`` is the context, ``-`` stands for every app."""

    def __init__(self, home: Home, confs: Confs, access: Access) -> None:
        self._home = home
        self._confs = confs
        self.access = access

    def all(self, conf: str, caller: Caller, app: str, owner: str = "") -> list[KnowledgeObject]:
        """What the caller may read, his private objects before the shared ones of their name.

        ``owner``: empty for the caller himself; ``nobody`` hides private objects; another user's
        an admin may name. ``-`` stands for every user, as ``-`` for every app: nothing is hidden.
        """
        shared = self._shared(conf, caller, app)
        private = [
            each
            for person in self._people(caller, owner)
            for each in self._private(conf, person, app)
        ]
        hidden = {each.name for each in private} if "-" not in (app, owner) else set()
        return [*private, *(each for each in shared if each.name not in hidden)]

    def _people(self, caller: Caller, owner: str) -> list[str]:
        """Whose private objects are looked at."""
        if owner == "-" and caller.is_admin:
            return sorted(each.name for each in self._home.path.glob("etc/users/*"))
        person = caller.name if owner in ("", "-") else owner
        may_see = person == caller.name or caller.is_admin
        return [person] if may_see and person != "nobody" else []

    def private(self, conf: str) -> Iterator[tuple[str, str, str, dict[str, str]]]:
        """Everybody's private objects: user, app, name, settings with those of [default]."""
        for path in sorted(self._home.path.glob(f"etc/users/*/*/local/{conf}.conf")):
            user, app = path.parts[-4:-2]
            for each in self._private(conf, user, app):
                yield user, app, each.name, each.settings

    def find(
        self, conf: str, name: str, caller: Caller, app: str, owner: str = ""
    ) -> KnowledgeObject | None:
        """One object by name."""
        for each in self.all(conf, caller, app, owner):
            if each.name == name:
                return each
        return None

    def write(
        self, conf: str, name: str, settings: dict[str, str], caller: Caller, app: str, owner: str
    ) -> None:
        """Creates or changes an object: a private one unless the owner is ``nobody``."""
        if owner not in ("nobody", "-"):
            path = self._private_path(owner, app, conf)
            stanzas = conf_file.read(path)
            stanzas.setdefault(name, {}).update(settings)
            conf_file.write(path, stanzas)
            return
        self.check_write(conf, name, caller, app)
        self._confs.write(app, conf, name, settings)

    def check_write(self, conf: str, name: str, caller: Caller, app: str) -> None:
        """Raises Forbidden when the caller may not write that object of an app."""
        if not self.access.acl(app, conf, name).may_write(caller):
            raise Forbidden(name)

    def remove(self, conf: str, found: KnowledgeObject) -> bool:
        """Removes an object; False when it is shipped in a default folder."""
        if found.sharing == "user":
            path = self._private_path(found.owner, found.app, conf)
            stanzas = conf_file.read(path)
            stanzas.pop(found.name, None)
            conf_file.write(path, stanzas)
            return True
        return self._confs.remove(found.app, conf, found.name)

    def share(self, conf: str, found: KnowledgeObject, sharing: str, owner: str) -> None:
        """Moves an object between its owner and its app; ``global`` exports it too."""
        if found.sharing == "user" and sharing != "user":
            path = self._private_path(found.owner, found.app, conf)
            self._confs.write(found.app, conf, found.name, conf_file.read(path)[found.name])
            self.remove(conf, found)
        elif found.sharing != "user" and sharing == "user":
            path = self._private_path(owner, found.app, conf)
            stanzas = conf_file.read(path)
            own = self._confs.stanza(conf, found.name, found.app, inherit=False)
            stanzas[found.name] = own.settings if own else found.settings
            conf_file.write(path, stanzas)
            self._confs.remove(found.app, conf, found.name)
        if sharing != "user":
            export = "system" if sharing == "global" else "none"
            self.access.change(found.app, conf, found.name, {"export": export, "owner": owner})

    def _shared(self, conf: str, caller: Caller, app: str) -> list[KnowledgeObject]:
        stanzas = self._confs.stanzas(conf, None if app == "-" else app)
        found = []
        for stanza in stanzas.values():
            acl = self.access.acl(stanza.app, conf, stanza.name)
            if acl.may_read(caller):
                sharing = "system" if stanza.app == "system" else "app"
                found.append(KnowledgeObject(
                    stanza.name, stanza.app, acl.owner,
                    "global" if acl.exported and sharing == "app" else sharing,
                    stanza.settings, acl, acl.may_write(caller),
                ))  # fmt: skip
        return found

    def _private(self, conf: str, person: str, app: str) -> list[KnowledgeObject]:
        folder = self._home.path / "etc" / "users" / person
        apps = [app] if app != "-" else sorted(each.name for each in folder.glob("*"))
        acl = Acl((person,), (person,), owner=person)
        found = []
        for each in apps:
            defaults = self._confs.defaults(conf, each)
            for name, settings in conf_file.read(self._private_path(person, each, conf)).items():
                whole = defaults | settings
                found.append(KnowledgeObject(name, each, person, "user", whole, acl, True))
        return found

    def _private_path(self, owner: str, app: str, conf: str) -> Path:
        return self._home.path / "etc" / "users" / owner / app / "local" / f"{conf}.conf"
