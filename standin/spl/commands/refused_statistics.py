"""Statistical commands that exist in SPL and are refused here, each with the reason."""

from __future__ import annotations

from standin.spl.errors import Unsupported
from standin.spl.parsing import CommandText
from standin.spl.registry import CONSTRUCTS, Construct, Runnable

_SUMMARY = "writes partial results for a summary index, in a form that is not documented"
_ESTIMATE = "is a statistical estimate whose results the documentation does not fix"
_REASONS = {
    "sistats": _SUMMARY,
    "sichart": _SUMMARY,
    "sitimechart": _SUMMARY,
    "sitop": _SUMMARY,
    "sirare": _SUMMARY,
    "mstats": "reads metric indexes, which the stand-in has not",
    "mcatalog": "reads metric indexes, which the stand-in has not",
    "mpreview": "reads metric indexes, which the stand-in has not",
    "meventcollect": "writes metric indexes, which the stand-in has not",
    "mcollect": "writes metric indexes, which the stand-in has not",
    "tscollect": "writes tsidx files, which the stand-in has not",
    "transam": "depends on limits and on the order of events: use stats BY instead",
    "concurrency": "counts overlaps by rules that are not documented",
    "geostats": "divides the earth into bins that are not documented",
    "geom": "needs shapes of regions, which the stand-in has not",
    "sparkline": "is a function of stats and chart",
    "predict": _ESTIMATE,
    "x11": _ESTIMATE,
    "anomalies": _ESTIMATE,
    "anomalousvalue": _ESTIMATE,
    "anomalydetection": _ESTIMATE,
    "outlier": _ESTIMATE,
    "cluster": _ESTIMATE,
    "kmeans": _ESTIMATE,
    "associate": _ESTIMATE,
    "correlate": _ESTIMATE,
    "cofilter": _ESTIMATE,
    "analyzefields": _ESTIMATE,
    "af": _ESTIMATE,
    "arules": _ESTIMATE,
    "findtypes": _ESTIMATE,
    "typelearner": _ESTIMATE,
    "fit": "belongs to the Machine Learning Toolkit, an app of its own",
    "apply": "belongs to the Machine Learning Toolkit, an app of its own",
    "folderize": "groups by rules that are not documented",
    "timewrap": "names its columns by rules that depend on the day of the search",
}


def _refuse(text: CommandText) -> Runnable:
    raise Unsupported(
        f"The command '{text.name}' is not run here: it {_REASONS[text.name]}", text.position
    )


for _name, _why in _REASONS.items():
    CONSTRUCTS.setdefault(
        ("command", _name),
        Construct("refused command", _name, f"Search Reference: {_name}", _why, _refuse),
    )
