"""Access control lists of knowledge objects, from an app's metadata folder."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from standin.home import conf_file
from standin.home.tree import Home
from standin.users.caller import Caller

_ACCESS = re.compile(r"(read|write)\s*:\s*\[([^\]]*)\]")
_DEFAULT_WRITE = ("admin", "sc_admin")


@dataclass(frozen=True)
class Acl:
    """Roles that may read and write; whether other apps see it; its owner."""

    read: tuple[str, ...] = ("*",)
    write: tuple[str, ...] = _DEFAULT_WRITE
    exported: bool = False
    owner: str = "nobody"

    def may_read(self, caller: Caller) -> bool:
        """Whether a role of the caller may read."""
        return caller.is_admin or _held(self.read, caller)

    def may_write(self, caller: Caller) -> bool:
        """Whether a role of the caller may write; his own objects he may always."""
        return caller.is_admin or self.owner == caller.name or _held(self.write, caller)


class Access:
    """Reads and writes metadata/*.meta of the apps."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._read_files: dict[str, tuple[tuple[int, ...], conf_file.Stanzas]] = {}

    def acl(self, app: str, kind: str, name: str) -> Acl:
        """The list of one object: its own stanza's, else its kind's, else the app's."""
        meta = self._meta(app)
        found = Acl()
        for key in ("default", kind, f"{kind}/{name}"):
            found = _over(found, meta.get(key, {}))
        return Acl(found.read, found.write, found.exported or app == "system", found.owner)

    def change(self, app: str, kind: str, name: str, settings: dict[str, str]) -> None:
        """Writes settings of one object into local.meta."""
        path = self._home.app(app) / "metadata" / "local.meta"
        stanzas = conf_file.read(path)
        key = f"{kind}/{name.replace('%', '%25').replace('/', '%2F').replace(' ', '%20')}"
        stanzas.setdefault(key, {}).update(settings)
        conf_file.write(path, stanzas)

    def _meta(self, app: str) -> conf_file.Stanzas:
        folder = self._home.app(app) / "metadata"
        paths = [folder / "default.meta", folder / "local.meta"]
        version = tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
        known = self._read_files.get(app)
        if known is None or known[0] != version:
            merged: conf_file.Stanzas = {}
            for path in paths:
                for key, settings in conf_file.read(path).items():
                    merged.setdefault(unquote(key), {}).update(settings)
            known = self._read_files[app] = (version, merged)
        return known[1]


def _over(acl: Acl, settings: dict[str, str]) -> Acl:
    access = {
        verb: tuple(role.strip() for role in roles.split(",") if role.strip())
        for verb, roles in _ACCESS.findall(settings.get("access", ""))
    }
    return Acl(
        access.get("read", acl.read),
        access.get("write", acl.write),
        settings["export"] == "system" if "export" in settings else acl.exported,
        settings.get("owner", acl.owner),
    )


def _held(roles: tuple[str, ...], caller: Caller) -> bool:
    return "*" in roles or any(role in caller.roles for role in roles)
