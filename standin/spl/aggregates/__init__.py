"""Statistical functions: ``count``, ``avg(x)``, ``dc(eval(…))``, ``p95(x) AS slow``.

    calls.py       their text to Calls
    columns.py     Calls bound to the fields that there are: Columns, each rows -> value
    function.py    what a function is; the functions: numeric, percentile, ordered, timed
    running.py     the same one value after another, for streamstats

Most commands have all rows of a group at hand, so functions take lists: that is several times
quicker in Python than one call a value.
"""

from standin.spl.aggregates import numeric, ordered, percentile, timed
from standin.spl.aggregates.calls import Call, Composite, Sparkline, Term, read_term
from standin.spl.aggregates.columns import Column, bind, fields_read

LOADED = (numeric, ordered, percentile, timed)

__all__ = [
    "Call",
    "Column",
    "Composite",
    "Sparkline",
    "Term",
    "bind",
    "fields_read",
    "read_term",
]
