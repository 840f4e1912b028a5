"""What props and transforms do to an event before it is stored, and how searches read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from standin.home.layers import Confs
from standin.home.tree import Home
from standin.index.events import Event, EventStore, Scope, StoredEvent
from standin.index.indexer import Indexer, Piece
from standin.splunkd_log import SplunkdLog


class Index:
    """One index and an app whose confs a test writes."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)
        self.home.create("here")
        self.home.set_system("indexes", "netfw", {})
        self.store = EventStore(self.home.index_file)
        log = SplunkdLog(self.home.logs / "splunkd.log")
        self.indexer = Indexer(Confs(self.home), self.store, log)

    def conf(self, name: str, text: str) -> None:
        path = self.home.app("app") / "default" / f"{name}.conf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.indexer.reload()

    def take(self, text: str, **more: object) -> list[StoredEvent]:
        values: dict[str, object] = {
            "text": text, "time": None, "index": "netfw", "host": "h", "source": "s",
            "sourcetype": "st",
        }  # fmt: skip
        self.indexer.take([Piece(**{**values, **more})])  # type: ignore[arg-type]
        return [event for batch in self.store.scan(Scope()) for event in batch]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "splunk")


@pytest.mark.parametrize(
    ("props", "text", "expected"),
    [
        ("TIME_FORMAT = date=%Y-%m-%d time=%H:%M:%S\n",
         "date=2025-01-06 time=12:00:00 x", 1736164800.0),
        ("TIME_FORMAT = date=%Y-%m-%d time=%H:%M:%S\nTZ = Europe/Berlin\n",
         "date=2025-07-06 time=12:00:00 x", 1751796000.0),
        ("TZ = Asia/Tokyo\nTIME_FORMAT = %Y-%m-%dT%H:%M:%S%z\n",
         "2025-01-06T12:00:00+0200", 1736157600.0),
        ("TIME_PREFIX = eventtime=\nTIME_FORMAT = %s%9N\n",
         "x eventtime=1736164800250000000 y", 1736164800.25),
        ("TIME_PREFIX = (?<=eventtime=)\nTIME_FORMAT = %s\nMAX_TIMESTAMP_LOOKAHEAD = 10\n",
         "x eventtime=1736164800 y", 1736164800.0),
        ("TIME_PREFIX = ^\\S+ \nTIME_FORMAT = %b %d %Y %H:%M:%S\nMAX_TIMESTAMP_LOOKAHEAD = 0\n",
         "h Jan 06 2025 12:00:00", 1736164800.0),
    ],
)  # fmt: skip
def test_the_time_in_the_text(index: Index, props: str, text: str, expected: float) -> None:
    """props.conf, timestamp extraction: a zone in the text wins over TZ; 0 or -1 is no limit."""
    index.conf("props", f"[st]\nSHOULD_LINEMERGE = false\n{props}")
    assert [event.time for event in index.take(text)] == [expected]
    assert index.indexer.problems == []


def test_a_time_nobody_says_is_complained_of(index: Index) -> None:
    """props.conf, DATETIME_CONFIG: splunkd would look for a time by datetime.xml."""
    index.conf("props", "[st]\nSHOULD_LINEMERGE = false\n")
    index.take("no time here")
    assert ["without TIME_FORMAT" in each for each in index.indexer.problems] == [True]
    index.conf("props", "[st]\nDATETIME_CONFIG = CURRENT\nSHOULD_LINEMERGE = false\n")
    index.take("nor here")
    assert len(index.indexer.problems) == 1


@pytest.mark.parametrize(
    ("breaker", "text", "expected"),
    [
        (r"([\r\n]+)date=", "date=1 a\nb\ndate=2 c", ["date=1 a\nb", "date=2 c"]),
        ("end(\\n)begin|end2(\\n)begin2|begin3", "1end\nbegin2end2\nbegin2xbegin3",
         ["1end", "begin2end2", "begin2x", "begin3"]),
    ],
)  # fmt: skip
def test_line_breakers(index: Index, breaker: str, text: str, expected: list[str]) -> None:
    """props.conf, LINE_BREAKER: the first group that matched is what lies between events; with
    none of them the break is just before the match."""
    index.conf(
        "props",
        f"[st]\nSHOULD_LINEMERGE = false\nDATETIME_CONFIG = NONE\nLINE_BREAKER = {breaker}\n",
    )
    stored = sorted(index.take(text), key=lambda event: event.id)
    assert [event.raw for event in stored] == expected


TRANSFORMS = """\
[devid]
REGEX = devid="([^"]+)"
FORMAT = device::$1 kind::"a $1 b"
WRITE_META = true
[words]
REGEX = w=(\\w+)
FORMAT = word::$1
REPEAT_MATCH = true
WRITE_META = true
[type]
REGEX = type="(traffic|utm)"
FORMAT = sourcetype::fortigate_$1
DEST_KEY = MetaData:Sourcetype
[drop]
REGEX = debug
FORMAT = nullQueue
DEST_KEY = queue
[host]
SOURCE_KEY = MetaData:Source
REGEX = ^source::udp:(\\d+)
FORMAT = host::port-$1
DEST_KEY = MetaData:Host
[mask]
REGEX = ^(.*)secret=\\S+(.*)$
FORMAT = $1secret=x$2$3$bar
DEST_KEY = _raw
[other]
REGEX = elsewhere
FORMAT = main
DEST_KEY = _MetaData:Index
[from_field]
SOURCE_KEY = field:device
REGEX = ^(FG)
FORMAT = brand::$1
WRITE_META = true
"""


def indexed(index: Index, names: str, text: str, **more: object) -> StoredEvent:
    index.conf("transforms", TRANSFORMS)
    index.conf("props", f"[st]\nDATETIME_CONFIG = NONE\nTRANSFORMS-x = {names}\n")
    (event,) = index.take(text, **more)
    return event


def fields(event: StoredEvent) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(event.fields or "{}")
    return found


def test_indexed_fields(index: Index) -> None:
    """transforms.conf, WRITE_META, FORMAT, REPEAT_MATCH, SOURCE_KEY = field:…;
    Data/Configureindex-timefieldextraction: quotes around values with blanks."""
    event = indexed(index, "devid, words, from_field", 'devid="FG1" w=a w=b')
    assert fields(event) == {
        "device": ["FG1"], "kind": ["a FG1 b"], "word": ["a", "b"], "brand": ["FG"],
    }  # fmt: skip


def test_an_event_may_change_on_its_way(index: Index) -> None:
    """transforms.conf, DEST_KEY and KEYS; $1 beyond the regex's groups stays as it is."""
    event = indexed(
        index, "type, host, mask, other", 'type="utm" secret=1 elsewhere', source="udp:514"
    )
    assert (event.sourcetype, event.host, event.index) == ("fortigate_utm", "port-514", "main")
    assert event.raw == 'type="utm" secret=x elsewhere$3$bar'


def test_the_null_queue(index: Index) -> None:
    """transforms.conf, KEYS: nullQueue drops the event."""
    index.conf("transforms", TRANSFORMS)
    index.conf("props", "[st]\nDATETIME_CONFIG = NONE\nTRANSFORMS-x = drop\n")
    assert index.take("debug it") == []
    assert index.store.dropped() == []


@pytest.mark.parametrize(
    ("props", "transforms", "why"),
    [
        ("SEDCMD-x = s/a/b/\n", "", "SEDCMD-x: the stand-in does not know it"),
        ("TIME_FORMAT = %H:%M\n", "", "does not know which day"),
        ("TIME_FORMAT = %s\nTZ = Mars/Olympus\n", "", "does not know this zone"),
        ("DATETIME_CONFIG = /etc/mine.xml\n", "", "not known here"),
        ("TRANSFORMS-x = t\n", "", r"no [t] in transforms.conf"),
        ("TRANSFORMS-x = t\n", "[t]\nREGEX = a\nINGEST_EVAL = x=1\n", "[t] INGEST_EVAL"),
        ("TRANSFORMS-x = t\n", "[t]\nREGEX = a\nFORMAT = b\nDEST_KEY = MetaData:Host\n",
         "begins with host::"),
        ("TRANSFORMS-x = t\n", "[t]\nREGEX = (a)\n", "either it or WRITE_META"),
        ("TRANSFORMS-x = t\n", "[t]\nREGEX = a\nFORMAT = x\nDEST_KEY = _TCP_ROUTING\n",
         "the stand-in has"),
    ],
)  # fmt: skip
def test_what_is_not_known_drops_the_events_loudly(
    index: Index, props: str, transforms: str, why: str
) -> None:
    index.conf("transforms", transforms)
    index.conf("props", f"[st]\n{props}")
    assert index.take("one") == []
    (dropped,) = index.store.dropped()
    assert why in dropped["message"]
    assert why in index.indexer.problems[0]


def test_scopes(tmp_path: Path) -> None:
    """Newest first; of one time the one that came last; the end of the range is not in it."""
    store = EventStore(tmp_path / "index.sqlite")
    store.add(
        Event(time, 1.0, index, host, "s", kind, f"{time}", {"f": ["1"]} if kind == "a" else {})
        for time, index, host, kind in (
            (5.0, "i", "h", "a"), (1.0, "i", "h", "a"), (3.0, "j", "h", "b"), (3.0, "i", "g", "b"),
            (4.0, "k", "h", "c"),
        )
    )  # fmt: skip

    def ids(**scope: object) -> list[int]:
        return [each.id for batch in store.scan(Scope(**scope), batch=2) for each in batch]  # type: ignore[arg-type]

    assert ids() == [1, 5, 4, 3, 2]
    assert ids(earliest=3.0, latest=5.0) == [5, 4, 3]
    assert ids(indexes=["i"]) == [1, 4, 2]
    assert ids(indexes=["i", "k"], sourcetypes=["a", "c"]) == [1, 5, 2]
    assert ids(hosts=["g"]) == [4]
    assert ids(sources=[]) == []
    without = next(store.scan(Scope(sourcetypes=["a"]), raw=False))
    assert [(each.raw, each.fields) for each in without] == [("", '{"f": ["1"]}')] * 2
    assert sorted(store.kinds()) == [
        ("i", "a", "s", "h"), ("i", "b", "s", "g"), ("j", "b", "s", "h"), ("k", "c", "s", "h"),
    ]  # fmt: skip
    store.close()


def test_an_index_made_before_there_were_indexed_fields(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "index.sqlite"
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, time REAL, indextime REAL, idx TEXT,"
            " host TEXT, source TEXT, sourcetype TEXT, raw TEXT)"
        )
        old.execute("INSERT INTO events VALUES (1, 2.0, 3.0, 'i', 'h', 's', 'k', 'old')")
    old.close()
    store = EventStore(path)
    store.add([Event(4.0, 5.0, "i", "h", "s", "k", "new", {"f": ["1", "2"]})])
    stored = [(each.raw, each.fields) for batch in store.scan(Scope()) for each in batch]
    assert stored == [("new", '{"f": ["1", "2"]}'), ("old", None)]
    store.close()
