"""One long story of a merchant, from her launch link to the certificate of a month, against both vendors: at the desk, on a phone in the
dark, and with script switched off. Each page on the way is looked at in both schemes, and what it does is looked up on the other side.
"""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.way import being_told, setting_up, working
from tests.browser.way.walk import PATIENCE_MS, Look, Walk
from tests.support.networked import networked
from tests.support.services import DatabaseUrls

LOOKS = (
    Look("at the desk", "light", 1280, 800),
    Look("on a phone in the dark", "dark", 360, 740),
    Look("without script", "light", 1280, 800, script=False),
)
STORY = (
    setting_up.opens_the_link,
    setting_up.gives_access,
    setting_up.sets_it_up,
    setting_up.sees_what_would_be_done,
    setting_up.does_this,
    working.resolves_a_conflict,
    working.answers_many_at_once,
    working.refuses_a_mass_removal,
    working.reads_a_documents_story,
    being_told.has_a_program_told,
    being_told.loses_access_and_is_told,
    being_told.gives_access_again,
    being_told.proves_that_a_month_agrees,
)


@pytest.fixture(params=LOOKS, ids=lambda look: look.name)
async def walk(request: pytest.FixtureRequest, browser: Browser, own_database: DatabaseUrls) -> AsyncIterator[Walk]:
    """A merchant before a browser that knows nothing of her yet."""
    look: Look = request.param
    async with networked(own_database) as world:
        context = await browser.new_context(
            base_url=world.service.settings.public_url,
            viewport={"width": look.width, "height": look.height},
            color_scheme=look.scheme,
            java_script_enabled=look.script,
        )
        context.set_default_timeout(PATIENCE_MS)
        yield Walk(world, await context.new_page(), look)
        await context.close()


async def test_a_merchant_goes_the_whole_way(walk: Walk) -> None:
    for part in STORY:
        await part(walk)

    assert not walk.faults, "\n".join(walk.faults)
