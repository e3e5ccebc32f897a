"""The page of a run follows it without loading itself again, and shows the report once it has ended."""

import asyncio

import pytest

from app.storage.runs import progress, runs
from app.storage.runs.progress import Progress
from tests.browser.conftest import Tab
from tests.browser.test_every_page import signed_in
from tests.support.app import Service, VirtualClock


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes in a moment, in which others have their turn."""

    async def sleep(clock: VirtualClock, seconds: float) -> None:
        await asyncio.sleep(0.05)
        clock.advance(seconds=seconds)

    monkeypatch.setattr(VirtualClock, "sleep", sleep)


async def test_the_page_of_a_run_keeps_itself_up_to_date(tab: Tab, service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    run_id = (await service.api.post(f"/api/v1/connections/{connection_id}/syncs")).json()["id"]
    database, now = service.container.database, service.clock.now()
    await signed_in(tab.page)
    await tab.page.goto(f"/connections/{connection_id}/runs/{run_id}")
    await tab.page.get_by_text("It waits for its turn.").wait_for()
    await tab.page.evaluate("window.kept = true")

    async with database.transaction(connection_id) as tx:
        await runs.start(tx, run_id, now)
        await progress.note(tx, run_id, Progress("write", now, 300, 900))
    await tab.page.get_by_text("300 of 900 records").wait_for()
    assert await tab.page.evaluate("window.kept")
    assert await tab.page.get_by_role("progressbar").get_attribute("value") == "300"

    async with database.transaction(connection_id) as tx:
        await runs.finish(tx, run_id, "succeeded", {"created": 3}, now)
    await tab.page.get_by_text("Succeeded").wait_for()
    assert not await tab.page.get_by_role("heading", name="Progress").count()
    assert not tab.complaints
