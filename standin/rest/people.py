"""authentication/users, authorization/roles, capabilities and tokens."""

from standin.rest.exchange import Entries, Entry, Refusal, Reply, Request, unsupported
from standin.users.accounts import Accounts, User
from standin.users.caller import Caller
from standin.users.roles import Role, Roles
from standin.users.sessions import Sessions

_USER_FIELDS = {"realname": "realname", "email": "email", "defaultApp": "default_app",
                "tz": "timezone"}  # fmt: skip
_NO_FIELDS = ("name", "password", "roles", "oldpassword", "force-change-pass", "createrole",
              "restart_background_jobs")  # fmt: skip
_NOT_HERE = ("force-change-pass", "createrole")
"""What would let more happen than is written here."""
_LISTS = {"imported_roles": "importRoles", "srchIndexesAllowed": "srchIndexesAllowed",
          "srchIndexesDefault": "srchIndexesDefault",
          "srchIndexesDisallowed": "srchIndexesDisallowed"}  # fmt: skip


class PeopleEndpoints:
    """Users, roles, capabilities and tokens of an instance."""

    def __init__(self, accounts: Accounts, roles: Roles, sessions: Sessions) -> None:
        self._accounts = accounts
        self._roles = roles
        self._sessions = sessions

    def users(self, request: Request) -> Reply:
        """authentication/users[/<name>]."""
        name = request.tail
        if request.method == "GET":
            every = "edit_user" in request.caller.capabilities or request.caller.is_admin
            seen = [
                each for each in self._accounts.all() if every or each.name == request.caller.name
            ]
            found = [self._user(each) for each in seen if name in ("", each.name)]
            if name and not found:
                raise Refusal(404, f"Could not find object id={name}")
            return Entries(found)
        if name != request.caller.name or request.method == "DELETE" or request.all("roles"):
            request.require("edit_user")
        if request.method == "POST":
            return self._change_user(request) if name else self._create_user(request)
        if request.method == "DELETE" and name:
            self._existing(name)
            self._accounts.remove(name)
            return Entries([])
        raise unsupported(request)

    def roles(self, request: Request) -> Reply:
        """authorization/roles[/<name>]."""
        name, roles = request.tail, self._roles.all()
        if name and name not in roles:
            raise Refusal(404, f"Could not find object id={name}")
        if request.method == "GET":
            return Entries([self._role(roles[each]) for each in ([name] if name else roles)])
        request.require("edit_roles")
        if request.method == "POST":
            created = name or request.need("name").lower()
            if not name and created in roles:
                raise Refusal(409, f"Role {created} already exists")
            self._write_role(request, created)
            return Entries([self._role(self._roles.all()[created])], status=200 if name else 201)
        if request.method == "DELETE" and name:
            if not self._roles.remove(name):
                raise Refusal(403, f"The role {name} is shipped: it cannot be removed")
            return Entries([])
        raise unsupported(request)

    def capabilities(self, request: Request) -> Reply:
        """authorization/capabilities."""
        if request.method != "GET":
            raise unsupported(request)
        content = {"capabilities": self._roles.capabilities()}
        return Entries([Entry("capabilities", content, sharing="system")])

    def tokens(self, request: Request) -> Reply:
        """authorization/tokens[/<user>/<id>]."""
        if request.method == "GET" and not request.tail:
            request.require("list_tokens_all")
            return Entries([
                Entry(each.id, {"claims": {"sub": each.user, "aud": each.audience},
                                "status": "enabled"}, sharing="system")
                for each in self._sessions.tokens()
            ])  # fmt: skip
        request.require("edit_tokens_all")
        if request.method == "POST" and not request.tail:
            request.allow("name", "audience", "output_mode")
            user = self._existing(request.need("name")).name
            token, secret = self._sessions.issue(user, request.need("audience"))
            content = {"id": token.id, "token": secret}
            return Entries([Entry(token.id, content, sharing="system")], status=201)
        if request.method == "DELETE" and request.tail:
            return self._revoke(request)
        raise unsupported(request)

    def _revoke(self, request: Request) -> Reply:
        """authorization/tokens/{user}: the token with this id; without one, all of the user."""
        wanted = request.get("id")
        found = [
            each.id
            for each in self._sessions.tokens()
            if each.user == request.tail and wanted in ("", each.id)
        ]
        if wanted and not found:
            raise Refusal(404, "There is no such token")
        for each in found:
            self._sessions.revoke(each)
        return Entries([])

    def _create_user(self, request: Request) -> Reply:
        name = request.need("name").lower()
        if self._accounts.find(name):
            raise Refusal(409, f"User {name} already exists")
        roles = self._known_roles(request)
        if not roles:
            raise Refusal(400, "The following required arguments are missing: roles.")
        more = self._user_fields(request)
        self._accounts.put(name, request.need("password"), roles, **more)
        # splunkd does not show the user it made.
        return Entries([], status=201)

    def _change_user(self, request: Request) -> Reply:
        user = self._existing(request.tail)
        changes: dict[str, object] = dict(self._user_fields(request))
        if request.all("roles"):
            changes["roles"] = self._known_roles(request)
        password = request.get("password") or None
        own = user.name == request.caller.name
        if password and own and not self._accounts.verify(user.name, request.get("oldpassword")):
            # "authentication/users/{name}": needed to change the current user's own password.
            raise Refusal(400, "oldpassword is missing or wrong.")
        return Entries([self._user(self._accounts.change(user, password, **changes))])

    def _user_fields(self, request: Request) -> dict[str, str]:
        for name in _NOT_HERE:
            if request.flag(name):
                raise Refusal(501, f"The stand-in knows {name}=0 only.", unknown=True)
        given = request.fields(*_NO_FIELDS)
        return {_USER_FIELDS[name]: value for name, value in given.items()}

    def _known_roles(self, request: Request) -> tuple[str, ...]:
        known = self._roles.all()
        for role in request.all("roles"):
            if role not in known:
                raise Refusal(400, f"Role={role} is not grantable: it does not exist")
        return tuple(request.all("roles"))

    def _existing(self, name: str) -> User:
        user = self._accounts.find(name)
        if user is None:
            raise Refusal(404, f"Could not find object id={name}")
        return user

    def _user(self, user: User) -> Entry:
        caller = Caller.of(user.name, self._roles.with_imports(list(user.roles)))
        return Entry(user.name, {
            "roles": list(user.roles), "capabilities": sorted(caller.capabilities),
            "realname": user.realname, "email": user.email, "type": "Splunk", "tz": user.timezone,
            "defaultApp": user.default_app or "launcher",
            "defaultAppIsUserOverride": bool(user.default_app), "defaultAppSourceRole": "system",
            "locked-out": False, "password": "********",
        }, sharing="system", owner="system")  # fmt: skip

    def _write_role(self, request: Request, name: str) -> None:
        settings = request.fields("name", "capabilities", *_LISTS)
        for argument, setting in _LISTS.items():
            if argument in request.arguments:
                settings[setting] = ";".join(filter(None, request.all(argument)))
        capabilities = (
            [each for each in request.all("capabilities") if each]
            if "capabilities" in request.arguments
            else None
        )
        try:
            self._roles.write(name, settings, capabilities)
        except ValueError as error:
            raise Refusal(400, str(error)) from error

    def _role(self, role: Role) -> Entry:
        imported = self._roles.with_imports(list(role.imports))
        return Entry(role.name, {
            "capabilities": sorted(role.capabilities), "imported_roles": list(role.imports),
            "imported_capabilities": sorted(Caller.of("", imported).capabilities),
            "srchIndexesAllowed": list(role.indexes_allowed),
            "srchIndexesDefault": list(role.indexes_default), "srchFilter": role.filter,
            "imported_srchIndexesAllowed": list(Caller.of("", imported).indexes_allowed),
            "imported_srchIndexesDefault": list(Caller.of("", imported).indexes_default),
            "defaultApp": role.default_app,
        }, sharing="system", owner="system")  # fmt: skip
