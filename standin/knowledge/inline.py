"""EXTRACT-<class>: fields by a regular expression that stands in props.conf itself."""

import re
from dataclasses import dataclass

from standin.knowledge.field_values import Step, clean_key
from standin.knowledge.pcre import PatternRefused, compiled
from standin.knowledge.refusal import KnowledgeRefused
from standin.spl.values import Row

_IN_FIELD = re.compile(r"(?s)(.*)\s+in\s+([A-Za-z0-9_]+)\s*")


@dataclass(frozen=True)
class Inline:
    """One EXTRACT: the fields it may make, the field it reads, and how to do it."""

    makes: frozenset[str]
    reads: str
    step: Step


def inline(stanza: str, key: str, value: str) -> Inline:
    """Compiles ``<regex>`` or ``<regex> in <field>``."""
    found = _IN_FIELD.fullmatch(value)
    text, field = (found[1], found[2]) if found else (value, "_raw")
    try:
        pattern = compiled("(?ms)" + text)
    except PatternRefused as error:
        raise KnowledgeRefused("props", stanza, key, str(error)) from error
    if not pattern.groupindex:
        raise KnowledgeRefused("props", stanza, key, "the regex has no named group")
    if any(name.startswith(("_KEY_", "_VAL_")) for name in pattern.groupindex):
        raise KnowledgeRefused("props", stanza, key, "_KEY_ and _VAL_ belong in transforms.conf")
    names = [(clean_key(name), number) for name, number in pattern.groupindex.items()]

    def step(row: Row) -> None:
        source = row.get(field)
        if source is None:
            return
        if isinstance(source, list):
            raise KnowledgeRefused("props", stanza, key, f"{field} has several values in an event")
        match = pattern.search(str(source))
        if match is None:
            return
        for name, number in names:
            if name not in row and (value := match.group(number)):
                row[name] = value

    return Inline(frozenset(name for name, _ in names), field, step)
