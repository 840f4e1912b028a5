"""search/timeparser: what times in searches mean, as the time range picker asks.

"search/timeparser" of the REST API Reference: ``time`` may come several times; ``now`` and
``output_time_format`` are obeyed.
"""

import json
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from standin.rest.exchange import Plain, Refusal, Reply, Request, unsupported
from standin.rest.rendering import JSON_TYPE, XML_TYPE
from standin.search.engine import Engine
from standin.spl.errors import SplError
from standin.spl.time_format import format_time
from standin.spl.times import Clock, search_time

_ISO = "%Y-%m-%dT%H:%M:%S.%3N%:z"


class TimeParserEndpoint:
    """From times as users write them to moments, in the caller's time zone."""

    def __init__(self, engine: Engine, now: Callable[[], float]) -> None:
        self._engine = engine
        self._now = now

    def __call__(self, request: Request) -> Reply:
        """GET search/timeparser with ``time``."""
        if request.method != "GET" or request.tail:
            raise unsupported(request)
        request.allow("time", "now", "output_time_format", "output_mode", "_")
        request.need("time")
        timezone = self._engine.timezone(request.caller.name)
        clock = Clock(self._now(), timezone)
        form = request.get("output_time_format") or _ISO
        try:
            if now := request.get("now"):
                clock = Clock(search_time(now, clock), timezone)
            found = {
                text: format_time(search_time(text, clock), form, timezone)
                for text in request.all("time")
            }
        except SplError as error:
            raise Refusal(400, str(error)) from error
        if request.as_json:
            return Plain(json.dumps(found).encode(), JSON_TYPE)
        keys = "".join(
            f"<key name={quoteattr(text)}>{escape(moment)}</key>" for text, moment in found.items()
        )
        return Plain(f"<response><dict>{keys}</dict></response>".encode(), XML_TYPE)
