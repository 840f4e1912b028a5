"""Who may do what: users, roles, sessions, access control lists."""

from standin.users.accounts import Accounts, User
from standin.users.caller import Caller
from standin.users.roles import Role, Roles
from standin.users.sessions import Sessions

__all__ = ["Accounts", "Caller", "Role", "Roles", "Sessions", "User"]
