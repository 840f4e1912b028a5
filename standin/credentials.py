"""Secrets of a conf stanza, stored as the add-on framework stores them."""

import json

from standin.home.passwords import LONGEST, Passwords, title_of

_SEPARATOR = "``splunk_cred_sep``"
_END = "".join(f"{_SEPARATOR}{letter}" for letter in "SPLUNK") + _SEPARATOR


def store_secrets(
    passwords: Passwords, app: str, conf: str, stanza: str, secrets: dict[str, str]
) -> None:
    """Stores ``secrets`` as one JSON text, in pieces behind each other with an end mark."""
    realm = f"__REST_CREDENTIAL__#{app}#configs/conf-{conf}"
    text = json.dumps(secrets)
    pieces = [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)] + [_END]
    for number, piece in enumerate(pieces, start=1):
        passwords.put(app, realm, f"{stanza}{_SEPARATOR}{number}", piece)
    left_over = len(pieces) + 1
    while found := passwords.find(app, title_of(realm, f"{stanza}{_SEPARATOR}{left_over}")):
        passwords.remove(found)
        left_over += 1
