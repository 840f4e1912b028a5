"""collect."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from standin import Standin
from standin.search.errors import SearchFailed
from standin.spl.context import Collected
from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.values import Row

NOW = 1638906228.401
START = "12/07/2021 19:43:48 +0000, "
INFO = "info_search_time=1638906228.401, "
ROW: list[Row] = [{"_time": NOW, "application": "buttercupgames.com", "version": "2.0"}]


def collected(command: str, rows: list[Row] = ROW, **more: object) -> list[Collected]:
    context = InMemory([dict(row) for row in rows], now=NOW, **more)  # type: ignore[arg-type]
    text = f"* | table _time application version host n | {command}"
    assert len(list(parse(text, context).run().rows)) == len(rows)
    return context.collected


@pytest.mark.parametrize(
    ("command", "text"),
    [
        # Search Reference: collect, "The collect and tstats commands"
        ("collect index=summary source=devtest",
         f'{START}{INFO}version="2.0", application="buttercupgames.com"'),
        ("collect index=summary addinfo=f source=devtest",
         f'{START}version="2.0", application="buttercupgames.com"'),
        ('stash index=summary addinfo=f source=devtest marker="kind=vpn, span=3600"',
         f'{START}version="2.0", application="buttercupgames.com", kind=vpn, span=3600'),
        ('collect index=summary addinfo=f timeformat="%Y-%m-%d" source=devtest',
         '2021-12-07, version="2.0", application="buttercupgames.com"'),
    ],
)  # fmt: skip
def test_the_text_of_an_event(command: str, text: str) -> None:
    assert collected(f"table _time version application | {command}") == [
        Collected(text, 1638906228, "summary", "", "devtest", True)
    ]


def test_times_names_and_words() -> None:
    """Search Reference: collect, "Events without timestamps": the earliest time of the search,
    and without one the current time. The rest as in published events of saved searches."""
    (event,) = collected(
        "eval host=host, count=n | fields - n | collect index=s",
        [{"_time": NOW - 5, "host": "web-1", "n": "57"}],
        earliest=NOW - 3600, latest=NOW, saved="My search",
    )  # fmt: skip
    assert event.text == (
        '12/07/2021 19:43:43 +0000, search_name="My search", search_now=1638906228.401, '
        "info_min_time=1638902628.401, info_max_time=1638906228.401, "
        'info_search_time=1638906228.401, orig_host="web-1", count=57'
    )
    assert (event.time, event.source) == (1638906223, "My search")
    for earliest, time in ((NOW - 60, 1638906168), (None, 1638906228)):
        (event,) = collected("table version | collect index=s", earliest=earliest)
        assert event.time == time


def test_an_event_that_has_its_text_keeps_it() -> None:
    """Search Reference: collect, "Copying events to a different index"."""
    context = InMemory([{"_time": 5.25, "_raw": "a b", "host": "h"}])
    list(parse("* | collect index=bar host=x", context).run().rows)
    assert context.collected == [Collected("a b", 5.25, "bar", "x", "", False)]
    tested = replace(context, collected=[])
    list(parse("* | collect index=bar testmode=t", tested).run().rows)
    assert tested.collected == []


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("collect", Malformed),
        ("collect index=s summary", Malformed),
        ("collect index=s spool=f", Unsupported),
        ("collect index=s output_format=hec", Unsupported),
        ("collect index=s sourcetype=mine", Unsupported),
        ("collect index=s addtime=f", Undocumented),
        ('eval n=split("a,b", ",") | collect index=s', Undocumented),
        ('eval n="say \\"x\\"" | collect index=s', Undocumented),
        ('eval _raw="x" | collect index=s marker="a=b"', Undocumented),
    ],
)
def test_what_is_refused(command: str, error: type[SplError]) -> None:
    with pytest.raises(error):
        collected(command)


@pytest.fixture
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with Standin(tmp_path_factory.mktemp("collect") / "home") as instance:
        instance.create_index("summary")
        yield instance


def test_what_was_collected_is_found(splunk: Standin) -> None:
    """The events are of the sourcetype stash; the index must be there."""
    row = '| makeresults | eval _time=1638906228, app="a b", n=3'
    splunk.results(f"{row} | collect index=summary source=dev")
    assert splunk.results(
        'index=summary app="a b" date_hour=19 | table sourcetype source host app n date_zone'
    ) == [
        {"sourcetype": "stash", "source": "dev", "host": "standin", "app": "a b", "n": "3",
         "date_zone": "0"},
    ]  # fmt: skip
    with pytest.raises(SearchFailed, match="there is no index 'nowhere'"):
        splunk.results(f"{row} | collect index=nowhere")
