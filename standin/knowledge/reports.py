"""REPORT-<class>: fields by a stanza of transforms.conf."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from standin.home.layers import Stanza
from standin.knowledge.delimiters import after_name, between_pairs, delimiters, field_names, tokens
from standin.knowledge.field_values import CleanKeys, Step, append, clean_key
from standin.knowledge.known_settings import (
    SEARCH_TRANSFORM_SETTINGS,
    boolean,
    check_transform,
)
from standin.knowledge.pair_scan import PairGrammar
from standin.knowledge.pcre import Match, Pattern, PatternRefused, compiled
from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.values import Row

_FORMAT_PART = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^\s":]+)::("(?:[^"\\]|\\.)*"|\S+)\s*')
_GROUP = re.compile(r"\$(\d+)")
_Outputs = list[tuple[int | str, int | str]]
_Split = Callable[[str], list[str]]


@dataclass(frozen=True)
class _Options:
    source: str
    add_values: bool
    clean_keys: bool
    keep_empty: bool

    def put(self, row: Row, name: str, value: str | None) -> None:
        if not name or value is None or not (value or self.keep_empty):
            return
        if name not in row:
            row[name] = value
        elif self.add_values:
            append(row, name, value)

    def name(self, name: str) -> str:
        return clean_key(name) if self.clean_keys else name


class Report:
    """One stanza of transforms.conf that extracts fields when an event is searched.

    ``makes``: the fields it may make, None when their names are in the events. ``reads``: the
    field it looks at.
    """

    def __init__(self, stanza: Stanza) -> None:
        check_transform(stanza, SEARCH_TRANSFORM_SETTINGS, "a REPORT")
        self._stanza = stanza
        self._options = _options(stanza)
        self.reads = self._options.source
        self.makes: frozenset[str] | None = None
        self._pairs: PairGrammar | None = None
        self._step: Step | None = None
        given = {key for key, value in stanza.settings.items() if value}
        if ("REGEX" in given) == ("DELIMS" in given):
            raise self._refused("REGEX", "either REGEX or DELIMS is needed")
        if "REGEX" in given:
            self._by_regex()
        else:
            self._by_delimiters()

    def step(self, wanted: frozenset[str] | None) -> Step:
        """Adds its fields, or at least those ``wanted``, to a row."""
        act = self._pairs_step(wanted) if self._pairs is not None else self._step
        assert act is not None
        return act

    def _text(self, row: Row) -> str | None:
        value = row.get(self.reads)
        if isinstance(value, list):
            raise self._refused("SOURCE_KEY", f"{self.reads} has several values in an event")
        return None if value is None else str(value)

    def _pairs_step(self, wanted: frozenset[str] | None) -> Step:
        assert self._pairs is not None
        scan = self._pairs.scan(wanted)

        def step(row: Row) -> None:
            if (text := self._text(row)) is not None:
                scan(row, text)

        return step

    def _by_delimiters(self) -> None:
        settings, options = self._stanza.settings, self._options
        if settings.get("FORMAT"):
            raise self._refused("FORMAT", "has no meaning with DELIMS")
        pairs, equals = delimiters(self._stanza)
        names = [options.name(name) for name in field_names(self._stanza)]
        if equals:
            if names:
                raise self._refused("FIELDS", "names and a second list of DELIMS exclude another")
            self._pairs = PairGrammar(
                pair=between_pairs(pairs, equals),
                separators=pairs,
                equals_and_value=after_name(pairs, equals),
                unclean=f"[^a-zA-Z0-9{re.escape(pairs + equals)}]",
                clean_keys=options.clean_keys,
                keep_empty=options.keep_empty,
                add_values=options.add_values,
            )
            return
        split = tokens(pairs, collapse=not names)
        self.makes = frozenset(names) if names else None
        self._step = self._values_step(split, names) if names else self._odd_even_step(split)

    def _values_step(self, split: _Split, names: list[str]) -> Step:
        def step(row: Row) -> None:
            if (text := self._text(row)) is not None:
                for name, value in zip(names, split(text), strict=False):
                    self._options.put(row, name, value)

        return step

    def _odd_even_step(self, split: _Split) -> Step:
        def step(row: Row) -> None:
            if (text := self._text(row)) is not None:
                parts = split(text)
                for name, value in zip(parts[::2], parts[1::2], strict=False):
                    self._options.put(row, self._options.name(name), value)

        return step

    def _by_regex(self) -> None:
        text = self._stanza.settings["REGEX"]
        try:
            pattern = compiled(text)
        except PatternRefused as error:
            raise self._refused("REGEX", str(error)) from error
        if not pattern.groups:
            raise self._refused("REGEX", "it has no group")
        if self._stanza.settings.get("FIELDS"):
            raise self._refused("FIELDS", "has no meaning with REGEX")
        form = self._stanza.settings.get("FORMAT", "")
        outputs = self._formatted(form, pattern) if form else _named(pattern)
        if not outputs:
            raise self._refused("FORMAT", "no FORMAT and no named group: it makes no field")
        if all(not isinstance(name, int) for name, _value in outputs):
            self.makes = frozenset(self._options.name(str(name)) for name, _value in outputs)
        self._step = self._regex_step(pattern, outputs)

    def _regex_step(self, pattern: Pattern, outputs: _Outputs) -> Step:
        options = self._options
        names = CleanKeys()
        every_match = self.makes is None or options.add_values

        def take(row: Row, match: Match) -> None:
            for name, value in outputs:
                key = match.group(name) or "" if isinstance(name, int) else name
                text = match.group(value) if isinstance(value, int) else value
                options.put(row, names[key] if options.clean_keys else key, text)

        def step(row: Row) -> None:
            if (text := self._text(row)) is None:
                return
            if every_match:
                for match in pattern.finditer(text):
                    take(row, match)
            elif (match_ := pattern.search(text)) is not None:
                take(row, match_)

        return step

    def _formatted(self, form: str, pattern: Pattern) -> _Outputs:
        outputs: _Outputs = []
        at = 0
        while at < len(form):
            part = _FORMAT_PART.match(form, at)
            if part is None:
                raise self._refused("FORMAT", f"{form!r} is no list of name::value")
            outputs.append((self._format_end(part[1], pattern), self._format_end(part[2], pattern)))
            at = part.end()
        return outputs

    def _format_end(self, text: str, pattern: Pattern) -> int | str:
        bare = text[1:-1] if text[:1] == '"' and len(text) > 1 else text
        whole = _GROUP.fullmatch(bare)
        if whole is None:
            if _GROUP.search(bare):
                raise self._refused("FORMAT", f"{text!r}: no joined values when searching")
            return bare
        number = int(whole[1])
        if not 1 <= number <= pattern.groups:
            raise self._refused("FORMAT", f"REGEX has no group {number}: no event would come back")
        return number

    def _refused(self, key: str, why: str) -> KnowledgeRefused:
        return KnowledgeRefused("transforms", self._stanza.name, key, why)


def _options(stanza: Stanza) -> _Options:
    source = stanza.settings.get("SOURCE_KEY", "") or "_raw"
    if ":" in source and not source.startswith("tag::"):
        raise KnowledgeRefused(
            "transforms", stanza.name, "SOURCE_KEY", f"{source!r} is a key of index time"
        )
    return _Options(
        source,
        boolean(stanza, "transforms", "MV_ADD", default=False),
        boolean(stanza, "transforms", "CLEAN_KEYS", default=True),
        boolean(stanza, "transforms", "KEEP_EMPTY_VALS", default=False),
    )


def _named(pattern: Pattern) -> _Outputs:
    outputs: _Outputs = []
    for name, number in pattern.groupindex.items():
        if name.startswith("_VAL_"):
            continue
        if name.startswith("_KEY_"):
            value = pattern.groupindex.get("_VAL_" + name[5:])
            if value is not None:
                outputs.append((number, value))
        else:
            outputs.append((name, number))
    return outputs
