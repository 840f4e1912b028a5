"""data/ui/views and data/ui/nav: dashboards and navigation as files of the apps."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from standin.home.tree import Home
from standin.rest.exchange import TRUE, Entries, Entry, Refusal, Reply, Request, unsupported
from standin.rest.objects_endpoint import reloaded, split_action
from standin.rest.sharing import named, shared_as
from standin.users.access import Access, Acl


class FilesEndpoint:
    """XML files of ``data/ui/<kind>``: ``local`` before ``default``, a user's own before both."""

    def __init__(self, home: Home, access: Access, kind: str) -> None:
        self._home = home
        self._access = access
        self._kind = kind

    def __call__(self, request: Request) -> Reply:
        """The collection, one file, or who may see it."""
        name, action = split_action(request.tail, ("acl",))
        if action == "_reload":
            return reloaded(request)
        if request.method != "GET":
            named(request)
        if action == "acl":
            return self._acl(request, name)
        if request.method == "GET":
            found = [each for each in self._visible(request) if name in ("", each.name)]
            if name and not found:
                raise Refusal(404, f"Could not find object id={name}")
            return Entries(found)
        if request.method == "POST":
            created = name or request.need("name")
            if not name and any(each.name == created for each in self._visible(request)):
                raise Refusal(409, f"An object with name={created} already exists")
            self._write(request, created)
            return Entries(self._named(request, created), status=200 if name else 201)
        if request.method == "DELETE" and name:
            return self._delete(request, name)
        raise unsupported(request)

    def _visible(self, request: Request) -> list[Entry]:
        enabled = self._home.enabled()
        here = [request.context] if self._home.is_enabled(request.context) else []
        apps = enabled if request.app == "-" else here
        found = [entry for app in apps for entry in self._of_app(request, app, only_exported=False)]
        if request.app not in ("-", ""):
            for app in enabled:
                if app != request.context:
                    found += self._of_app(request, app, only_exported=True)
        return found

    def _of_app(self, request: Request, app: str, *, only_exported: bool) -> list[Entry]:
        files: dict[str, Path] = {}
        for folder in ("default", "local"):
            for path in sorted(self._folder(app, folder).glob("*.xml")):
                files[path.stem] = path
        found = []
        for name, path in files.items():
            acl = self._access.acl(app, self._kind, name)
            if acl.may_read(request.caller) and (acl.exported or not only_exported):
                found.append(self._entry(request, name, app, path, acl))
        for person in [] if only_exported else self._people(request):
            acl = Acl((person,), (person,), owner=person)
            for path in sorted(self._own_folder(person, app).glob("*.xml")):
                if request.owner != "-":
                    found = [each for each in found if each.name != path.stem]
                found.append(self._entry(request, path.stem, app, path, acl, private=True))
        return found

    def _people(self, request: Request) -> list[str]:
        """Whose private files are looked at: ``-`` stands for everybody, where an admin asks."""
        owner, caller = request.owner, request.caller
        if owner == "-" and caller.is_admin:
            return sorted(each.name for each in self._home.path.glob("etc/users/*"))
        if owner not in ("nobody", "-", caller.name) and not caller.is_admin:
            raise Refusal(403, "insufficient permission to access this resource", level="WARN")
        return [] if owner == "nobody" else [caller.name if owner == "-" else owner]

    def _acl(self, request: Request, name: str) -> Reply:
        found = self._named(request, name)
        if not found:
            raise Refusal(404, f"Could not find object id={name}")
        if request.method == "GET":
            return Entries(found)
        if request.method != "POST":
            raise unsupported(request)
        entry, asked = found[0], shared_as(request, found[0].app)
        if not entry.can_write:
            raise self._forbidden(request, name)
        self._move(entry, asked.sharing, asked.owner)
        if asked.sharing != "user":
            export = "system" if asked.sharing == "global" else "none"
            more = {"access": asked.access} if asked.access else {}
            settings = {"export": export, "owner": asked.owner, **more}
            self._access.change(entry.app, self._kind, name, settings)
        owner = asked.owner if asked.sharing == "user" else "nobody"
        return Entries(self._named(replace(request, owner=owner, app=entry.app), name))

    def _move(self, entry: Entry, sharing: str, owner: str) -> None:
        """Between a user's own folder and that of the app."""
        file = f"{_safe(entry.name)}.xml"
        local = self._folder(entry.app, "local") / file
        if sharing == "user" == entry.sharing and owner != entry.owner:
            raise Refusal(501, "The stand-in gives no private object to another", unknown=True)
        if (sharing == "user") == (entry.sharing == "user"):
            return
        if sharing != "user":
            source, target = self._own_folder(entry.owner, entry.app) / file, local
        else:
            source, target = local, self._own_folder(owner, entry.app) / file
            if (self._folder(entry.app, "default") / file).is_file():
                raise Refusal(501, f"{entry.name} is shipped: the stand-in makes it no one's own",
                              unknown=True)  # fmt: skip
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)

    def _entry(
        self, request: Request, name: str, app: str, path: Path, acl: Acl, *, private: bool = False
    ) -> Entry:
        text = path.read_text(encoding="utf-8")
        sharing = "user" if private else "global" if acl.exported and app != "system" else "app"
        return Entry(
            name, self._content(name, app, text), app, sharing, acl.owner, acl.read, acl.write,
            acl.may_write(request.caller),
        )  # fmt: skip

    def _content(self, name: str, app: str, text: str) -> dict[str, object]:
        content: dict[str, object] = {
            "eai:data": text, "eai:type": self._kind, "eai:appName": app, "disabled": False,
        }  # fmt: skip
        if self._kind != "views":
            return content
        try:
            root = ET.fromstring(text)  # noqa: S314  the app under test is trusted
        except ET.ParseError as error:
            raise Refusal(500, f"The view {name} of {app} is no XML: {error}") from error
        return content | {
            "label": (root.findtext("label") or name).strip(), "rootNode": root.tag,
            "description": (root.findtext("description") or "").strip(),
            "isDashboard": root.tag in ("dashboard", "form"),
            "isVisible": root.get("isVisible", "true").lower() in TRUE,
            "version": root.get("version", ""),
        }  # fmt: skip

    def _named(self, request: Request, name: str) -> list[Entry]:
        return [each for each in self._visible(request) if each.name == name]

    def _write(self, request: Request, name: str) -> None:
        data, app = request.need("eai:data"), request.context
        self._content(name, app, data)
        if not request.app:
            raise Refusal(400, "An app must be named to write into.")
        people = self._people(request)
        if people:
            folder = self._own_folder(people[0], app)
        else:
            self._check(request, app, name)
            folder = self._folder(app, "local")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{_safe(name)}.xml").write_text(data, encoding="utf-8")

    def _delete(self, request: Request, name: str) -> Reply:
        local = self._folder(request.context, "local") / f"{_safe(name)}.xml"
        folders = [self._own_folder(each, request.context) for each in self._people(request)]
        private = [each for folder in folders if (each := folder / local.name).is_file()]
        if private:
            private[0].unlink()
        elif not self._named(request, name):
            raise Refusal(404, f"Could not find object id={name}")
        elif not local.is_file():
            raise Refusal(403, f"{name} is shipped: it cannot be removed")
        else:
            self._check(request, request.context, name)
            local.unlink()
        return Entries([])

    def _check(self, request: Request, app: str, name: str) -> None:
        if not self._access.acl(app, self._kind, name).may_write(request.caller):
            raise self._forbidden(request, name)

    def _forbidden(self, request: Request, name: str) -> Refusal:
        words = f"User '{request.caller.name}' cannot write: {self._kind} {name}"
        return Refusal(403, words, level="WARN")

    def _folder(self, app: str, layer: str) -> Path:
        return self._home.app(app) / layer / "data" / "ui" / self._kind

    def _own_folder(self, person: str, app: str) -> Path:
        users = self._home.path / "etc" / "users" / person
        return users / app / "local" / "data" / "ui" / self._kind


def _safe(name: str) -> str:
    if "/" in name or name.startswith("."):
        raise Refusal(400, f"{name!r} is no name of a view")
    return name
