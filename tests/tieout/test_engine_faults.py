"""I20: a fault of the engine that nothing else notices turns the light, with the right amount in the right document."""

import pytest

from app.container import build_container
from app.services import overview, tie_outs
from tests.support.joint import Joint
from tests.tieout.engine_faults import CAUGHT, FAULTS, D, Fault, Named, Story, live


async def light(joint: Joint) -> str:
    return (await overview.read_connection(build_container(joint.runtime), joint.connection_id)).agreement.light


async def named(joint: Joint, story: Story) -> list[Named]:
    """What stands, by what it is about."""
    lines = await tie_outs.list_standing(build_container(joint.runtime), joint.connection_id)
    return sorted((x["kind"], x["what"], D(x["amount"]), x["cause"], story.name_of(x)) for x in lines)


async def test_i20_the_story_without_a_fault_agrees(joint: Joint) -> None:
    story = await live(joint)

    assert (await light(joint), await named(joint, story)) == ("agrees", [])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_i20_a_fault_that_the_engine_does_not_see_turns_the_light(
    joint: Joint, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault.plant(monkeypatch)
    story = await live(joint)

    assert await named(joint, story) == sorted(fault.named)
    assert await light(joint) == ("unexplained" if fault.named[0][3] == "unexplained" else "differs")
    assert await joint.attention() == [], "nothing else has noticed it"


@pytest.mark.parametrize("fault", CAUGHT, ids=lambda fault: fault.name)
async def test_i20_a_fault_that_the_answer_shows_leaves_a_document_that_waits_and_a_light_that_is_not_green(
    joint: Joint, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault.plant(monkeypatch)
    story = await live(joint)

    found = await named(joint, story)
    assert [each for each in found if each[0] == "sale"] == sorted(fault.named)
    assert await light(joint) == "differs"
