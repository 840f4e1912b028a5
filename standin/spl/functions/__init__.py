"""The eval functions, by the families of Splunk's Search Reference."""

from __future__ import annotations

from standin.spl.functions import conditions, information, texts

LOADED = (conditions, information, texts)
"""Importing a family registers its functions."""
