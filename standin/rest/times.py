"""data/ui/times: what the time range picker offers."""

from standin.home.conf_file import Stanzas

_PRESETS = (
    ("Last 15 minutes", "-15m", "now"),
    ("Last 60 minutes", "-60m@m", "now"),
    ("Last 4 hours", "-4h@m", "now"),
    ("Last 24 hours", "-24h@h", "now"),
    ("Last 7 days", "-7d@h", "now"),
    ("Last 30 days", "-30d@d", "now"),
    ("Today", "@d", "now"),
    ("Yesterday", "-1d@d", "@d"),
    ("All time", "0", ""),
)
DEFAULTS: Stanzas = {
    label.lower().replace(" ", "_"): {
        "label": label, "earliest_time": earliest, "latest_time": latest,
        "order": str(10 * number), "disabled": "0",
    }
    for number, (label, earliest, latest) in enumerate(_PRESETS, start=1)
}  # fmt: skip
