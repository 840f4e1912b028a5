"""Arguments of a job's results: what each means here, which are refused.

"search/v2/jobs/{search_id}/results" and "/events" of the REST API Reference.
"""

import re

from standin.rest.exchange import Refusal, Request
from standin.rest.job_arguments import TIME_FORMAT
from standin.spl.values import Row

_USED = ("output_mode", "count", "offset", "search", "f", "field_list", "show_metadata",
         "max_lines", "truncation_mode")  # fmt: skip
_NO_EFFECT = (
    "check_risky_command", "_",
    "progress",  # SplunkSearch's own: whether it asks results_preview or results
)  # fmt: skip
_NO = ("0", "false", "f")
_ONLY: dict[str, tuple[str, ...]] = {
    "time_format": (TIME_FORMAT,), "output_time_format": (TIME_FORMAT,),
    # Any other marks up the text of events; ``raw`` is the default.
    "segmentation": ("none", "raw"),
    "surrounding_lines": ("0",), "add_summary_to_metadata": _NO, "enable_field_summary": _NO,
    "truncation_mode": ("abstract", "truncate"),
}  # fmt: skip
"""Arguments that would change the answer, with the values for which they do not."""


def check(request: Request) -> None:
    """Refuses what is not obeyed."""
    request.allow(*_USED, *_NO_EFFECT, *_ONLY)
    for name, values in _ONLY.items():
        if name in request.arguments and request.get(name).lower() not in map(str.lower, values):
            known = " or ".join(values)
            raise Refusal(400, f"The stand-in knows {name}={known} only.", unknown=True)


def part(request: Request, rows: list[Row], default: int, most: int) -> tuple[list[Row], int]:
    """The rows asked for, and the offset of the first; 0 as ``count`` is as many as there are."""
    offset, count = request.number("offset", 0), request.number("count", default)
    if count < 0:
        raise Refusal(400, f"The stand-in does not know count={count}.", unknown=True)
    if offset < 0:
        # "offset=-1 is the last available offset"
        offset = max(0, len(rows) + offset)
    return rows[offset : offset + min(count or most, most)], offset


def columns(request: Request, fields: list[str]) -> list[str]:
    """Columns to show: the union of ``f`` and ``field_list``, in their order."""
    wanted = [
        name
        for each in (*request.all("f"), *request.all("field_list"))
        for name in re.split(r"[,\s]+", each)
        if name
    ]
    if not wanted or "*" in wanted:
        return fields
    for name in wanted:
        if "*" in name:
            raise Refusal(400, f"The stand-in knows no pattern in f={name}.", unknown=True)
    return [name for name in dict.fromkeys(wanted) if name in fields]


def check_lines(request: Request, rows: list[Row]) -> None:
    """Refuses ``max_lines`` where it would shorten an event: how is not documented."""
    most = request.number("max_lines", 0)
    if most < 0:
        raise Refusal(400, f"The stand-in does not know max_lines={most}.", unknown=True)
    if most and any(str(row.get("_raw", "")).count("\n") >= most for row in rows):
        raise Refusal(501, f"An event has more lines than max_lines={most}: the stand-in "
                           "shortens none", unknown=True)  # fmt: skip
