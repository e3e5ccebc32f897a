"""The page of a company: a bookkeeper edits an invoice, receives a payment and changes a customer, and it is told."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from .books import Body, Books


async def posted(books: Books, address: str, **form: str) -> str:
    """Send a form that is accepted; the page that it leads to."""
    answer = await books.client.post(address, data={"company": books.company.realm, **form})
    assert answer.status_code == 303, answer.text
    return (await books.client.get(answer.headers["location"])).text


async def refused(books: Books, address: str, **form: str) -> str:
    """Send a form that is not; the page that says why."""
    answer = await books.client.post(address, data={"company": books.company.realm, **form})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    return answer.text


async def form_of(books: Books, invoice: Body) -> dict[str, str]:
    """What the form of an invoice holds before anybody types: amounts with tax where it includes it."""
    page = (await books.client.get("/", params={"company": books.company.realm, "invoice": invoice["Id"]})).text
    lines = dict(re.findall(r'name="(line-[^"]+)" value="([^"]*)"', page))
    details = [line["SalesItemLineDetail"] | line for line in invoice["Line"] if "SalesItemLineDetail" in line]
    assert [Decimal(value) for value in lines.values()] == [
        detail.get("TaxInclusiveAmt", detail["Amount"]) for detail in details
    ]
    return {"invoice": invoice["Id"], "due": invoice["DueDate"], **lines}


@pytest.mark.parametrize(("mode", "total"), [("TaxExcluded", "243.10"), ("TaxInclusive", "221.00")])
async def test_an_invoice_is_edited_and_its_total_follows(au: Books, mode: str, total: str) -> None:
    lines = au.line("100", Qty=2, UnitPrice=50), au.line("21")
    invoice = await au.invoice(await au.customer(), *lines, GlobalTaxCalculation=mode)
    await au.client.put("/_sandbox/webhooks", json={"url": "http://service.example/hook"})
    form = await form_of(au, invoice)

    page = await posted(au, "/invoice", **form | {"due": "2026-12-24", "message": "Thank you", "line-1": "200.00"})

    after = await au.read("Invoice", invoice["Id"])
    assert "The invoice is saved." in page
    assert (after["DueDate"], after["CustomerMemo"]["value"]) == ("2026-12-24", "Thank you")
    assert after["TotalAmt"] == Decimal(total)
    assert after["Line"][1] == invoice["Line"][1]
    told = [(event.entity, event.entity_id, event.operation) for event in au.world.webhooks.undelivered()]
    assert told == [("Invoice", invoice["Id"], "Update")]


async def test_a_form_that_is_sent_as_it_was_changes_nothing(us: Books) -> None:
    customer = await us.customer(GivenName="Ada", PrimaryEmailAddr={"Address": "ada@example.com"})
    invoice = await us.invoice(customer, us.line("10"))

    await posted(us, "/invoice", **await form_of(us, invoice))
    names = {"display_name": customer["DisplayName"], "given_name": "Ada", "email": "ada@example.com"}
    await posted(us, "/customer", customer=customer["Id"], **names)

    assert (await us.read("Invoice", invoice["Id"]))["SyncToken"] == invoice["SyncToken"]
    assert (await us.read("Customer", customer["Id"]))["SyncToken"] == customer["SyncToken"]


async def test_a_payment_is_received_in_part_and_then_in_full(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer, us.line("100"))
    bank = next(row for row in us.company.table("Account").rows.values() if row.body["AccountType"] == "Bank")

    await posted(us, "/payment", invoice=invoice["Id"], amount="$30", account=bank.id)
    page = await posted(us, "/payment", invoice=invoice["Id"])

    payments = [row.body for row in us.company.table("Payment").rows.values()]
    assert [payment["TotalAmt"] for payment in payments] == [30, 70]
    assert payments[0]["DepositToAccountRef"] == {"value": bank.id}
    assert (await us.read("Invoice", invoice["Id"]))["Balance"] == 0
    assert "No invoice is open." in page


@pytest.mark.parametrize("typed", ["101", "-1", "much", "NaN"])
async def test_money_that_does_not_fit_is_refused_in_words(us: Books, typed: str) -> None:
    invoice = await us.invoice(await us.customer(), us.line("100"))

    await refused(us, "/payment", invoice=invoice["Id"], amount=typed)

    assert not us.company.table("Payment").rows


async def test_a_customer_is_changed_and_what_is_emptied_is_gone(us: Books) -> None:
    customer = await us.customer(
        PrimaryPhone={"FreeFormNumber": "555 1"}, PrimaryEmailAddr={"Address": "ada@example.com"}
    )

    await posted(us, "/customer", customer=customer["Id"], given_name="Ada", family_name="King", phone="555 2")

    after = await us.read("Customer", customer["Id"])
    assert (after["DisplayName"], after["GivenName"], after["FamilyName"]) == ("Ada Lovelace", "Ada", "King")
    assert after["PrimaryPhone"] == {"FreeFormNumber": "555 2"}
    assert "PrimaryEmailAddr" not in after


async def test_a_name_that_is_taken_is_refused_as_quickbooks_does_and_shown_as_text(us: Books) -> None:
    await us.customer("<b>Ada</b>")
    other = await us.customer("Grace")

    page = await refused(us, "/customer", customer=other["Id"], display_name="<b>Ada</b>")

    assert "Duplicate Name Exists Error" in page
    assert "<b>Ada</b>" not in page
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page


async def test_a_company_that_is_not_there_has_no_page(us: Books) -> None:
    assert (await us.client.get("/", params={"company": "1"})).status_code == 404
    assert (await us.client.post("/payment", data={"company": "1"})).status_code == 404


async def test_the_owner_takes_the_access_away_and_no_token_works_any_more(au: Books) -> None:
    page = (await au.client.get("/", params={"company": au.company.realm})).text
    assert "Take its access away" in page
    await au.customer()

    page = await posted(au, "/revoke")

    assert "The service has no access to this company any more." in page
    assert "No app has access to this company." in page
    assert not au.world.grants.lives(au.company.realm)
