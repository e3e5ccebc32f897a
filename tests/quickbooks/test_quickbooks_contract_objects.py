"""The contract between client and simulator, row by row: how objects are versioned, changed, numbered, named and batched."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.model.exchange import OutcomeState
from app.domain.model.operations import Action
from app.domain.model.records import (
    Contact,
    Kind,
    Name,
    Sale,
)
from app.errors import Refused
from tests.quickbooks.company import START, Company
from tests.quickbooks.contract_rows import row
from tests.quickbooks.test_quickbooks_hazards import an_invoice_batch
from tests.quickbooks.test_writing_quickbooks import document, jo, sale, snapshot_of

BEFORE = START - timedelta(hours=1)


async def posted(books: Company, *items: dict[str, Any], request_id: str = "") -> list[dict[str, Any]]:
    """What comes back for batch items that our own rendering would not write."""
    named = [{"bId": f"b{n}", **item} for n, item in enumerate(items)]
    content, _ = await books.side.wire.post_batch(named, request_id, creates=False)
    answers = {answer["bId"]: answer for answer in content["BatchItemResponse"]}
    return [answers[item["bId"]] for item in named]


@row("SyncToken and its side effects")
async def test_a_version_moves_with_every_change_and_payment_and_with_nothing_else(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer("A"))))
    customer = (await document(books, "invoice", made.id))["CustomerRef"]["value"]
    assert isinstance(made.record, Sale)
    same = books.write(Action.UPDATE, Kind.SALE, made.record, target=made.id, version="0", fields=("notes",))

    assert snapshot_of((await books.send(same))[0]).version == "0"
    line = {"Amount": 10, "LinkedTxn": [{"TxnId": made.id, "TxnType": "Invoice"}]}
    await books.person("payment", {"CustomerRef": {"value": customer}, "TotalAmt": 10, "Line": [line]})
    (stale,) = await books.send(
        books.write(
            Action.UPDATE, Kind.SALE, replace(made.record, notes="x"), target=made.id, version="0", fields=("notes",)
        )
    )
    (now,) = (await books.side.fetch(Kind.SALE, [made.id])).snapshots

    assert (stale.state, stale.code, now.version) == (OutcomeState.STALE, "5010", "1")


@row("LastUpdatedTime side effects")
async def test_a_sale_moves_its_customer_and_the_receivables_account_without_a_new_version(books: Company) -> None:
    customer = await books.customer("A")
    await books.item()
    books.clock.world.advance(600)
    since = books.clock.now()
    calm, _ = await books.side.wire.cdc(["Customer", "Account"], since)
    assert calm == {"Customer": [], "Account": []}

    snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))

    found, _ = await books.side.wire.cdc(["Customer", "Account"], since)
    assert [(row["Id"], row["SyncToken"]) for row in found["Customer"]] == [(customer, "0")]
    assert {"Accounts Receivable"} <= {account["AccountType"] for account in found["Account"]}


@row("sparse and full")
async def test_a_sparse_update_keeps_what_it_does_not_name_and_a_full_one_empties_it(books: Company) -> None:
    customer = await books.customer("A", Notes="pays late", Fax={"FreeFormNumber": "2"})
    write = books.write(Action.UPDATE, Kind.CONTACT, jo(), target=customer, version="0", fields=("email",))
    snapshot_of((await books.send(write))[0])
    sparse = await document(books, "customer", customer)
    assert (sparse["Notes"], sparse["Fax"]) == ("pays late", {"FreeFormNumber": "2"})

    await posted(books, {"operation": "update", "Customer": {"Id": customer, "SyncToken": "1", "DisplayName": "A"}})

    full = await document(books, "customer", customer)
    assert not {"Notes", "Fax", "PrimaryEmailAddr"} & full.keys()


@row("line replacement")
async def test_lines_are_replaced_as_a_whole_so_the_client_sends_them_all(books: Company) -> None:
    record = await sale(books, await books.customer("A"), "110.00", "55.00")
    made = snapshot_of(await books.create(Kind.SALE, record))
    before = await document(books, "invoice", made.id)
    head = {"Id": made.id, "SyncToken": "0", "sparse": True, "GlobalTaxCalculation": "TaxInclusive"}
    await posted(books, {"operation": "update", "Invoice": {**head, "Line": before["Line"][:1]}})
    assert len([x for x in (await document(books, "invoice", made.id))["Line"] if "Id" in x]) == 1

    (now,) = (await books.side.fetch(Kind.SALE, [made.id])).snapshots
    held = (await books.side.documents(Kind.SALE, [made.id]))[made.id]
    write = books.write(
        Action.UPDATE, Kind.SALE, record, target=made.id, version=now.version, fields=("money",), document=held
    )
    after = snapshot_of((await books.send(write))[0])

    assert isinstance(after.record, Sale)
    assert [line.total for line in after.record.money.lines] == [line.total for line in record.money.lines]
    assert after.record.money.total == record.money.total


@row("requestid replay, also after delete")
async def test_the_same_request_answers_the_same_object_even_when_it_is_gone(books: Company) -> None:
    batch = await an_invoice_batch(books)
    first = snapshot_of((await books.side.send(batch))[0])
    second = snapshot_of((await books.side.send(batch))[0])
    await books.person("invoice", {"Id": first.id}, operation="delete")
    third = snapshot_of((await books.side.send(batch))[0])

    assert {first.id, second.id, third.id} == {first.id}
    assert await books.objects("invoice") == []


@row("DocNumber sequence and preferences")
async def test_numbers_are_ours_or_the_next_of_one_sequence_and_clash_only_where_the_company_warns(
    books: Company,
) -> None:
    customer = await books.customer("A")
    made = []
    for number, kind in (("77", "sale"), ("", "adjustment"), ("", "sale"), ("77", "sale")):
        record = await sale(books, customer, number=number, type=kind)
        made.append(snapshot_of(await books.create(Kind.SALE, record)).record)
    assert [record.number for record in made if isinstance(record, Sale)] == ["77", "78", "79", "77"]
    await books.person("preferences", {"SalesFormsPrefs": {"CustomTxnNumbers": True, "WarnDuplicateTxnNumber": True}})

    clash = await books.create(Kind.SALE, await sale(books, customer, number="77"))

    assert (clash.state, clash.code) == (OutcomeState.CLASH, "6140")


@row("DisplayName across three lists, (deleted)")
@pytest.mark.parametrize("other", ["vendor", "employee", "customer"])
async def test_one_name_for_customers_suppliers_and_employees_and_the_inactive_give_theirs_up(
    books: Company, other: str
) -> None:
    holder = await books.person(other, {"DisplayName": "Jo Citizen", "GivenName": "Jo", "FamilyName": "Citizen"})
    taken = await books.create(Kind.CONTACT, jo())
    assert (taken.state, taken.code) == (OutcomeState.CLASH, "6240")

    gone = await books.person(other, {"Id": holder["Id"], "sparse": True, "Active": False})
    assert gone["DisplayName"] == "Jo Citizen (deleted)"

    made = snapshot_of(await books.create(Kind.CONTACT, jo()))
    assert isinstance(made.record, Contact)
    assert made.record.name.display == "Jo Citizen"


@row("batch of 30")
async def test_more_than_thirty_are_refused_and_the_client_never_sends_more(books: Company) -> None:
    names = [Name(display=f"N {n}") for n in range(31)]
    with pytest.raises(Refused) as refused:
        await posted(books, *({"operation": "create", "Customer": {"DisplayName": n.display}} for n in names))
    assert (refused.value.code, await books.objects("customer")) == ("1040", [])
    await books.door("DELETE", f"/companies/{books.realm}/calls")

    outcomes = await books.send(*(books.write(Action.CREATE, Kind.CONTACT, jo(name=name)) for name in names))

    assert {o.state for o in outcomes} == {OutcomeState.DONE}
    counted = await books.calls()
    assert (counted["batch"], counted["batch_writes"]) == (2, 31)


@row("batch fault per item")
async def test_a_fault_is_one_items_and_the_others_are_done(books: Company) -> None:
    await books.customer("Taken")
    names = ("One", "Taken", "Two")

    outcomes = await books.send(
        *(books.write(Action.CREATE, Kind.CONTACT, jo(name=Name(display=name))) for name in names)
    )

    assert [o.code for o in outcomes] == ["", "6240", ""]
    assert {c["DisplayName"] for c in await books.objects("customer")} == {"One", "Taken", "Two"}


@row("batch without cross references")
async def test_an_item_cannot_name_another_of_its_batch_so_customers_go_before_their_invoices(books: Company) -> None:
    made, lost = await posted(
        books,
        {"operation": "create", "Customer": {"DisplayName": "New"}},
        {"operation": "create", "Payment": {"CustomerRef": {"value": "bId:b0"}, "TotalAmt": 5}},
    )
    assert (made["Customer"]["DisplayName"], lost["Fault"]["Error"][0]["code"]) == ("New", "2500")

    customer = snapshot_of(await books.create(Kind.CONTACT, jo()))
    invoice = snapshot_of(await books.create(Kind.SALE, await sale(books, customer.id)))
    assert isinstance(invoice.record, Sale)
    assert invoice.record.contact_id == customer.id
