"""storage/passwords."""

from standin.home.passwords import Password, Passwords, title_of
from standin.home.tree import Home
from standin.rest.exchange import Entries, Entry, Refusal, Reply, Request, unsupported
from standin.rest.objects_endpoint import reloaded, split_action
from standin.rest.sharing import named, shared_as
from standin.users.access import Access, Acl

_CONF = "passwords"


class PasswordsEndpoint:
    """Stored passwords of the app named in the path, and those that others export."""

    def __init__(self, home: Home, passwords: Passwords, access: Access) -> None:
        self._home = home
        self._passwords = passwords
        self._access = access

    def __call__(self, request: Request) -> Reply:
        """storage/passwords[/<realm>:<user>:]; the title may hold slashes."""
        # authorize.conf.spec: who may edit may list.
        if request.method != "GET":
            request.require("edit_storage_passwords")
        elif "edit_storage_passwords" not in request.caller.capabilities:
            request.require("list_storage_passwords")
        if request.method != "GET":
            named(request)
        title, action = split_action(request.tail, ("acl",))
        if action == "acl":
            return self._acl(request, title)
        if action == "_reload":
            return reloaded(request)
        if title:
            return self._one(request, title)
        if request.method == "GET":
            return Entries([self._entry(request, each) for each in self._visible(request)])
        if request.method == "POST":
            return self._create(request)
        raise unsupported(request)

    def _visible(self, request: Request) -> list[Password]:
        """Of the app first, then what others export; nothing of an app that is disabled."""
        found = [
            each
            for each in self._passwords.all()
            if self._home.is_enabled(each.app)
            and (acl := self._of(each)).may_read(request.caller)
            and (acl.exported or request.app == "-" or each.app == request.context)
        ]
        return sorted(found, key=lambda each: each.app != request.context)

    def _of(self, stored: Password) -> Acl:
        return self._access.acl(stored.app, _CONF, f"credential:{stored.title}")

    def _acl(self, request: Request, title: str) -> Reply:
        stored = self._existing(request, title)
        if request.method == "GET":
            return Entries([self._entry(request, stored)])
        if request.method != "POST":
            raise unsupported(request)
        asked = shared_as(request, stored.app)
        if asked.sharing == "user":
            raise Refusal(501, "The stand-in has no private passwords", unknown=True)
        export = "system" if asked.sharing == "global" else "none"
        settings = {"export": export, "owner": asked.owner}
        if asked.access:
            settings["access"] = asked.access
        self._access.change(stored.app, _CONF, f"credential:{stored.title}", settings)
        return Entries([self._entry(request, stored)])

    def _existing(self, request: Request, title: str) -> Password:
        found = [each for each in self._visible(request) if each.title == title]
        if not found:
            raise Refusal(404, f"Could not find object id={title}")
        if request.method != "GET":
            if found[0].app != request.context:
                raise Refusal(501, f"The stand-in changes no password of {found[0].app} here",
                              unknown=True)  # fmt: skip
            if not self._of(found[0]).may_write(request.caller):
                raise Refusal(403, f"User '{request.caller.name}' cannot write: {_CONF} {title}",
                              level="WARN")  # fmt: skip
        return found[0]

    def _create(self, request: Request) -> Reply:
        name, realm, app = request.need("name"), request.get("realm"), request.context
        if self._passwords.find(app, title_of(realm, name)):
            raise Refusal(409, f"An object with name={title_of(realm, name)} already exists")
        stored = self._put(app, realm, name, request.need("password"))
        return Entries([self._entry(request, stored)], status=201)

    def _one(self, request: Request, title: str) -> Reply:
        stored = self._existing(request, title)
        if request.method == "DELETE":
            self._passwords.remove(stored)
            return Entries([])
        if request.method == "POST":
            stored = self._put(stored.app, stored.realm, stored.username, request.need("password"))
        elif request.method != "GET":
            raise unsupported(request)
        return Entries([self._entry(request, stored)])

    def _put(self, app: str, realm: str, name: str, clear: str) -> Password:
        try:
            return self._passwords.put(app, realm, name, clear)
        except ValueError as error:
            raise Refusal(400, str(error)) from error

    def _entry(self, request: Request, stored: Password) -> Entry:
        content = {
            "username": stored.username, "realm": stored.realm, "password": "********",
            "clear_password": self._passwords.clear(stored), "encr_password": stored.encrypted,
            "eai:appName": stored.app, "eai:userName": "nobody",
        }  # fmt: skip
        acl = self._of(stored)
        sharing = "global" if acl.exported and stored.app != "system" else "app"
        return Entry(
            stored.title, content, stored.app, sharing, acl.owner, acl.read, acl.write,
            acl.may_write(request.caller),
        )  # fmt: skip
