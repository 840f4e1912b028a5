"""Answers as Splunk Web gives them, and what it tells every page of itself."""

import json

from standin.rest.exchange import Refusal
from standin.rest.http import Answer
from standin.rest.server_side import VERSION

HTML = "text/html; charset=utf-8"
SCRIPT = "application/javascript; charset=utf-8"
JSON = "application/json; charset=utf-8"
BUILD = "0123456789ab"
ZONES = {"UTC": "### SERIALIZED TIMEZONE FORMAT 1.0;C0;Y0 NW 55 54 43;$"}
"""Serialized zones by name. Of other zones the format is not documented."""
CATALOG = 'i18n_register({"plural": function(n) { return n == 1 ? 0 : 1; }, "catalog": {}});'
"""The catalogue of en-US: every text is shown as it is written."""


def configuration(user: str, locale: str, port: int, zone: str) -> str:
    """``config?autoload=1``: the constants that pages and Splunk's libraries read as ``$C``."""
    if zone not in ZONES:
        raise Refusal(501, f"The stand-in cannot serialize the time zone {zone}", unknown=True)
    constants = {
        "BUILD_NUMBER": BUILD, "BUILD_PUSH_NUMBER": 0, "VERSION_LABEL": VERSION,
        "LOCALE": locale, "MRSPARKLE_ROOT_PATH": "", "MRSPARKLE_PORT_NUMBER": port,
        "SPLUNKD_PATH": f"/{locale}/splunkd/__raw", "SERVER_ZONEINFO": ZONES[zone],
        "SERVER_TIMEZONE_OFFSET": 0, "USERNAME": user, "DEFAULT_NAMESPACE": "launcher",
        "SYSTEM_NAMESPACE": "system", "SPLUNK_UI_THEME": "enterprise",
        "SPLUNKD_FREE_LICENSE": False, "DISPATCH_TIME_FORMAT": "%s.%Q",
    }  # fmt: skip
    return f"window.$C = {json.dumps(constants)};"


def script(text: str) -> Answer:
    """A script that no cache keeps."""
    return Answer(200, SCRIPT, text.encode(), (("Cache-Control", "no-store"),))


def redirect(target: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Sends the browser elsewhere."""
    return Answer(303, HTML, b"", (("Location", target), *headers))
