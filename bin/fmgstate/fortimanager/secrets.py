"""Secrets are taken out of every answer before anybody sees it, and out of every error text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

BLOT = "*****"

_WORDS = (
    "pass|passwd|passwort|password|passphrase|pwd|psk|psksecret|secret|credentials?|token"
    "|(?:private|pre[-_ ]?shared|api|auth|priv|enc|wep|session|access)[-_ ]?key"
    "|session[-_ ]?id|access[-_ ]?token"
)
_SECRET_NAME = re.compile(rf"(?is)(?:.*[-_ .])?(?:{_WORDS})[-_ ]?\d*")
_STEMS = (
    "pass", "pwd", "psk", "secret", "credential", "key", "token", "session", 'enc"', " enc ",
    "bearer",     "\\u",
)  # fmt: skip
"""Without one of these in it a reply holds no secret; ``\\u`` may hide any of them."""

_IN_TEXT = (
    (re.compile(r"(?s)-----BEGIN [^-]{0,40}PRIVATE KEY.*?(?:-----END [^-]*-----|\Z)"), BLOT),
    (re.compile(r"\bENC\b[\s\"',\\]{1,8}[^\s\"',\\\]}]+"), f"ENC {BLOT}"),
    (
        re.compile(rf"(?i)(\bset\s+(?:\S*[-_])?(?:{_WORDS})\d*\s+)(?:\"[^\"]*\"?|\S+)"),
        rf"\1{BLOT}",
    ),
    (
        re.compile(
            rf"(?i)([\"'](?:[^\"']*[-_ .])?(?:{_WORDS}|session)[-_ ]?\d*[\"']\s*[:=]\s*)"
            r"(?:\[[^\]]*\]?|\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s,}\]]+)"
        ),
        rf'\1"{BLOT}"',
    ),
    (re.compile(r"(?i)\b(Bearer|Basic)\s+\S+"), rf"\1 {BLOT}"),
    (re.compile(r"(?i)(access_token=)[^&\s\"']+"), rf"\1{BLOT}"),
)
"""What a secret looks like within a text, and what it becomes."""

_BROKEN = re.compile("[\ud800-\udfff]")
_NAMES_KEPT = 4096
_harmless: set[str] = set()
"""Names judged before; only ever added to, so threads may share it."""

_TELLTALE = re.compile(r"(?i)pass|pwd|psk|secret|credential|token|session|\bENC\b|PRIVATE|Bearer")


def strip(raw: bytes, reply: Any) -> Any:
    """``reply``, parsed from ``raw``, without its secrets; changed in place where it holds some.

    Attributes with a secret's name are removed; encrypted values (``["ENC", …]``) and secrets
    within texts are blotted out. The bytes tell cheaply whether there is anything to look for.
    """
    low = raw.lower()
    found = [stem for stem in _STEMS if stem.encode() in low]
    if not found:
        return reply
    stems = _STEMS if "\\u" in found else found
    whole = [reply]
    todo: list[Any] = [whole]
    while todo:
        _strip_one(todo.pop(), stems, todo)
    return whole[0]


def _strip_one(value: Any, stems: Sequence[str], below: list[Any]) -> None:
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
            if _looks_suspect(item, stems):
                changes.append((slot, clean(item)))
        elif kind is list and item and item[0] == "ENC":
            changes.append((slot, BLOT))
        elif kind is dict or kind is list:
            below.append(item)
    for slot, text in changes:
        value[slot] = text


def _looks_suspect(text: str, stems: Sequence[str]) -> bool:
    if not text.isascii() and _BROKEN.search(text):
        return True
    if len(text) < len("ENC abc"):
        return False
    low = text.lower()
    return any(stem in low for stem in stems)


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
    """A text with the secrets in it blotted out: JSON, CLI lines, PEM keys, authorization."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    if text.lstrip()[:1] in ("{", "["):
        try:
            inner = json.loads(text)
            return json.dumps(strip(text.encode(), inner), ensure_ascii=False)
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
            forms = {secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe="")}
            self._known = sorted({*self._known, *forms}, key=len, reverse=True)

    def forget(self, secret: str) -> None:
        """``secret`` is no longer one: a session that has ended."""
        self._known = [known for known in self._known if known != secret]

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
