"""Who asks: a user with what his roles let him do."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from standin.users.roles import Role


@dataclass(frozen=True)
class Caller:
    """A user at the time of a request. ``roles``: held by name, imported ones included."""

    name: str
    roles: tuple[str, ...]
    capabilities: frozenset[str]
    indexes_allowed: tuple[str, ...] = ()
    indexes_default: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, roles: Iterable[Role]) -> "Caller":
        """The union of what these roles, with those they import, give."""
        held = list(roles)
        return cls(
            name,
            tuple(dict.fromkeys(each.name for each in held)),
            frozenset(name for each in held for name in each.capabilities),
            tuple(dict.fromkeys(name for each in held for name in each.indexes_allowed)),
            tuple(dict.fromkeys(name for each in held for name in each.indexes_default)),
            _filters(held),
        )

    @property
    def is_admin(self) -> bool:
        """Whether access control lists do not bind him."""
        return "admin_all_objects" in self.capabilities

    def may_search(self, index: str) -> bool:
        """Whether a role allows the index; ``*`` does not stand for internal ones."""
        return any(
            fnmatchcase(index, pattern) and index.startswith("_") <= pattern.startswith("_")
            for pattern in self.indexes_allowed
        )


NOBODY = Caller("nobody", (), frozenset())


def _filters(roles: list[Role]) -> tuple[str, ...]:
    """Search filters to be joined by OR; none when one of them lets everything through.

    A role that has no filter adds nothing: who holds it beside a filtered one stays filtered.
    """
    found = tuple(dict.fromkeys(each.filter for each in roles if each.filter))
    return () if "*" in found else found
