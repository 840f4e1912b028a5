"""Date and time functions and their variables."""

from __future__ import annotations

from typing import Any

import pytest

from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.expression import compile_expression
from standin.spl.values import Row
from tests.standin.spl.evaluating import shown

# 2025-04-29 23:45:22.000 and .123456 in Los Angeles, summer time; 2019-07-18 09:30:00
APRIL, SUBSECONDS, JULY = "1745995522", "1745995522.123456", "1563467400"

# Search Reference: Date and time format variables
WRITTEN: list[tuple[str, str, str]] = [
    (APRIL, "%Y-%m-%d", "2025-04-29"),
    (APRIL, "%y-%m-%d", "25-04-29"),
    (APRIL, "%b %d, %Y", "Apr 29, 2025"),
    (APRIL, "%B %d, %Y", "April 29, 2025"),
    (APRIL, "%a %b %d, %Y", "Tue Apr 29, 2025"),
    (APRIL, "%d %b '%y = %Y-%m-%d", "29 Apr '25 = 2025-04-29"),
    (APRIL, "%Y-%m-%dT%H:%M:%S.%Q", "2025-04-29T23:45:22.000"),
    (APRIL, "%Y-%m-%dT %H:%M:%S.%Z", "2025-04-29T 23:45:22.PDT"),
    (APRIL, "%Y-%m-%dT %H:%M:%S %Z%:z", "2025-04-29T 23:45:22 PDT-07:00"),
    (APRIL, "%Y-%m-%dT%T", "2025-04-29T23:45:22"),
    (APRIL, "%m-%d-%Y %I:%M:%S %p", "04-29-2025 11:45:22 PM"),
    (APRIL, "%m-%d-%Y %H:%M:%S.%Q %z", "04-29-2025 23:45:22.000 -0700"),
    (APRIL, "%d/%b/%Y:%H:%M:%S.%f %z", "29/Apr/2025:23:45:22.000000 -0700"),
    (SUBSECONDS, "%N %3N %6N %9N", "123456000 123 123456 123456000"),
    (SUBSECONDS, "%Q %3Q %6Q %f", "123 123 123456 123456"),
    (JULY, "%c", "Thu Jul 18 09:30:00 2019"),
    (JULY, "%+", "Thu Jul 18 09:30:00 PDT 2019"),
    (JULY, "%x %X", "7/18/2019 9:30:00"),
    (JULY, "%A %w %j %e %k", "Thursday 4 199 18  9"),
    (JULY, "%C %g %G %F %% %s", "20 19 2019 2019-07-18 % 1563467400"),
    ("1563433200", "%I %l %H %k %p", "12 12 00  0 AM"),
    (JULY, "%z %:z %::z %:::z", "-0700 -07:00 -07:00:00 -07"),
    ("1738569600", "%G-%V %U", "2025-06 05"),
]


@pytest.mark.parametrize(("epoch", "form", "expected"), WRITTEN)
def test_strftime(epoch: str, form: str, expected: str) -> None:
    assert shown(f'strftime(t, "{form}")', {"t": epoch}) == expected


# Search Reference: Date and Time functions, Date and time format variables
READ: list[tuple[str, str, str | None]] = [
    ("2022-9-25T09:45:22.000", "%Y-%m-%dT%H:%M:%S.%Q", "1664124322.000000"),
    ("2022-12-15 09:45:22", "%Y-%m-%d %H:%M:%S", "1671126322.000000"),
    ("Mon Aug 13 00:00:00 2018", "%a %B %d %H:%M:%S.%N %Y", "1534143600.000000"),
    ("Mon July 23 2022 17:19:01.89", "%a %B %d %Y %H:%M:%S.%N", "1658621941.890000"),
    ("Mon 7/23/2022 17:19:01.89", "%a %m/%d/%Y %H:%M:%S.%N", "1658621941.890000"),
    ("1534143600", "%s", "1534143600.000000"),
    ("11:59", "%H:%M", "1699991940.000000"),
    ("2023-01-02T03:04:05+02:00", "%Y-%m-%dT%H:%M:%S%:z", "1672621445.000000"),
    ("2023-01-02T03:04:05Z", "%Y-%m-%dT%H:%M:%S%z", "1672628645.000000"),
    ("02/Jan/2023:03:04:05 -0500", "%d/%b/%Y:%H:%M:%S %z", "1672646645.000000"),
    ("01-02-23 03:04:05 PM", "%m-%d-%y %I:%M:%S %p", "1672700645.000000"),
    ("2022-08", "%Y-%m", None),
    ("2022-02-30", "%Y-%m-%d", None),
    ("1970-12-31", "%Y-%m-%d", None),
    ("yesterday", "%Y-%m-%d", None),
]


@pytest.mark.parametrize(("value", "form", "expected"), READ)
def test_strptime(value: str, form: str, expected: str | None) -> None:
    assert shown(f'strptime(t, "{form}")', {"t": value}) == expected


OTHERS: list[tuple[str, Row, Any]] = [
    ("now()", {}, "1700000000"),
    ('relative_time(now(), "-1d@d")', {}, "1699862400.000000"),
    ('if(_time>relative_time(now(), "-2h@h"), 1, 0)', {"_time": "1699992001"}, "1"),
    ('relative_time(missing, "-1d")', {}, None),
    ('strftime(missing, "%F")', {}, None),
    ('strftime("no time", "%F")', {}, None),
    # Date and Time functions, strftime: nanoseconds are divided
    (
        'strftime(t/pow(10,9),"%Y-%m-%dT%H:%M:%S.%Q")',
        {"t": "1521467703049000000"},
        "2018-03-19T06:55:03.049",
    ),
    # Date and time format variables: a difference keeps microseconds, round() cuts them
    (
        'strptime(b, "%H:%M:%S.%N") - strptime(a, "%H:%M:%S.%N")',
        {"a": "10:00:00.25", "b": "10:00:01.50"},
        "1.250000",
    ),
    (
        'round(strptime(b, "%H:%M:%S.%N") - strptime(a, "%H:%M:%S.%N"), 2)',
        {"a": "10:00:00.25", "b": "10:00:01.50"},
        "1.25",
    ),
    ("if(time()>1700000000, 1, 0)", {}, "1"),
    # Multivalue eval functions, mvrange: days, also over the end of summer time
    (
        'mvrange(strptime("2023-11-04","%Y-%m-%d"), strptime("2023-11-07","%Y-%m-%d"), "1d")',
        {},
        ["1699081200", "1699167600", "1699257600"],
    ),
]


@pytest.mark.parametrize(("expression", "row", "expected"), OTHERS)
def test_other_functions(expression: str, row: Row, expected: Any) -> None:
    assert shown(expression, row) == expected


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ('strftime(0, "%J")', Undocumented),
        ('strftime(0, "%4N")', Undocumented),
        ('strptime("x", "%E")', Undocumented),
        ("strftime(t, 5)", Malformed),
        ('relative_time(now(), "-1fortnight")', Malformed),
        ('strftime(1521467703049000, "%F")', Undocumented),
        ('strptime("10:00 XYZ", "%H:%M %Z")', Undocumented),
    ],
)
def test_refused(expression: str, error: type[SplError]) -> None:
    with pytest.raises(error):
        shown(expression, {"t": "0"})


def test_an_expression_without_a_clock_cannot_ask_for_the_time() -> None:
    with pytest.raises(Unsupported):
        compile_expression("now()")
