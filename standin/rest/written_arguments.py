"""What a POST or DELETE may send to an endpoint: "Request parameters" of each in the REST API
Reference; everything else is refused in splunkd's words, never passed over.

Endpoints that are not named here check for themselves, or hand what they get to an app's handler.
"""

from collections.abc import Mapping

from standin.rest.exchange import Request, unsupported_argument

_ALWAYS = ("output_mode", "_")
_ACL = ("sharing", "owner", "perms.read", "perms.write", "app")
_SWITCHES = ("enable", "disable", "_reload")
_USER = ("password", "roles", "email", "realname", "defaultApp", "tz", "force-change-pass",
         "restart_background_jobs")  # fmt: skip
_ROLE = (
    "capabilities", "imported_roles", "defaultApp", "srchFilter", "srchIndexesAllowed",
    "srchIndexesDefault", "srchIndexesDisallowed", "srchJobsQuota", "rtSrchJobsQuota",
    "srchDiskQuota", "srchTimeWin", "cumulativeSrchJobsQuota", "cumulativeRTSrchJobsQuota",
)  # fmt: skip
_COLLECTION = ("enforceTypes", "field.*", "accelerated_fields.*", "profilingEnabled",
               "profilingThresholdMs", "replicate", "disabled")  # fmt: skip
_EVENT_TYPE = ("search", "description", "disabled", "priority", "tags", "color")
_LOOKUP = (
    "filename", "collection", "default_match", "disabled", "external_cmd", "external_type",
    "fields_list", "max_matches", "max_offset_secs", "min_matches", "min_offset_secs",
    "time_field", "time_format", "match_type", "case_sensitive_match", "batch_index_query",
    "filter", "allow_caching",
)  # fmt: skip
_RANGE = ("label", "header_label", "earliest_time", "latest_time", "order", "sub_menu",
          "is_sub_menu", "disabled")  # fmt: skip
_INDEX = (
    "datatype", "homePath", "coldPath", "thawedPath", "tstatsHomePath", "coldToFrozenDir",
    "coldToFrozenScript", "warmToColdScript", "frozenTimePeriodInSecs", "maxTotalDataSizeMB",
    "maxDataSize", "maxHotBuckets", "maxHotIdleSecs", "maxHotSpanSecs", "maxMemMB",
    "maxMetaEntries", "maxWarmDBCount", "maxConcurrentOptimizes", "maxBloomBackfillBucketAge",
    "maxTimeUnreplicatedNoAcks", "maxTimeUnreplicatedWithAcks", "minRawFileSyncSecs",
    "minStreamGroupQueueSize", "partialServiceMetaPeriod", "processTrackerServiceInterval",
    "quarantineFutureSecs", "quarantinePastSecs", "rawChunkSizeBytes", "repFactor",
    "rotatePeriodInSecs", "serviceMetaPeriod", "syncMeta", "throttleCheckPeriod", "blockSignSize",
    "bucketRebuildMemoryHint", "compressRawdata", "createBloomfilter", "enableOnlineBucketRepair",
    "enableDataIntegrityControl", "enableTsidxReduction", "timePeriodInSecBeforeTsidxReduction",
    "suspendHotRollByDeleteQuery", "suppressBannerList",
)  # fmt: skip
_FILE = ("eai:data",)

_POST: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "authentication/users": (("name", "createrole", *_USER), ("oldpassword", *_USER)),
    "authorization/roles": (("name", *_ROLE), _ROLE),
    "messages": (("name", "value", "severity"), ()),
    "storage/passwords": (("name", "password", "realm"), ("password",)),
    "storage/collections/config": (("name", *_COLLECTION), _COLLECTION),
    "saved/eventtypes": (("name", *_EVENT_TYPE), _EVENT_TYPE),
    "data/transforms/lookups": (("name", *_LOOKUP), _LOOKUP),
    "data/ui/times": (("name", *_RANGE), _RANGE),
    "data/ui/views": (("name", *_FILE), _FILE),
    "data/ui/nav": (("name", *_FILE), _FILE),
    "data/lookup-table-files": (("name", *_FILE), _FILE),
    "data/indexes": (("name", *_INDEX), _INDEX),
    "properties": (("__conf",), ()),
    # Which settings these take, they know themselves: any, or those of a scheme.
    "configs/conf-": (("*",), ("*",)),
    "data/inputs": (("*",), ("*",)),
    "saved/searches": (("*",), ("*",)),
}
"""Arguments that create an entity, and those that change one."""
_SEVERAL = ("roles", "capabilities", "imported_roles", "srchIndexesAllowed", "srchIndexesDefault",
            "srchIndexesDisallowed")  # fmt: skip
"""Arguments that may come several times."""
_DELETE = {"authorization/tokens": ("id",), "storage/collections/data": ("query",)}
_OWN = ("search/jobs", "search/v2/jobs", "search/parser", "search/v2/parser", "auth/login",
        "receivers/simple", "authorization/tokens")  # fmt: skip
_ACTIONS = ("dispatch", "acknowledge", "suppress", "reschedule")
"""Of saved searches, which check for themselves."""


def check(request: Request, endpoint: str) -> None:
    """Refuses a request with arguments that ``endpoint``, a path as it was added, does not obey."""
    if request.method == "DELETE":
        _allow(request.arguments, _DELETE.get(endpoint, ()))
    elif endpoint == "storage/collections/data":
        # Its body is a document, even where it looks like a form.
        _allow(request.query, ())
    elif request.method == "POST" and endpoint not in _OWN:
        _allow(request.arguments, _posted(request, endpoint))


def _posted(request: Request, endpoint: str) -> tuple[str, ...]:
    tail = request.tail
    if endpoint in ("configs/conf-", "data/inputs"):
        tail = tail.partition("/")[2]
    stem, _slash, last = tail.rpartition("/")
    if last == "_reload" or (stem and last in _SWITCHES):
        return ()
    if stem and last == "acl":
        return _ACL
    if stem and endpoint == "saved/searches" and last in _ACTIONS:
        return ("*",)
    # Where nothing can be written, the endpoint says so.
    create, change = _POST.get(endpoint, (("*",), ("*",)))
    return change if tail else create


def _allow(given: Mapping[str, list[str]], names: tuple[str, ...]) -> None:
    for name, values in given.items():
        known = name in (*_ALWAYS, *names) or any(
            each.endswith("*") and name.startswith(each[:-1]) for each in names
        )
        if not known or (len(values) > 1 and name not in _SEVERAL):
            raise unsupported_argument(name)
