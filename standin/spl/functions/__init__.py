"""The eval functions, by the families of Splunk's Search Reference."""

from __future__ import annotations

from standin.spl.functions import (
    bits,
    conditions,
    conversion,
    dates,
    hashes,
    information,
    json_changes,
    json_documents,
    lookups,
    mathematics,
    multivalues,
    printf,
    searches,
    statistical,
    texts,
    trigonometry,
)

LOADED = (
    *(bits, conditions, conversion, dates, hashes, information, json_changes, json_documents),
    *(lookups, mathematics, multivalues, printf, searches, statistical, texts, trigonometry),
)
"""Importing a family registers its functions."""
