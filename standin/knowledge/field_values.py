"""Small rules about names and values of fields that all kinds of extraction share."""

import re
from collections.abc import Callable

from standin.spl.values import Row, Value

Step = Callable[[Row], None]
"""One operation at search time: changes the row in place."""

_UNCLEAN = re.compile(r"[^a-zA-Z0-9]")


def clean_key(name: str) -> str:
    """Key cleaning as CLEAN_KEYS has it; "" when nothing is left of the name."""
    return _UNCLEAN.sub("_", name).lstrip("_0123456789")


class CleanKeys(dict[str, str]):
    """Remembers cleaned names."""

    def __missing__(self, name: str) -> str:
        self[name] = cleaned = clean_key(name)
        return cleaned


def append(row: Row, name: str, value: str) -> None:
    """Adds one more value to a field."""
    held = row.get(name)
    if held is None:
        row[name] = value
    elif isinstance(held, list):
        row[name] = [*held, value]
    else:
        row[name] = [str(held), value]


def of_texts(texts: list[str]) -> Value:
    """The value that holds these texts, of which there is at least one."""
    return texts[0] if len(texts) == 1 else texts


def texts_of(value: Value) -> list[str]:
    """All values of a field."""
    return value if isinstance(value, list) else [str(value)]
