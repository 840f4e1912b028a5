"""``Knowledge``: from an event as stored to the row that a search sees."""

import json
from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from functools import partial

from standin.home.layers import Confs, Stanza
from standin.home.tree import Home
from standin.index.events import StoredEvent
from standin.knowledge.auto_kv import KvLimits
from standin.knowledge.calculated import Compile
from standin.knowledge.categories import EventType, Tags, add_event_types, event_types
from standin.knowledge.date_fields import NAMES as DATE_NAMES
from standin.knowledge.date_fields import date_fields
from standin.knowledge.field_values import Step, of_texts
from standin.knowledge.known_settings import check_fields, check_props
from standin.knowledge.lookup_files import Documents, LookupFiles
from standin.knowledge.needs import Needs
from standin.knowledge.pipeline import Pipeline, Surroundings
from standin.knowledge.refusal import KnowledgeRefused
from standin.knowledge.stanza_match import StanzaMatch
from standin.spl.values import Row

Reader = Callable[[StoredEvent], Row]


class Knowledge:
    """Props, transforms, event types and tags as one app sees them.

    A row always has ``_time`` (float, seconds since 1970), ``_raw``, ``index``, ``host``,
    ``source``, ``sourcetype`` (after ``rename``) and ``splunk_server``; when they are wanted
    also ``_indextime``, ``linecount``, ``_sourcetype`` (as stored) and ``date_*``. Then come
    indexed fields, the fields found at search time, ``eventtype``, ``tag``, ``tag::<field>``.

    All values but ``_time`` and calculated numbers are text, numbers too ("443"). A field
    with several values is a list, with one value it is that text. A field that an event does
    not have is not in its row.
    """

    def __init__(
        self,
        props: StanzaMatch,
        surroundings: Surroundings,
        types: list[EventType],
        tags: Tags,
        server_name: str,
    ) -> None:
        self._props = props
        self._surroundings = surroundings
        self._types = types
        self._tags = tags
        self._server_name = server_name
        self._renamed = props.renamed()
        self._pipelines: dict[tuple[tuple[str, str], ...], Pipeline] = {}

    @classmethod
    def load(
        cls,
        home: Home,
        confs: Confs,
        app: str | None,
        *,
        evaluate: Compile,
        matches: Compile,
        server_name: str = "standin",
        collections: Documents | None = None,
    ) -> "Knowledge":
        """Reads and checks all knowledge that a search in the context of ``app`` has.

        ``evaluate`` compiles an eval expression (``EVAL-x``), ``matches`` a search expression
        (an event type's ``search``). Whatever they raise on a text they refuse is raised as
        KnowledgeRefused with conf, stanza and key. What they return may carry ``reads``: see
        ``Compiled``. Nothing that can be checked without an event is refused later.
        """
        stanzas = confs.stanzas("props", app, inherit=False)
        defaults = confs.defaults("props", app)
        for stanza in [Stanza("default", "", defaults, exported=True), *stanzas.values()]:
            check_props(stanza)
        for stanza in confs.stanzas("fields", app).values():
            check_fields(stanza)
        surroundings = Surroundings(
            confs.stanzas("transforms", app),
            LookupFiles(home, confs, app, matches, collections),
            KvLimits.of(confs, app),
            evaluate,
        )
        knowledge = cls(
            StanzaMatch(stanzas, defaults),
            surroundings,
            event_types(confs.stanzas("eventtypes", app), matches),
            Tags(confs.stanzas("tags", app)),
            server_name,
        )
        knowledge._check()
        return knowledge

    @property
    def lookups(self) -> LookupFiles:
        """Lookup tables by name, for the commands that use them."""
        return self._surroundings.files

    def row(self, event: StoredEvent, wanted: Collection[str] | None = None) -> Row:
        """The event's row. ``wanted`` names the fields a search looks at (None: all).

        A name may hold ``*``. Fields that are not wanted may be in the row all the same.
        For many events take ``reader``.
        """
        return self.reader(wanted)(event)

    def reader(self, wanted: Collection[str] | None = None) -> Reader:
        """``row`` for one set of wanted fields, made ready once for a whole search."""
        everything = Needs(wanted)
        categories = self._categories(everything)
        extras = self._extras(everything)
        known: dict[tuple[str, str, str], list[Step]] = {}
        renamed, server_name = self._renamed, self._server_name
        dated = wants_dates(wanted)

        def read(event: StoredEvent) -> Row:
            kind = (event.sourcetype, event.source, event.host)
            steps = known.get(kind)
            if steps is None:
                steps = known[kind] = self._steps(event, wanted) + categories
            row: Row = {
                "_time": event.time,
                "_raw": event.raw,
                "index": event.index,
                "host": event.host,
                "source": event.source,
                "sourcetype": renamed.get(event.sourcetype, event.sourcetype),
                "splunk_server": server_name,
            }
            for name, value_of in extras:
                row[name] = value_of(event)
            if dated and event.written:
                row.update(date_fields(event.written))
            if event.fields is not None:
                for name, texts in json.loads(event.fields).items():
                    row[name] = of_texts(texts)
            for step in steps:
                step(row)
            return row

        return read

    def stored_sourcetypes(self, name: str, stored: Collection[str]) -> set[str]:
        """Which of the ``stored`` sourcetypes ``sourcetype=name`` finds, ``rename`` considered.

        ``name`` may hold ``*``; case does not matter.
        """
        pattern = name.lower().replace("[", "[[]").replace("?", "[?]")
        return {
            each for each in stored if fnmatchcase(self._renamed.get(each, each).lower(), pattern)
        }

    def _steps(self, event: StoredEvent, wanted: Collection[str] | None) -> list[Step]:
        needs = Needs(wanted)
        self._add_category_needs(needs)
        return self._pipeline(
            self._renamed.get(event.sourcetype, event.sourcetype), event.source, event.host
        ).steps(needs)

    def _pipeline(self, sourcetype: str, source: str, host: str) -> Pipeline:
        return self._pipeline_of(
            self._props.settings(sourcetype, source, host),
            lambda key: self._props.origin(key, sourcetype, source, host),
        )

    def _pipeline_of(self, settings: dict[str, str], origin: Callable[[str], str]) -> Pipeline:
        key = tuple(sorted(settings.items()))
        if key not in self._pipelines:
            self._pipelines[key] = Pipeline(settings, origin, self._surroundings)
        return self._pipelines[key]

    def _add_category_needs(self, needs: Needs) -> None:
        if self._wants_tags(needs):
            needs.add(self._tags.fields)
        if needs.wants("eventtype"):
            for each in self._types:
                needs.add(each.reads)

    def _categories(self, needs: Needs) -> list[Step]:
        steps: list[Step] = []
        if needs.wants("eventtype") or (
            self._wants_tags(needs) and "eventtype" in self._tags.fields
        ):
            types = self._types
            steps.append(lambda row: add_event_types(row, types))
        if self._wants_tags(needs):
            steps.append(self._tags.add)
        return steps

    def _wants_tags(self, needs: Needs) -> bool:
        return needs.wants("tag") or any(
            needs.wants(f"tag::{field}") for field in self._tags.fields
        )

    def _extras(self, needs: Needs) -> list[tuple[str, Callable[[StoredEvent], str]]]:
        made: dict[str, Callable[[StoredEvent], str]] = {
            "_indextime": lambda event: str(int(event.indextime)),
            "linecount": lambda event: str(event.raw.count("\n") + 1),
            "_sourcetype": lambda event: event.sourcetype,
        }
        return [(name, value_of) for name, value_of in made.items() if needs.wants(name)]

    def _check(self) -> None:
        """Compiles what each stanza says by itself, so that it is refused now or never."""
        for name, target in self._renamed.items():
            if target in self._renamed:
                raise KnowledgeRefused("props", name, "rename", f"{target} is itself renamed")
        for name, settings in self._props.alone().items():
            self._pipeline_of(settings, partial(_always, name))


def wants_dates(wanted: Collection[str] | None) -> bool:
    """Whether a search looks at ``date_*``."""
    needs = Needs(wanted)
    return any(needs.wants(name) for name in DATE_NAMES)


def _always(stanza: str, _key: str) -> str:
    return stanza
