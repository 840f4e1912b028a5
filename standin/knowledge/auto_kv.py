"""KV_MODE: fields found without being told which."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from standin.home.layers import Confs
from standin.knowledge.field_values import append
from standin.knowledge.pair_scan import PairGrammar
from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.json_fields import json_fields, json_fields_until_cut
from standin.spl.values import Row

_BARE = r"[^\s,;|&\"]*"
_PAIR = re.compile(rf'([\w.\-]+)=(?:"([^"]*)"|({_BARE}))', re.ASCII)
_ESCAPED_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_ESCAPED_PAIR = re.compile(rf"([\w.\-]+)=(?:{_ESCAPED_QUOTED}|({_BARE}))", re.ASCII)
_MODES = ("none", "auto", "auto_escaped", "json")


@dataclass(frozen=True)
class KvLimits:
    """limits.conf ``[kv]``: fields at most (0: no limit), characters looked at (0: all)."""

    fields: int = 100
    characters: int = 10240

    @classmethod
    def of(cls, confs: Confs, app: str | None) -> "KvLimits":
        """As the confs have it."""
        stanza = confs.stanza("limits", "kv", app)
        given = {} if stanza is None else stanza.settings
        numbers = {}
        for key, default in (("limit", cls.fields), ("maxchars", cls.characters)):
            text = given.get(key, str(default))
            if not text.isdecimal():
                raise KnowledgeRefused("limits", "kv", key, f"{text!r} is no whole number")
            numbers[key] = int(text)
        return cls(numbers["limit"], numbers["maxchars"])


@dataclass(frozen=True)
class AutoKv:
    """Automatic extraction of one kind of event."""

    mode: str
    with_json: bool
    trim: bool
    limits: KvLimits

    def check(self, stanza: str) -> None:
        """Refuses a mode the stand-in does not have."""
        if self.mode not in _MODES:
            raise KnowledgeRefused(
                "props", stanza, "KV_MODE", f"{self.mode!r}; the stand-in has {', '.join(_MODES)}"
            )

    def step(self, wanted: frozenset[str] | None) -> Callable[[Row], None] | None:
        """Adds the fields, or at least those ``wanted``; None when there is nothing to do."""
        if self.mode == "none" or wanted == frozenset():
            return None
        if self.mode == "json":
            return self._json_step()
        pairs = self._grammar().scan(wanted)
        as_json = self._json_step() if self.with_json else None
        characters = self.limits.characters

        def step(row: Row) -> None:
            raw = str(row["_raw"])
            if as_json is not None and raw.startswith(("{", "[")):
                as_json(row)
            pairs(row, raw[:characters] if characters and len(raw) > characters else raw)

        return step

    def _json_step(self) -> Callable[[Row], None]:
        characters, limit = self.limits.characters, self.limits.fields

        def step(row: Row) -> None:
            raw = str(row["_raw"])
            if characters and len(raw) > characters:
                found = json_fields_until_cut(raw[:characters])
            else:
                found = json_fields(raw)
            before, made = set(row), set[str]()
            for name, value in found:
                if name in made:
                    append(row, name, value)
                elif name not in before and not (limit and len(made) >= limit):
                    row[name] = value
                    made.add(name)

        return step

    def _grammar(self) -> PairGrammar:
        escaped = self.mode == "auto_escaped"
        quoted = _ESCAPED_QUOTED if escaped else '"([^"]*)"'
        return PairGrammar(
            pair=_ESCAPED_PAIR if escaped else _PAIR,
            separators=" \t\r\n,;|&",
            equals_and_value=f"=(?:{quoted}|({_BARE}))",
            unclean=r"[_.\-]",
            trim=self.trim,
            unescape=escaped,
            limit=self.limits.fields,
        )
