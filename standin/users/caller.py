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
    indexes_disallowed: tuple[str, ...] = ()
    filter: str = ""
    """A search expression that every event he sees must match; empty: any does."""
    refused: str = ""
    """A setting of a role that the stand-in cannot obey: he searches nothing."""

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
            tuple(dict.fromkeys(name for each in held for name in each.indexes_disallowed)),
            _filter(held),
            next((f"[role_{each.name}] {each.refused}" for each in held if each.refused), ""),
        )

    @property
    def is_admin(self) -> bool:
        """Whether access control lists do not bind him."""
        return "admin_all_objects" in self.capabilities

    def may_search(self, index: str) -> bool:
        """Whether a role allows the index and none forbids it."""
        return _among(index, self.indexes_allowed) and not _among(index, self.indexes_disallowed)


NOBODY = Caller("nobody", (), frozenset())


def _among(index: str, patterns: tuple[str, ...]) -> bool:
    """``*`` does not stand for internal indexes."""
    return any(
        fnmatchcase(index, pattern) and index.startswith("_") <= pattern.startswith("_")
        for pattern in patterns
    )


def _filter(roles: list[Role]) -> str:
    """Filters that select are joined by OR, those that eliminate by AND (authorize.conf.spec,
    srchFilterSelecting). A role that has no filter adds nothing."""
    selecting = dict.fromkeys(each.filter for each in roles if each.filter and each.selecting)
    joined = [" OR ".join(f"({each})" for each in selecting)]
    joined += [each.filter for each in roles if each.filter and not each.selecting]
    parts = [f"({each})" for each in joined if each]
    return " ".join(parts)
