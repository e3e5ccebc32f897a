"""The pages of how both sides meet, and of a run that is under way, as a browser shows them: by axe-core without findings, in plain words."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from app.storage.runs import progress, runs
from app.storage.runs.matches import PARTS
from app.storage.runs.progress import Progress
from tests.api.test_matches_api import two_worlds
from tests.browser.test_every_page import faults_of, serve, signed_in
from tests.console.test_vocabulary import AMOUNTS_OF_PROGRAMS, BARE_RULE, ENGINE_WORDS, OWN_IDS, STRUCTURES, main_of
from tests.support.joint import Joint, joined
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls
from tests.support.watched import watched


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company that have not met."""
    async with joined(own_database.app) as running:
        yield running


async def test_the_list_of_matches_speaks_in_the_words_of_people(joint: Joint) -> None:
    await two_worlds(joint)
    await joint.sync(dry_run=True)
    faults = []
    async with watched(joint) as seen:
        for part in PARTS:
            words = main_of(await seen.browser.get(f"/connections/{joint.connection_id}/matches?part={part}"))
            for what in (ENGINE_WORDS, OWN_IDS, STRUCTURES, BARE_RULE, AMOUNTS_OF_PROGRAMS):
                faults += [f"{part}: {words[max(0, m.start() - 50) : m.end() + 50]}" for m in what.finditer(words)]

    assert not faults, "\n".join(faults)


@pytest.mark.slow
async def test_the_list_of_matches_and_a_run_under_way_have_no_finding_of_axe(joint: Joint, browser: Browser) -> None:
    await two_worlds(joint)
    await joint.sync(dry_run=True)
    now = joint.clock.now()
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        run = await runs.request(
            tx, joint.connection_id, run_id="run_under_way", trigger="manual", requested_by=SOMEBODY.name, now=now
        )
        await runs.start(tx, run.id, now)
        await progress.note(tx, run.id, Progress("write", now, 300, 900))
    faults = []
    async with watched(joint) as seen:
        async for page in serve(seen, browser):
            await signed_in(page)
            one = f"/connections/{joint.connection_id}"
            for address in (f"{one}/matches?part=ambiguous", f"{one}/matches?part=only_oncord", f"{one}/runs/{run.id}"):
                await page.goto(address)
                faults += await faults_of(page, address)

    assert not faults, "\n".join(faults)
