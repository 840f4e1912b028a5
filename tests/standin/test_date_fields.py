"""The default datetime fields: Knowledge Manager Manual, "Use default fields"."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from standin import Standin
from standin.index.indexer import Piece

PROPS = """
[zoned]
SHOULD_LINEMERGE = false
TIME_FORMAT = %Y-%m-%dT%H:%M:%S%z
[plain]
SHOULD_LINEMERGE = false
TIME_FORMAT = date=%Y-%m-%d time=%H:%M:%S
TZ = Europe/Berlin
[none]
SHOULD_LINEMERGE = false
TIME_FORMAT = %Y-%m-%dT%H:%M:%S%z
ADD_EXTRA_TIME_FIELDS = subseconds
[epoch]
SHOULD_LINEMERGE = false
TIME_FORMAT = %s
[now]
SHOULD_LINEMERGE = false
DATETIME_CONFIG = CURRENT
"""
FIELDS = "date_year date_month date_mday date_wday date_hour date_minute date_second date_zone"
EVENTS = {
    "zoned": "2025-03-03T00:05:09-0730 a",
    "plain": "date=2025-07-06 time=23:00:00 b",
    "none": "2025-03-03T00:05:09Z c",
    "epoch": "1736164800 d",
    "now": "2025-03-03T00:05:09Z e",
}


RULES = {
    "date_year": "2025", "date_month": "march", "date_mday": "3", "date_wday": "monday",
    "date_hour": "0", "date_minute": "5", "date_second": "9", "date_zone": "-450",
}  # fmt: skip


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    """An instance whose index has one event of each kind, and two that sent their time."""
    home = tmp_path_factory.mktemp("dates") / "home"
    with Standin(home) as instance:
        instance.create_index("netops")
        local = home / "etc" / "system" / "local"
        (local / "props.conf").write_text(PROPS)
        instance.parts.forget()
        instance.parts.indexer.take([
            *(Piece(text, None, "netops", "h", "s", kind) for kind, text in EVENTS.items()),
            Piece(EVENTS["zoned"], 1741000000.0, "netops", "h", "sent", "zoned"),
        ])  # fmt: skip
        yield instance


@pytest.mark.parametrize(
    ("search", "rows"),
    [
        # As the text has it, whatever _time is; a zone in the text in minutes.
        (f"index=netops sourcetype=zoned source=s | table {FIELDS}", [RULES]),
        # The text names no zone: local, though props name one.
        (
            "index=netops date_zone=local date_hour>22 | table date_hour date_month date_wday",
            [{"date_hour": "23", "date_month": "july", "date_wday": "sunday"}],
        ),
        ("index=netops sourcetype=plain | eval t=_time | table t", [{"t": "1751835600"}]),
        # No timestamp of the text: no such fields. props.conf, ADD_EXTRA_TIME_FIELDS: none or
        # subseconds.
        ("index=netops sourcetype IN (now, none, epoch) date_hour=*", []),
        ("index=netops source=sent date_hour=*", []),
        ("index=netops (date_hour>=20 OR date_hour<6) | stats count",
         [{"count": "2"}]),
        ('index=netops sourcetype=zoned | where date_wday!="sunday" | table date_mday',
         [{"date_mday": "3"}]),
        # They are indexed fields.
        ("| tstats count where index=netops by date_wday",
         [{"date_wday": "monday", "count": "1"}, {"date_wday": "sunday", "count": "1"}]),
    ],
)  # fmt: skip
def test_date_fields(splunk: Standin, search: str, rows: list[dict[str, str]]) -> None:
    assert splunk.results(search) == rows
