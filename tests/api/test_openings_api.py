"""Opening receivables over the API: a choice of the configuration for all of them, and an answer for each."""

from decimal import Decimal

from app.domain.model.records import Kind, Line, Money, Sale, Side, Snapshot
from app.storage.records import mirrors
from tests.support.app import Service


async def remembered(service: Service, connection_id: str, sale_id: str, **members: object) -> None:
    """A sale that a run has read from Oncord."""
    total = Decimal("55.00")
    sale = Sale("7", Money("AUD", (Line(total, tax_code="GST"),), True, Decimal("5.00"), total), **members)  # type: ignore[arg-type]
    snapshot = Snapshot(Side.ONCORD, Kind.SALE, sale_id, "1", sale)
    async with service.container.database.transaction(connection_id) as tx:
        await mirrors.save(tx, connection_id, [snapshot], service.clock.now())


async def test_what_is_said_of_all_is_a_choice_that_nothing_preselects_and_that_is_refused_at_its_field(
    service: Service,
) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/configuration"
    assert (await service.api.get(address)).json()["opening_receivables"] == "undecided"
    choices = await service.choices(connection_id)
    assert (choices["suggested"]["opening_receivables"], choices["opening_items"]) == ("undecided", [])

    stored = (await service.configure(connection_id, opening_receivables="create")).json()
    assert stored["opening_receivables"] == "create"
    again = await service.api.put(address, json=stored)
    assert (again.status_code, again.json()) == (200, stored)

    refused = await service.configure(connection_id, opening_receivables="bring_in", gst_basis="accrual")
    assert {e["field"]: e["message"] for e in refused.json()["errors"]} == {
        "items.opening_item_id": "Choose the item on Opening Balance Equity first."
    }
    cash = await service.configure(connection_id, opening_receivables="bring_in", gst_basis="cash")
    assert "carries no GST" in cash.json()["errors"][0]["message"]


async def test_each_is_listed_with_what_was_open_and_answered_by_itself(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    start = (await service.api.get(f"/api/v1/connections/{connection_id}/configuration")).json()["start_date"]
    address = f"/api/v1/connections/{connection_id}/opening-receivables"
    assert (await service.api.get(address)).json() == {"items": [], "next_cursor": None}
    day = service.clock.now().date().replace(year=2020)
    await remembered(service, connection_id, "41", date=day, number="OLD-41")
    await remembered(service, connection_id, "42", date=day, number="OLD-42", status="draft")
    await remembered(service, connection_id, "43", date=day, number="OLD-43")

    first = (await service.api.get(address, params={"limit": 1})).json()
    assert start > day.isoformat()
    assert [(s["number"], s["total"], s["open"], s["choice"]) for s in first["items"]] == [
        ("OLD-41", "55.00", "55.00", None)
    ]
    rest = (await service.api.get(address, params={"cursor": first["next_cursor"]})).json()
    assert [s["number"] for s in rest["items"]] == ["OLD-43"]

    assert (await service.api.post(f"{address}/41", json={"choice": "left_out"})).status_code == 204
    assert (await service.api.get(address)).json()["items"][0]["choice"] == "left_out"
    assert (await service.api.post(f"{address}/42", json={"choice": "left_out"})).status_code == 404
    unnamed = await service.api.post(f"{address}/43", json={"choice": "match"})
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (422, "document_id")
    strange = await service.api.post(f"{address}/43", json={"choice": "match", "document_id": "999"})
    assert strange.status_code == 422
    assert (await service.api.get(address, params={"cursor": "nonsense"})).status_code == 422
