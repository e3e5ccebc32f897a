"""What QuickBooks really does, one by one: reads that lag, are cut or moved for nothing, and cents that it works out anew."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.model.operations import Action
from app.domain.model.records import (
    Kind,
    Line,
    Money,
    Sale,
)
from app.domain.model.totals import moved
from tests.quickbooks.company import START, Company
from tests.quickbooks.hazard_register import survives
from tests.quickbooks.test_writing_quickbooks import snapshot_of


@survives("touched_without_token")
async def test_a_touched_customer_reads_the_same(books: Company) -> None:
    customer = await books.customer("A")
    (before,) = (await books.side.fetch(Kind.CONTACT, [customer])).snapshots
    await books.hazard("touched_without_token")

    (after,) = (await books.side.fetch(Kind.CONTACT, [customer])).snapshots

    assert (after.version, after.record) == (before.version, before.record)


@survives("cdc_limit")
async def test_a_cut_answer_below_the_usual_limit_cannot_be_seen_but_pages_are_whole(books: Company) -> None:
    ids = {await books.customer(f"C {n}") for n in range(12)}
    await books.hazard("cdc_limit", count=5)

    changes = await books.side.changes([Kind.CONTACT], START - timedelta(hours=1))
    pages = [page async for page in books.side.pages(Kind.CONTACT, START - timedelta(hours=1))]

    assert len(changes.snapshots) == 5
    assert {s.id for page in pages for s in page.snapshots} == ids


@survives("cdc_window")
async def test_a_memory_shorter_than_thirty_days_is_not_complete(books: Company) -> None:
    await books.hazard("cdc_window", seconds=3600)

    changes = await books.side.changes([Kind.CONTACT], START - timedelta(days=1))

    assert (changes.snapshots, changes.complete) == ((), False)


@survives("read_lag")
async def test_what_the_index_shows_late_is_asked_for_again(books: Company) -> None:
    await books.hazard("read_lag", seconds=30)
    customer = await books.customer("Late")
    first = await books.side.changes([Kind.CONTACT], START - timedelta(hours=1))
    assert [s.id for s in first.snapshots] == []
    books.clock.world.advance(31)

    second = await books.side.changes([Kind.CONTACT], first.as_of)

    assert [s.id for s in second.snapshots] == [customer]


@survives("discount_gross")
@pytest.mark.parametrize("gross", [True, False])
async def test_the_amount_of_a_discount_is_sent_as_the_document_itself_answers_it(books: Company, gross: bool) -> None:
    await books.hazard("discount_gross", **({} if gross else {"answers": "net", "requests": "net"}))
    gst, item = await books.tax_code("GST"), await books.item()
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": 110,
        "SalesItemLineDetail": {"ItemRef": {"value": item}, "TaxCodeRef": {"value": gst}},
    }
    off = {"DetailType": "DiscountLineDetail", "Amount": 11, "DiscountLineDetail": {"PercentBased": False}}
    owner = {"CustomerRef": {"value": await books.customer("A")}, "GlobalTaxCalculation": "TaxInclusive"}
    made = await books.person("invoice", owner | {"Line": [line, off]})
    (seen,) = (await books.side.fetch(Kind.SALE, [made["Id"]])).snapshots
    assert isinstance(seen.record, Sale)
    goods, discount = seen.record.money.lines
    more = replace(discount, total=Decimal("-22.00"), tax=Decimal("-2.00"))
    money = replace(seen.record.money, lines=(goods, more), tax_total=Decimal("8.00"), total=Decimal("88.00"))
    document = (await books.side.documents(Kind.SALE, [seen.id]))[seen.id]
    edited = replace(seen.record, money=money)

    write = books.write(
        Action.UPDATE, Kind.SALE, edited, target=seen.id, version="0", fields=("money",), document=document
    )
    (batch,) = books.side.prepare([write]).batches
    sent = batch.items[0].body["Invoice"]["Line"][-1]
    after = snapshot_of((await books.side.send(batch))[0])

    assert (sent["DetailType"], Decimal(sent["Amount"])) == ("DiscountLineDetail", Decimal(22 if gross else 20))
    assert isinstance(after.record, Sale)
    assert moved(money, after.record.money) == ""


async def taxed(books: Company, amounts: tuple[str, ...], tax: str) -> Sale:
    """A sale of lines before tax whose shop says what the tax is."""
    gst, item = await books.tax_code("GST"), await books.item()
    first, *others = (
        Line(Decimal(amount), item=item, description=f"Thing {n}", tax_code=gst) for n, amount in enumerate(amounts)
    )
    lines = (replace(first, tax=Decimal(tax)), *others)
    total = sum((line.total for line in lines), Decimal(tax))
    return Sale(await books.customer("A"), Money("AUD", lines, False, Decimal(tax), total))


@survives("tax_half_even", "tax_per_line", "tax_override_ignored")
@pytest.mark.parametrize(
    ("slug", "amounts", "tax", "words"),
    [
        (
            "tax_half_even",
            ("0.45",),
            "0.05",
            "The total became 0.49 instead of 0.50: 0.01 AUD less. Its tax became 0.04 instead of 0.05.",
        ),
        (
            "tax_per_line",
            ("0.45", "0.45", "0.45"),
            "0.14",
            "The total became 1.50 instead of 1.49: 0.01 AUD more. Its tax became 0.15 instead of 0.14.",
        ),
        (
            "tax_override_ignored",
            ("10.00",),
            "1.01",
            "The total became 11.00 instead of 11.01: 0.01 AUD less. Its tax became 1.00 instead of 1.01.",
        ),
    ],
)
async def test_a_cent_that_quickbooks_moves_after_all_is_named(
    books: Company, slug: str, amounts: tuple[str, ...], tax: str, words: str
) -> None:
    record = await taxed(books, amounts, tax)
    calm = snapshot_of(await books.create(Kind.SALE, record))
    assert isinstance(calm.record, Sale)
    assert moved(record.money, calm.record.money) == ""
    await books.hazard(slug)

    made = snapshot_of(await books.create(Kind.SALE, record))

    assert isinstance(made.record, Sale)
    assert moved(record.money, made.record.money) == words


@survives("unit_prices_rederived")
async def test_prices_worked_out_anew_do_not_move_a_cent(books: Company) -> None:
    await books.hazard("unit_prices_rederived")
    record = await taxed(books, ("10.00",), "1.00")
    line = replace(record.money.lines[0], quantity=Decimal(3), unit_price=Decimal("3.333"))
    record = replace(record, money=replace(record.money, lines=(line,)))

    made = snapshot_of(await books.create(Kind.SALE, record))

    (invoice,) = await books.objects("invoice")
    assert str(invoice["Line"][0]["SalesItemLineDetail"]["UnitPrice"]) == "3.3333333"
    assert isinstance(made.record, Sale)
    assert moved(record.money, made.record.money) == ""
