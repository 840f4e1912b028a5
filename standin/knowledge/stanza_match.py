"""Which stanzas of props.conf hold for an event, and which of their settings win.

Follows the props.conf reference: stanza precedence, patterns, collisions, ``priority``.
"""

import re
from collections.abc import Iterable, Mapping

from standin.home.layers import Stanza
from standin.knowledge.pcre import Pattern, PatternRefused, compiled
from standin.knowledge.refusal import KnowledgeRefused

_LITERAL, _BY_PATTERN = 100, 0
_AT_INPUT_TIME = ("rule::", "delayedrule::")
_SPECIAL = re.compile(r"\.\.\.|[*|()\[]")


class StanzaMatch:
    """All stanzas of props.conf; finds those that hold for an event."""

    def __init__(self, stanzas: Mapping[str, Stanza], defaults: Mapping[str, str]) -> None:
        self._defaults = dict(defaults)
        self._by_sourcetype: dict[str, _Spec] = {}
        self._hosts: list[_Spec] = []
        self._sources: list[_Spec] = []
        for stanza in stanzas.values():
            self._add(stanza)

    def _add(self, stanza: Stanza) -> None:
        name = stanza.name
        if name.startswith(_AT_INPUT_TIME):
            return
        if name.startswith("host::"):
            self._hosts.append(_Spec(stanza, name[6:], ignore_case=True))
        elif name.startswith("source::"):
            self._sources.append(_Spec(stanza, name[8:], ignore_case=False))
        elif any(sign in name for sign in ("*", "...", "(?")):
            raise KnowledgeRefused("props", name, "[stanza]", "a pattern of sourcetypes")
        else:
            self._by_sourcetype[name] = _Spec(stanza, name, ignore_case=False)

    def settings(self, sourcetype: str, source: str, host: str) -> dict[str, str]:
        """The settings that hold for an event, by key: source wins over host over sourcetype."""
        merged = dict(self._defaults)
        own = self._by_sourcetype.get(sourcetype)
        if own is not None:
            merged.update(own.own_settings)
        for specs, value in ((self._hosts, host), (self._sources, source)):
            for spec in _weakest_first(spec for spec in specs if spec.matches(value)):
                merged.update(spec.own_settings)
        return merged

    def matching(self, sourcetype: str, source: str, host: str) -> list[Stanza]:
        """The stanzas that hold for an event, by patterns too, with ``[default]``."""
        own = self._by_sourcetype.get(sourcetype)
        found = [] if own is None else [own.stanza]
        for specs, value in ((self._hosts, host), (self._sources, source)):
            found += [spec.stanza for spec in specs if spec.matches(value)]
        return [Stanza("default", "", self._defaults, exported=True), *found]

    def origin(self, key: str, sourcetype: str, source: str, host: str) -> str:
        """The name of the stanza a setting comes from, for an error's text."""
        for specs, value in ((self._sources, source), (self._hosts, host)):
            for spec in reversed(_weakest_first(spec for spec in specs if spec.matches(value))):
                if key in spec.own_settings:
                    return spec.name
        own = self._by_sourcetype.get(sourcetype)
        return sourcetype if own is not None and key in own.own_settings else "default"

    def alone(self) -> dict[str, dict[str, str]]:
        """Each stanza's settings by its name, as if it were the only one."""
        specs = [*self._by_sourcetype.values(), *self._hosts, *self._sources]
        return {spec.name: self._defaults | spec.own_settings for spec in specs}

    def renamed(self) -> dict[str, str]:
        """Stored sourcetype to the one it is searched as (``rename``)."""
        return {
            name: spec.own_settings["rename"]
            for name, spec in self._by_sourcetype.items()
            if spec.own_settings.get("rename")
        }


class _Spec:
    def __init__(self, stanza: Stanza, text: str, *, ignore_case: bool) -> None:
        self.stanza = stanza
        self.name = stanza.name
        self.own_settings = {
            key: value for key, value in stanza.settings.items() if key != "priority"
        }
        self.priority = _priority(stanza, _BY_PATTERN if _SPECIAL.search(text) else _LITERAL)
        self._pattern = _compile(stanza, text, ignore_case=ignore_case)

    def matches(self, value: str) -> bool:
        return self._pattern.fullmatch(value) is not None


def _priority(stanza: Stanza, default: int) -> int:
    value = stanza.settings.get("priority", "")
    if not value:
        return default
    if not value.lstrip("-").isdecimal():
        raise KnowledgeRefused("props", stanza.name, "priority", f"{value!r} is no number")
    return int(value)


def _compile(stanza: Stanza, text: str, *, ignore_case: bool) -> Pattern:
    pattern, at = "", 0
    wildcards = {"...": ".*", "*": "[^/]*", ".": r"\."}
    for found in re.finditer(r"\(\?[^)]*?[<=!:)]|\[[^]]*\]|\\.|\.\.\.|\*|\.", text):
        pattern += text[at : found.start()] + wildcards.get(found[0], found[0])
        at = found.end()
    try:
        return compiled(f"{'(?i)' if ignore_case else ''}{pattern}{text[at:]}")
    except PatternRefused as error:
        raise KnowledgeRefused("props", stanza.name, "[stanza]", str(error)) from error


def _weakest_first(specs: Iterable[_Spec]) -> list[_Spec]:
    """ASCII order decides, the first one wins; a higher ``priority`` wins over that."""
    strongest_first = sorted(specs, key=lambda spec: (-spec.priority, spec.name))
    return strongest_first[::-1]
