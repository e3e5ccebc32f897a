"""Every body that can be built for QuickBooks, held against the members of Intuit's schema, member by member.

Here each builder is called with records that have something everywhere; `tests.support.schooled` holds what every story
sends against the same table.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest

from app.domain.model.description import merged_fields
from app.domain.model.exchange import Write
from app.domain.model.operations import Action
from app.domain.model.records import Address, Allocation, Item, Kind, Line, Money, Payment, Receipt, Record, Sale
from app.quickbooks.batch import prepare
from app.quickbooks.mapping.sale import read_sale
from app.quickbooks.mapping.sale_body import update_sale
from app.sandbox.quickbooks.requests.writes import BY_PATH
from app.sandbox.quickbooks.values.members import MEMBERS, strays
from tests.quickbooks.company import Company, company
from tests.quickbooks.test_keeping_what_we_do_not_map import BOOKS, bundled
from tests.quickbooks.test_writing_quickbooks import jo, sale

Body = dict[str, Any]
HOME = Address("1 High St", "Unit 2", "Perth", "WA", "6000", "AU")


def objects(books: Company, writes: Sequence[Write]) -> list[tuple[str, Body]]:
    """What the writes send, each with the name of its class."""
    prepared = prepare(writes, books.side.books, default_item="1", income_account="1")
    assert prepared.refused == ()
    return [
        (name, body)
        for batch in prepared.batches
        for item in batch.items
        for name, body in item.body.items()
        if name.lower() in BY_PATH
    ]


async def creates(books: Company) -> list[tuple[str, Body]]:
    """A new record of each kind, with something in every field."""
    customer, item, bank = await books.customer("A"), await books.item(), await books.account("Bank")
    us = books.side.books.is_us
    taxed, free = ("TAX", "NON") if us else (await books.tax_code("GST"), await books.tax_code("GST-free"))
    own = {"item": item, "quantity": Decimal(2), "unit_price": Decimal("5.50")}
    lines = (
        Line(Decimal("11.00"), description="Tea", tax_code=taxed, tax=Decimal("1.00"), **own),
        Line(Decimal("11.00"), description="Bread", tax_code=free, **own),
        Line(Decimal("5.50"), kind="shipping", item=item, description="Post", tax_code=taxed, tax=Decimal("0.50")),
        Line(Decimal("-1.10"), kind="discount", item=item, description="Off", tax_code=taxed, tax=Decimal("-0.10")),
        Line(Decimal(0), kind="text", description="With love"),
    )
    plain = await sale(books, customer) if not us else None
    money = replace(plain.money if plain else _american(lines), lines=lines, tax_total=Decimal("1.40"))
    forms = []
    for included in (True, False):
        parts = lines if included or us else tuple(replace(x, total=x.total - x.tax, unit_price=None) for x in lines)
        total = sum((x.total for x in parts), Decimal("0.02")) + (0 if included else Decimal("1.40"))
        forms.append(replace(money, lines=parts, amounts_include_tax=included, total=total))
    made = [
        Sale(
            customer,
            form,
            type=kind,
            number="S-1",
            date=date(2026, 11, 1),
            due_date=date(2026, 11, 30),
            notes="Thanks",
            billing_address=HOME,
            shipping_address=HOME,
        )
        for form in forms
        for kind in _TYPES
    ]
    currency = money.currency
    receipt = Receipt(
        customer,
        Payment(Decimal("5.00"), currency, (Allocation("7", Decimal("5.00")),)),
        bank,
        date(2026, 11, 2),
        "pi_3",
    )
    refund = replace(receipt, payment=Payment(Decimal("-5.00"), currency))
    found: list[tuple[str, Body]] = []
    for kind, records in (
        (Kind.CONTACT, [jo(mobile="1", fax="2", website="example.com", shipping_address=HOME)]),
        (Kind.ITEM, [Item("TEA", "Tea", Decimal("5.50"), "", income_account_id=await books.account("Income"))]),
        (Kind.SALE, made),
        (Kind.RECEIPT, [receipt, refund]),
    ):
        listed: Sequence[Record] = records  # type: ignore[assignment]
        found += objects(books, [books.write(Action.CREATE, kind, record) for record in listed])
    return found


_TYPES: tuple[Literal["sale", "adjustment"], ...] = ("sale", "adjustment")


def _american(lines: tuple[Line, ...]) -> Any:

    return Money("USD", lines, False, Decimal("1.40"), Decimal(0))


async def rewrites(books: Company) -> list[tuple[str, Body]]:
    """Every document of the sample, written back whole, voided and deleted, and every customer and item."""
    bundle = read_sale("Invoice", bundled(), BOOKS)
    found = [("Invoice", update_sale(bundle, merged_fields(Kind.SALE), bundled(), BOOKS, "1"))]
    for kind, entities in (
        (Kind.CONTACT, ("customer",)),
        (Kind.ITEM, ("item",)),
        (Kind.SALE, ("invoice", "creditmemo")),
        (Kind.RECEIPT, ("payment",)),
    ):
        ids = [d["Id"] for entity in entities for d in await books.objects(entity)]
        snapshots = [s for s in (await books.side.fetch(kind, ids)).snapshots if s.record is not None]
        documents = await books.side.documents(kind, ids) if kind in (Kind.SALE, Kind.RECEIPT) else {}
        for action in (Action.UPDATE, Action.VOID, Action.DELETE):
            if action is not Action.UPDATE and kind in (Kind.CONTACT, Kind.ITEM):
                continue
            found += objects(
                books,
                [
                    books.write(
                        action,
                        kind,
                        s.record,
                        target=s.id,
                        version=s.version,
                        fields=merged_fields(kind) if action is Action.UPDATE else (),
                        document=documents.get(s.id),
                    )
                    for s in snapshots
                    if not (isinstance(s.record, Sale) and s.record.voided)
                ],
            )
    return found


def held(name: str, value: Any) -> Iterator[tuple[str, str, Body]]:
    """Each member of an object and of what it holds: its class, its name, and the object that has it."""
    if isinstance(value, list):
        for each in value:
            yield from held(name, each)
    elif isinstance(value, dict):
        for member, inner in value.items():
            yield name, member, value
            if MEMBERS[name].get(member) not in (None, "", "?"):
                yield from held(MEMBERS[name][member], inner)


WITHIN = {
    "AU": "Customer.PrimaryTaxIdentifier Invoice.GlobalTaxCalculation SalesItemLineDetail.TaxInclusiveAmt "
    "CreditMemo.Line DiscountLineDetail.DiscountPercent DiscountLineDetail.DiscountAccountRef "
    "DescriptionLineDetail GroupLineDetail.GroupItemRef Payment.DepositToAccountRef LinkedTxn.TxnId "
    "AccountBasedExpenseLineDetail.AccountRef Purchase.EntityRef PhysicalAddress.PostalCode Item.IncomeAccountRef",
    "US": "Invoice.ShipAddr TxnTaxDetail.TotalTax SalesItemLineDetail.TaxCodeRef CreditMemo.Line Payment.Line",
}


@pytest.mark.parametrize("country", ["AU", "US"])
async def test_no_body_that_can_be_sent_has_a_member_that_its_class_does_not_have(country: str) -> None:
    async with company(country, sample=True) as books:
        await books.side.facts()
        bodies = [*await creates(books), *await rewrites(books)]

        assert [(name, list(strays(name, body))) for name, body in bodies if list(strays(name, body))] == []
        seen = {f"{name}.{member}" for owner, body in bodies for name, member, _ in held(owner, body)}
        wanted = {word for word in WITHIN[country].split() if "." in word}
        assert wanted <= seen, wanted - seen


@pytest.mark.parametrize("country", ["AU", "US"])
async def test_one_more_member_is_found_at_every_place_of_every_body(country: str) -> None:
    async with company(country, sample=True) as books:
        await books.side.facts()
        for owner, body in [*await creates(books), *await rewrites(books)]:
            changed = copy.deepcopy(body)
            places = {id(inside): (name, inside) for name, _, inside in held(owner, changed)}
            for name, inside in places.values():
                inside["TaxInclusiveAmount "] = 1
                assert list(strays(owner, changed)) == [(name, "TaxInclusiveAmount ")]
                del inside["TaxInclusiveAmount "]
