"""What a person reads about how fresh both sides are, and where nobody is going to look at what waits."""

from app.domain.model.records import Kind, Side
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from tests.console.pages import shown, sign_in
from tests.support.app import Service


async def test_law_12_the_page_says_what_waits_for_what_and_what_to_do_where_nobody_looks(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    rows = [PendingChange(Side.ONCORD, Kind.SALE, "1"), PendingChange(Side.QUICKBOOKS, Kind.SALE, "2")]
    async with service.container.database.transaction(connection_id) as tx:
        await connections.mark_first_sync_completed(tx, connection_id, service.clock.now())
        await change_queue.add(tx, connection_id, rows, service.clock.now())

    async def page() -> str:
        answer = await service.browser.get(f"/connections/{connection_id}")
        assert answer.status_code == 200
        return shown(answer)

    ordinary = await page()
    assert "for two minutes without a further change, until" in ordinary
    assert "no edits in the last seven days" in ordinary
    assert "Nobody is going to look" not in ordinary

    service.clock.advance(minutes=4)
    alarm = await page()
    assert "Nobody is going to look" in alarm
    assert "2 records are due since" in alarm
    assert "Press Synchronise" in alarm
    assert "stuck" not in alarm
    assert connection_id not in alarm

    answer = await service.api.post(f"/api/v1/connections/{connection_id}/pause")
    assert answer.status_code == 200
    paused = await page()
    assert "for somebody to press Synchronise, since automatic synchronisation is off" in paused
    assert "Nobody is going to look" not in paused
