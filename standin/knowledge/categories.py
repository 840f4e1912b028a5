"""Event types and tags: what kind of event this is."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from standin.home.layers import Stanza
from standin.knowledge.calculated import Compile, Compiled, compile_or_refuse, reads_of
from standin.knowledge.field_values import of_texts, texts_of
from standin.knowledge.known_settings import boolean, whole_number
from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.values import Row

_EVENT_TYPE_SETTINGS = ("search", "disabled", "priority", "description", "color")


@dataclass(frozen=True)
class EventType:
    """One event type; ``reads`` None means that its search may look at any field."""

    name: str
    search: Compiled
    reads: frozenset[str] | None


def event_types(stanzas: Mapping[str, Stanza], matches: Compile) -> list[EventType]:
    """The event types that are enabled, best priority first."""
    ranked = []
    for stanza in stanzas.values():
        for key in stanza.settings:
            if key not in _EVENT_TYPE_SETTINGS:
                raise KnowledgeRefused(
                    "eventtypes", stanza.name, key, "the stand-in does not know it"
                )
        if boolean(stanza, "eventtypes", "disabled", default=False):
            continue
        if "%" in stanza.name:
            raise KnowledgeRefused("eventtypes", stanza.name, "[stanza]", "a template of names")
        text = stanza.settings.get("search", "")
        if not text:
            raise KnowledgeRefused("eventtypes", stanza.name, "search", "there is none")
        search = compile_or_refuse("eventtypes", stanza.name, "search", text, matches)
        priority = whole_number(stanza, "eventtypes", "priority", 1)
        ranked.append((priority, stanza.name, EventType(stanza.name, search, reads_of(search))))
    return [each for _priority, _name, each in sorted(ranked, key=lambda rank: rank[:2])]


def add_event_types(row: Row, types: list[EventType]) -> None:
    """Sets ``eventtype`` to the names of those whose search matches the row."""
    found = [each.name for each in types if each.search(row)]
    if found:
        row["eventtype"] = of_texts(found)


class Tags:
    """tags.conf: tags of pairs of field and value."""

    def __init__(self, stanzas: Mapping[str, Stanza]) -> None:
        self._tags: dict[str, dict[str, list[str]]] = {}
        for stanza in stanzas.values():
            field, equals, value = stanza.name.partition("=")
            if not equals or not field or "*" in value:
                raise KnowledgeRefused("tags", stanza.name, "[stanza]", "no field=value")
            self._tags.setdefault(unquote(field), {})[unquote(value)] = _enabled(stanza)

    @property
    def fields(self) -> frozenset[str]:
        """Fields that have tags."""
        return frozenset(self._tags)

    def add(self, row: Row) -> None:
        """Sets ``tag`` and ``tag::<field>``."""
        everywhere: set[str] = set()
        for field, tagged in self._tags.items():
            value = row.get(field)
            if value is None:
                continue
            tags = {tag for text in texts_of(value) for tag in tagged.get(text, ())}
            if tags:
                row[f"tag::{field}"] = of_texts(sorted(tags))
                everywhere |= tags
        if everywhere:
            row["tag"] = of_texts(sorted(everywhere))


def _enabled(stanza: Stanza) -> list[str]:
    for tag, state in stanza.settings.items():
        if state not in ("enabled", "disabled"):
            raise KnowledgeRefused("tags", stanza.name, tag, f"{state!r}: enabled or disabled")
    return [tag for tag, state in stanza.settings.items() if state == "enabled"]
