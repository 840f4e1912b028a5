"""Which fields somebody still needs: what is not needed is not extracted."""

import re
from collections.abc import Collection, Iterable
from fnmatch import translate

from standin.knowledge.refusal import KnowledgeRefused

_NOT_MADE = re.compile(r"punct|time(start|end)pos|_bkt|_cd|_si|_serial")


class Needs:
    """A growing set of field names; a name may hold ``*``; None is every field."""

    def __init__(self, wanted: Collection[str] | None) -> None:
        self.everything = wanted is None
        self.names: set[str] = set()
        self._patterns: list[re.Pattern[str]] = []
        self.add(wanted or ())

    def add(self, names: Iterable[str] | None) -> None:
        """More names; None: every field."""
        if names is None:
            self.everything = True
            return
        for name in names:
            if _NOT_MADE.fullmatch(name):
                raise KnowledgeRefused(
                    "props", "default", name, "the stand-in does not make this field"
                )
            if name == "*":
                self.everything = True
            elif "*" in name:
                self._patterns.append(re.compile(translate(name.replace("[", "[[]"))))
            else:
                self.names.add(name)

    def remove(self, names: Iterable[str]) -> None:
        """Names whose value up to here does not matter."""
        self.names.difference_update(names)

    def wants(self, name: str) -> bool:
        """Whether a field is needed."""
        return (
            self.everything
            or name in self.names
            or any(pattern.match(name) for pattern in self._patterns)
        )

    def exact(self) -> frozenset[str] | None:
        """The names needed, or None when they cannot be told one by one."""
        return None if self.everything or self._patterns else frozenset(self.names)
