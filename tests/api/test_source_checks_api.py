"""Asking for a check of both sides, and reading how old the last one is."""

from app.storage.records import source_checks
from tests.console.pages import csrf_in, shown, sign_in
from tests.support.app import Service


async def test_a_check_is_asked_for_as_a_run_and_written_down(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/source-checks"
    never = (await service.api.get(address)).json()["items"]
    assert {(each["counted_at"], each["compared_at"]) for each in never} == {(None, None)}
    assert len(never) == 8

    answer = await service.api.post(address)
    assert answer.status_code == 202
    assert answer.headers["Location"].endswith(answer.json()["id"])
    async with service.container.database.transaction(connection_id) as tx:
        known = await source_checks.load(tx, connection_id)
    assert all(check.asked_at is not None for check in known.values())
    written = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    assert "source_check.requested" in {entry["action"] for entry in written}


async def test_t4_before_it_is_configured_nothing_is_read_again(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    assert (await service.api.post(f"/api/v1/connections/{connection_id}/source-checks")).status_code == 409


async def test_the_age_of_the_check_stands_in_the_api_in_the_figures_and_on_the_page(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await source_checks.whole(tx, connection_id, service.clock.now())
        await tx.execute("UPDATE source_check SET found = 2 WHERE side = 'oncord' AND kind = 'sale'")
    service.clock.advance(seconds=3600)

    agreed = (await service.state(connection_id))["agreement"]
    assert agreed["sources_counted_at"] == agreed["sources_compared_at"]
    assert agreed["found_by_check"] == 2
    figures = (await service.api.get("/api/v1/metrics")).text.splitlines()
    assert f'oncord_sources_counted_age_seconds{{label="{connection_id}"}} 3600.0' in figures
    assert f'oncord_found_by_check{{label="{connection_id}"}} 2.0' in figures

    await sign_in(service)
    page = await service.browser.get(f"/connections/{connection_id}")
    assert "How many records both sides have was last counted on" in shown(page)
    assert "2 records had changed without anybody's telling, and were read again" in shown(page)
    answer = await service.browser.post(f"/connections/{connection_id}/source-checks", data={"csrf": csrf_in(page)})
    assert "/runs/" in answer.headers["location"]
