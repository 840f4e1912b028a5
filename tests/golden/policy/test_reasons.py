"""Every reason of a may-hit is reached by a case, worded in one place, and stands in the docs."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Optional

import pytest

from fmgstate.policy.effective import effective
from fmgstate.policy.lookup import look_up
from fmgstate.policy.reasons import Reason
from tests.golden.policy.test_cases import CASES
from tests.unit.policy import universe

ROOT = Path(__file__).resolve().parents[3]
POLICY = ROOT / "bin" / "fmgstate" / "policy"
DIMENSIONS = ("source ", "destination ", "service ")
PATTERNS = {
    one: re.compile(re.escape(one.value).replace(re.escape("{}"), "(.+)")) for one in Reason
}
ADDRESS_TYPES = (
    "fqdn", "wildcard-fqdn", "geography", "dynamic", "mac", "interface-subnet", "route-tag",
    "template", "url", "nsx", "aws", "fqdn-group",
)  # fmt: skip
"""Types of FortiManager's addresses that have no fixed addresses."""
NO_REASONS = {
    "%Y/%m/%d %H:%M", "oid ", " code ", " type ", "protocol ", "protocols ",
    "an internet service", "source interface", "destination interface", "destination ",
}  # fmt: skip
"""Texts of the modules that judge which are none: formats, services as people write them, what
stands in for a name, and the dimensions that reasons are said after."""


def reasons_of(text: str) -> set[Reason]:
    """Which reasons a text gives: one, and for what a group excludes the reason of that too."""
    bare = next((text[len(one) :] for one in DIMENSIONS if text.startswith(one)), text)
    for one, pattern in PATTERNS.items():
        for variant in (text, bare):
            found = pattern.fullmatch(variant)
            if found is None:
                continue
            if one is Reason.ADDRESS_TYPE and found[2] not in ADDRESS_TYPES:
                continue
            inner = reasons_of(found[2]) if one is Reason.EXCLUDES_UNKNOWN else set()
            return {one, *inner}
    raise AssertionError(f"no reason that is listed: {text!r}")


def texts_of_cases() -> list[str]:
    return [
        text
        for file in CASES
        for asked in json.loads(file.read_text(encoding="utf-8"))["asked"]
        for texts in asked["may"].values()
        for text in texts
    ]


def test_a_case_reaches_every_reason() -> None:
    reached = {reason for text in texts_of_cases() for reason in reasons_of(text)}
    assert [one.name for one in Reason if one not in reached] == []


def test_a_case_reaches_every_type_of_address_without_addresses() -> None:
    named = {text.rpartition("(")[2].rstrip(")") for text in texts_of_cases()}
    assert [one for one in ADDRESS_TYPES if one not in named] == []


@pytest.mark.parametrize("seed", range(12))
def test_random_rule_bases_give_no_other_reasons(seed: int) -> None:
    rng = Random(seed)
    objects = universe.objects(rng)
    policy = effective(universe.HERE, universe.state(rng, 12), objects)
    for flow in universe.flows(rng, 40):
        for _, texts in look_up(policy, flow).may:
            assert all(map(reasons_of, texts))


def modules_that_judge() -> list[str]:
    """All that a look-up imports of this folder; ``lookup`` itself only explains."""
    found, queue = {"lookup", "reasons"}, ["lookup", "compiled"]
    while queue:
        tree = ast.parse((POLICY / f"{queue.pop()}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "fmgstate.policy"
            ):
                last = (node.module or "").rpartition(".")[2]
                names = [one.name for one in node.names] if last == "policy" else [last]
                queue += [one for one in names if one not in found]
                found.update(names)
    return sorted(found - {"lookup", "reasons"})


def texts_in(node: ast.AST, inside: Optional[ast.AST] = None) -> Iterator[str]:
    """Literals that are neither documentation nor the text of an error."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) or (
            isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        ):
            continue
        if isinstance(child, ast.FunctionDef) and child.name == "__str__":
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        yield from texts_in(child, node)


@pytest.mark.parametrize("module", modules_that_judge())
def test_no_module_that_judges_words_a_reason_itself(module: str) -> None:
    tree = ast.parse((POLICY / f"{module}.py").read_text(encoding="utf-8"))
    worded = {text for text in texts_in(tree) if re.search(r"[a-zA-Z] |[a-z ]\w* \(|\([a-z]", text)}
    assert worded - NO_REASONS == set()


def test_the_documentation_names_every_reason() -> None:
    text = (ROOT / "docs" / "policy-engine.md").read_text(encoding="utf-8")
    shown = {one: f"`{one.value.replace('{}', '…')}`" for one in Reason}
    assert [line for line in shown.values() if line not in text] == []
