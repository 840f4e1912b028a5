"""Functions with a language of their own inside: searchmatch(), spath(), and refused ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from standin.spl.errors import Malformed, Unsupported
from standin.spl.functions.multivalues import multivalue
from standin.spl.functions.table import Site, builder, refuse, strict
from standin.spl.functions.texts import one_text
from standin.spl.nodes import Compiled
from standin.spl.numbers import text
from standin.spl.spath_paths import find, read_path

if TYPE_CHECKING:
    from standin.spl.context import Context

refuse("commands", "Multivalue eval functions", "it takes a search apart, for audit logs only")


@builder("spath", 2, 2, "Text functions", "of JSON and XML; a path that leads nowhere is null")
def _spath(site: Site) -> Compiled:
    path = site.arguments[1]
    fixed = read_path(text(path.value()), path.position) if path.constant else None

    def found(value: Any, wanted: Any) -> Any:
        steps = read_path(text(wanted), path.position) if fixed is None else fixed
        return multivalue(find(one_text(value), steps))

    return site.made("any", strict(found, site))


@builder("searchmatch", 1, 1, "Comparison and Conditional functions")
def _searchmatch(site: Site) -> Compiled:
    from standin.spl.search_expression import compile_search

    argument = site.arguments[0]
    if not argument.constant or not isinstance(argument.value(), str):
        raise Unsupported("searchmatch() takes a search in quotation marks here", site.position)
    if not argument.value().strip():
        raise Malformed("searchmatch() needs a search", site.position)
    clock = cast("Context", site.needs_clock())
    search = compile_search(argument.value(), argument.position, clock, times=False)
    site.scope.reads.update(search.reads)
    return site.made("boolean", search, constant=False)
