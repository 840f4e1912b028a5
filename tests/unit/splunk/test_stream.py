from __future__ import annotations

import io
import json
from xml.etree import ElementTree

from fmgstate.collect.event import Event
from fmgstate.splunk.stream import EventStream

NASTY = 'Müller & <Söhne> "x" \ud800 \x00 \x1f ]]> 防火墙'


def event(**data: object) -> Event:
    return Event(
        time=1795354527.25,
        sourcetype="fortinet:fortimanager:policy",
        host="fmg.example.com",
        source="fmg_policies://a & b",
        data={"time": 1795354527.25, **data},
    )


class Flushed(io.BytesIO):
    """Only what was flushed counts as written."""

    seen = b""

    def flush(self) -> None:
        self.seen = self.getvalue()


def test_an_event_reads_back_as_it_was() -> None:
    out = Flushed()
    stream = EventStream(out)
    stream.write([event(name=NASTY), event(name="second")])
    stream.write([event(name="third")])
    stream.close()
    found = ElementTree.fromstring(out.seen)
    assert [child.tag for child in found] == ["event"] * 3
    first = found[0]
    assert first.attrib == {"unbroken": "1"}
    assert {child.tag: child.text for child in first if child.tag != "data"} == {
        "time": "1795354527.250",
        "source": "fmg_policies://a & b",
        "sourcetype": "fortinet:fortimanager:policy",
        "host": "fmg.example.com",
        "done": None,
    }
    texts = [str(one.findtext("data")) for one in found]
    assert [json.loads(text)["name"] for text in texts] == [
        NASTY.replace("\ud800", "\N{REPLACEMENT CHARACTER}"),
        "second",
        "third",
    ]
    assert texts[1] == '{"time":1795354527.25,"name":"second"}'


def test_written_means_flushed() -> None:
    out = Flushed()
    EventStream(out).write([event(name="x")])
    assert out.seen.startswith(b"<stream><event")
    assert out.seen.endswith(b"</event>\n")


def test_a_run_without_events_writes_nothing() -> None:
    out = Flushed()
    EventStream(out).close()
    assert out.seen == b""
