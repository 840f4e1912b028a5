"""All operations at search time for one kind of event, in the documented order.

Knowledge Manager Manual, "The sequence of search-time operations": inline extractions,
transforms, automatic key and value, aliases, calculated fields, lookups, event types, tags.
Within one kind of operation the classes go in ASCII order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from standin.home.layers import Stanza
from standin.knowledge.aliases import Alias, aliases
from standin.knowledge.auto_kv import AutoKv, KvLimits
from standin.knowledge.automatic_lookup import AutomaticLookup, automatic_lookup
from standin.knowledge.calculated import Calculated, Compile, calculated, calculation
from standin.knowledge.field_values import Step
from standin.knowledge.inline import Inline, inline
from standin.knowledge.known_settings import boolean, is_automatic_lookup
from standin.knowledge.lookup_files import LookupFiles
from standin.knowledge.needs import Needs
from standin.knowledge.refusal import KnowledgeRefused
from standin.knowledge.reports import Report

ALWAYS_THERE = frozenset(
    ("_time", "_raw", "_indextime", "index", "host", "source", "sourcetype", "_sourcetype",
     "splunk_server", "linecount", "eventtype", "tag")
)  # fmt: skip


@dataclass(frozen=True)
class Surroundings:
    """What the settings of an event refer to."""

    transforms: Mapping[str, Stanza]
    files: LookupFiles
    limits: KvLimits
    evaluate: Compile


class Pipeline:
    """The operations for events that have these settings of props.conf."""

    def __init__(
        self,
        settings: Mapping[str, str],
        origin: Callable[[str], str],
        surroundings: Surroundings,
    ) -> None:
        self._settings = settings
        self._origin = origin
        self._inlines: list[Inline] = [
            inline(origin(key), key, value) for key, value in self._class("EXTRACT-")
        ]
        self._reports: list[Report] = [
            report
            for key, value in self._class("REPORT-")
            for report in _reports(origin(key), key, value, surroundings.transforms)
        ]
        self._kv = self._auto_kv(surroundings.limits)
        self._aliases: list[Alias] = aliases(
            ", ".join(sorted({origin(key) for key, _ in self._class("FIELDALIAS-")})),
            self._class("FIELDALIAS-"),
        )
        self._calculated: list[Calculated] = [
            calculated(origin(key), key, value, surroundings.evaluate)
            for key, value in self._class("EVAL-")
        ]
        self._lookups: list[AutomaticLookup] = [
            automatic_lookup(origin(key), key, value, surroundings.files)
            for key, value in sorted(settings.items())
            if is_automatic_lookup(key)
        ]

    def steps(self, needs: Needs) -> list[Step]:
        """What to do to a row so that it has the fields needed. Leaves the needs at the start."""
        backwards: list[Step] = []
        for lookup in reversed(self._lookups):
            if any(needs.wants(name) for name in lookup.makes):
                needs.add(lookup.reads)
                backwards.append(lookup)
        self._add_calculated(needs, backwards)
        for alias in reversed(self._aliases):
            if needs.wants(alias.alias):
                if not alias.only_new:
                    needs.remove([alias.alias])
                needs.add([alias.original])
                backwards.append(alias)
        return self._extractions(needs) + backwards[::-1]

    def _add_calculated(self, needs: Needs, backwards: list[Step]) -> None:
        wanted = [each for each in self._calculated if needs.wants(each.field)]
        if wanted:
            needs.remove(each.field for each in wanted)
            for each in wanted:
                needs.add(each.reads)
            backwards.append(calculation(wanted))

    def _extractions(self, needs: Needs) -> list[Step]:
        kept: list[Report] = []
        for report in reversed(self._reports):
            if _may_serve(needs, report.makes):
                needs.add([report.reads])
                kept.append(report)
        inlines: list[Inline] = []
        for each in reversed(self._inlines):
            if _may_serve(needs, each.makes):
                needs.add([each.reads])
                inlines.append(each)
        exact = needs.exact()
        names = None if exact is None else exact - ALWAYS_THERE
        steps = [each.step for each in inlines[::-1]]
        steps += [report.step(names) for report in kept[::-1]]
        automatic = self._kv.step(names)
        return [*steps, automatic] if automatic is not None else steps

    def _class(self, prefix: str) -> list[tuple[str, str]]:
        return sorted(
            (key, value) for key, value in self._settings.items() if key.startswith(prefix)
        )

    def _auto_kv(self, limits: KvLimits) -> AutoKv:
        stanza = Stanza(self._origin("KV_MODE"), "", dict(self._settings), exported=False)
        automatic = AutoKv(
            self._settings.get("KV_MODE", "auto").lower() or "auto",
            boolean(stanza, "props", "AUTO_KV_JSON", default=True),
            boolean(stanza, "props", "KV_TRIM_SPACES", default=True),
            limits,
        )
        automatic.check(stanza.name)
        return automatic


def _may_serve(needs: Needs, makes: frozenset[str] | None) -> bool:
    if makes is not None:
        return any(needs.wants(name) for name in makes)
    exact = needs.exact()
    return exact is None or bool(exact - ALWAYS_THERE)


def _reports(stanza: str, key: str, value: str, transforms: Mapping[str, Stanza]) -> list[Report]:
    names = [name for name in (part.strip() for part in value.split(",")) if name]
    for name in names:
        if name not in transforms:
            raise KnowledgeRefused("props", stanza, key, f"no [{name}] in transforms.conf")
    return [Report(transforms[name]) for name in names]
