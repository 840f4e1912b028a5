"""``python -m simulator.coverage`` writes COVERAGE.md: every url and option the simulator knows.

With ``--check`` it writes nothing and ends with 1 when the file is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from simulator import rpc  # noqa: F401  (it registers every route)
from simulator.faults import KINDS
from simulator.handlers.calls import routes
from simulator.refusal import MESSAGES
from simulator.scenarios import SCENARIOS
from simulator.schema.tables import PLACES
from simulator.versions import ALWAYS

FILE = Path(__file__).resolve().parent / "COVERAGE.md"
_PLACES = {
    "object": "`/pm/config/adom/{adom}/obj/…` and `/pm/config/global/obj/…`",
    "package": "`/pm/config/adom/{adom}/pkg/{path}/…`",
    "block": "`/pm/config/adom/{adom}/pblock/{block}/…`",
    "global package": "`/pm/config/global/pkg/{path}/…`",
    "device": "`/pm/config/device/{device}/vdom/{vdom}/…` (as last installed by the simulator)",
}
_PARAMS = (
    ("`fields`", "flat or nested; empty attributes are left out; `oid` (and `obj seq`) stay"),
    ("`filter`", "`== != < <= > >= like !like contain !contain in !in &`, `&&`, `||`, `!`, nested"),
    ("`range`", "`[offset, count]`; not on `/pm/pkg`"),
    ("`sortings`", "`[{attribute: 1 or -1}, …]`"),
    ("`loadsub`", "0: without sub-tables"),
    ("`verbose`", "in the envelope: words, otherwise integers"),
    ("`sub fetch`, `subfetch filter`", "`fields`, `scope member`, `subfetch hidden` of sub-tables"),
    ("`object template`", "1: a new object's defaults"),
    ("`attr`", "with option `datasrc`"),
    ("`expand member`", "`device`, `group` in `/dvmdb/adom`"),
    ("`expand datasrc`", "references replaced by the objects they name"),
    ("`meta fields`", "which meta fields, with option `get meta`"),
    ("`before`, `after`, data `object position`", "where a new policy goes"),
    ("`option`, `target`", "for `move`"),
    ("`unset attrs`, `revision note`, `confirm`", "for writes"),
    ("`keep_session_idle`", "in the envelope: the idle timer goes on"),
)  # fmt: skip
_OPTIONS = (
    ("`count`", "every table"),
    ("`chksum`", "configuration tables and rows"),
    ("`devinfo`", "`/pm/config/adom/{adom}/obj`, packages"),
    ("`syntax`", "configuration tables; a whole package or object database"),
    ("`datasrc`", "what `attr` may name"),
    ("`scope member`", "policies"),
    ("`extra info`", "configuration rows; devices"),
    ("`get meta`", "policies, objects, devices, device groups"),
    ("`get used`, `where_used`", "objects; policy blocks"),
    ("`object member`", "device groups"),
    ("`assignment info`", "devices"),
    ("`no loadsub`", "every table"),
)


def text() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# What the simulator knows"
    yield ""
    yield "Written by `python -m simulator.coverage`; do not edit. Any other url is answered as an"
    yield "unknown one is (-6), logged, and listed by the side door's `/unknown`."
    yield ""
    yield "## Urls"
    yield ""
    yield from _table(("method", "url", "what"), _urls())
    yield ""
    yield "And `exec /sys/login/user`, `exec /sys/logout`; `GET /jsonrpc/<url>` means `get`."
    for place, where in _PLACES.items():
        yield from ("", f"## Tables: {where}", "")
        rows = (
            (f"`{spec.path}`", f"`{spec.key}`", "all" if spec.offered is ALWAYS else
             str(spec.offered), spec.empty)
            for spec in PLACES[place]
        )  # fmt: skip
        yield from _table(("table", "key", "versions", "when empty"), rows)
    yield ""
    yield "Rows inside a row are read and written by `…/{key}/{attribute}`, mappings by"
    yield "`…/{key}/dynamic_mapping/{device}/{vdom}`, install-on by `…/{policyid}/scope member`."
    yield from ("", "## Params", "")
    yield from _table(("param", "what"), _PARAMS)
    yield from ("", "## Options", "")
    yield from _table(("option", "where"), _OPTIONS)
    yield from ("", "## Refusals", "")
    yield from _table(("code", "message"), ((str(code), said) for code, said in MESSAGES.items()))
    yield from ("", "## Faults on demand", "")
    yield from _table(("kind", "what"), ((f"`{kind}`", what) for kind, what in KINDS.items()))
    yield from ("", "## Scenarios", "", ", ".join(f"`{name}`" for name in SCENARIOS))


def _urls() -> Iterator[tuple[str, str, str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for route in routes:
        found.setdefault((route.pattern, route.note), []).append(route.method)
    for (pattern, note), methods in found.items():
        yield ", ".join(methods), f"`{pattern}`", note


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        current = FILE.is_file() and FILE.read_text() == text()
        if not current:
            print("simulator/COVERAGE.md is out of date: run python -m simulator.coverage")
        return 0 if current else 1
    FILE.write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
