"""Which settings of props.conf and transforms.conf the stand-in obeys, and which it may pass over.

Every other setting is refused: splunkd might obey it and the stand-in would not.
"""

import re
from collections.abc import Iterable

from standin.home.layers import Stanza
from standin.knowledge.refusal import KnowledgeRefused

PROPS_AT_SEARCH_TIME = ("KV_MODE", "AUTO_KV_JSON", "KV_TRIM_SPACES", "rename", "priority")
CLASSES_AT_SEARCH_TIME = ("EXTRACT-", "REPORT-", "FIELDALIAS-", "EVAL-")
PROPS_AT_INDEX_TIME = (
    "TRUNCATE", "LINE_BREAKER", "SHOULD_LINEMERGE", "TIME_PREFIX", "TIME_FORMAT",
    "MAX_TIMESTAMP_LOOKAHEAD", "TZ", "DATETIME_CONFIG", "ADD_EXTRA_TIME_FIELDS",
)  # fmt: skip
CLASSES_AT_INDEX_TIME = ("TRANSFORMS-",)
PROPS_WITHOUT_EFFECT_HERE = {
    # Names for people and for Splunk Web.
    "description", "category", "pulldown_type", "RULESET_DESC",
    # Reading of files and load balancing of forwarders: the stand-in's inputs do neither.
    "CHARSET", "NO_BINARY_CHECK", "detect_trailing_nulls", "CHECK_METHOD", "initCrcLength",
    "EVENT_BREAKER_ENABLE", "EVENT_BREAKER", "LB_CHUNK_BREAKER", "LB_CHUNK_BREAKER_TRUNCATE",
    "force_local_processing", "invalid_cause", "is_valid", "unarchive_cmd", "sourcetype",
    "unarchive_sourcetype", "LEARN_SOURCETYPE", "LEARN_MODEL", "PREFIX_SOURCETYPE", "maxDist",
    "termFrequencyWeightedDist", "LINE_BREAKER_LOOKBEHIND",
    # How the index is built; `punct` is refused where it is wanted.
    "SEGMENTATION", "ANNOTATE_PUNCT",
    # Resources of PCRE.
    "MATCH_LIMIT", "DEPTH_LIMIT",
    # Plausibility of times: the stand-in takes every time it finds.
    "MAX_DAYS_AGO", "MAX_DAYS_HENCE", "MAX_DIFF_SECS_AGO", "MAX_DIFF_SECS_HENCE",
    # Merging of lines, of no use with SHOULD_LINEMERGE = false; true is complained of.
    "BREAK_ONLY_BEFORE", "BREAK_ONLY_BEFORE_DATE", "MUST_BREAK_AFTER", "MUST_NOT_BREAK_AFTER",
    "MUST_NOT_BREAK_BEFORE", "MAX_EVENTS",
}  # fmt: skip
PROPS_CLASSES_WITHOUT_EFFECT_HERE = ("SEGMENTATION-", "RULESET_DESC-")

LOOKUP_SETTINGS = {
    "filename", "max_matches", "min_matches", "default_match", "case_sensitive_match",
    "match_type", "fields_list", "collection", "external_type", "filter",
    "time_field", "time_format", "max_offset_secs", "min_offset_secs",
}  # fmt: skip
LOOKUP_SETTINGS_WITHOUT_EFFECT_HERE = {
    "batch_index_query", "allow_caching", "cache_size", "max_ext_batch", "check_permission",
    "replicate", "index_fields_list", "index_fields_on_startup", "disabled",
    "reverse_lookup_honor_case_sensitive_match",
}  # fmt: skip
SEARCH_TRANSFORM_SETTINGS = {
    "REGEX", "FORMAT", "SOURCE_KEY", "DELIMS", "FIELDS", "MV_ADD", "CLEAN_KEYS",
    "KEEP_EMPTY_VALS",
}  # fmt: skip
INDEX_TRANSFORM_SETTINGS = {
    "REGEX", "FORMAT", "SOURCE_KEY", "DEST_KEY", "WRITE_META", "REPEAT_MATCH", "LOOKAHEAD",
    "DEFAULT_VALUE",
}  # fmt: skip
TRANSFORM_SETTINGS_WITHOUT_EFFECT_HERE = {
    "MATCH_LIMIT", "DEPTH_LIMIT", "CAN_OPTIMIZE", "description",
}  # fmt: skip

_LOOKUP_CLASS = re.compile(r"LOOKUP[-_]?.+", re.IGNORECASE)
_TRUE = ("1", "true", "t", "yes", "y")
_FALSE = ("0", "false", "f", "no", "n")


def is_automatic_lookup(key: str) -> bool:
    """Whether a setting is a LOOKUP-<class>; its prefix may be written in several ways."""
    return _LOOKUP_CLASS.fullmatch(key) is not None


def check_props(stanza: Stanza) -> None:
    """Refuses a stanza of props.conf with a setting the stand-in does not know."""
    whole = {*PROPS_AT_SEARCH_TIME, *PROPS_AT_INDEX_TIME, *PROPS_WITHOUT_EFFECT_HERE}
    classes = (
        *CLASSES_AT_SEARCH_TIME,
        *CLASSES_AT_INDEX_TIME,
        *PROPS_CLASSES_WITHOUT_EFFECT_HERE,
    )
    for key in stanza.settings:
        named = key.startswith(classes) and not key.endswith("-")
        if key not in whole and not named and not is_automatic_lookup(key):
            raise KnowledgeRefused("props", stanza.name, key, "the stand-in does not know it")


def check_transform(stanza: Stanza, known: Iterable[str], use: str) -> None:
    """Refuses a stanza of transforms.conf with a setting that ``use`` does not know."""
    allowed = {*known, *TRANSFORM_SETTINGS_WITHOUT_EFFECT_HERE}
    for key in stanza.settings:
        if key not in allowed:
            raise KnowledgeRefused(
                "transforms", stanza.name, key, f"the stand-in does not know it in {use}"
            )


def check_fields(stanza: Stanza) -> None:
    """Refuses a stanza of fields.conf with a setting that changes what an event's fields hold."""
    for key in stanza.settings:
        # INDEXED and INDEXED_VALUE say how splunkd finds events quickly: the rows are the same.
        if key not in ("INDEXED", "INDEXED_VALUE"):
            raise KnowledgeRefused("fields", stanza.name, key, "the stand-in does not know it")


def boolean(stanza: Stanza, conf: str, key: str, *, default: bool) -> bool:
    """A setting that is true or false."""
    value = stanza.settings.get(key)
    if value is None or value == "":
        return default
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise KnowledgeRefused(conf, stanza.name, key, f"{value!r} is neither true nor false")


def whole_number(stanza: Stanza, conf: str, key: str, default: int) -> int:
    """A setting that is a whole number, 0 or more."""
    value = stanza.settings.get(key, "")
    if value == "":
        return default
    if not value.isdecimal():
        raise KnowledgeRefused(conf, stanza.name, key, f"{value!r} is no whole number")
    return int(value)
