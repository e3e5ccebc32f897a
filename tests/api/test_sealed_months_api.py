"""Sealing a month over the API and on the pages: who did it, when, what is refused and why."""

from app.storage.records import source_checks
from tests.console.pages import csrf_in, shown, sign_in
from tests.console.test_certificate import lone_sale
from tests.support.app import Service


async def test_a_month_is_sealed_listed_and_let_go_and_each_is_written_down(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/sealed-months"
    made = await service.api.post(address, json={"month": "2026-10"})
    assert made.status_code == 201, made.text
    assert (made.json()["documents"], made.json()["moved"]) == (0, 0)
    assert (await service.api.get(address)).json()["items"] == [made.json()]
    again = await service.api.post(address, json={"month": "2026-10"})
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "month-sealed")

    assert (await service.api.delete(f"{address}/2026-10")).status_code == 204
    assert (await service.api.delete(f"{address}/2026-10")).status_code == 404
    assert (await service.api.get(address)).json()["items"] == []
    written = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    assert {"month.sealed", "month.unsealed"} <= {entry["action"] for entry in written}


async def test_a_month_that_is_none_or_not_over_is_refused(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/sealed-months"

    assert (await service.api.post(address, json={"month": "2026-13"})).status_code == 422
    running = await service.api.post(address, json={"month": "2026-11"})
    assert running.status_code == 409
    assert "November 2026 is not over yet" in running.json()["detail"]
    unconfigured = (await service.api.delete(f"{address}/2026-13")).status_code
    assert unconfigured == 422


async def test_the_page_seals_names_and_lets_go_of_a_month_and_says_why_not(service: Service) -> None:
    connection_id = await lone_sale(service)  # of November, without a counterpart
    service.clock.advance(days=30)
    await sign_in(service)
    home = f"/connections/{connection_id}"
    page = await service.browser.get(home)
    csrf = csrf_in(page)
    assert "Sealed months" in shown(page)

    asked = await service.browser.post(f"{home}/sealed-months", data={"csrf": csrf, "month": "2026-10"})
    words = shown(asked)
    assert "Seal October 2026?" in words
    assert "It locks the books up to 31 Oct 2026" in words
    assert "At this moment nothing is locked." in words
    assert (await service.api.get(f"/api/v1{home}/sealed-months")).json()["items"] == [], "it only asks"
    sure = {"csrf": csrf, "sure": "1"}

    refused = await service.browser.post(f"{home}/sealed-months", data={**sure, "month": "2026-11"})
    words = shown(await service.browser.get(refused.headers["location"]))
    assert "of November 2026" in words
    assert "It can be sealed once they are settled" in words

    sealed = await service.browser.post(f"{home}/sealed-months", data={**sure, "month": "2026-10"})
    again = shown(await service.browser.post(f"{home}/sealed-months", data={"csrf": csrf, "month": "2026-09"}))
    assert "The books are locked up to 31 Oct 2026 already" in again
    certificate = shown(await service.browser.get(sealed.headers["location"]))
    assert "October 2026" in certificate
    assert "October 2026 was sealed with this certificate on" in certificate
    assert "Unseal" in certificate
    assert f'href="{sealed.headers["location"].partition("?")[0]}"' in (await service.browser.get(home)).text
    answer = await service.browser.post(f"{home}/sealed-months/2026-10/unseal", data={"csrf": csrf})
    assert "no longer sealed" in shown(await service.browser.get(answer.headers["location"]))


async def test_t5_starting_over_sets_sealed_months_aside_and_they_come_back_with_the_company_unmoved(
    service: Service,
) -> None:
    connection_id, realm = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/sealed-months"
    kept = (await service.api.post(address, json={"month": "2026-10"})).json()
    async with service.container.database.transaction(connection_id) as tx:
        await source_checks.whole(tx, connection_id, service.clock.now())
        await tx.execute(
            "INSERT INTO sealed_document (connection_id, side, kind, record_id, month, figures)"
            " VALUES (%s, 'oncord', 'sale', '7', '2026-10', '{\"amount\": \"22\"}')",
            (connection_id,),
        )
    await service.api.post(f"/api/v1/connections/{connection_id}/start-over")
    assert (await service.api.get(address)).json()["items"] == []
    checks = (await service.api.get(f"/api/v1/connections/{connection_id}/source-checks")).json()["items"]
    assert {each["counted_at"] for each in checks} == {None}, "another company was never counted"

    assert await service.join_company(connection_id, realm) == "connected"
    assert (await service.configure(connection_id)).status_code == 200
    assert (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).status_code == 201
    [back] = (await service.api.get(address)).json()["items"]
    assert back == kept, "what was not read again yet has not moved"
