"""A sample of `make tieout`: discrepancies planted behind everybody's back are named once each, and nothing else is."""

import random

from tests.support.joint import Joint
from tests.tieout.planted import Planter, make_world

SEEDS = 12


async def test_what_was_planted_is_named_once_with_its_amount_and_cause_and_nothing_else_is(joint: Joint) -> None:
    await make_world(joint)
    assert await Planter(joint, random.Random(0)).run(0) == ([], [], [])
    for seed in range(SEEDS):
        planted, named, faults = await Planter(joint, random.Random(seed)).run(1 + seed % 4)

        assert named == planted, f"seed {seed}"
        assert faults == []
