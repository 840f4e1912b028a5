"""search/timeparser as the time range picker and solnlib ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from solnlib.time_parser import InvalidTimeFormatException, TimeParser

from standin import Standin
from tests.standin.rest.package import ask, rest_app, where

NOW = 1_763_800_000.0  # 2025-11-22T08:26:40Z
PARSER = "/services/search/timeparser"


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("times"), clock=lambda: NOW) as splunk:
        yield splunk
        assert splunk.refused == []


def test_several_times_in_the_callers_zone(splunk: Standin) -> None:
    key = splunk.add_user("tokyo", "pw pw pw", ["user"])
    splunk.rest("POST", "/services/authentication/users/tokyo", {"tz": "Asia/Tokyo"})
    asked = {"time": ["-1d@d", "now", "1763800000"], "output_mode": "json"}
    assert ask(splunk, "GET", PARSER, asked).json == {
        "-1d@d": "2025-11-21T00:00:00.000+00:00",
        "now": "2025-11-22T08:26:40.000+00:00",
        "1763800000": "2025-11-22T08:26:40.000+00:00",
    }
    assert ask(splunk, "GET", PARSER, asked, key=key).json == {
        "-1d@d": "2025-11-21T00:00:00.000+09:00",
        "now": "2025-11-22T17:26:40.000+09:00",
        "1763800000": "2025-11-22T17:26:40.000+09:00",
    }


def test_now_and_the_format_are_obeyed_and_xml_is_the_default(splunk: Standin) -> None:
    asked = {"time": "-1h", "now": "3600", "output_time_format": "%s <%H:%M>"}
    body = ask(splunk, "GET", PARSER, asked).body
    assert body == (b'<response><dict><key name="-1h">0 &lt;00:00&gt;</key></dict></response>')


@pytest.mark.parametrize("time", ["soon", "-1x", "rt-30s", ""])
def test_what_is_no_time_is_a_400(splunk: Standin, time: str) -> None:
    assert ask(splunk, "GET", PARSER, {"time": time, "output_mode": "json"}).status == 400


def test_solnlibs_own_parser(splunk: Standin) -> None:
    parser = TimeParser(splunk.session_key, **where(splunk))
    assert parser.to_seconds("2011-07-06T21:54:23.000-07:00") == 1_310_014_463.0
    assert parser.to_utc("2011-07-06T21:54:23.000-07:00").isoformat() == "2011-07-07T04:54:23"
    with pytest.raises(InvalidTimeFormatException):
        parser.to_seconds("soon")
