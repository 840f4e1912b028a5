"""TRANSFORMS-<class>: what transforms.conf does to an event before it is stored."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from standin.home.layers import Stanza
from standin.knowledge.known_settings import (
    INDEX_TRANSFORM_SETTINGS,
    boolean,
    check_transform,
    whole_number,
)
from standin.knowledge.pcre import Match, PatternRefused, compiled
from standin.knowledge.refusal import KnowledgeRefused

_PREFIXES = {
    "MetaData:Host": "host::",
    "MetaData:Source": "source::",
    "MetaData:Sourcetype": "sourcetype::",
}
_NAMES = {
    "_raw": "raw",
    "MetaData:Host": "host",
    "MetaData:Source": "source",
    "MetaData:Sourcetype": "sourcetype",
    "_MetaData:Index": "index",
    "queue": "queue",
}
_INDEXED = re.compile(r'\s*([^\s":]+)::(?:"((?:[^"\\]|\\.)*)"|(\S+))')


@dataclass
class Draft:
    """An event on its way into the index."""

    raw: str
    index: str
    host: str
    source: str
    sourcetype: str
    queue: str = "indexQueue"
    fields: dict[str, list[str]] = field(default_factory=dict)


class IndexTransform:
    """One stanza of transforms.conf as TRANSFORMS uses it."""

    def __init__(self, stanza: Stanza) -> None:
        check_transform(stanza, INDEX_TRANSFORM_SETTINGS, "TRANSFORMS")
        self._stanza = stanza
        settings = stanza.settings
        if not settings.get("REGEX"):
            raise self._refused("REGEX", "TRANSFORMS need one")
        try:
            self._regex = compiled(settings["REGEX"])
        except PatternRefused as error:
            raise self._refused("REGEX", str(error)) from error
        self._source = settings.get("SOURCE_KEY", "") or "_raw"
        self._to = settings.get("DEST_KEY", "")
        self._format = settings.get("FORMAT", "") or f"{stanza.name}::$1"
        self._default = settings.get("DEFAULT_VALUE", "")
        self._lookahead = whole_number(stanza, "transforms", "LOOKAHEAD", 4096)
        self._write_meta = boolean(stanza, "transforms", "WRITE_META", default=False)
        self._repeat = boolean(stanza, "transforms", "REPEAT_MATCH", default=False)
        self._check()

    def _check(self) -> None:
        if bool(self._to) == self._write_meta:
            raise self._refused("DEST_KEY", "either it or WRITE_META = true is needed")
        if self._to and self._to not in _NAMES:
            raise self._refused("DEST_KEY", f"{self._to!r}; the stand-in has {sorted(_NAMES)}")
        prefix = _PREFIXES.get(self._to, "")
        if not self._format.startswith(prefix):
            raise self._refused("FORMAT", f"{self._to} needs a value that begins with {prefix}")
        if self._to == "queue" and self._format not in ("nullQueue", "indexQueue"):
            raise self._refused("FORMAT", "a queue is nullQueue or indexQueue")
        if self._source not in _NAMES and not self._source.startswith(("field:", "fields:")):
            raise self._refused("SOURCE_KEY", f"{self._source!r} is no key of index time here")

    def apply(self, draft: Draft) -> None:
        """Changes the event as the stanza says."""
        text = self._text(draft)[: self._lookahead]
        matches = list(self._regex.finditer(text)) if self._repeat else []
        first = matches[0] if matches else self._regex.search(text)
        if first is None:
            if self._default and self._to:
                self._write(draft, self._default)
            return
        if self._to:
            self._write(draft, self._formatted(first, self._before(draft)))
            return
        for match in matches or [first]:
            self._index_fields(draft, self._formatted(match, ""))

    def _text(self, draft: Draft) -> str:
        kind, colon, names = self._source.partition(":")
        if colon and kind in ("field", "fields"):
            return " ".join(
                value for name in names.split(",") for value in draft.fields.get(name.strip(), [])
            )
        value = str(getattr(draft, _NAMES[self._source]))
        return _PREFIXES.get(self._source, "") + value

    def _before(self, draft: Draft) -> str:
        return _PREFIXES.get(self._to, "") + str(getattr(draft, _NAMES[self._to]))

    def _write(self, draft: Draft, value: str) -> None:
        setattr(draft, _NAMES[self._to], value.removeprefix(_PREFIXES.get(self._to, "")))

    def _formatted(self, match: Match, before: str) -> str:
        def one(found: re.Match[str]) -> str:
            number = int(found[1])
            if number == 0:
                return before
            if number > self._regex.groups:
                return found[0]
            return match.group(number) or ""

        return re.sub(r"\$(\d+)", one, self._format)

    def _index_fields(self, draft: Draft, text: str) -> None:
        for found in _INDEXED.finditer(text):
            value = found[2] if found[2] is not None else found[3]
            draft.fields.setdefault(found[1], []).append(value)

    def _refused(self, key: str, why: str) -> KnowledgeRefused:
        return KnowledgeRefused("transforms", self._stanza.name, key, why)


def index_transforms(
    settings: Mapping[str, str], transforms: Mapping[str, Stanza]
) -> list[IndexTransform]:
    """The transforms of one kind of event: classes in ASCII order, their lists as they stand."""
    found = []
    for key, value in sorted(settings.items()):
        if not key.startswith("TRANSFORMS-"):
            continue
        for name in (part.strip() for part in value.split(",")):
            if name not in transforms:
                raise KnowledgeRefused("props", "", key, f"no [{name}] in transforms.conf")
            found.append(IndexTransform(transforms[name]))
    return found
