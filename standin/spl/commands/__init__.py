"""Every command: importing this package registers them all."""

from __future__ import annotations

import importlib
import pkgutil

TAKE_PIPELINES = frozenset(
    ("append", "appendcols", "appendpipe", "join", "union", "multisearch", "set", "map", "foreach")
)
"""Commands whose subsearches are their own to run; in others, results stand in as text."""

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

importlib.import_module("standin.spl.refused").register()

LOADED = True
