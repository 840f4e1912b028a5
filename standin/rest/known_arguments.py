"""What a GET may ask of an endpoint; everything else is refused, never passed over.

"Pagination and filtering parameters" of the REST API Reference; besides those, what the clients
of Splunk's own libraries and pages send. Endpoints that are not named here check for themselves,
or hand what they get to an app's handler.
"""

from standin.rest import written_arguments
from standin.rest.exchange import FALSE, TRUE, Refusal, Request, unsupported

_ALONE = ("output_mode", "_")
_LIST = (*_ALONE, "count", "offset", "search", "sort_key", "sort_dir", "sort_mode", "summarize",
         "f", "fillcontents", "listDefaultActionArgs")  # fmt: skip
_MODES = ("", "json", "xml", "atom")
_OWN = ("search/jobs", "search/v2/jobs", "search/parser", "search/v2/parser", "search/timeparser",
        "auth/login", "storage/collections/data")  # fmt: skip
_MORE = {"data/ui/views": ("digest", "eai:type", "eai:appName"),
         "data/ui/nav": ("digest", "eai:type", "eai:appName")}  # fmt: skip
_RELOADED = ("configs/conf-", "data/inputs", "data/transforms/lookups", "data/ui/nav",
             "data/ui/times", "data/ui/views", "saved/eventtypes", "saved/searches",
             "storage/passwords")  # fmt: skip
_FLAT = ("apps/local", "authentication/users", "authorization/roles", "authorization/capabilities",
         "data/indexes", "data/lookup-table-files", "server/info",
         "storage/collections/config")  # fmt: skip
"""Where names hold no slash: what follows one is an action, and none is served."""
_ONLY = {"fillcontents": TRUE, "listDefaultActionArgs": FALSE, "digest": FALSE}
"""Arguments that would change the answer, with the values for which they do not."""


def check(request: Request, endpoint: str) -> None:
    """Refuses arguments that ``endpoint``, a path as it was added, does not obey."""
    if request.tail.rpartition("/")[2] == "_reload" and endpoint not in _RELOADED:
        raise unsupported(request)
    if "/" in request.tail and endpoint in _FLAT:
        raise unsupported(request)
    if request.method != "GET":
        written_arguments.check(request, endpoint)
        return
    jobs = endpoint in ("search/jobs", "search/v2/jobs")
    if jobs and not request.tail:
        request.allow(*_LIST, "id")
    elif jobs and request.tail != "export" and ("/" not in request.tail or _is_log(request)):
        request.allow(*_ALONE)
    elif endpoint in _OWN:
        return
    else:
        request.allow(*_LIST, *_MORE.get(endpoint, ()))
    for name, values in _ONLY.items():
        if request.get(name, values[0]).lower() not in values:
            raise Refusal(400, f"The stand-in knows {name}={values[0]} only.", unknown=True)
    if request.get("output_mode") not in _MODES:
        mode = request.get("output_mode")
        raise Refusal(400, f"The stand-in does not know output_mode={mode} here.", unknown=True)


def _is_log(request: Request) -> bool:
    return request.tail.endswith("/search.log")
