"""Who uses an object: found by looking, so that it is always true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.state.adom import Adom
from simulator.state.packages import Block, Package
from simulator.state.table import Database, Row


def _uses(row: Row, path: str, names: set[str]) -> bool:
    for attribute, paths in row.spec.references.items():
        if path in paths:
            value = row.get(attribute)
            if value and not names.isdisjoint(value):
                return True
    return False


def _users(database: Database, path: str, names: set[str]) -> Iterator[Row]:
    for table in database.tables.values():
        if any(path in paths for paths in table.spec.references.values()):
            yield from (row for row in table if _uses(row, path, names))


def containing(adom: Adom, path: str, name: str) -> dict[str, set[str]]:
    """Table path to names: the object itself and every group it is in, however deep."""
    found: dict[str, set[str]] = {path: {name}}
    fresh = [(path, name)]
    while fresh:
        inner_path, inner = fresh.pop()
        for row in _users(adom.objects, inner_path, {inner}):
            names = found.setdefault(row.spec.path, set())
            if row.key not in names:
                names.add(row.key)
                fresh.append((row.spec.path, row.key))
    return found


def packages_using(adom: Adom, path: str, name: str) -> list[Package]:
    """Packages with a policy (or a block's policy) that names the object or a group of it."""
    named = containing(adom, path, name)
    blocks = [block for block in adom.blocks.values() if _any(block.database, named)]
    return [
        package
        for package in adom.root.packages()
        if _any(package.database, named) or any(uses_block(package, block) for block in blocks)
    ]


def _any(database: Database, named: dict[str, set[str]]) -> bool:
    return any(
        next(_users(database, path, names), None) is not None for path, names in named.items()
    )


def uses_block(package: Package, block: Block) -> bool:
    return any(
        row.values.get("_policy_block") == block.name
        for table in package.database.tables.values()
        for row in table
        if "_policy_block" in row.values
    )


def in_use(adom: Adom, path: str, name: str) -> bool:
    """Whether a group, a policy or a policy block names the object directly."""
    databases = [adom.objects]
    databases += [package.database for package in adom.root.packages()]
    databases += [block.database for block in adom.blocks.values()]
    return any(next(_users(one, path, {name}), None) is not None for one in databases)


def where_used(adom: Adom, path: str, name: str) -> list[dict[str, Any]]:
    """What option ``where_used`` answers: every group and policy that names the object."""
    found = [_use(row, None) for row in _users(adom.objects, path, {name})]
    for package in adom.root.packages():
        found += [_use(row, package) for row in _users(package.database, path, {name})]
    return [{"data": found, "root": {"name": adom.name, "oid": adom.oid}}] if found else []


def block_used(adom: Adom, block: Block) -> list[dict[str, Any]]:
    """The same for a policy block: its placeholder rows in packages."""
    found = [
        _use(row, package)
        for package in adom.root.packages()
        for table in package.database.tables.values()
        for row in table
        if row.values.get("_policy_block") == block.name
    ]
    return [{"data": found, "root": {"name": adom.name, "oid": adom.oid}}] if found else []


def _use(row: Row, package: Package | None) -> dict[str, Any]:
    use: dict[str, Any] = {
        "category": row.spec.category,
        "mapping_name": row.spec.name,
        "mattr": row.spec.key,
        "mkey": row.key,
    }
    if package is not None:
        use["pkg"] = {"name": package.name, "oid": package.oid}
    return use
