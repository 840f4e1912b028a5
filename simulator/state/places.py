"""Where a configuration table lies: an ADOM's objects, a package, a policy block, a device."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.refusal import Refused
from simulator.state.adom import Adom
from simulator.state.fortimanager import FortiManager
from simulator.state.packages import Block, Folder, Package
from simulator.state.table import Database
from simulator.versions import Version


@dataclass(frozen=True)
class Place:
    """``owner``: the package or block, None for an object database. ``prefix``: as in _objrev."""

    adom: Adom
    database: Database
    owner: Package | Block | None
    prefix: str


def object_place(adom: Adom) -> Place:
    return Place(adom, adom.objects, None, "obj")


def package_place(adom: Adom, package: Package) -> Place:
    return Place(adom, package.database, package, f"pkg/{package.path}")


def block_place(fm: FortiManager, adom: Adom, name: str) -> Place:
    """Refused (-6) before 7.0.3, or when there is no such block."""
    block = adom.blocks.get(name)
    if block is None or fm.version < Version(7, 0, 3):
        raise Refused(-6)
    return Place(adom, block.database, block, f"pblock/{name}")


def named_package(adom: Adom, path: str) -> Package:
    """Refused (-6) when ``path`` names no package (a folder is none)."""
    try:
        return adom.root.package(path)
    except KeyError:
        raise Refused(-6) from None


def find_place(fm: FortiManager, adom_name: str, parts: list[str]) -> tuple[Place, list[str]]:
    """The place ``parts`` (``obj …``, ``pkg <path> …``, ``pblock <name> …``) begins with."""
    adom = fm.adom(adom_name)
    kind, rest = parts[0], parts[1:]
    if kind == "obj":
        return object_place(adom), rest
    if kind == "pkg" and rest:
        found = adom.root.walk(rest)
        if found is None or isinstance(found[0], Folder):
            raise Refused(-6)
        return package_place(adom, found[0]), found[1]
    if kind == "pblock" and rest:
        return block_place(fm, adom, rest[0]), rest[1:]
    raise Refused(-6)
