"""Cryptographic functions: of UTF-8, in lower-case hexadecimal digits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from standin.spl.functions.table import function
from standin.spl.functions.texts import one_text


def _register(name: str, make: Callable[[bytes], Any]) -> None:
    def digest(value: Any) -> str:
        return str(make(one_text(value).encode()).hexdigest())

    function(name, 1, 1, "text", "Cryptographic functions")(digest)


_register("md5", lambda data: hashlib.md5(data, usedforsecurity=False))
_register("sha1", lambda data: hashlib.sha1(data, usedforsecurity=False))
_register("sha256", hashlib.sha256)
_register("sha512", hashlib.sha512)
