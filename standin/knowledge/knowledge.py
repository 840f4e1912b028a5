"""``Knowledge``: from an event as stored to the row that a search sees."""

from collections.abc import Callable, Collection
from typing import Protocol

from standin.home.layers import Confs
from standin.home.tree import Home
from standin.index.events import StoredEvent

Value = str | float | list[str]
"""A field's value: text, several texts (at least two), or a float (``_time`` only)."""

Row = dict[str, Value]
"""One event as a search sees it. A field that the event does not have is not in the dict.

Always there, whatever is wanted: ``_time`` (float, seconds since 1970), ``_raw``,
``_indextime`` (text of whole seconds), ``index``, ``host``, ``source``, ``sourcetype`` (after
``rename``; ``_sourcetype`` is the stored one), ``splunk_server``, ``linecount``. Then the
indexed fields, the fields found at search time, ``eventtype``, ``tag`` and ``tag::<field>``.
All values but ``_time`` are text, numbers too ("443"). A field with several values is a list;
with one value it is that text.
"""


class Compiled(Protocol):
    """An expression made ready by the SPL interpreter.

    It may carry ``reads``, the names of all fields it looks at (a frozenset; a name may hold
    ``*``); without it every field of the event is made before it is called.
    """

    def __call__(self, row: Row, /) -> object:
        """For an eval expression its value, None for null; for a search whether it matches."""


class Knowledge:
    """Props, transforms, event types and tags as one app sees them."""

    @classmethod
    def load(
        cls,
        home: Home,
        confs: Confs,
        app: str | None,
        *,
        evaluate: Callable[[str], Compiled],
        matches: Callable[[str], Compiled],
        server_name: str = "standin",
    ) -> "Knowledge":
        """Reads and checks all knowledge that a search in the context of ``app`` has.

        ``evaluate`` compiles an eval expression (``EVAL-x``), ``matches`` a search expression
        (an event type's ``search``); both raise what they like on a text they refuse: it is
        raised again as KnowledgeRefused with conf, stanza and key. Everything is compiled
        here; nothing is refused later.
        """
        raise NotImplementedError

    def row(self, event: StoredEvent, wanted: Collection[str] | None = None) -> Row:
        """The event's row. ``wanted`` names the fields a search looks at (None: all).

        A name may hold ``*``. Fields that are not wanted may be in the row all the same.
        For many events take ``reader``.
        """
        raise NotImplementedError

    def reader(self, wanted: Collection[str] | None = None) -> Callable[[StoredEvent], Row]:
        """``row`` for one set of wanted fields, made ready once for a whole search."""
        raise NotImplementedError

    def stored_sourcetypes(self, name: str, stored: Collection[str]) -> set[str]:
        """Which of the ``stored`` sourcetypes ``sourcetype=name`` finds, ``rename`` considered.

        ``name`` may hold ``*``.
        """
        raise NotImplementedError
