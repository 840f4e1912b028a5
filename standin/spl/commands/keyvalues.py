"""extract (kv) and xmlkv: fields out of pairs in ``_raw``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import unescape

from standin.spl.columns import like, settled
from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.options import boolean, nothing, one_name, options, plain, whole
from standin.spl.parsing import CommandText
from standin.spl.registry import CONSTRUCTS, Construct, Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context

_PAGE = "Search Reference: extract"
_EXTRACT = {
    "segment": boolean,
    "auto": boolean,
    "reload": boolean,
    "limit": whole,
    "maxchars": whole,
    "mv_add": boolean,
    "clean_keys": boolean,
    "pairdelim": plain,
    "kvdelim": plain,
}
for _name in _EXTRACT:
    construct("option of extract", _name, _PAGE)
_AUTO = re.compile(r'([A-Za-z_][\w.:\-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s,;|&"]+))')
_UNCLEAN = re.compile(r"[^A-Za-z0-9]+")
Pair = tuple[str, str]


@command("extract", _PAGE, "pairs by delimiters, or name=value; no stanza of transforms.conf")
def read_extract(command: CommandText) -> Runnable:
    given, rest = options(command, _EXTRACT)
    rest = [word for word in rest if word.quoted or word.text != ","]
    if rest:
        raise Unsupported(
            "extract with a stanza of transforms.conf: it is applied to events already",
            rest[0].position,
        )
    if ("pairdelim" in given) != ("kvdelim" in given):
        raise Malformed("extract: pairdelim and kvdelim go together", command.position)
    limit, characters = given.get("limit", 50), given.get("maxchars", 10240)
    clean, add = given.get("clean_keys", True), given.get("mv_add", False)

    pairs = _pairs(given)

    def extracted(row: Row) -> Row:
        raw, made = row.get("_raw"), dict(row)
        if not isinstance(raw, str):
            return row
        found: dict[str, list[str]] = {}
        for key, value in pairs(raw[:characters]):
            name = _UNCLEAN.sub("_", key).strip("_") if clean else key
            if value and name and (name in found or len(found) < limit):
                found.setdefault(name, []).append(value)
        for name, values in found.items():
            made[name] = values if add and len(values) > 1 else values[0]
        return made

    return Step(lambda stream, _context: settled(stream, [extracted(row) for row in stream.rows]))


def _pairs(given: dict[str, Any]) -> Callable[[str], Iterable[Pair]]:
    if "pairdelim" in given:
        return lambda raw: _delimited(raw, given["pairdelim"], given["kvdelim"])
    if not given.get("auto", True):
        return lambda _raw: []
    return lambda raw: [(key, quoted or bare) for key, quoted, bare in _AUTO.findall(raw)]


def _delimited(raw: str, between: str, inside: str) -> Iterator[Pair]:
    for piece in _split(raw, between):
        parts = _split(piece, inside)
        if len(parts) == 2:
            yield parts[0].strip().strip('"'), parts[1].strip().strip('"')


def _split(text: str, marks: str) -> list[str]:
    """At each of the characters, but not within quotation marks."""
    pieces, start, quoted = [], 0, False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char in marks and not quoted:
            pieces.append(text[start:at])
            start = at + 1
    return [*pieces, text[start:]]


_KV = CONSTRUCTS["command", "extract"]
CONSTRUCTS["command", "kv"] = Construct("command", "kv", _PAGE, "as extract", _KV.read)
_ENTITIES = {"&quot;": '"', "&apos;": "'"}
_ELEMENT = re.compile(r"<([A-Za-z_][\w.:\-]*)(?:\s[^<>]*)?>([^<>]*)</\1>")


@command("xmlunescape", "Search Reference: xmlunescape", "the five entities of XML, in _raw")
def read_xmlunescape(command: CommandText) -> Runnable:
    _, rest = options(command, {"maxinputs": whole})
    nothing(command, rest)

    def plain_text(row: Row) -> Row:
        raw = row.get("_raw")
        return {**row, "_raw": unescape(raw, _ENTITIES)} if isinstance(raw, str) else row

    return Step(
        lambda stream, _context: like(stream, map(plain_text, stream.rows)), frozenset({"_raw"})
    )


@command("xmlkv", "Search Reference: xmlkv", "elements with nothing but text in _raw")
def read_xmlkv(command: CommandText) -> Runnable:
    _, rest = options(command, {"maxinputs": whole})
    field = one_name(rest, command) if rest else "_raw"

    def extracted(row: Row) -> Row:
        raw = row.get(field)
        found = _ELEMENT.findall(raw) if isinstance(raw, str) else []
        first: dict[str, str] = {}
        for name, value in found:
            if first.setdefault(name, value) != value:
                raise Undocumented(f"xmlkv where <{name}> stands there twice: use spath")
        return {**row, **first}

    def run(stream: Stream, _context: Context) -> Stream:
        return settled(stream, [extracted(row) for row in stream.rows])

    return Step(run)
