"""What commands.conf says of a command. Unknown settings are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from standin.errors import StandinError
from standin.home.layers import Confs, Stanza
from standin.home.tree import Home

_KNOWN = frozenset(
    (
        "chunked", "filename", "is_risky", "maxchunksize", "maxwait", "python.required",
        "python.version", "run_in_preview", "type",
    )
)  # fmt: skip
_ARGUMENT = re.compile(r"command\.arg\.\d+\Z")
_TRUE = ("1", "true", "t", "yes", "y", "on", "enable", "enabled")


@dataclass(frozen=True)
class Definition:
    """``maxwait``: seconds without an answer, 0 = no limit. ``arguments``: of the command line."""

    name: str
    app: str
    script: Path
    arguments: tuple[str, ...] = ()
    maxwait: float = 0.0


def definition(home: Home, confs: Confs, name: str, app: str) -> Definition | None:
    """The command as ``app`` sees it; None where no installed app declares it."""
    stanza = confs.stanza("commands", name, app)
    if stanza is None:
        return None
    _check(stanza)
    settings = stanza.settings
    script = home.app(stanza.app) / "bin" / settings.get("filename", f"{name}.py")
    if not script.is_file():
        raise StandinError(f"[{name}] of commands.conf in {stanza.app}: no file {script.name}")
    numbered = sorted((int(key.rpartition(".")[2]), value) for key, value in settings.items()
                      if _ARGUMENT.match(key))  # fmt: skip
    return Definition(name, stanza.app, script, tuple(value for _, value in numbered),
                      float(settings.get("maxwait", 0)))  # fmt: skip


def _check(stanza: Stanza) -> None:
    where = f"[{stanza.name}] of commands.conf in {stanza.app}"
    unknown = [key for key in stanza.settings if key not in _KNOWN and not _ARGUMENT.match(key)]
    if unknown:
        raise StandinError(f"{where}: settings not known here: {', '.join(sorted(unknown))}")
    if stanza.settings.get("chunked", "false").lower() not in _TRUE:
        raise StandinError(f"{where}: only chunked = true (protocol version 2) is run here")
    if stanza.settings.get("type", "python") != "python":
        raise StandinError(f"{where}: only type = python is run here")
    if stanza.settings.get("maxchunksize", "0") != "0":
        raise StandinError(f"{where}: only maxchunksize = 0 is known here")
