"""What was done to documents, over the API and on its page: by period, page by page, also when the connection is gone."""

import datetime as dt
from decimal import Decimal

import pytest

from app.domain.model.operations import Action, Label, Operation
from app.domain.model.records import Kind, Money, Sale, Side
from app.storage.clauses import carry_out
from app.storage.records import document_changes
from app.storage.records.document_changes import Written
from app.storage.runs import operations, runs
from app.storage.runs.operations import StoredOperation
from tests.console.pages import shown, sign_in
from tests.support.app import Service

ADA = "Sale 1041, Ada Byron"


async def a_deleted_invoice(service: Service, number: str = "1041", day: dt.date = dt.date(2026, 11, 20)) -> str:
    """A connection that has deleted an invoice of 44.00 AUD."""
    connection_id, _ = await service.ready_connection()
    now, run_id, operation_id = service.clock.now(), f"run_{number}", f"op_{number}"
    money = Money("AUD", tax_total=Decimal(4), total=Decimal(44))
    gone = Sale("58", money, number=number, date=day)
    reason = "The sale began in Oncord and was deleted there."
    label = Label(f"Sale {number}", number, day, Decimal(44), "AUD", "Ada Byron", "oncord:17")
    operation = Operation(Action.DELETE, Side.QUICKBOOKS, Kind.SALE, "S3", reason, "7", "145", subject=label)
    stored = StoredOperation(operation_id, run_id, 0, operation, "done", document={"Id": "145", "DocNumber": number})
    written = Written(
        operation_id, Side.QUICKBOOKS, Kind.SALE, "145", "deleted", f"Invoice {number}", gone, None, removes=True
    )
    async with service.container.database.transaction(connection_id) as tx:
        await runs.request(tx, connection_id, run_id=run_id, trigger="manual", requested_by="Ann", now=now)
        await operations.add(tx, connection_id, [stored], 1, now)
        for _ in range(2):  # the same again is not kept twice
            await carry_out(tx, [document_changes.keeping(connection_id, [written], now)])
    return connection_id


async def test_a_deleted_document_is_listed_with_what_it_was_and_why(service: Service) -> None:
    connection_id = await a_deleted_invoice(service)
    address = f"/api/v1/connections/{connection_id}/document-changes"

    [item] = (await service.api.get(address)).json()["items"]

    told = {name: item[name] for name in ("says", "label", "action", "side", "rule", "reason", "decided_by", "sync_id")}
    assert told == {
        "says": "1041: deleted", "label": ADA, "action": "deleted", "side": "quickbooks", "rule": "S3",
        "reason": "The sale began in Oncord and was deleted there.", "decided_by": "", "sync_id": "run_1041",
    }  # fmt: skip
    figures = {
        name: item[name]
        for name in ("number", "date", "date_before", "amount", "amount_before", "tax_before", "currency")
    }
    assert figures == {
        "number": "1041", "date": None, "date_before": "2026-11-20", "amount": None, "amount_before": "44.00",
        "tax_before": "4.00", "currency": "AUD",
    }  # fmt: skip
    assert (item["before"]["money"]["total"], item["after"], item["document"]["Id"]) == ("44", None, "145")


@pytest.mark.parametrize(
    ("period", "count"),
    [
        ({"from": "2026-11-20"}, 1),
        ({"from": "2026-11-21"}, 0),
        ({"until": "2026-11-20"}, 1),
        ({"until": "2026-11-19"}, 0),
        ({"from": "2026-10-01", "until": "2026-12-31"}, 1),
    ],
)
async def test_a_period_lists_what_is_dated_in_it(service: Service, period: dict[str, str], count: int) -> None:
    connection_id = await a_deleted_invoice(service)

    answer = await service.api.get(f"/api/v1/connections/{connection_id}/document-changes", params=period)

    assert len(answer.json()["items"]) == count


async def test_a_period_that_is_none_and_a_connection_that_never_was_are_refused(service: Service) -> None:
    connection_id = await a_deleted_invoice(service)
    address = f"/api/v1/connections/{connection_id}/document-changes"

    backwards = await service.api.get(address, params={"from": "2026-11-20", "until": "2026-11-19"})
    assert (backwards.status_code, backwards.json()["detail"]) == (422, "The period ends before it begins.")
    assert (await service.api.get(address, params={"from": "last quarter"})).status_code == 422
    assert (await service.api.get("/api/v1/connections/con_none/document-changes")).status_code == 404


async def test_what_was_done_is_read_when_the_connection_is_gone_and_follows_its_company_back(service: Service) -> None:
    connection_id = await a_deleted_invoice(service)
    address = f"/api/v1/connections/{connection_id}/document-changes"
    kept = (await service.api.get(address)).json()

    assert (await service.api.post(f"/api/v1/connections/{connection_id}/start-over")).status_code == 200
    assert (await service.api.get(address)).json()["items"] == [], "another company has done nothing"
    acts = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    aside = next(act["detail"]["set_aside_as"] for act in acts if act["action"] == "connection.started_over")
    assert (await service.api.get(f"/api/v1/connections/{aside}/document-changes")).json() == kept

    assert await service.join_company(connection_id, kept["items"][0]["realm_id"]) == "connected"
    assert (await service.api.get(address)).json() == kept
    assert (await service.api.delete(f"/api/v1/connections/{connection_id}")).status_code == 204
    assert (await service.api.get(address)).json() == kept


async def test_the_page_names_document_person_day_money_and_reason(service: Service) -> None:
    connection_id = await a_deleted_invoice(service)
    await sign_in(service)
    home = f"/connections/{connection_id}"
    assert f'href="{home}/document-changes"' in (await service.browser.get(home)).text

    words = shown(
        await service.browser.get(f"{home}/document-changes", params={"from": "2026-11-01", "until": "2026-11-30"})
    )

    assert f"1041: deleted {ADA}, in QuickBooks $44.00 $4.00 of it tax 20 Nov 2026 nothing" in words
    assert (
        "by rule: S3: Deleting a sale deletes the invoice only if the sale began in Oncord. The sale began in Oncord and was deleted there."
        in words
    )
    other = shown(await service.browser.get(f"{home}/document-changes", params={"from": "2026-12-01"}))
    assert "Nothing was changed in documents of this period." in other
    wrong = await service.browser.get(f"{home}/document-changes", params={"from": "soon"})
    assert (wrong.status_code, "Choose the period by its first and last day." in shown(wrong)) == (422, True)
