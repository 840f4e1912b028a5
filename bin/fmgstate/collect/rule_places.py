"""Where an event comes from: device and VDOM to the packages and policy blocks that are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, Optional

from fmgstate.collect import why
from fmgstate.collect.rule_cells import cell
from fmgstate.collect.rule_files import RuleFiles
from fmgstate.collect.scope import BLOCK, HITCOUNTS, INVENTORY, PACKAGE, Scope
from fmgstate.store.base import Head
from fmgstate.store.key_files import Table

_POLICY = (
    "firewall/policy", "global/header/policy", "global/footer/policy",
    "firewall/consolidated/policy",
)  # fmt: skip
TABLES: dict[str, tuple[str, ...]] = {
    "": _POLICY,
    "policy": _POLICY,
    "policy6": ("firewall/policy6", *_POLICY),
    "security-policy": ("firewall/security-policy",),
    "proxy-policy": ("firewall/proxy-policy",),
    "local-in-policy": ("firewall/local-in-policy",),
    "local-in-policy6": ("firewall/local-in-policy",),
}
"""``policytype`` of a log -> FortiManager's tables; ids count within each of them."""
WHERE = ("fortimanager", "adom", "package", "block", "device", "vdom", "package_status")
AGE = ("snapshot_time", "changed_time", "stale", "plane")
NOWHERE: Mapping[str, str] = MappingProxyType({})
MOST_SUGGESTED_FOR = 5
_cell = lru_cache(maxsize=4096, typed=True)(cell)
"""Most are the same for many devices."""
_Hits = tuple[Mapping[str, Table], bytes]
_NOT_LOOKED: _Hits = {}, b""


class Spot:
    """A package, or a policy block that stands in it, on one VDOM or ("") anywhere.

    ``file``: None = not collected yet. ``cells``: of ``WHERE`` and ``AGE``. ``found``: these, and
    that a rule was found.
    """

    def __init__(
        self,
        files: RuleFiles,
        package: str,
        scope: Scope,
        where: Mapping[str, str] = NOWHERE,
    ) -> None:
        self.scope, self.package = scope, package
        self.head = files.head(scope)
        self.file = files.file_of(scope, self.head)
        block = scope.name if scope.kind == BLOCK else ""
        of_scope = {"fortimanager": scope.manager, "adom": scope.adom, "package": package}
        told = {**of_scope, "block": block, **where}
        self.cells = [*map(_cell, map(told.get, WHERE)), *age(files, [self.head])]
        self.found = [*self.cells, b"true", b""]
        self._files, self._hits = files, _NOT_LOOKED
        self._tables: dict[str, list[Table]] = {}

    def hits(self) -> _Hits:
        """Tables of the package's counts, and their age as a cell. Few searches ask."""
        if self._hits is _NOT_LOOKED:
            counts = self.scope.beside(HITCOUNTS, self.package)
            counted = self._files.file(counts) if self.package else None
            head = self._files.head(counts) if counted else None
            when = cell(head.snapshot_time if head else None)
            self._hits = (counted.tables if counted else {}), when
        return self._hits

    def tables(self, policytype: str) -> list[Table]:
        """Where a policy of this type can be."""
        found = self._tables.get(policytype)
        if found is None:
            known = self.file.tables if self.file else {}
            found = [known[name] for name in TABLES.get(policytype, ()) if name in known]
            self._tables[policytype] = found
        return found


class Place(NamedTuple):
    """``spots``: the packages on a VDOM, each followed by its blocks. ``packages``: how many.
    ``device``, ``vdom``: as FortiManager calls them. ``why``: there is no package. ``rests_on``:
    what was looked at."""

    spots: Sequence[Spot]
    packages: int
    device: str
    vdom: str
    why: str
    rests_on: Sequence[Optional[Head]]


class Places:
    """``allowed_adoms``: only these are looked at; None = all."""

    def __init__(self, files: RuleFiles, allowed_adoms: Optional[Collection[str]]) -> None:
        self._files, self._allowed = files, allowed_adoms
        self._suggested = 0
        self._heads: dict[tuple[str, ...], Sequence[Head]] = {}
        self._devices_by_name: Optional[dict[str, list[dict[str, Any]]]] = None

    def find(self, devid: str, devname: str, vdom: str) -> Place:
        """By serial (of any HA member) first, then by name."""
        names = [name for name in (devid, devname) if name]
        if not names:
            return self._nowhere("The event has neither devid nor devname.")
        known = next(filter(None, map(self._devices, names)), [])
        if not known:
            return self._nowhere(" ".join(filter(None, self._no_device(names))))
        if not vdom and all(len(one["vdoms"]) == 1 for one in known):
            vdom = known[0]["vdoms"][0]
        having = [one for one in known if vdom in one["vdoms"]]
        if not having:
            return self._nowhere(why.no_vdom(known[0]["device"], vdom, known[0]["vdoms"]), known)
        return self._place(vdom, having)

    def anywhere(self, scope: Scope) -> Spot:
        """A package or block apart from any device."""
        return Spot(self._files, scope.name if scope.kind == PACKAGE else "", scope)

    def is_allowed(self, scope: Scope) -> bool:
        """Whether the one who asks may see the scope's ADOM."""
        return self._allowed is None or scope.adom in self._allowed

    def heads(self, *kinds: str) -> Sequence[Head]:
        """Of all scopes of these kinds that may be seen."""
        found = self._heads.get(kinds)
        if found is None:
            found = self._heads[kinds] = [
                head
                for kind in kinds
                for head in self._files.heads(kind).values()
                if self.is_allowed(Scope.parse(head.key))
            ]
        return found

    def doubt(self, what: str, *kinds: str) -> str:
        """What may be missing where nothing was found, of the ADOMs that may be seen."""
        heads = self.heads(*kinds)
        if self._allowed is not None and not heads:
            return why.NOTHING_TO_SEE
        doubt = why.doubt(len(heads), sum(map(self._files.is_stale, heads)), what)
        return doubt if self._allowed is None else f"{why.SOME_ADOMS_ONLY} {doubt}".rstrip()

    def _place(self, vdom: str, having: Sequence[Mapping[str, Any]]) -> Place:
        device = having[0]["device"]
        packages = [
            (Scope(PACKAGE, one["manager"], one["adom"], installed["package"]), installed)
            for one in having
            for installed in one["packages"]
            if installed["vdom"] == vdom
        ]
        if not packages:
            return self._nowhere(why.no_package(device, vdom), having)
        spots: list[Spot] = []
        for scope, installed in packages:
            where = {"device": device, "vdom": vdom, "package_status": installed["status"]}
            package = Spot(self._files, scope.name, scope, where)
            blocks: Iterable[str] = package.file.extra if package.file else ()
            of_blocks = (self._block(scope, name) for name in blocks)
            spots += [package, *(Spot(self._files, scope.name, one, where) for one in of_blocks)]
        rests_on = [spot.head for spot in spots]
        if not any(head and head.snapshot_time is not None for head in rests_on):
            rests_on += self._inventories(having)
        return Place(spots, len(packages), device, vdom, "", rests_on)

    def _nowhere(self, reason: str, known: Sequence[Mapping[str, Any]] = ()) -> Place:
        """``known``: the device, in each ADOM that has it; none = all ADOMs were looked at."""
        rests_on = self._inventories(known) if known else self.heads(INVENTORY)
        return Place((), 0, "", "", reason, rests_on)

    def _inventories(self, known: Sequence[Mapping[str, Any]]) -> list[Optional[Head]]:
        scopes = {Scope(INVENTORY, one["manager"], one["adom"]) for one in known}
        return list(map(self._files.head, scopes))

    def _block(self, package: Scope, name: str) -> Scope:
        """A policy block of the package's ADOM, by its path or FortiManager's number for it."""
        inventory = self._files.file(Scope(INVENTORY, package.manager, package.adom))
        path = inventory.extra["blocks"].get(name, name) if inventory else name
        return Scope(BLOCK, package.manager, package.adom, path)

    def _by_name(self) -> dict[str, list[dict[str, Any]]]:
        """All devices that may be seen, by all that they are known as, in lower case."""
        if self._devices_by_name is None:
            found: dict[str, list[dict[str, Any]]] = {}
            for scope in map(Scope.parse, self._files.heads(INVENTORY)):
                file = self._files.file(scope) if self.is_allowed(scope) else None
                for name, known in file.extra["devices"].items() if file else ():
                    found[name] = found[name] + known if name in found else known
            self._devices_by_name = found
        return self._devices_by_name

    def _devices(self, name: str) -> list[dict[str, Any]]:
        return self._by_name().get(name.lower(), [])

    def _no_device(self, names: Sequence[str]) -> list[str]:
        asked = " or ".join(dict.fromkeys(names))
        return [
            why.no_device(asked),
            self._nearest(names[-1]),
            self.doubt("ADOMs", INVENTORY),
        ]

    def _nearest(self, name: str) -> str:
        """Costs a look at every name: for the first few only."""
        self._suggested += 1
        if self._suggested > MOST_SUGGESTED_FOR:
            return ""
        from difflib import get_close_matches

        near = get_close_matches(name.lower(), sorted(self._by_name()), 3)
        return f"Nearest names: {', '.join(near)}." if near else ""


def age(files: RuleFiles, heads: Collection[Optional[Head]]) -> list[bytes]:
    """Cells of ``AGE``: see ``RuleFiles.age_of_known``."""
    told = files.age_of_known(heads)
    return [_cell(told[name]) for name in AGE]
