"""Secrets are taken out of every answer before anybody sees it, and out of every error text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

BLOT = "*****"
LONG = 12
"""A secret of the account's own is looked for in data from this length on: shorter ones, like
"internal", are also what people call their objects."""

_WORDS = (
    "pass|passwd|passwort|password|passphrase|pwd|psk|psksecret|secret|credentials?|token"
    "|(?:private|pre[-_ ]?shared|api|auth|priv|enc|wep|session|access)[-_ ]?key"
    "|session[-_ ]?id|access[-_ ]?token"
)
_SECRET_NAME = re.compile(rf"(?is)(?:.*[-_ .])?(?:{_WORDS})[-_ ]?\d*")
_STEMS = (
    "pass", "pwd", "psk", "secret", "credential", "key", "token", "session", 'enc"', 'enc\\"',
    "\\u",
)  # fmt: skip
"""Without one of these in it a reply holds no secret; a backslash may hide any of them."""

_KEY = re.compile(r"(?s)-----BEGIN [^-]{0,40}PRIVATE KEY.*?(?:-----END [^-]*-----|\Z)")
_NAMED = rf"(?:\S*[-_])?(?:{_WORDS})\d*"
_VALUE = r"(?:ENC[ \t]+)?(?:\"[^\"]*\"?|\S+)"
_CLI_LINE = re.compile(rf"(?im)^([ \t]*set[ \t]+{_NAMED}[ \t]+){_VALUE}")
_ATTRIBUTE = re.compile(
    rf"(?i)([\"'](?:[^\"']*[-_ .])?(?:{_WORDS}|session)[-_ ]?\d*[\"']\s*[:=]\s*)"
    r"(?:\[[^\]]*\]?|\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s,}\]]+)"
)
_RUN = r"[\w+/=.~-]{16,}"

_IN_TEXT = (
    (_KEY, BLOT),
    (re.compile(r"\bENC\b[\s,\\]*[\"'][\s\"',\\]*[^\s\"',\\\]}]+"), f"ENC {BLOT}"),
    (re.compile(rf"(?i)(\bset\s+{_NAMED}\s+){_VALUE}"), rf"\1{BLOT}"),
    (_ATTRIBUTE, rf'\1"{BLOT}"'),
    (re.compile(r"(?i)\b(Authorization\W{1,6}(?:Bearer|Basic)\s+)[^\s\"']+"), rf"\1{BLOT}"),
    (re.compile(rf"(?i)\b(Bearer|Basic|ENC)(\s+){_RUN}"), rf"\1\2{BLOT}"),
    (re.compile(r"(?i)(access_token=)[^&\s\"']+"), rf"\1{BLOT}"),
)
"""What a secret looks like within a text for people, and what it becomes. Not for data: objects
are called "Bearer North" and "Site ENC Berlin" by people."""

_BROKEN = re.compile("[\ud800-\udfff]")
_NAMES_KEPT = 4096
_harmless: set[str] = set()
"""Names judged before; only ever added to, so threads may share it."""

_TELLTALE = re.compile(r"(?i)pass|pwd|psk|secret|credential|token|session|\bENC\b|PRIVATE|Bearer")


def strip(raw: bytes, reply: Any, own: Sequence[str] = ()) -> Any:
    """``reply``, parsed from ``raw``, without its secrets; changed in place where it holds some.

    Attributes with a secret's name are removed, also within texts that are JSON or CLI lines;
    encrypted values (``["ENC", …]``), private keys and ``own`` secrets are blotted out. All else
    stays to the letter. The bytes tell cheaply whether there is anything to look for.
    """
    low = raw.lower()
    found = [stem for stem in _STEMS if stem.encode() in low]
    hidden = any("\\" in stem for stem in found)
    if not hidden and not any(secret.encode() in raw for secret in own):
        own = ()
    if not found and not own:
        return reply
    return _stripped(reply, _STEMS if hidden else found, own, partial(_clean_data, own=own))


def _stripped(
    reply: Any, stems: Sequence[str], own: Sequence[str], cleaner: Callable[[str], str]
) -> Any:
    whole = [reply]
    todo: list[Any] = [whole]

    def suspect(text: str) -> bool:
        return _looks_suspect(text, stems, own)

    while todo:
        _strip_one(todo.pop(), suspect, cleaner, todo)
    return whole[0]


def _strip_one(
    value: Any, suspect: Callable[[str], bool], cleaner: Callable[[str], str], below: list[Any]
) -> None:
    """Strip one level in place; what is to be looked at below it is added to ``below``."""
    slots: Iterable[tuple[Any, Any]]
    if isinstance(value, dict):
        if not value.keys() <= _harmless:
            _remove_secret_names(value)
        slots = value.items()
    else:
        slots = enumerate(value)
    changes: list[tuple[Any, str]] = []
    for slot, item in slots:
        kind = type(item)
        if kind is str:
            if suspect(item):
                changes.append((slot, cleaner(item)))
        elif kind is list and item and item[0] == "ENC":
            changes.append((slot, BLOT))
        elif kind is dict or kind is list:
            below.append(item)
    for slot, text in changes:
        value[slot] = text


def _looks_suspect(text: str, stems: Sequence[str], own: Sequence[str]) -> bool:
    if not text.isascii() and _BROKEN.search(text):
        return True
    if any(secret in text for secret in own):
        return True
    if len(text) < len('{"psk":1}'):
        return False
    low = text.lower()
    return any(stem in low for stem in stems)


def _clean_data(text: str, own: Sequence[str] = ()) -> str:
    """A text of a row: to the letter, but for what is a secret beyond doubt. An object's name is
    one line, so CLI is looked for in several only."""
    text = _writable(text)
    for secret in own:
        text = text.replace(secret, BLOT)
    if text.lstrip()[:1] in ("{", "["):
        try:
            inner = json.loads(text)
            cleaned = strip(text.encode(), json.loads(text))
            return text if cleaned == inner else json.dumps(cleaned, ensure_ascii=False)
        except (ValueError, RecursionError):
            text = _ATTRIBUTE.sub(rf'\1"{BLOT}"', text)
    if "\n" in text:
        text = _CLI_LINE.sub(rf"\1{BLOT}", text)
    return _KEY.sub(BLOT, text)


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _remove_secret_names(row: dict[str, Any]) -> None:
    for name in list(row):
        if name in _harmless:
            continue
        if is_secret_name(name):
            del row[name]
        elif len(_harmless) < _NAMES_KEPT:
            _harmless.add(name)


def is_secret_name(name: str) -> bool:
    """Whether an attribute of this name holds a secret, whatever its value looks like.

    Names that are no valid text (half a surrogate pair) cannot be judged and count as secret.
    """
    return _SECRET_NAME.fullmatch(name) is not None or _BROKEN.search(name) is not None


def clean(text: str) -> str:
    """A text for people with what looks like a secret blotted out: JSON, CLI lines, PEM keys,
    authorization."""
    text = _writable(text)
    if text.lstrip()[:1] in ("{", "["):
        try:
            cleaned = _stripped(json.loads(text), ("",), (), clean)
            return json.dumps(cleaned, ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


class Censor:
    """Takes the secrets it was told of, and whatever looks like one, out of texts for people."""

    def __init__(self, *known: str) -> None:
        self._known: list[str] = []
        for secret in known:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """From now on ``secret`` is blotted out, also as JSON or a url would write it."""
        if len(secret) > 2:
            as_json = json.dumps(secret)[1:-1]
            forms = {secret, as_json, as_json.replace("/", "\\/")}
            forms |= {quote(secret), quote(secret, safe="")}
            self._known = sorted({*self._known, *forms}, key=len, reverse=True)

    def forget(self, secret: str) -> None:
        """``secret`` is no longer one: a session that has ended."""
        self._known = [known for known in self._known if known != secret]

    def own(self) -> list[str]:
        """Those known secrets, in every spelling, that no object is called by chance."""
        return [known for known in self._known if len(known) >= LONG]

    def text(self, text: object, limit: int = 200) -> str:
        """At most ``limit`` characters of ``text`` on one line, without secrets."""
        shown = str(text)[:10_000]
        for secret in self._known:
            shown = shown.replace(secret, BLOT)
        shown = " ".join(clean(shown).split())
        return shown if len(shown) <= limit else shown[:limit] + "…"

    def excerpt(self, text: str, limit: int = 80) -> str:
        """The beginning of a text nobody expected, ending before the first word of a secret."""
        told = self.text(text, 10_000)
        suspect = _TELLTALE.search(told)
        if suspect and suspect.start() < limit:
            return told[: suspect.start()] + "…"
        return told[:limit]
