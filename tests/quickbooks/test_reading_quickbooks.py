"""Reading: in bulk, to the last row, whatever moves meanwhile; docs/quickbooks.md 2 to 4, 9."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.records import (
    ELSEWHERE,
    Address,
    Contact,
    Item,
    Kind,
    Name,
    Receipt,
    Sale,
)
from app.quickbooks.http.paging import Place, walk
from app.quickbooks.mapping.query import one_of, quoted, select
from tests.quickbooks.company import START, Company, company

BEFORE = START - timedelta(days=1)


async def invoice(books: Company, customer: str, amount: str = "110", **members: Any) -> dict[str, Any]:
    code = await books.tax_code("GST")
    item = next((i["Id"] for i in await books.objects("item") if i["Name"] == "Goods"), None) or await books.item()
    detail = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": code}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}
    body = {"CustomerRef": {"value": customer}, "Line": [line], "GlobalTaxCalculation": "TaxInclusive", **members}
    made: dict[str, Any] = await books.person("invoice", body)
    return made


async def test_facts_tell_the_country_the_currency_and_the_switches(books: Company) -> None:
    facts = await books.side.facts()

    assert (facts.id, facts.country, facts.currency) == (books.realm, "AU", "AUD")
    assert "sales_tax" in facts.features
    assert not facts.multi_currency


async def test_facts_cost_one_call(books: Company) -> None:
    await books.door("DELETE", f"/companies/{books.realm}/calls")

    await books.side.facts()

    counted = await books.calls()
    assert (counted["batch"], counted["query"], counted["read"]) == (1, 0, 0)


async def test_a_closing_date_is_seen(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/close-books", {"date": "2026-06-30"})

    assert (await books.side.facts()).closed_until == "2026-06-30"


async def test_a_customer_is_read_in_our_words(books: Company) -> None:
    customer = await books.customer(
        "Jo O'Brien",
        GivenName="Jo",
        FamilyName="O'Brien",
        PrimaryEmailAddr={"Address": "jo@example.com"},
        PrimaryPhone={"FreeFormNumber": "08 9000 0000"},
        BillAddr={"Line1": "1 High St", "Line2": "Unit 2", "Line3": "Rear", "City": "Perth",
                  "CountrySubDivisionCode": "WA", "PostalCode": "6000", "Country": "Australia"},
        PrimaryTaxIdentifier="51824753556",
    )  # fmt: skip

    fetched = await books.side.fetch(Kind.CONTACT, [customer])

    (snapshot,) = fetched.snapshots
    assert snapshot.record == Contact(
        name=Name(first="Jo", last="O'Brien", display="Jo O'Brien"),
        email="jo@example.com",
        phone="08 9000 0000",
        billing_address=Address("1 High St", "Unit 2, Rear", "Perth", "WA", "6000", "AU"),
        tax_number="XXXXXX53556",
        currency="AUD",
    )
    assert (snapshot.version, snapshot.deleted) == ("0", False)


async def test_a_customer_with_only_a_company_name_is_a_company(books: Company) -> None:
    customer = await books.customer("Acme", CompanyName="Acme Pty Ltd")

    (snapshot,) = (await books.side.fetch(Kind.CONTACT, [customer])).snapshots

    assert isinstance(snapshot.record, Contact)
    assert snapshot.record.name == Name(type="company", company="Acme Pty Ltd", display="Acme")


async def test_an_inactive_customer_is_read_under_its_own_name(books: Company) -> None:
    customer = await books.customer("Gone Fishing")
    await books.person("customer", {"Id": customer, "sparse": True, "Active": False})

    (snapshot,) = (await books.side.fetch(Kind.CONTACT, [customer])).snapshots

    assert isinstance(snapshot.record, Contact)
    assert (snapshot.record.name.display, snapshot.record.active) == ("Gone Fishing", False)


async def test_a_sub_customer_names_its_parent(books: Company) -> None:
    parent = await books.customer("Parent")
    child = await books.customer("Child", Job=True, ParentRef={"value": parent})

    (snapshot,) = (await books.side.fetch(Kind.CONTACT, [child])).snapshots

    assert isinstance(snapshot.record, Contact)
    assert snapshot.record.parent_id == parent


async def test_what_does_not_exist_is_missing(books: Company) -> None:
    customer = await books.customer("One")

    fetched = await books.side.fetch(Kind.CONTACT, ["999", customer, "999"])

    assert [s.id for s in fetched.snapshots] == [customer]
    assert fetched.missing == ("999",)


async def test_bulk_reads_ask_once_for_hundreds_of_ids(books: Company) -> None:
    ids = [await books.customer(f"Customer {n}") for n in range(60)]
    await books.door("DELETE", f"/companies/{books.realm}/calls")

    fetched = await books.side.fetch(Kind.CONTACT, [*ids, *(str(n) for n in range(5000, 5300))])

    assert {s.id for s in fetched.snapshots} == set(ids)
    assert (await books.calls())["query"] == 1


async def test_an_invoice_that_includes_tax_is_read_gross(books: Company) -> None:
    made = await invoice(books, await books.customer("A"), "61.10", DocNumber="S-9", CustomerMemo={"value": "Thanks"})

    (snapshot,) = (await books.side.fetch(Kind.SALE, [made["Id"]])).snapshots

    sale = snapshot.record
    assert isinstance(sale, Sale)
    assert (sale.number, sale.notes, sale.type, sale.voided) == ("S-9", "Thanks", "sale", False)
    assert (sale.money.total, sale.money.tax_total) == (Decimal("61.10"), Decimal("5.55"))
    assert [(line.total, line.tax) for line in sale.money.lines] == [(Decimal("61.10"), Decimal("5.55"))]


async def test_a_credit_memo_is_an_adjustment_with_positive_amounts(books: Company) -> None:
    customer = await books.customer("A")
    code, item = await books.tax_code("GST"), await books.item()
    made = await books.person(
        "creditmemo",
        {
            "CustomerRef": {"value": customer},
            "GlobalTaxCalculation": "TaxExcluded",
            "Line": [
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": 100,
                    "SalesItemLineDetail": {"ItemRef": {"value": item}, "TaxCodeRef": {"value": code}},
                }
            ],
        },
    )

    (snapshot,) = (await books.side.fetch(Kind.SALE, [made["Id"]])).snapshots

    assert isinstance(snapshot.record, Sale)
    assert (snapshot.record.type, snapshot.record.money.total) == ("adjustment", Decimal(110))
    assert not snapshot.record.money.amounts_include_tax


@pytest.mark.parametrize("mode", ["TaxInclusive", "TaxExcluded"])
async def test_a_discount_is_shared_out_over_the_tax_codes(books: Company, mode: str) -> None:
    gst, free = await books.tax_code("GST"), await books.tax_code("GST-free")
    item = await books.item()
    lines = [
        {
            "DetailType": "SalesItemLineDetail",
            "Amount": amount,
            "SalesItemLineDetail": {"ItemRef": {"value": item}, "TaxCodeRef": {"value": code}},
        }
        for amount, code in ((100, gst), (33.33, free))
    ]
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 5}}
    made = await books.person(
        "invoice",
        {"CustomerRef": {"value": await books.customer("A")}, "Line": [*lines, discount], "GlobalTaxCalculation": mode},
    )

    (snapshot,) = (await books.side.fetch(Kind.SALE, [made["Id"]])).snapshots

    assert isinstance(snapshot.record, Sale)
    money = snapshot.record.money
    assert [line.tax_code for line in money.lines if line.kind == "discount"] == [gst, free]
    added = Decimal(0) if money.amounts_include_tax else money.tax_total
    assert sum(line.total for line in money.lines) + added == money.total
    assert sum(line.tax for line in money.lines) == money.tax_total
    assert sum(line.tax for line in money.lines if line.tax_code == free) == 0
    assert "discount_line" in snapshot.extras


async def test_a_deposited_payment_says_so(books: Company) -> None:
    customer = await books.customer("A")
    made = await books.person("payment", {"CustomerRef": {"value": customer}, "TotalAmt": 50})
    await books.door("POST", f"/companies/{books.realm}/deposit", {"payments": [made["Id"]]})

    (snapshot,) = (await books.side.fetch(Kind.RECEIPT, [made["Id"]])).snapshots

    assert "deposited" in snapshot.extras


async def test_a_payment_that_only_links_a_credit_has_no_cash(books: Company) -> None:
    customer = await books.customer("A")
    charge = await invoice(books, customer, "110")
    credit = await books.person("creditmemo", {k: charge[k] for k in ("CustomerRef", "GlobalTaxCalculation", "Line")})
    made = await books.person(
        "payment",
        {
            "CustomerRef": {"value": customer},
            "TotalAmt": 0,
            "Line": [
                {"Amount": 110, "LinkedTxn": [{"TxnId": charge["Id"], "TxnType": "Invoice"}]},
                {"Amount": 110, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "CreditMemo"}]},
            ],
        },
    )

    (snapshot,) = (await books.side.fetch(Kind.RECEIPT, [made["Id"]])).snapshots

    receipt = snapshot.record
    assert isinstance(receipt, Receipt)
    assert (receipt.payment.amount, receipt.voided) == (Decimal(0), False)
    assert [(a.sale_id, a.type) for a in receipt.payment.allocations] == [
        (charge["Id"], "sale"),
        (credit["Id"], "adjustment"),
    ]


async def test_one_cdc_call_tells_every_kind_and_the_deleted(books: Company) -> None:
    customer = await books.customer("A")
    kept, lost = await invoice(books, customer), await invoice(books, customer)
    await books.person("invoice", {"Id": lost["Id"]}, operation="delete")
    await books.door("DELETE", f"/companies/{books.realm}/calls")

    changes = await books.side.changes([Kind.CONTACT, Kind.ITEM, Kind.SALE, Kind.RECEIPT], BEFORE)

    assert changes.complete
    assert {(s.kind, s.id, s.deleted) for s in changes.snapshots if s.kind is Kind.SALE} == {
        (Kind.SALE, kept["Id"], False),
        (Kind.SALE, lost["Id"], True),
    }
    assert (await books.calls())["cdc"] == 1


async def test_a_cut_cdc_answer_is_not_complete(books: Company) -> None:
    changes = await books.side.changes([Kind.CONTACT], BEFORE)
    assert changes.complete
    await books.person("customer", [{"DisplayName": f"Customer {n}"} for n in range(1001)], quiet="true")

    changes = await books.side.changes([Kind.CONTACT], BEFORE)

    assert not changes.complete


async def test_a_watermark_older_than_thirty_days_is_not_even_asked_for(books: Company) -> None:
    await books.door("DELETE", f"/companies/{books.realm}/calls")

    changes = await books.side.changes([Kind.CONTACT], START - timedelta(days=30))

    assert (changes.snapshots, changes.complete) == ((), False)
    assert (await books.calls())["cdc"] == 0


async def test_pages_tell_invoices_and_credit_memos_and_go_on_at_a_cursor(books: Company) -> None:
    customer = await books.customer("A")
    first = await invoice(books, customer)
    credit = await books.person("creditmemo", {k: first[k] for k in ("CustomerRef", "GlobalTaxCalculation", "Line")})

    pages = [page async for page in books.side.pages(Kind.SALE, None)]
    again = [page async for page in books.side.pages(Kind.SALE, None, pages[0].cursor)]

    assert [s.id for page in pages for s in page.snapshots] == [first["Id"], credit["Id"]]
    assert [s.id for page in again for s in page.snapshots] == [credit["Id"]]
    assert pages[-1].cursor is None
    assert {page.as_of for page in (*pages, *again)} == {pages[0].as_of}


async def test_pages_since_a_moment_leave_older_records_out(books: Company) -> None:
    await books.customer("Old")
    await books.door("POST", "/clock", {"advance_seconds": 3600})
    since = books.clock.now()
    new = await books.customer("New")

    pages = [page async for page in books.side.pages(Kind.CONTACT, since)]

    assert [s.id for page in pages for s in page.snapshots] == [new]


async def test_ids_are_all_ids_inactive_ones_too(books: Company) -> None:
    here = await books.customer("Here")
    away = await books.customer("Away")
    await books.person("customer", {"Id": away, "sparse": True, "Active": False})

    assert await books.side.ids(Kind.CONTACT) >= {here, away}


@pytest.mark.parametrize("gone", [1, 3, 12])
async def test_paging_misses_no_row_when_rows_before_it_vanish(books: Company, gone: int) -> None:
    customer = await books.customer("A")
    made = [(await invoice(books, customer))["Id"] for _ in range(24)]
    seen: list[str] = []
    turn = 0
    async for rows, _, _ in walk(books.side.wire.query, Place("Invoice"), page=5):
        seen += [row["Id"] for row in rows]
        if turn == 1:
            for invoice_id in made[:gone]:
                await books.person("invoice", {"Id": invoice_id}, operation="delete")
        turn += 1

    assert set(seen) >= set(made[gone:])


async def test_a_cursor_survives_the_loss_of_everything_it_remembers(books: Company) -> None:
    customer = await books.customer("A")
    made = [(await invoice(books, customer))["Id"] for _ in range(12)]
    pages = walk(books.side.wire.query, Place("Invoice"), page=5)
    first, place, _ = await anext(pages)
    await pages.aclose()  # type: ignore[attr-defined]
    for row in first:
        await books.person("invoice", {"Id": row["Id"]}, operation="delete")
    assert place is not None

    again = [
        row["Id"] async for rows, _, _ in walk(books.side.wire.query, Place.at(place.cursor()), page=5) for row in rows
    ]

    assert set(again) == set(made[5:])


async def test_a_shop_with_quotes_and_backslashes_in_its_name_finds_its_customer(books: Company) -> None:
    name = """O'Brien \\ "Söhne" %"""
    customer = await books.customer(name)
    await books.customer("""O'Brien \\ "Söhne" 100""")

    rows, _ = await books.side.wire.query(select("Customer", [one_of("DisplayName", [name])]))

    assert [row["Id"] for row in rows] == [customer]


def test_quoting_has_one_way_out_of_a_literal() -> None:
    assert quoted("a'b\\c") == "'a\\'b\\\\c'"


async def test_the_sample_company_is_understood_to_the_last_document() -> None:
    async with company("AU", sample=True) as sample:
        await sample.side.facts()
        for kind in Kind:
            pages = [s async for page in sample.side.pages(kind, None) for s in page.snapshots]
            snapshots = [s for s in pages if ELSEWHERE not in s.extras]
            assert snapshots
            assert all(s.record is not None for s in snapshots)
            for sale in (s.record for s in snapshots if isinstance(s.record, Sale)):
                added = Decimal(0) if sale.money.amounts_include_tax else sale.money.tax_total
                assert sum(line.total for line in sale.money.lines) + added == sale.money.total
                assert sum(line.tax for line in sale.money.lines) == sale.money.tax_total
                assert all(line.kind != "rounding" for line in sale.money.lines)


async def test_reads_are_metered_per_day(books: Company) -> None:
    before = books.meter.total
    await books.side.ids(Kind.CONTACT)
    await books.door("POST", "/clock", {"advance_seconds": 86400})
    await books.tokens.renewed_token("con_1", "")
    await books.side.changes([Kind.CONTACT], START)

    assert books.meter.total == before + 2
    assert len(books.meter.days) == 2


async def test_an_item_is_read_with_its_code_and_price(books: Company) -> None:
    item = await books.item("Widget", Sku="W-1", UnitPrice=12.5)

    (snapshot,) = (await books.side.fetch(Kind.ITEM, [item])).snapshots

    assert isinstance(snapshot.record, Item)
    assert (snapshot.record.code, snapshot.record.name, snapshot.record.price) == ("W-1", "Widget", Decimal("12.5"))
