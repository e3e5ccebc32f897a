"""Writing: batches that were rendered before, to the cent, keeping what we do not map (docs/quickbooks.md 5, 6, 9)."""

import copy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import simplejson

from app.domain.model.exchange import OutcomeState, Unpreparable
from app.domain.model.operations import Action
from app.domain.model.records import (
    Address,
    Allocation,
    Contact,
    Item,
    Kind,
    Line,
    Money,
    Name,
    Payment,
    Receipt,
    Sale,
    Snapshot,
)
from app.quickbooks.client import QuickBooksSide
from app.quickbooks.http.wire import encode
from tests.quickbooks.company import Company
from tests.quickbooks.hazard_register import survives


def jo(**changes: Any) -> Contact:
    return replace(
        Contact(
            name=Name(first="Jo", last="Citizen", display="Jo Citizen"),
            email="jo@example.com",
            phone="08 9000 0000",
            billing_address=Address("1 High St", "Unit 2", "Perth", "WA", "6000", "AU"),
            tax_number="51824753556",
        ),
        **changes,
    )


async def sale(books: Company, customer: str, *amounts: str, **changes: Any) -> Sale:
    gst = await books.tax_code("GST")
    item = next((i["Id"] for i in await books.objects("item") if i["Name"] == "Goods"), None) or await books.item()
    lines = tuple(
        Line(
            total=Decimal(amount),
            item=item,
            description=f"Thing {n}",
            quantity=Decimal(1),
            unit_price=Decimal(amount),
            tax_code=gst,
            tax=(Decimal(amount) / 11).quantize(Decimal("0.01")),
        )
        for n, amount in enumerate(amounts or ("110.00",))
    )
    tax = sum((line.tax for line in lines), Decimal(0))
    total = sum((line.total for line in lines), Decimal(0))
    made = Sale(customer, Money("AUD", lines, True, tax, total), number="S-1", date=date(2026, 11, 1))
    return replace(made, **changes)


def snapshot_of(outcome: Any) -> Snapshot:
    assert outcome.state is OutcomeState.DONE, outcome
    found: Snapshot = outcome.snapshot
    return found


async def document(books: Company, entity: str, record_id: str) -> dict[str, Any]:
    return next(row for row in await books.objects(entity) if row["Id"] == record_id)


async def test_a_contact_is_created_and_comes_back_as_it_was(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.CONTACT, jo()))

    assert made.record == jo(currency="AUD", tax_number="XXXXXX53556"), "QuickBooks shows the end of a tax number only"


async def test_a_contact_is_updated_field_by_field_and_keeps_the_rest(books: Company) -> None:
    customer = await books.customer(
        "Jo Citizen", Notes="pays late", PrimaryPhone={"FreeFormNumber": "1"}, Fax={"FreeFormNumber": "2"}
    )
    write = books.write(
        Action.UPDATE,
        Kind.CONTACT,
        jo(phone="", email="new@example.com"),
        target=customer,
        version="0",
        fields=("phone", "email"),
    )

    snapshot_of((await books.send(write))[0])

    found = await document(books, "customer", customer)
    assert found["Notes"] == "pays late"
    assert "PrimaryPhone" not in found
    assert found["PrimaryEmailAddr"] == {"Address": "new@example.com"}
    assert found["Fax"] == {"FreeFormNumber": "2"}


async def test_names_are_written_without_the_characters_quickbooks_refuses(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.CONTACT, jo(name=Name(first="Jo: A", last="B", display="Jo: A\tB"))))

    assert isinstance(made.record, Contact)
    assert made.record.name.display == "Jo A B"


async def test_what_identifies_and_is_too_long_is_left_out_not_refused_and_not_cut(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.CONTACT, jo(phone="1" * 99, website="http://x.example/" + "y" * 2000)))

    assert isinstance(made.record, Contact)
    assert (made.record.phone, made.record.website) == ("", "")


async def test_a_name_that_a_supplier_holds_is_a_clash_and_not_ours_to_adopt(books: Company) -> None:
    await books.person("vendor", {"DisplayName": "jo citizen"})
    write = books.write(Action.CREATE, Kind.CONTACT, jo())

    (outcome,) = await books.send(write)

    assert (outcome.state, outcome.code) == (OutcomeState.CLASH, "6240")
    assert await books.side.find_clash(write.operation) == ()


async def test_the_customer_that_holds_a_name_is_found_even_when_inactive(books: Company) -> None:
    customer = await books.customer("Jo Citizen")
    write = books.write(Action.CREATE, Kind.CONTACT, jo())
    assert [s.id for s in await books.side.find_clash(write.operation)] == [customer]
    await books.person("customer", {"Id": customer, "sparse": True, "Active": False})

    (found,) = await books.side.find_clash(write.operation)

    assert isinstance(found.record, Contact)
    assert (found.id, found.record.active) == (customer, False)


async def test_a_sale_is_created_to_the_cent_with_its_marker(books: Company) -> None:
    customer = await books.customer("A")
    record = await sale(books, customer, "61.10", "19.99", notes="Thanks", due_date=date(2026, 12, 1))

    made = snapshot_of(await books.create(Kind.SALE, record))

    assert isinstance(made.record, Sale)
    assert (made.record.money.total, made.record.money.tax_total) == (record.money.total, record.money.tax_total)
    assert (made.record.number, made.record.notes, made.record.due_date) == ("S-1", "Thanks", date(2026, 12, 1))
    assert made.marker == f"op_{books.count:020}"
    assert [(x.description, x.total, x.tax) for x in made.record.money.lines] == [
        (x.description, x.total, x.tax) for x in record.money.lines
    ]


async def test_words_shipping_and_discounts_have_their_places(books: Company) -> None:
    customer, gst = await books.customer("A"), await books.tax_code("GST")
    goods = await sale(books, customer, "110.00")
    item = goods.money.lines[0].item
    lines = (
        *goods.money.lines,
        Line(Decimal(0), kind="text", description="Handle with care"),
        Line(Decimal("-11.00"), kind="discount", item=item, description="Voucher", tax_code=gst, tax=Decimal("-1.00")),
        Line(Decimal("5.50"), kind="shipping", item=item, description="Post", tax_code=gst, tax=Decimal("0.50")),
    )
    record = replace(goods, money=replace(goods.money, lines=lines, tax_total=Decimal("9.50"), total=Decimal("104.50")))

    made = snapshot_of(await books.create(Kind.SALE, record))

    found = await document(books, "invoice", made.id)
    assert [line["DetailType"] for line in found["Line"]] == [
        "SalesItemLineDetail",
        "DescriptionOnly",
        "SalesItemLineDetail",
        "SalesItemLineDetail",
        "SubTotalLineDetail",
    ]
    assert isinstance(made.record, Sale)
    assert made.record.money.total == Decimal("104.50")


async def test_quickbooks_own_shipping_line_is_used_when_the_plan_says_so(books: Company) -> None:
    await books.person("preferences", {"SalesFormsPrefs": {"AllowShipping": True}})
    customer, gst = await books.customer("A"), await books.tax_code("GST")
    goods = await sale(books, customer, "110.00")
    post = Line(
        Decimal("11.00"),
        kind="shipping",
        item="SHIPPING_ITEM_ID",
        quantity=Decimal(1),
        tax_code=gst,
        tax=Decimal("1.00"),
    )
    record = replace(
        goods,
        money=replace(goods.money, lines=(*goods.money.lines, post), tax_total=Decimal(11), total=Decimal(121)),
    )

    made = snapshot_of(await books.create(Kind.SALE, record))

    assert isinstance(made.record, Sale)
    assert [line.kind for line in made.record.money.lines] == ["item", "shipping"]
    shipping = (await document(books, "invoice", made.id))["Line"][1]["SalesItemLineDetail"]
    assert "Qty" not in shipping


async def test_an_adjustment_becomes_a_credit_memo(books: Company) -> None:
    customer = await books.customer("A")
    record = await sale(books, customer, "55.00", type="adjustment")

    made = snapshot_of(await books.create(Kind.SALE, record))

    assert isinstance(made.record, Sale)
    assert made.record.type == "adjustment"
    assert [memo["Id"] for memo in await books.objects("creditmemo")] == [made.id]


async def test_a_sale_whose_cents_would_move_is_refused_before_it_is_sent(books: Company) -> None:
    record = await sale(books, await books.customer("A"))
    wrong = replace(record, money=replace(record.money, total=Decimal("111.00")))

    prepared = books.side.prepare([books.write(Action.CREATE, Kind.SALE, wrong)])

    assert prepared.batches == ()
    (refused,) = prepared.refused
    assert isinstance(refused, Unpreparable)
    assert "111.00" in refused.message


async def test_an_edit_of_one_line_keeps_what_the_other_lines_hold(books: Company) -> None:
    customer = await books.customer("A")
    record = await sale(books, customer, "110.00", "55.00", "22.00")
    made = snapshot_of(await books.create(Kind.SALE, record))
    dated = await document(books, "invoice", made.id)
    for n in (0, 2):
        dated["Line"][n]["SalesItemLineDetail"]["ServiceDate"] = f"2026-10-0{n + 1}"
    dated = await books.person(
        "invoice", {**dated, "sparse": True, "ShipMethodRef": {"value": "Express"}, "PrivateNote": "mine"}
    )
    assert isinstance(made.record, Sale)
    lines = list(made.record.money.lines)
    lines[1] = replace(lines[1], total=Decimal("77.00"), unit_price=Decimal("77.00"), tax=Decimal("7.00"))
    # ids of another system must not mislead: Oncord's count from somewhere else
    lines = [replace(line, id=f"on-{n}") for n, line in enumerate(lines)]
    edited = replace(
        made.record,
        money=replace(made.record.money, lines=tuple(lines), tax_total=Decimal("19.00"), total=Decimal("209.00")),
    )
    write = books.write(
        Action.UPDATE, Kind.SALE, edited, target=made.id, version=dated["SyncToken"], fields=("money",), document=dated
    )
    assert books.side.needs_document(write.operation)

    after = snapshot_of((await books.send(write))[0])

    found = await document(books, "invoice", made.id)
    goods = [line for line in found["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    assert [g["SalesItemLineDetail"].get("ServiceDate") for g in goods] == ["2026-10-01", None, "2026-10-03"]
    assert [g["Id"] for g in goods] == ["1", "2", "3"]
    assert (found["ShipMethodRef"]["value"], found["PrivateNote"]) == ("Express", "mine")
    assert isinstance(after.record, Sale)
    assert after.record.money.total == Decimal("209.00")


async def test_adding_and_removing_lines_keeps_the_others(books: Company) -> None:
    customer = await books.customer("A")
    record = await sale(books, customer, "110.00", "55.00")
    made = snapshot_of(await books.create(Kind.SALE, record))
    before = await document(books, "invoice", made.id)
    assert isinstance(made.record, Sale)
    second = made.record.money.lines[1]
    new = replace(
        second, id="", description="Brand new", total=Decimal("33.00"), unit_price=Decimal("33.00"), tax=Decimal("3.00")
    )
    edited = replace(
        made.record,
        money=replace(made.record.money, lines=(new, second), tax_total=Decimal("8.00"), total=Decimal("88.00")),
    )
    write = books.write(
        Action.UPDATE, Kind.SALE, edited, target=made.id, version="0", fields=("money",), document=before
    )

    snapshot_of((await books.send(write))[0])

    found = await document(books, "invoice", made.id)
    assert [(x.get("Description"), x.get("Id")) for x in found["Line"][:2]][1] == ("Thing 1", "2")
    assert len(found["Line"]) == 3


async def test_a_discount_line_of_quickbooks_survives_a_change_of_lines(books: Company) -> None:
    customer = await books.customer("A")
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, customer, "110.00")))
    before = await document(books, "invoice", made.id)
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    before = await books.person("invoice", {"Id": made.id, "sparse": True, "Line": [*before["Line"], discount]})
    (seen,) = (await books.side.fetch(Kind.SALE, [made.id])).snapshots
    assert isinstance(seen.record, Sale)
    assert seen.record.money.total == Decimal(99)
    goods, off = seen.record.money.lines
    more = replace(
        goods, id="", description="More", total=Decimal("22.00"), unit_price=Decimal("22.00"), tax=Decimal("2.00")
    )
    edited = replace(
        seen.record,
        money=replace(seen.record.money, lines=(goods, more, off), tax_total=Decimal(11), total=Decimal(121)),
    )
    write = books.write(
        Action.UPDATE, Kind.SALE, edited, target=made.id, version=seen.version, fields=("money",), document=before
    )

    after = snapshot_of((await books.send(write))[0])

    assert isinstance(after.record, Sale)
    assert after.record.money.total == Decimal(121)
    assert "discount_line" in after.extras


async def test_a_change_without_money_mentions_no_lines(books: Company) -> None:
    customer = await books.customer("A")
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))
    assert isinstance(made.record, Sale)
    edited = replace(made.record, notes="Later", due_date=date(2027, 1, 1), shipping_address=Address("2 Low St"))
    write = books.write(
        Action.UPDATE, Kind.SALE, edited, target=made.id, version="0", fields=("notes", "due_date", "shipping_address")
    )
    assert not books.side.needs_document(write.operation)

    prepared = books.side.prepare([write])
    assert "Line" not in prepared.batches[0].items[0].body["Invoice"]

    after = snapshot_of((await books.send(write))[0])
    assert isinstance(after.record, Sale)
    assert (after.record.notes, after.record.due_date, after.record.shipping_address.line1) == (
        "Later",
        date(2027, 1, 1),
        "2 Low St",
    )
    assert after.record.money == made.record.money


async def test_an_invoice_is_voided_and_known_as_void(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer("A"))))
    write = books.write(Action.VOID, Kind.SALE, made.record, target=made.id, version=made.version)

    (batch,) = books.side.prepare([write]).batches
    after = snapshot_of((await books.side.send(batch))[0])

    assert batch.items[0].body == {"operation": "void", "Invoice": {"Id": made.id, "SyncToken": made.version}}
    assert isinstance(after.record, Sale)
    assert (after.record.voided, after.record.money.total) == (True, Decimal(0))


@survives("void_option_ignored")
async def test_a_void_by_option_that_an_earlier_version_committed_is_no_void_and_is_planned_anew(
    books: Company,
) -> None:
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer("A"))))
    write = books.write(Action.VOID, Kind.SALE, made.record, target=made.id, version=made.version)
    (batch,) = books.side.prepare([write]).batches
    head = {"Id": made.id, "SyncToken": made.version, "sparse": True}
    earlier = replace(batch.items[0], body={"operation": "update", "optionsData": "void", "Invoice": head})

    (outcome,) = await books.side.send(replace(batch, items=(earlier,)))
    assert outcome.state is OutcomeState.STALE
    assert outcome.snapshot is not None
    assert isinstance(outcome.snapshot.record, Sale)
    assert not outcome.snapshot.record.voided


async def test_an_invoice_of_nothing_is_not_void(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer("A"), "0.00")))

    assert isinstance(made.record, Sale)
    assert not made.record.voided


async def test_a_credit_memo_is_voided_by_emptying_it(books: Company) -> None:
    record = await sale(books, await books.customer("A"), "55.00", "11.00", type="adjustment")
    made = snapshot_of(await books.create(Kind.SALE, record))
    write = books.write(Action.VOID, Kind.SALE, made.record, target=made.id, version=made.version)
    assert books.side.needs_document(write.operation)
    documents = await books.side.documents(Kind.SALE, [made.id])

    after = snapshot_of((await books.send(replace(write, document=documents[made.id])))[0])

    assert isinstance(after.record, Sale)
    assert (after.record.voided, after.record.money.total, len(after.record.money.lines)) == (True, Decimal(0), 2)


async def test_a_payment_is_created_changed_voided_and_deleted(books: Company) -> None:
    customer, bank = await books.customer("A"), await books.account("Bank")
    invoice = snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))
    receipt = Receipt(
        customer,
        Payment(Decimal("110.00"), "AUD", (Allocation(invoice.id, Decimal("110.00")),)),
        bank,
        date(2026, 11, 2),
        "pi_3MtwBwLkdIwHu7ix28a3tqPa",
    )

    made = snapshot_of(await books.create(Kind.RECEIPT, receipt))

    assert made.record == replace(receipt, reference=receipt.reference[-21:])
    (paid,) = (await books.side.fetch(Kind.SALE, [invoice.id])).snapshots
    assert isinstance(paid.record, Sale)
    assert (paid.record.paid, paid.version) == (Decimal(110), "1")

    halved = replace(receipt, payment=replace(receipt.payment, allocations=(Allocation(invoice.id, Decimal("60.00")),)))
    documents = await books.side.documents(Kind.RECEIPT, [made.id])
    update = books.write(
        Action.UPDATE,
        Kind.RECEIPT,
        halved,
        target=made.id,
        version="0",
        fields=("payment",),
        document=documents[made.id],
    )
    changed = snapshot_of((await books.send(update))[0])
    assert isinstance(changed.record, Receipt)
    assert changed.record.payment == halved.payment
    assert changed.marker == made.marker

    documents = await books.side.documents(Kind.RECEIPT, [made.id])
    void = books.write(
        Action.VOID, Kind.RECEIPT, changed.record, target=made.id, version=changed.version, document=documents[made.id]
    )
    voided = snapshot_of((await books.send(void))[0])
    assert isinstance(voided.record, Receipt)
    assert voided.record.voided

    delete = books.write(Action.DELETE, Kind.RECEIPT, None, target=made.id, version=voided.version)
    gone = snapshot_of((await books.send(delete))[0])
    assert (gone.deleted, gone.record, gone.id) == (True, None, made.id)


async def test_a_credit_is_applied_by_a_payment_of_nothing(books: Company) -> None:
    customer = await books.customer("A")
    invoice = snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))
    credit = snapshot_of(await books.create(Kind.SALE, await sale(books, customer, type="adjustment", number="C-1")))
    receipt = Receipt(
        customer,
        Payment(
            Decimal(0),
            "AUD",
            (Allocation(invoice.id, Decimal(110)), Allocation(credit.id, Decimal(110), "adjustment")),
        ),
        "ignored",
    )

    made = snapshot_of(await books.create(Kind.RECEIPT, receipt))

    assert isinstance(made.record, Receipt)
    assert made.record.payment == receipt.payment
    found = (await books.side.fetch(Kind.SALE, [invoice.id, credit.id])).snapshots
    assert [s.record.paid for s in found if isinstance(s.record, Sale)] == [Decimal(110), Decimal(110)]


async def test_more_allocated_than_received_is_refused_before_it_is_sent(books: Company) -> None:
    receipt = Receipt("1", Payment(Decimal(10), "AUD", (Allocation("2", Decimal(11)),)), "35")

    prepared = books.side.prepare([books.write(Action.CREATE, Kind.RECEIPT, receipt)])

    assert [r.code for r in prepared.refused] == ["unpreparable"]


async def test_an_item_is_created_for_the_income_account(books: Company) -> None:
    income = await books.account("Income")
    side = books.side
    books.side = QuickBooksSide(
        connection_id="con_1",
        realm_id=books.realm,
        http=books.http,
        base_url=str(books.http.base_url),
        tokens=books.tokens,
        throttle=side._throttle,
        meter=books.meter,
        clock=books.clock,
        income_account=income,
    )
    await books.side.facts()
    gst = await books.tax_code("GST")

    made = snapshot_of(await books.create(Kind.ITEM, Item("W-1", "Widget", Decimal("12.50"), gst)))

    assert made.record == Item("W-1", "Widget", Decimal("12.5"), gst)


async def test_a_stale_version_is_told_apart_from_other_refusals(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.CONTACT, jo()))
    await books.person("customer", {"Id": made.id, "sparse": True, "Notes": "edited"})
    write = books.write(Action.UPDATE, Kind.CONTACT, jo(), target=made.id, version="0", fields=("email", "phone"))

    (outcome,) = await books.send(write)

    assert (outcome.state, outcome.code) == (OutcomeState.STALE, "5010")


async def test_deleting_what_is_gone_is_gone(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer("A"))))
    await books.person("invoice", {"Id": made.id}, operation="delete")

    (outcome,) = await books.send(books.write(Action.DELETE, Kind.SALE, made.record, target=made.id, version="0"))

    assert (outcome.state, outcome.code) == (OutcomeState.GONE, "610")


async def test_a_payment_on_a_vanished_invoice_is_ambiguous(books: Company) -> None:
    customer, bank = await books.customer("A"), await books.account("Bank")
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))
    await books.person("invoice", {"Id": made.id}, operation="delete")

    outcome = await books.create(
        Kind.RECEIPT, Receipt(customer, Payment(Decimal(5), "AUD", (Allocation(made.id, Decimal(5)),)), bank)
    )

    assert outcome.state is OutcomeState.AMBIGUOUS


async def test_one_fault_in_a_batch_spares_the_others(books: Company) -> None:
    await books.customer("Taken")
    writes = [
        books.write(Action.CREATE, Kind.CONTACT, jo(name=Name(display=name), email=mail))
        for name, mail in (("One", "a@b.example"), ("Taken", "a@b.example"), ("Two", "no address"), ("Three", ""))
    ]

    outcomes = await books.send(*writes)

    assert [o.state for o in outcomes] == [
        OutcomeState.DONE,
        OutcomeState.CLASH,
        OutcomeState.REFUSED,
        OutcomeState.DONE,
    ]
    assert outcomes[2].code == "2210"
    assert "e-mail" in outcomes[2].message


async def test_thirty_go_in_a_batch_and_the_same_writes_make_the_same_bytes(books: Company) -> None:
    writes = [books.write(Action.CREATE, Kind.CONTACT, jo(name=Name(display=f"N {n}"))) for n in range(61)]

    first, second = books.side.prepare(writes), books.side.prepare(copy.deepcopy(writes))

    assert [len(b.items) for b in first.batches] == [30, 30, 1]
    assert first == second
    assert all(len(b.request_id) <= 36 and all(len(i.key) <= 10 for i in b.items) for b in first.batches)
    assert len({b.request_id for b in first.batches}) == 3


async def test_a_batch_survives_being_stored_as_json_and_posts_the_same_bytes(books: Company) -> None:
    record = await sale(books, await books.customer("A"), "61.10")
    (batch,) = books.side.prepare([books.write(Action.CREATE, Kind.SALE, record)]).batches
    (item,) = batch.items

    stored = simplejson.loads(simplejson.dumps(item.body, use_decimal=True), use_decimal=True)

    assert encode(stored) == encode(item.body)
    assert b"61.1" in encode(item.body)
    assert b"E" not in simplejson.dumps(item.body["Invoice"]["Line"][0]["Amount"], use_decimal=True).encode()


async def test_writing_reads_nothing_and_costs_one_call_per_thirty(books: Company) -> None:
    await books.door("DELETE", f"/companies/{books.realm}/calls")
    writes = [books.write(Action.CREATE, Kind.CONTACT, jo(name=Name(display=f"N {n}"))) for n in range(60)]

    await books.send(*writes)

    counted = await books.calls()
    assert (counted["batch"], counted["metered"], counted["batch_writes"]) == (2, 0, 60)


async def test_american_sales_state_their_tax(american: Company) -> None:
    customer, item = await american.customer("A"), await american.item("Goods", Taxable=True)
    lines = (
        Line(Decimal("100.00"), item=item, description="x", tax_code="TAX", tax=Decimal("8.25")),
        Line(Decimal("50.00"), item=item, description="y", tax_code="NON"),
    )
    record = Sale(customer, Money("USD", lines, False, Decimal("8.25"), Decimal("158.25")), date=date(2026, 11, 1))

    made = snapshot_of(await american.create(Kind.SALE, record))

    assert isinstance(made.record, Sale)
    assert (made.record.money.total, made.record.money.tax_total) == (Decimal("158.25"), Decimal("8.25"))
    assert [line.tax for line in made.record.money.lines] == [Decimal("8.25"), Decimal(0)]


async def test_american_tax_is_shared_over_the_lines_in_proportion(american: Company) -> None:
    customer, item = await american.customer("A"), await american.item("Goods", Taxable=True)
    lines = tuple(
        Line(Decimal(amount), item=item, description=amount, tax_code="TAX", tax=Decimal(tax))
        for amount, tax in (("90000.00", "7200.00"), ("10000.00", "800.00"))
    )
    record = Sale(customer, Money("USD", lines, False, Decimal("8000.00"), Decimal("108000.00")))

    made = snapshot_of(await american.create(Kind.SALE, record))

    assert isinstance(made.record, Sale)
    assert [line.tax for line in made.record.money.lines] == [Decimal("7200.00"), Decimal("800.00")]


@pytest.mark.parametrize("action", [Action.DELETE, Action.VOID])
async def test_customers_are_neither_deleted_nor_voided(books: Company, action: Action) -> None:
    prepared = books.side.prepare([books.write(action, Kind.CONTACT, jo(), target="1", version="0")])

    assert len(prepared.refused) == 1
