"""First of all: what is there, and what moved since last time? A few requests for all ADOMs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Optional, Union

from fmgstate.collect.runner import Runner
from fmgstate.collect.source import Source
from fmgstate.errors import FmgStateError, FortiManagerError, NotFound, PermissionRefused
from fmgstate.fortimanager import versions
from fmgstate.fortimanager.answer import Answer
from fmgstate.fortimanager.leases import NoLease
from fmgstate.inventory import fetch, normalize
from fmgstate.inventory.model import Adom, Inventory, Marks
from fmgstate.policy import fetch as policy_fetch

Version = versions.Version

ADOMS_A_REQUEST = 6
"""Times six questions, and four about the system: no more than ``Limits.params_per_request``."""


@dataclass(frozen=True)
class AdomNews:
    """One ADOM as it is now. ``requests``: its share of those that were asked for it.

    ``device_marks``: by device; an equal one means, as far as FortiManager tells, that its copy of
    the device's configuration did not change. ``zones``: what is kept beside the inventory about
    the reading of zones. ``missing``: what of the inventory could not be read.
    """

    inventory: Inventory
    marks: Marks
    requests: float
    device_marks: dict[str, str] = field(default_factory=dict)
    zones: Optional[dict[str, Any]] = None
    missing: str = ""


@dataclass(frozen=True)
class News:
    """``adoms``: by name, an error where one could not be read. ``all_adoms``: whether they are all
    that FortiManager shows, so that one that is missing is gone."""

    version: Version
    adoms: dict[str, Union[AdomNews, FmgStateError]]
    all_adoms: bool


@dataclass(frozen=True)
class System:
    """What FortiManager says of itself. ``global_mark`` None: the global database is not readable
    for this user."""

    version: Version
    adoms: list[Adom]
    global_mark: Optional[str]


def ask(source: Source, wanted: Sequence[str], runner: Runner, before: Sequence[str] = ()) -> News:
    """News of the ``wanted`` ADOMs; none named = of every ADOM that manages FortiGates.

    ``before``: the ADOMs that there were last time. The first of them are asked about together with
    the system, which saves a request; which ones there are is what FortiManager says now.
    """
    system, told = _system_and_some(source, (wanted or before)[:ADOMS_A_REQUEST])
    known = {adom.name: adom for adom in system.adoms}
    missing = {name: _no_such_adom(name) for name in wanted if name not in known}
    found: dict[str, Union[AdomNews, FmgStateError]] = {**told, **missing}
    left = [known[name] for name in (wanted or known) if name in known and name not in told]
    groups = [left[i : i + ADOMS_A_REQUEST] for i in range(0, len(left), ADOMS_A_REQUEST)]
    for some in runner.run(partial(_adoms, source, system), groups):
        found.update(some)
    order = wanted or known
    return News(system.version, {name: found[name] for name in order}, all_adoms=not wanted)


def _system_and_some(
    source: Source, names: Sequence[str]
) -> tuple[System, dict[str, Union[AdomNews, FmgStateError]]]:
    """The system, and those of the named ADOMs that there still are, in one request."""
    if not names:
        return _system(source), {}
    try:
        answers = _Answers.of(source, names, blocks=True, beside=fetch.system_questions())
        system = _read_system(source.manager, answers.beside)
    except NoLease:  # somebody waited long for it already
        raise
    except FmgStateError:
        # One of its questions may have failed the whole request: the system must not hang on that.
        return _system(source), {}
    known = {adom.name: adom for adom in system.adoms}
    return system, answers.news(source, system, [known[name] for name in names if name in known])


def _system(source: Source) -> System:
    questions = fetch.system_questions()
    answers = dict(zip(questions, source.get(list(questions.values()))))
    return _read_system(source.manager, answers)


def _read_system(manager: str, answers: dict[str, Answer]) -> System:
    adoms = normalize.fortigate_adoms(answers["adoms"].rows())
    if not adoms:
        raise PermissionRefused(
            f"{manager} shows this user no ADOM that manages FortiGates.",
            "Give the user access to the ADOMs (admin profile and ADOM list on FortiManager).",
        )
    version = versions.parse(answers["status"].row().get("Version"))
    return System(version, adoms, _global_mark(answers))


def _global_mark(answers: dict[str, Answer]) -> Optional[str]:
    try:
        return normalize.global_mark(
            answers["global_packages"].rows(), answers["global_status"].rows()
        )
    except (PermissionRefused, NotFound):
        return None


@dataclass(frozen=True)
class _Answers:
    """What was answered about some ADOMs, by ADOM and question; and ``beside`` them. ``share``: the
    requests that each ADOM cost."""

    of_adom: dict[str, dict[str, Answer]]
    beside: dict[str, Answer]
    share: float

    @classmethod
    def of(
        cls, source: Source, names: Sequence[str], blocks: bool, beside: dict[str, fetch.Param]
    ) -> _Answers:
        """All questions in one request where devices and groups fit a page."""
        asked = {name: fetch.adom_questions(name, blocks) for name in names}
        with source.counting() as count:
            tables = [fetch.device_question(name) for name in names]
            tables += [fetch.group_question(name) for name in names]
            others = [one for questions in asked.values() for one in questions.values()]
            answers = iter(source.tables(tables, [*others, *beside.values()]))
        found: dict[str, dict[str, Answer]] = {name: {} for name in names}
        for table in ("devices", "groups"):
            for name in names:
                found[name][table] = next(answers)
        for name, questions in asked.items():
            found[name].update((question, next(answers)) for question in questions)
        return cls(found, dict(zip(beside, answers)), count.requests / len(names))

    def news(
        self, source: Source, system: System, adoms: Iterable[Adom]
    ) -> dict[str, Union[AdomNews, FmgStateError]]:
        """Of these ADOMs, by name."""
        return {adom.name: self._news_of(source, system, adom) for adom in adoms}

    def _news_of(
        self, source: Source, system: System, adom: Adom
    ) -> Union[AdomNews, FmgStateError]:
        try:
            return _adom_news(source, system, adom, self.of_adom[adom.name], self.share)
        except FmgStateError as error:
            return error


def _adoms(
    source: Source, system: System, adoms: list[Adom]
) -> dict[str, Union[AdomNews, FmgStateError]]:
    blocks = versions.has(system.version, versions.POLICY_BLOCKS)
    try:
        answers = _Answers.of(source, [adom.name for adom in adoms], blocks, {})
    except FmgStateError as error:
        return {adom.name: error for adom in adoms}
    return answers.news(source, system, adoms)


def _adom_news(
    source: Source,
    system: System,
    adom: Adom,
    answers: dict[str, Answer],
    share: float,
) -> AdomNews:
    packages = answers["packages"].rows()
    has_blocks = versions.has(system.version, versions.POLICY_BLOCKS)
    blocks = answers["blocks"].rows() if has_blocks else []
    devices, assigned = answers["devices"].rows(), answers["assignments"].rows()
    inventory = normalize.inventory(
        adom, devices, packages, blocks, assigned, answers["groups"].rows()
    )
    reading = f"{policy_fetch.READING} {'.'.join(map(str, system.version))}"
    marks = normalize.marks(
        answers["objects"].value(), packages, blocks, system.global_mark or "", reading
    )
    packages_too = marks.packages if system.global_mark is None else {}
    asked = {
        **{path: policy_fetch.global_chksums(adom.name, path, system.version)
           for path in packages_too},
        **{path: policy_fetch.block_chksums(adom.name, path, system.version)
           for path, mark in marks.blocks.items() if not version_of(mark)},
    }  # fmt: skip
    of_devices = normalize.device_marks(devices, assigned)
    return AdomNews(inventory, _with_chksums(source, marks, asked), share, of_devices)


def version_of(mark: str) -> str:
    """FortiManager's own version within a mark; "" when it told none."""
    return mark.partition(" ")[0]


def _with_chksums(source: Source, marks: Marks, asked: dict[str, list[dict[str, Any]]]) -> Marks:
    """Where the versions do not tell everything, tables are asked for their own: headers and
    footers when the global database may not be read, blocks on builds that give them no version."""
    if not asked:
        return marks
    answers = iter(source.get([q for questions in asked.values() for q in questions]))
    own = {path: [next(answers) for _ in questions] for path, questions in asked.items()}
    told = {path: chksums(of_tables) for path, of_tables in own.items()}
    return Marks(
        marks.objects,
        {path: f"{mark} {told[path]}" if path in told else mark
         for path, mark in marks.packages.items()},
        {path: f"{told[path]}{mark}" if path in told else mark
         for path, mark in marks.blocks.items()},
    )  # fmt: skip


def chksums(answers: Iterable[Answer]) -> str:
    """The versions of some tables as one text without spaces; a table may be absent or empty."""
    return "+".join(_chksum(answer) for answer in answers)


def _chksum(answer: Answer) -> str:
    try:
        return str(answer.value())
    except NotFound:
        return "absent"


def _no_such_adom(name: str) -> FortiManagerError:
    return NotFound(
        f"There is no ADOM {name!r} that manages FortiGates and that FortiManager's user sees.",
        "Correct the list of ADOMs.",
    )
