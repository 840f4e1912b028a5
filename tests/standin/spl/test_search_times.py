from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.times import Clock, Span, parse_span, relative_time, search_time
from tests.standin.spl.context_for_tests import found

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2024, 5, 15, 13, 37, 42, tzinfo=UTC).timestamp()  # a Wednesday

# Search Reference: Time modifiers
RELATIVE = [
    ("now", "2024-05-15T13:37:42"),
    ("-1h", "2024-05-15T12:37:42"),
    ("-h", "2024-05-15T12:37:42"),
    ("-60m", "2024-05-15T12:37:42"),
    ("-30", "2024-05-15T13:37:12"),
    ("+1d", "2024-05-16T13:37:42"),
    ("@s", "2024-05-15T13:37:42"),
    ("@m", "2024-05-15T13:37:00"),
    ("@h", "2024-05-15T13:00:00"),
    ("@d", "2024-05-15T00:00:00"),
    ("-1d@d", "2024-05-14T00:00:00"),
    ("@d-1h", "2024-05-14T23:00:00"),
    ("-1d@d+6h", "2024-05-14T06:00:00"),
    ("@w", "2024-05-12T00:00:00"),
    ("@w0", "2024-05-12T00:00:00"),
    ("@w7", "2024-05-12T00:00:00"),
    ("@w1", "2024-05-13T00:00:00"),
    ("@w3", "2024-05-15T00:00:00"),
    ("@w4", "2024-05-09T00:00:00"),
    ("-7d@w1", "2024-05-06T00:00:00"),
    ("@mon", "2024-05-01T00:00:00"),
    ("-1mon@mon", "2024-04-01T00:00:00"),
    ("@q", "2024-04-01T00:00:00"),
    ("-1q@q", "2024-01-01T00:00:00"),
    ("@y", "2024-01-01T00:00:00"),
    ("-1y@y", "2023-01-01T00:00:00"),
    ("-2weeks", "2024-05-01T13:37:42"),
    ("-3months@month", "2024-02-01T00:00:00"),
]


@pytest.mark.parametrize(("spec", "iso"), RELATIVE)
def test_relative_times(spec: str, iso: str) -> None:
    wanted = datetime.fromisoformat(iso + "+00:00").timestamp()
    assert relative_time(NOW, spec, UTC) == wanted


def test_a_day_is_a_day_of_the_calendar() -> None:
    noon = datetime(2024, 3, 31, 12, tzinfo=BERLIN).timestamp()  # clocks went forward that night
    assert noon - relative_time(noon, "-1d", BERLIN) == 23 * 3600
    assert noon - relative_time(noon, "-24h", BERLIN) == 24 * 3600
    assert noon - relative_time(noon, "@d", BERLIN) == 11 * 3600


@pytest.mark.parametrize("spec", ["-1x", "1d", "@", "@d1", "@w8", "--1d", "-1d@", "yesterday"])
def test_what_is_no_relative_time(spec: str) -> None:
    with pytest.raises(Malformed):
        relative_time(NOW, spec, UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("1715780262", 1715780262.0),
        ("1715780262.5", 1715780262.5),
        ("05/15/2024:13:37:42", NOW - 7200),
        ("2024-05-15T13:37:42", NOW - 7200),
        ("2024-05-15T13:37:42Z", NOW),
        ("2024-05-15T13:37:42.000+00:00", NOW),
        ("now()", NOW),
        ("-1h", NOW - 3600),
    ],
)
def test_times_of_a_search(text: str, seconds: float) -> None:
    assert search_time(text, Clock(NOW, BERLIN)) == seconds


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("5m", Span(5, "m")),
        ("30", Span(30, "s")),
        ("1mon", Span(1, "mon")),
        ("2hours", Span(2, "h")),
        ("100ms", Span(100, "ms")),
    ],
)
def test_spans(text: str, span: Span) -> None:
    assert parse_span(text) == span


EVENTS = [{"_time": NOW - age, "_raw": "x", "age": str(age)} for age in (0, 60, 3600, 90000)]


@pytest.mark.parametrize(
    ("search", "ages"),
    [
        ("*", ["0", "60", "3600", "90000"]),
        ("earliest=-1h", ["60", "3600"]),  # latest is now, and now itself is not before now
        ("earliest=-1h latest=+1s", ["0", "60", "3600"]),
        ("earliest=-2d latest=-1h", ["90000"]),
        ("latest=-2m earliest=0", ["3600", "90000"]),
        ('earliest="05/14/2024:00:00:00" latest="05/15/2024:00:00:00"', ["90000"]),
        ('timeformat="%Y-%m-%d" earliest=2024-05-15', ["60", "3600"]),
        ("(age=60 earliest=-1h) OR (age=90000 earliest=-2d latest=-1d)", ["60", "90000"]),
    ],
)
def test_events_between_times(search: str, ages: list[str]) -> None:
    # Search Manual: Specify time modifiers in your search
    assert [row["age"] for row in found(search, *EVENTS, now=NOW)] == ages


def test_the_search_wins_over_the_picker() -> None:
    context = InMemory(EVENTS, now=NOW, earliest=NOW - 10, latest=NOW + 1)
    assert len(list(parse("*", context).run().rows)) == 1
    assert len(list(parse("earliest=-2h latest=-30s", context).run().rows)) == 2
    assert [(one.earliest, one.latest) for one in context.queries] == [
        (NOW - 10, NOW + 1),
        (NOW - 7200, NOW - 30),
    ]


def test_a_subsearch_has_the_times_of_the_picker() -> None:
    # Search Manual: Specify time modifiers in your search, "Time ranges and subsearches"
    context = InMemory(EVENTS, now=NOW, earliest=NOW - 100, latest=NOW + 1)
    list(parse("earliest=-2d [search age=* | fields age]", context).run().rows)
    assert [(one.earliest, one.latest) for one in context.queries] == [
        (NOW - 100, NOW + 1),
        (NOW - 172800, NOW),
    ]


def test_addinfo_tells_the_times() -> None:
    # Search Reference: addinfo
    row = found("earliest=-1h latest=+1s | head 1 | addinfo | fields info_m*", *EVENTS, now=NOW)[0]
    assert row["info_min_time"] == f"{NOW - 3600:.3f}"
    assert row["info_max_time"] == f"{NOW + 1:.3f}"
    assert found("| makeresults | addinfo | table info_min_time info_max_time") == [
        {"info_min_time": "0.000", "info_max_time": "+Infinity"}
    ]


def test_times_where_no_events_are_read() -> None:
    with pytest.raises(Unsupported):
        parse("* | search earliest=-1h", InMemory())
    with pytest.raises(Undocumented):
        list(parse("a=1 OR earliest=-1h", InMemory()).run().rows)
