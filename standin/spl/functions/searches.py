"""Functions with a language of their own inside: searchmatch(), spath(), commands()."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.functions.multivalues import multivalue
from standin.spl.functions.table import Site, builder, function, strict
from standin.spl.functions.texts import one_text
from standin.spl.nodes import Compiled
from standin.spl.numbers import text
from standin.spl.pipeline import split_pipeline
from standin.spl.spath_paths import find, read_path

if TYPE_CHECKING:
    from standin.spl.context import Context


@function("commands", 1, 1, "any", "Multivalue eval functions", "the commands of a search's text")
def _commands(value: Any) -> Any:
    search = one_text(value)
    if "[" in search or "`" in search:
        raise Undocumented("what commands() makes of subsearches and macros is not documented")
    found = split_pipeline(search, 0, cast("Context", None), implied="search")
    return multivalue([command.name for command in found])


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
