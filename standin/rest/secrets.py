"""storage/passwords."""

from standin.home.passwords import Password, Passwords, title_of
from standin.rest.exchange import Entries, Entry, Refusal, Reply, Request, unsupported


class PasswordsEndpoint:
    """Stored passwords of the app named in the path."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords

    def __call__(self, request: Request) -> Reply:
        """storage/passwords[/<realm>:<user>:]; the title may hold slashes."""
        # authorize.conf.spec: who may edit may list.
        if request.method != "GET":
            request.require("edit_storage_passwords")
        elif "edit_storage_passwords" not in request.caller.capabilities:
            request.require("list_storage_passwords")
        if request.method == "POST":
            request.allow("name", "password", "realm", "output_mode")
        if request.tail:
            return self._one(request)
        if request.method == "GET":
            return Entries(
                [
                    self._entry(each)
                    for each in self._passwords.all()
                    if request.app == "-" or each.app == request.context
                ]
            )
        if request.method == "POST":
            return self._create(request)
        raise unsupported(request)

    def _create(self, request: Request) -> Reply:
        name, realm, app = request.need("name"), request.get("realm"), request.context
        if self._passwords.find(app, title_of(realm, name)):
            raise Refusal(409, f"An object with name={title_of(realm, name)} already exists")
        stored = self._put(app, realm, name, request.need("password"))
        return Entries([self._entry(stored)], status=201)

    def _one(self, request: Request) -> Reply:
        stored = self._passwords.find(request.context, request.tail)
        if stored is None:
            raise Refusal(404, f"Could not find object id={request.tail}")
        if request.method == "DELETE":
            self._passwords.remove(stored)
            return Entries([])
        if request.method == "POST":
            stored = self._put(stored.app, stored.realm, stored.username, request.need("password"))
        elif request.method != "GET":
            raise unsupported(request)
        return Entries([self._entry(stored)])

    def _put(self, app: str, realm: str, name: str, clear: str) -> Password:
        try:
            return self._passwords.put(app, realm, name, clear)
        except ValueError as error:
            raise Refusal(400, str(error)) from error

    def _entry(self, stored: Password) -> Entry:
        content = {
            "username": stored.username, "realm": stored.realm, "password": "********",
            "clear_password": self._passwords.clear(stored), "encr_password": stored.encrypted,
            "eai:appName": stored.app, "eai:userName": "nobody",
        }  # fmt: skip
        return Entry(stored.title, content, stored.app)
