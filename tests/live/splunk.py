"""A running Splunk, asked in place of the stand-in when SPLUNK_URL and SPLUNK_TOKEN are set.

Rows go there in ``makeresults format=json`` and come back as text, so ``Shown`` equals the numbers
that read the same. What needs more than rows (macros, lookups, a fixed clock, a time zone), and
what the stand-in refuses, is skipped with that reason.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import pytest

from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.values import Row

TIMES: tuple[tuple[float, tzinfo], ...] = (
    (1_700_000_000.0, UTC),
    (1_712_345_678.0, ZoneInfo("Pacific/Kiritimati")),
    (1_712_345_678.0, ZoneInfo("Pacific/Pago_Pago")),
)
"""Moments and time zones: a search that answers differently at these needs a fixed clock."""


def wanted() -> bool:
    return bool(os.environ.get("SPLUNK_URL") and os.environ.get("SPLUNK_TOKEN"))


class Shown(str):
    """Text of a result: equal to that text, and to numbers that read the same."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, float)) and not isinstance(other, bool):
            try:
                return math.isclose(float(self), other, rel_tol=1e-12)
            except ValueError:
                return False
        return str.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other


class Live:
    """``searches``: how many were asked."""

    def __init__(self, url: str, token: str, ca: str = "") -> None:
        from splunklib import client

        at = urlsplit(url)
        # a token made in Settings has two dots; a session key has none
        how = {"splunkToken": token} if token.count(".") == 2 else {"token": token}
        self.service = client.connect(
            scheme=at.scheme, host=at.hostname, port=at.port or 8089, verify=ca != "false", **how
        )
        self.searches = 0

    def table(self, search: str) -> tuple[list[str], list[dict[str, Any]]]:
        """Columns and rows; ``Malformed`` when Splunk refuses the search."""
        from splunklib.binding import HTTPError

        self.searches += 1
        try:
            reply = self.service.jobs.oneshot(search, output_mode="json", count=0).read()
        except HTTPError as error:
            raise Malformed(str(error)) from error
        found = json.loads(reply)
        bad = [
            one["text"] for one in found.get("messages", ()) if one["type"] in ("FATAL", "ERROR")
        ]
        if bad and not found.get("results"):
            raise Malformed("; ".join(bad))
        names = [one["name"] for one in found.get("fields", ())]
        return names, [
            {name: _shown(name, value) for name, value in row.items()} for row in found["results"]
        ]


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [Shown(one) for one in value]
    if name == "_time" and not _reads_as_number(value):
        at = datetime.fromisoformat(value).timestamp()
        return Shown(int(at) if at.is_integer() else at)
    return Shown(value)


def _reads_as_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def given(rows: Sequence[Row]) -> str:
    """The commands that make these rows, whatever their fields are called and hold."""
    if not rows:
        return "| makeresults | where 1=2 | fields - _time"
    names = list(dict.fromkeys(name for row in rows for name in row))
    places = {name: f"f{at}" for at, name in enumerate(names)}
    data = [{places[name]: _sent(value) for name, value in row.items()} for row in rows]
    steps = [f"| makeresults format=json data={_quoted(json.dumps(data))}", "fields - _time _raw"]
    for name, place in places.items():
        values = [row[name] for row in rows if name in row]
        if any(isinstance(value, list) for value in values):
            steps.append(f'makemv delim=";" allowempty=t {place}')
            steps.append(f"eval {place}=mvmap({place}, urldecode({place}))")
        elif any(isinstance(value, str) for value in values):
            steps.append(f"eval {place}=urldecode({place})")
        else:
            steps.append(f"eval {place}=tonumber({place})")
    steps += [f"rename {place} AS {_quoted(name)}" for name, place in places.items()]
    return " | ".join(steps)


def _sent(value: Any) -> Any:
    """Nothing that has to be escaped, in JSON or in SPL."""
    if isinstance(value, list):
        return ";".join(quote(one, safe=" ") for one in value)
    if isinstance(value, str):
        return quote(value, safe=" ")
    return int(value) if float(value).is_integer() else value


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_live: list[Live] = []


def live() -> Live:
    if not _live:
        _live.append(
            Live(
                os.environ["SPLUNK_URL"],
                os.environ["SPLUNK_TOKEN"],
                os.environ.get("SPLUNK_CA", ""),
            )
        )
    return _live[0]


def asked() -> int:
    return _live[0].searches if _live else 0


def answer(
    search: str,
    rows: Sequence[Row],
    here: Callable[[float, tzinfo], Any],
    more: object = None,
) -> tuple[list[str], list[dict[str, Any]]]:
    """``here``: the stand-in's own answer at a time, in a time zone. ``more``: what else of the
    instance the test needs."""
    if more:
        pytest.skip("needs macros, lookups or a fixed clock")
    begins = search.lstrip().startswith("|")
    if begins and rows:
        pytest.skip("reads an index")
    text = search if begins else f"{given(rows)} | {search}"
    try:
        found = [here(*time) for time in TIMES]
    except (Unsupported, Undocumented) as error:
        pytest.skip(f"the stand-in refuses it: {error}")
    except SplError:
        with contextlib.suppress(Malformed):
            live().table(text)
            pytest.fail(f"Splunk accepts {search!r}")
        raise
    if any(repr(one) != repr(found[0]) for one in found):
        pytest.skip("needs a fixed clock, or a time zone")
    return live().table(text)


def rows_alone(context: InMemory, found: list[Row]) -> list[Row]:
    """``found``, unless subsearches read events, too."""
    if len(context.queries) > 1:
        pytest.skip("a subsearch reads an index")
    return found


def forget() -> None:
    """The next question goes to whatever the environment names then."""
    _live.clear()
