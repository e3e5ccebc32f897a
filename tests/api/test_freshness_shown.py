"""Freshness and agreement of each connection by itself, at their values: in the API, as figures for Prometheus, and on its page."""

import re
from datetime import timedelta

from app.domain.model.records import Kind, Side
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from tests.console.pages import shown, sign_in
from tests.console.test_certificate import lone_sale
from tests.support.app import Service

_EDIT = (
    "INSERT INTO operation (id, connection_id, run_id, side, kind, action, state, created_at, edited_at, answered_at)"
    " VALUES (%s, %s, 'run_1', 'quickbooks', 'sale', 'update', 'done', %s, %s, %s)"
)


async def used(service: Service, connection_id: str) -> None:
    """Both sides were read a minute and two ago; twenty edits of the shop, of which one took an hour; one change waits."""
    now = service.clock.now()
    async with service.container.database.transaction(connection_id) as tx:
        await connections.mark_first_sync_completed(tx, connection_id, now)
        for number in range(20):
            took = timedelta(hours=1) if number == 7 else timedelta(seconds=130 + number)
            await tx.execute(_EDIT, (f"op_{number}", connection_id, now, now - took, now))
        for side, ago in ((Side.ONCORD, 60), (Side.QUICKBOOKS, 120)):
            for kind in Kind:
                await tx.execute(
                    "INSERT INTO cursor (connection_id, side, kind, watermark, completed_at) VALUES (%s, %s, %s, %s, %s)",
                    (connection_id, side, kind, now - timedelta(seconds=ago), now),
                )
        await change_queue.add(tx, connection_id, [PendingChange(Side.ONCORD, Kind.SALE, "1")], now)


def figure(text: str, name: str, *labels: str) -> float | None:
    """A figure of Prometheus' format with all of these labels."""
    for line in text.splitlines():
        if line.startswith(f"oncord_{name}{{") and all(label in line for label in labels):
            return float(line.rsplit(" ", 1)[1])
    return None


async def test_how_fresh_each_side_is_stands_in_the_api_in_the_figures_and_on_the_page(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await used(service, connection_id)
    now = service.clock.now()
    fresh = (await service.state(connection_id))["freshness"]
    text = (await service.api.get("/api/v1/metrics")).text
    mine = f'connection="{connection_id}"'
    oncord, quickbooks = (f'side="{side}"' for side in Side)

    assert fresh["oncord"]["read_until"].startswith((now - timedelta(seconds=60)).isoformat()[:19])
    assert fresh["quickbooks"]["read_until"].startswith((now - timedelta(seconds=120)).isoformat()[:19])
    assert figure(text, "read_until_seconds", mine, oncord) == now.timestamp() - 60
    assert figure(text, "read_until_seconds", mine, quickbooks) == now.timestamp() - 120

    assert (fresh["oncord"]["edits"], fresh["quickbooks"]["edits"]) == (20, 0)
    assert (fresh["oncord"]["seconds_to_visible_p50"], fresh["oncord"]["seconds_to_visible_p95"]) == (140.0, 149.0)
    assert figure(text, "edit_to_visible_seconds", mine, oncord, 'quantile="0.5"') == 140
    assert figure(text, "edit_to_visible_seconds", mine, oncord, 'quantile="0.95"') == 149
    assert figure(text, "edit_to_visible_seconds", mine, quickbooks) is None

    waits = fresh["oncord"]
    assert (waits["waiting"], waits["waits_for"]) == (1, "quiet")
    assert waits["waiting_since"].startswith(now.isoformat()[:19])
    assert waits["waits_until"].startswith((now + timedelta(minutes=2)).isoformat()[:19])
    assert figure(text, "waiting_records", mine, oncord, 'waits_for="quiet"') == 1
    assert figure(text, "waiting_since_seconds", mine, oncord) == now.timestamp()
    assert figure(text, "waiting_until_seconds", mine, oncord) == now.timestamp() + 120
    assert figure(text, "waiting_records", mine, quickbooks) == 0

    await sign_in(service)
    page = shown(await service.browser.get(f"/connections/{connection_id}"))
    assert "2 minutes (19 of 20 within 2 minutes; 20 edits of the last seven days)" in page
    assert "no edits in the last seven days" in page
    assert re.search(r"1 since \S.*, for two minutes without a further change, until \S", page)


async def test_whether_it_agrees_is_a_figure_of_each_connection(service: Service) -> None:
    connection_id = await lone_sale(service)
    label = f'label="{connection_id}"'
    await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")
    service.clock.advance(seconds=600)
    text = (await service.api.get("/api/v1/metrics")).text

    assert figure(text, "tie_out_differences", label) == 1
    assert figure(text, "tie_out_unexplained", label) == 1
    assert figure(text, "tie_out_age_seconds", label) == 600
    agreed = (await service.state(connection_id))["agreement"]
    assert (agreed["light"], agreed["differences"], agreed["unexplained"]) == ("unexplained", 1, 1)


async def test_what_waits_by_hand_turns_the_light_in_the_api_in_the_list_in_the_figures_and_on_both_pages(
    service: Service,
) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}"
    mine = f'connection="{connection_id}"'
    async with service.container.database.transaction(connection_id) as tx:
        await connections.mark_first_sync_completed(tx, connection_id, service.clock.now())
    await service.api.post(f"{address}/tie-outs")
    await service.api.post(f"{address}/pause")
    await sign_in(service)

    async def seen() -> tuple[str, str, float | None]:
        text = (await service.api.get("/api/v1/metrics")).text
        [row] = (await service.api.get("/api/v1/watchlist")).json()["items"]
        agreed = (await service.state(connection_id))["agreement"]
        assert (agreed["behind"], agreed["behind_since"]) == (row["behind"], row["behind_since"])
        return agreed["light"], row["light"], figure(text, "behind_records", mine)

    assert await seen() == ("agrees", "agrees", 0)
    page = shown(await service.browser.get(f"/connections/{connection_id}"))
    assert "Documents agree" in page
    assert "Synchronise now" not in page

    rows = [PendingChange(Side.ONCORD, Kind.SALE, "1"), PendingChange(Side.QUICKBOOKS, Kind.SALE, "2")]
    async with service.container.database.transaction(connection_id) as tx:
        await change_queue.add(tx, connection_id, rows, service.clock.now())
    assert await seen() == ("waits", "waits", 2)
    page = shown(await service.browser.get(f"/connections/{connection_id}"))
    assert page.count("2 changes wait for a synchronisation") == 2
    assert re.search(r"2 changes wait for a synchronisation since \S.*: automatic synchronisation is off", page)
    assert "Synchronise now" in page
    assert "Documents agree" not in page
    front = shown(await service.browser.get("/"))
    assert re.search(r"2 changes wait for a synchronisation since \S.*, which is by hand only", front)
    assert "Synchronise now" in front

    taken = (await service.api.post(f"{address}/tie-outs")).json()["id"]
    certificate = shown(await service.browser.get(f"/connections/{connection_id}/tie-outs/{taken}"))
    assert "Both sides agreed as they were last read, and changes waited" in certificate
    assert "2 changes waited for a synchronisation then, since" in certificate
