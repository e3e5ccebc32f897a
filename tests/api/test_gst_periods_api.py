"""How GST is reported is asked of a person, with what QuickBooks tells beside it; period ends are shown, and what was not entered."""

from typing import Any

import pytest

from tests.console.pages import fields, shown, sign_in
from tests.support.app import Service


async def connection(service: Service, connection_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await service.api.get(f"/api/v1/connections/{connection_id}")).json()
    return found


async def told(service: Service, connection_id: str) -> tuple[str | None, list[str]]:
    """The last day of a period that was not entered, and what is said about it."""
    found = await connection(service, connection_id)
    return found["gst"]["overdue"], [note for note in found["notes"] if "lodged" in note]


async def filed(service: Service, realm: str, day: str, **preferences: str) -> None:
    """Somebody has filed a return in QuickBooks, and set on which basis its reports are."""
    door = f"http://books.test/_sandbox/companies/{realm}"
    [agency] = (await service.vendors.get(f"{door}/taxagency")).json()["items"]
    answer = await service.vendors.post(
        f"{door}/taxagency", json={"Id": agency["Id"], "sparse": True, "LastFileDate": day}
    )
    assert answer.status_code == 200, answer.text
    answer = await service.vendors.post(
        f"{door}/preferences", json={"Id": "1", "sparse": True, "ReportPrefs": preferences}
    )
    assert answer.status_code == 200, answer.text


async def test_the_period_is_kept_and_its_ends_are_shown(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    before = (await connection(service, connection_id))["gst"]

    answer = await service.configure(connection_id, gst_basis="cash", gst_period="quarterly", lodged_until="2026-09-30")

    after = (await connection(service, connection_id))["gst"]
    assert (before["period"], before["last_period_end"], before["overdue"]) == ("undecided", None, None)
    assert (answer.status_code, answer.json()["gst_period"]) == (200, "quarterly")
    assert after == {
        "basis": "cash", "period": "quarterly", "last_period_end": "2026-09-30", "next_period_end": "2026-12-31",
        "lodged_until": "2026-09-30", "overdue": None,
    }  # fmt: skip
    await sign_in(service)
    words = shown(await service.browser.get(f"/connections/{connection_id}"))
    assert "BAS periods quarterly: the last one ended 30 Sep 2026, this one ends 31 Dec 2026" in words
    assert (await service.configure(connection_id, gst_period="weekly")).status_code == 422


async def test_a_return_that_was_not_entered_is_told_of_once_it_must_have_been_lodged(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await service.configure(connection_id, start_date="2026-07-01", gst_period="quarterly", lodged_until="2026-06-30")

    assert await told(service, connection_id) == (None, []), "22 November: the quarter to September may still be lodged"
    service.clock.advance(days=17)
    overdue, [note] = await told(service, connection_id)
    assert overdue == "2026-09-30"
    assert note == (
        "The BAS period to 30 Sep 2026 should have been lodged by now; what is entered as lodged is up to 30 Jun 2026. If it was"
        " lodged, enter 30 Sep 2026 in the configuration. Until then its documents are changed in QuickBooks without a question."
    )
    assert (await connection(service, connection_id))["attention_count"] == 0, "nobody is asked"
    await sign_in(service)
    assert note in shown(await service.browser.get(f"/connections/{connection_id}"))

    await service.configure(connection_id, start_date="2026-07-01", gst_period="quarterly", lodged_until="2026-09-30")
    assert await told(service, connection_id) == (None, [])


@pytest.mark.parametrize(
    "members", [{"start_date": "2026-11-01"}, {"start_date": "2026-07-01", "gst_period": "undecided"}]
)
async def test_nobody_is_told_of_periods_before_the_start_or_without_a_choice(
    service: Service, members: dict[str, str]
) -> None:
    connection_id, _ = await service.ready_connection()
    await service.configure(connection_id, **{"gst_period": "quarterly", **members})
    service.clock.advance(days=17)

    assert await told(service, connection_id) == (None, [])


async def test_a_period_that_is_closed_in_quickbooks_needs_no_reminder(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    close = f"http://books.test/_sandbox/companies/{realm}/close-books"
    assert (await service.vendors.post(close, json={"date": "2026-09-30"})).status_code == 200
    await service.configure(connection_id, start_date="2026-10-01", gst_period="monthly")
    service.clock.advance(days=17)

    overdue, [note] = await told(service, connection_id)
    assert (overdue, "nothing so far" in note) == ("2026-10-31", True)
    assert (await service.vendors.post(close, json={"date": "2026-10-31"})).status_code == 200
    await service.configure(connection_id, start_date="2026-10-01", gst_period="monthly")
    assert await told(service, connection_id) == (None, [])


async def test_what_quickbooks_tells_is_offered_and_chosen_by_nobody(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/configuration"
    untold = (await service.api.get(f"{address}/choices")).json()
    assert untold["gst"] == {"report_basis": "accrual", "last_filed_on": None}
    await filed(service, realm, "2026-10-28", ReportBasis="Cash")
    service.clock.advance(minutes=2)

    choices = (await service.api.get(f"{address}/choices")).json()

    assert choices["gst"] == {"report_basis": "cash", "last_filed_on": "2026-10-28"}
    suggested = {name: choices["suggested"][name] for name in ("gst_basis", "gst_period", "lodged_until")}
    assert suggested == {"gst_basis": "undecided", "gst_period": "undecided", "lodged_until": None}
    await service.configure(connection_id, gst_period="quarterly")
    await sign_in(service)
    page = await service.browser.get(f"/connections/{connection_id}/configuration")
    words = shown(page)
    assert "the last return was filed on 28 Oct 2026: that of the period to 30 Sep 2026, as it seems." in words
    assert "QuickBooks' own reports are by what is paid (cash); how GST is reported may differ from that" in words
    assert (fields(page)["gst_period"], fields(page)["gst_basis"], fields(page)["lodged_until"]) == (
        "quarterly",
        "",
        "",
    )


async def test_the_form_keeps_the_period(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    csrf = await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    filled = fields(await service.browser.get(address))

    answer = await service.browser.post(address, data={**filled, "csrf": csrf, "gst_period": "monthly"})

    assert answer.status_code == 303, shown(answer)
    assert fields(await service.browser.get(address))["gst_period"] == "monthly"
    assert (await connection(service, connection_id))["gst"]["period"] == "monthly"


async def test_an_american_company_reports_sales_tax_and_is_told_of_its_tax_return(service: Service) -> None:
    connection = await service.connect_site()
    assert await service.join_company(connection["id"], service.company("US")) == "connected"
    await service.configure(connection["id"], start_date="2026-07-01", gst_period="quarterly")
    service.clock.advance(days=17)

    overdue, [note] = await told(service, connection["id"])

    assert overdue == "2026-09-30"
    assert note.startswith("The tax return period to 30 Sep 2026 should have been lodged by now")
