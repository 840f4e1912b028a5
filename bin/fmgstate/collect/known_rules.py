"""Rules that people ask for by number, uuid or name, held against those there are."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from fmgstate.collect.known_names import matches, nearest
from fmgstate.collect.rule_cells import BETWEEN, FIELDS
from fmgstate.collect.scope import BLOCK, PACKAGE, Scope
from fmgstate.collect.state_scopes import StateScopes, Wanted
from fmgstate.errors import ConfigurationError
from fmgstate.store.key_files import Damaged

CURE = "Give a policyid, a uuid or a name as it is in FortiManager; * stands for any letters."
_UUID, _NAME = FIELDS.index("uuid"), FIELDS.index("name")


def check_rule(scopes: StateScopes, wanted: Wanted, rule: str) -> None:
    """Raises ``ConfigurationError`` with the nearest numbers or names where no rule of the packages
    that are ``wanted``, or of their policy blocks, is called like that."""
    known: set[str] = set()
    for scope in _scopes(scopes, wanted):
        for names in _whole_names(scopes, scope):
            if any(matches(rule, name) for name in names if name):
                return
            number, _, name = names
            known.add(number if rule.isdigit() else name)
    cure = CURE if _is_uuid(rule) else f"{nearest('rule', rule, known - {''})} {CURE}"
    raise ConfigurationError(f"There is no rule {rule}, or you may not see it.", cure)


def _scopes(scopes: StateScopes, wanted: Wanted) -> Iterator[Scope]:
    if wanted.device or wanted.vdom:
        for _, here in scopes.on_targets(wanted):
            yield from here
        return
    yield from scopes.scopes(PACKAGE, wanted)
    yield from scopes.scopes(BLOCK, replace(wanted, package=""))


def _whole_names(scopes: StateScopes, scope: Scope) -> list[tuple[str, str, str]]:
    """As ``_names``; a file that was damaged, or replaced meanwhile, is done without."""
    try:
        return list(_names(scopes, scope))
    except Damaged as damage:
        scopes.files.discard(damage)
        return _whole_names(scopes, scope)


def _names(scopes: StateScopes, scope: Scope) -> Iterator[tuple[str, str, str]]:
    """Of each rule number, uuid and name."""
    file = scopes.files.file(scope)
    for table in file.tables.values() if file else ():
        numbers = table.numbers()
        for number, row in zip(numbers, table.many(numbers) or ()):
            cells = row.split(BETWEEN, max(_UUID, _NAME) + 1)
            yield str(number), _text(cells[_UUID]), _text(cells[_NAME])


def _text(cell: bytes) -> str:
    """What a cell of CSV says."""
    text = cell.decode()
    return next(csv.reader([text]))[0] if text.startswith('"') else text


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
