from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fmgstate.policy.effective import effective
from fmgstate.policy.lookup import look_up
from tests.unit.policy import universe


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_every_flow_is_decided_as_name_by_name_reading_decides_it(seed: int) -> None:
    rng = Random(seed)
    objects = universe.objects(rng)
    state = universe.state(rng, rules=8)
    zones = rng.choice(universe.KNOWN_ZONES)
    policy = effective(universe.HERE, state, objects, zones=zones)
    oracle = universe.Oracle(objects, state, zones)
    for flow in universe.flows(rng, 60):
        found = look_up(policy, flow)
        decider = found.decider.policy.policyid if found.decider else None
        may = [rule.policy.policyid for rule, _ in found.may]
        assert (decider, may) == oracle.ask(flow), (seed, flow)
