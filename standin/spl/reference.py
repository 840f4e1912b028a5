"""``python -m standin.spl.reference`` writes standin/SPL.md: everything that is understood."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from standin.spl import interpret
from standin.spl.registry import CONSTRUCTS, Construct

PAGE = Path(__file__).parents[1] / "SPL.md"
_FIRST = ("command", "search", "time", "macro", "eval function", "stats function")
_HEAD = """\
# SPL in the stand-in

Written by `python -m standin.spl.reference`; do not edit. The interpreter is strict: what is not
here is an error with its position. Each line names the page of Splunk's documentation whose rules
it follows; no result was compared with a running Splunk. What the documentation leaves open is
refused when it would matter. A few rules are from what others measured on a running Splunk and
published, and say so; where the documentation says otherwise, it is followed.

* **Malformed**: no SPL.
* **Unsupported**: SPL, but not run here ("refused" below, with the reason).
* **Undocumented**: understood, but the documentation does not say what must come out.
"""


def text() -> str:
    """The page's text."""
    assert interpret.READ
    parts = [_HEAD]
    for kind, group in groupby(sorted(CONSTRUCTS.values(), key=_order), lambda one: one.kind):
        found = list(group)
        parts.append(f"\n## {_title(kind)} ({len(found)})\n\n| | page | |\n|---|---|---|\n")
        parts += [
            f"| `{_cell(one.name)}` | {_cell(one.page)} | {_cell(one.says)} |\n" for one in found
        ]
    return "".join(parts)


def _order(one: Construct) -> tuple[bool, int, str, str]:
    place = _FIRST.index(one.kind) if one.kind in _FIRST else len(_FIRST)
    return one.kind.startswith("refused"), place, one.kind, one.name.lower()


def _title(kind: str) -> str:
    plural = {"search": "In the search command", "time": "Times", "macro": "Macros"}
    if kind in plural:
        return plural[kind]
    if kind.startswith("option of "):
        return f"Options of {kind.removeprefix('option of ')}"
    if kind.endswith(", refused"):
        return f"{_title(kind.removesuffix(', refused'))}, refused"
    return kind.capitalize() + ("" if kind.endswith("s") else "s")


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
