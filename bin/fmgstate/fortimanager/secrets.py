"""Secrets are taken out of every answer before anybody sees it, and out of every error text."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

BLOT = "*****"

_WORDS = (
    "pass|passwd|passwort|password|passphrase|pwd|psk|psksecret|secret|credential|credentials"
    "|private-key|privatekey|pre-shared-key|preshared-key|api-key|apikey|auth-key|enc-key"
    "|wep-key|session-key|session-id|sessionid|token"
)
_NAME = re.compile(rf"(?:.*[-_ .])?(?:{_WORDS.replace('-', '[-_ ]?')})[-_ ]?\d*", re.I | re.ASCII)
_STEMS = (b"pass", b"pwd", b"psk", b"secret", b"credential", b"key", b"token", b"sessionid")
_STEMS += (b"session-id", b"session_id", b"session id", b'"enc', b"enc ", b"-----begin", b"\\u")

_IN_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [^-]{0,40}PRIVATE KEY.*?(?:-----END [^-]*-----|\Z)", re.S), BLOT),
    (re.compile(r"\bENC\b[\s\"',\\]{1,8}[A-Za-z0-9+/=]{6,}"), f"ENC {BLOT}"),
    (re.compile(rf"(\bset\s+\S*?(?:{_WORDS})\d*\s+)(?:\"[^\"\n]*\"|\S+)", re.I), rf"\1{BLOT}"),
    (
        re.compile(
            rf"(\\?[\"'][^\"'\\]{{0,60}}?(?:{_WORDS}|session)\d*\\?[\"']\s*:\s*\[?\s*)"
            r"(?:\\?\"(?:[^\"\\]|\\(?!\").)*\\?\"?|[^\s,}\]]+)",
            re.I | re.S,
        ),
        rf"\1{BLOT}",
    ),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]+", re.I), rf"\1 {BLOT}"),
    (re.compile(r"(access_token=|//[^/\s:@]{1,64}:)[^&\s\"'@]+", re.I), rf"\1{BLOT}"),
)
