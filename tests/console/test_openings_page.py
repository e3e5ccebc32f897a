"""Opening receivables on the pages: chosen once in the configuration, or answered of each sale on a page of their own."""

from tests.api.test_openings_api import remembered
from tests.console.pages import fields, shown, sign_in
from tests.support.app import Service


async def test_what_was_open_is_chosen_once_and_a_page_stored_unchanged_decides_nothing(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    form = await service.browser.get(address)
    assert fields(form)["opening_receivables"] == "undecided"
    assert "What was received before the start date never goes to QuickBooks" in shown(form)

    chosen = {**fields(form), "opening_receivables": "left_out"}
    assert (await service.browser.post(address, data=chosen)).status_code == 303
    assert (await service.browser.post(address, data=fields(await service.browser.get(address)))).status_code == 303
    assert (await service.api.get(f"/api/v1{address}")).json()["opening_receivables"] == "left_out"


async def test_each_sale_is_listed_and_answered_with_a_button(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    csrf = await sign_in(service)
    address = f"/connections/{connection_id}/opening-receivables"
    assert "There are none." in shown(await service.browser.get(address))
    await remembered(service, connection_id, "41", date=service.clock.now().date().replace(year=2020), number="OLD-41")

    page = shown(await service.browser.get(address))
    assert "OLD-41" in page
    assert "$55.00" in page
    assert "Create its invoice" in page
    assert "Bring in what was open" not in page  # nobody has said how GST is reported

    answer = await service.browser.post(f"{address}/41", data={"csrf": csrf, "choice": "left_out"})
    assert answer.headers["location"].startswith(address)
    assert "Said:" in shown(await service.browser.get(address))
    refused = await service.browser.post(f"{address}/41", data={"csrf": csrf, "choice": "bring_in"})
    assert "carries no GST" in shown(await service.browser.get(refused.headers["location"]))
