"""Unmapped content survives every write (I15): what was read can be written back and nothing has moved."""

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.description import merged_fields
from app.domain.model.exchange import OutcomeState, Write
from app.domain.model.operations import Action
from app.domain.model.records import (
    Kind,
    Line,
    Sale,
)
from app.domain.model.totals import Rate, TaxTable, moved
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.sale import read_sale, sale_extras
from app.quickbooks.mapping.sale_body import update_sale
from tests.quickbooks.company import Company, company

BOOKS = Books("1", "A", "AU", "AUD", tax=TaxTable("global", {"5": (Rate("3", Decimal(10)),), "8": ()}, "8"))
_MOVING = {"SyncToken", "MetaData", "LineEx", "Lat", "Long"}


def settled(value: Any) -> Any:
    """A document without what moves at every write; numbers compare as numbers."""
    if isinstance(value, dict):
        return {k: settled(v) for k, v in value.items() if k not in _MOVING}
    if isinstance(value, list):
        return [settled(v) for v in value]
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


@pytest.mark.parametrize("country", ["AU", "US"])
@pytest.mark.parametrize(("kind", "entities"), [(Kind.SALE, ("invoice", "creditmemo")), (Kind.RECEIPT, ("payment",))])
async def test_what_was_read_is_written_back_and_nothing_moves(
    country: str, kind: Kind, entities: tuple[str, ...]
) -> None:
    async with company(country, sample=True) as books:
        await books.side.facts()
        before = {d["Id"]: d for entity in entities for d in await books.objects(entity)}
        documents = await books.side.documents(kind, list(before))
        snapshots = (await books.side.fetch(kind, list(before))).snapshots
        writes = [
            books.write(
                Action.UPDATE,
                kind,
                s.record,
                target=s.id,
                version=s.version,
                fields=merged_fields(kind),
                document=documents[s.id],
            )
            for s in snapshots
            if not (s.extras and "deposited" in s.extras) and not (isinstance(s.record, Sale) and s.record.voided)
        ]
        prepared = books.side.prepare(writes)
        assert prepared.refused == ()
        outcomes = [o for batch in prepared.batches for o in await books.side.send(batch)]

        assert {o.state for o in outcomes} == {OutcomeState.DONE}, [
            o for o in outcomes if o.state is not OutcomeState.DONE
        ]
        after = {d["Id"]: d for entity in entities for d in await books.objects(entity)}
        known = {s.id: s for s in snapshots}
        for outcome in outcomes:
            assert outcome.snapshot is not None
            was = known[outcome.snapshot.id]
            assert outcome.snapshot.record == was.record
            assert outcome.snapshot.extras == was.extras
            assert settled(after[was.id]) == settled(before[was.id])


def bundled() -> dict[str, Any]:
    """An invoice with a bundle, words, a dated line with a class, and a subtotal."""

    def goods(line_id: str, words: str, net: str, gross: str, **detail: Any) -> dict[str, Any]:
        return {
            "Id": line_id,
            "Description": words,
            "Amount": Decimal(net),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "46"},
                "TaxCodeRef": {"value": "5"},
                "TaxInclusiveAmt": Decimal(gross),
                **detail,
            },
        }

    group = {
        "GroupItemRef": {"value": "99", "name": "Kit"},
        "Quantity": 2,
        "Line": [goods("11", "Part A", "10", "11"), goods("12", "Part B", "20", "22", ServiceDate="2026-10-01")],
    }
    return {
        "Id": "7",
        "SyncToken": "3",
        "GlobalTaxCalculation": "TaxInclusive",
        "CustomerRef": {"value": "1"},
        "Line": [
            goods("1", "First", "100", "110", ClassRef={"value": "200"}),
            {"Id": "2", "Description": "Subtotal: 110", "DetailType": "DescriptionOnly", "DescriptionLineDetail": {}},
            {
                "Id": "10",
                "Description": "The kit",
                "Amount": 30,
                "DetailType": "GroupLineDetail",
                "GroupLineDetail": group,
            },
            {"Amount": 130, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
        ],
        "TxnTaxDetail": {"TotalTax": 13, "TaxLine": [{"Amount": 13, "TaxLineDetail": {"TaxRateRef": {"value": "3"}}}]},
        "TotalAmt": 143,
        "Balance": 143,
    }


def test_a_bundle_is_read_flat_and_named() -> None:
    sale = read_sale("Invoice", bundled(), BOOKS)

    assert [(x.id, x.description, x.total, x.kind) for x in sale.money.lines] == [
        ("1", "First", Decimal(110), "item"),
        ("2", "Subtotal: 110", Decimal(0), "subtotal"),
        ("11", "Part A", Decimal(11), "item"),
        ("12", "Part B", Decimal(22), "item"),
    ]
    assert sale_extras(bundled()) == ("bundle", "class", "service_date", "subtotal_text")


def test_an_edit_inside_a_bundle_keeps_the_bundle() -> None:
    document = bundled()
    sale = read_sale("Invoice", document, BOOKS)
    lines = [replace(line, id="") for line in sale.money.lines]
    lines[2] = replace(lines[2], total=Decimal(33), tax=Decimal(3))
    edited = replace(sale, money=replace(sale.money, lines=tuple(lines), tax_total=Decimal(15), total=Decimal(165)))

    body = update_sale(edited, ("money",), copy.deepcopy(document), BOOKS, "")

    assert [(x["DetailType"], x.get("Id"), x.get("Amount")) for x in body["Line"]] == [
        ("SalesItemLineDetail", "1", Decimal(100)),
        ("DescriptionOnly", "2", None),
        ("GroupLineDetail", "10", Decimal(50)),
    ]
    group = body["Line"][2]["GroupLineDetail"]
    assert (group["GroupItemRef"]["value"], group["Quantity"]) == ("99", 2)
    assert [(x["Id"], x["Amount"]) for x in group["Line"]] == [("11", Decimal(30)), ("12", Decimal(20))]
    assert group["Line"][1]["SalesItemLineDetail"]["ServiceDate"] == "2026-10-01"
    assert body["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "200"}
    assert "TxnTaxDetail" not in body


def test_removing_every_part_removes_the_bundle() -> None:
    document = bundled()
    sale = read_sale("Invoice", document, BOOKS)
    edited = replace(
        sale,
        money=replace(sale.money, lines=sale.money.lines[:1], tax_total=Decimal(10), total=Decimal(110)),
    )

    body = update_sale(edited, ("money",), document, BOOKS, "")

    assert [line["Id"] for line in body["Line"]] == ["1"]


def test_two_lines_that_changed_places_keep_what_is_theirs() -> None:
    document = bundled()
    sale = read_sale("Invoice", document, BOOKS)
    first, second = sale.money.lines[0], replace(sale.money.lines[0], id="", description="Second")
    edited = replace(
        sale,
        money=replace(sale.money, lines=(second, first), tax_total=Decimal(20), total=Decimal(220)),
    )

    body = update_sale(edited, ("money",), document, BOOKS, "")

    assert [(x["Description"], x.get("Id")) for x in body["Line"]] == [("Second", None), ("First", "1")]


async def test_a_rounding_cent_is_written_as_a_line_without_tax(books: Company) -> None:
    customer, gst, item = await books.customer("A"), await books.tax_code("GST"), await books.item()
    lines = (Line(Decimal("10.01"), item=item, description="x", tax_code=gst, tax=Decimal("0.91")),)
    record = Sale(
        customer,
        replace(
            read_sale("Invoice", bundled(), BOOKS).money, lines=lines, tax_total=Decimal("0.91"), total=Decimal("10.00")
        ),
    )
    write: Write = books.write(Action.CREATE, Kind.SALE, record)

    (outcome,) = await books.send(write)

    assert outcome.snapshot is not None
    assert isinstance(outcome.snapshot.record, Sale)
    assert moved(record.money, outcome.snapshot.record.money) == ""
    assert [x.total for x in outcome.snapshot.record.money.lines] == [Decimal("10.01"), Decimal("-0.01")]
