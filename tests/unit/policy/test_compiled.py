from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmgstate.policy import axis
from fmgstate.policy.compiled import compiled, dump, load
from fmgstate.policy.effective import Effective, effective
from fmgstate.policy.flow import Flow
from fmgstate.policy.lookup import look_up
from tests.unit.policy import universe


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([3, 4, 13]))
def test_the_compiled_form_answers_as_reading_the_rules_does(seed: int, shift: int) -> None:
    rng = Random(seed)
    objects = universe.objects(rng)
    zones = rng.choice(universe.KNOWN_ZONES)
    policy = effective(universe.HERE, universe.state(rng, rules=20), objects, zones=zones)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(axis, "SHIFT", shift)
        patch.setattr(axis, "BLOCK", 1 << shift)
        assert_agrees(policy, universe.flows(rng, 60))


def assert_agrees(policy: Effective, flows: list[Flow]) -> None:
    quick, kept = compiled(policy), load(dump(policy))
    assert kept is not None
    for flow in flows:
        answer = look_up(policy, flow)
        assert quick.answer(flow) == answer, flow
        assert kept.decide(flow) == quick.decide(flow), flow
