"""Commands that exist in SPL and are refused here on purpose, each with the reason.

Whatever another module runs or refuses itself is left to it.
"""

from __future__ import annotations

from standin.spl.errors import Unsupported
from standin.spl.parsing import CommandText
from standin.spl.registry import CONSTRUCTS, Construct, Runnable

_FILES = "reads or writes files of the search head, which the stand-in keeps to itself"
_INDEXES = "looks into the index's files, which the stand-in does not have"
_WRITES = "changes what is stored: the stand-in's indexes are filled by inputs only"
_SENDS = "sends something out: alert actions do that in the stand-in"
_LEARNS = "finds patterns by rules that the documentation does not fix"
_JOBS = "reads other search jobs, which a search here does not see"
_OUTSIDE = "belongs to another app or service"
_REASONS = {
    "abstract": "shortens events by a score that is not documented",
    "addterms": _OUTSIDE,
    "analyzefields": _LEARNS,
    "anomalies": _LEARNS,
    "anomalousvalue": _LEARNS,
    "anomalydetection": _LEARNS,
    "arules": _LEARNS,
    "associate": _LEARNS,
    "audit": "checks signed audit events",
    "awssnsalert": _OUTSIDE,
    "bucketdir": _LEARNS,
    "cefout": _OUTSIDE,
    "cluster": _LEARNS,
    "cofilter": _LEARNS,
    "concurrency": "counts overlaps by rules that are not documented",
    "contingency": "orders its table by rules that are not documented",
    "correlate": _LEARNS,
    "createrss": _SENDS,
    "datamodelsimple": _OUTSIDE,
    "dbinspect": _INDEXES,
    "dbxlookup": _OUTSIDE,
    "dbxoutput": _OUTSIDE,
    "dbxquery": _OUTSIDE,
    "debug": "is for Splunk's own developers",
    "delete": _WRITES,
    "diff": "compares events in a format that is not documented",
    "dispatch": _JOBS,
    "dump": _FILES,
    "editinfo": "is for Splunk's own developers",
    "entitymerge": _OUTSIDE,
    "erex": "learns its regular expression from examples: write rex",
    "file": _FILES,
    "findkeywords": _LEARNS,
    "findtypes": _LEARNS,
    "geom": "needs shapes of regions, which the stand-in does not have",
    "geomfilter": "needs shapes of regions, which the stand-in does not have",
    "geostats": "divides the earth into bins that are not documented",
    "history": "reads the search history of a user",
    "input": _FILES,
    "inputcsv": _FILES,
    "inputintelligence": _OUTSIDE,
    "iplocation": "needs a database of places, which the stand-in does not have",
    "kmeans": _LEARNS,
    "kvform": "needs forms (.form files), which the stand-in does not have",
    "loadjob": _JOBS,
    "localize": "depends on how a search's events were found",
    "mcatalog": "reads metric indexes, which the stand-in does not have",
    "mcollect": _WRITES,
    "meventcollect": _WRITES,
    "mpreview": "reads metric indexes, which the stand-in does not have",
    "msearch": "reads metric indexes, which the stand-in does not have",
    "mstats": "reads metric indexes, which the stand-in does not have",
    "multikv": "finds tables in events by rules that the documentation does not fix",
    "ingestpreview": "previews files to be read",
    "oldreturn": "is an old spelling: write return",
    "outputcsv": _FILES,
    "outputraw": _FILES,
    "outputrawr": _FILES,
    "outputtelemetry": _SENDS,
    "outputtext": "escapes _raw for a browser",
    "overlap": "looks for gaps in a summary index",
    "pivot": "asks a data model for a table: tstats FROM datamodel= does",
    "predict": _LEARNS,
    "pytonscript": _FILES,
    "relevancy": "scores events by rules that are not documented",
    "rtorder": "is for real-time searches",
    "run": _FILES,
    "runshellscript": _FILES,
    "script": _FILES,
    "scrub": "makes events anonymous by dictionaries of Splunk's own",
    "searchtxn": "finds transactions by rules that the documentation does not fix",
    "sendalert": _SENDS,
    "sendemail": _SENDS,
    "setfields": "sets fields by rules of an old version: write eval",
    "snowevent": _OUTSIDE,
    "snoweventstream": _OUTSIDE,
    "snowincident": _OUTSIDE,
    "snowincidentstream": _OUTSIDE,
    "spathannotator": "is for Splunk's own developers",
    "surrounding": _INDEXES,
    "tags": "adds tags by their names: they are in the field tag already",
    "transam": "depends on limits and on the order of events: use stats BY",
    "tscollect": _WRITES,
    "typeahead": _INDEXES,
    "typelearner": _LEARNS,
    "typer": "adds event types by their names: they are in the field eventtype already",
    "walklex": _INDEXES,
    "x11": _LEARNS,
}


def _refuse(command: CommandText) -> Runnable:
    raise Unsupported(
        f"The command '{command.name}' is not run here: it {_REASONS[command.name]}",
        command.position,
    )


def register() -> None:
    """After all other modules of commands."""
    for name, why in _REASONS.items():
        CONSTRUCTS.setdefault(
            ("command", name),
            Construct("refused command", name, f"Search Reference: {name}", why, _refuse),
        )
