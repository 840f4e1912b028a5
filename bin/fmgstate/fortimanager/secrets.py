"""Secrets are taken out of every answer before anybody sees it, and out of every error text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
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
    b'"pass', b"passw", b"passp", b"_pass", b"-pass", b" pass", b".pass", b"pwd", b"psk", b"secret",
    b"credential", b"_key", b"-key", b" key", b"apikey", b"privatekey", b"sharedkey", b"authkey",
    b"privkey", b"enckey", b"wepkey", b"sessionkey", b"accesskey", b"token", b"sessionid",
    b"session_id", b"session-id", b"session id", b'"enc"', b'enc ', b"\\u",
)  # fmt: skip
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
_SUSPECT = re.compile(rf"(?i){_WORDS}|\bENC\b|PRIVATE KEY|session|Bearer|[\ud800-\udfff]")
_TELLTALE = re.compile(r"(?i)pass|pwd|psk|secret|credential|token|session|\bENC\b|PRIVATE|Bearer")


def strip(raw: bytes, reply: Any) -> Any:
    """``reply``, parsed from ``raw``, without its secrets; changed in place where it holds some.

    Attributes with a secret's name are removed; encrypted values (``["ENC", …]``) and secrets
    within texts are blotted out. The bytes tell cheaply whether there is anything to look for.
    """
    low = raw.lower()
    if not any(stem in low for stem in _STEMS):
        return reply
    whole = [reply]
    todo: list[Any] = [whole]
    while todo:
        todo.extend(_strip_one(todo.pop()))
    return whole[0]


def _strip_one(value: Any) -> Iterable[Any]:
    """Strip one level in place; gives the objects and lists below it."""
    if isinstance(value, dict):
        for name in [name for name in value if is_secret_name(name)]:
            del value[name]
        slots: Iterable[tuple[Any, Any]] = list(value.items())
    else:
        slots = list(enumerate(value))
    for slot, item in slots:
        if _is_encrypted(item):
            value[slot] = BLOT
        elif isinstance(item, str) and _SUSPECT.search(item):
            value[slot] = clean(item)
    return [item for _, item in slots if isinstance(item, (dict, list))]


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether an attribute of this name holds a secret, whatever its value looks like.

    Names that are no valid text (half a surrogate pair) cannot be judged and count as secret.
    """
    return _SECRET_NAME.fullmatch(name) is not None or _BROKEN.search(name) is not None


def _is_encrypted(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and value[0] == "ENC"


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
