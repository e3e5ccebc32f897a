"""A receipt in another currency than its sale waits, with QuickBooks' own way of entering it in words (R1)."""

from dataclasses import replace

import pytest

from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Sale, Side
from app.domain.planning.plan_input import ChangedRecord
from tests.domain.builders import CONFIGURATION, contact, decided, linked, receipt, sale, seen

SEVERAL = replace(CONFIGURATION, multi_currency=True, home_currency="AUD")


def _in(currency: str, number: str = "1041") -> Sale:
    made = sale("1", number=number)
    return replace(made, money=replace(made.money, currency=currency))


def _decided(paid: str, owed: str, pays: dict[str, str] | None = None) -> Operation:
    """What becomes of a receipt of 22.00 in one currency that pays a linked sale in another one."""
    money = receipt("1", pays=pays or {"7": "22.00"})
    money = replace(money, payment=replace(money.payment, currency=paid))
    there = replace(_in(owed), contact_id="c1")
    operations = decided(
        seen(Side.ONCORD, Kind.CONTACT, "1", contact()),
        seen(Side.QUICKBOOKS, Kind.CONTACT, "c1", contact(currency=owed)),
        linked(Kind.CONTACT, "1", "c1", contact(), contact(currency=owed)),
        *(seen(Side.ONCORD, Kind.SALE, i, _in(owed)) for i in pays or {"7": ""}),
        *(seen(Side.QUICKBOOKS, Kind.SALE, f"i{i}", there) for i in pays or {"7": ""}),
        *(linked(Kind.SALE, i, f"i{i}", _in(owed), there) for i in pays or {"7": ""}),
        seen(Side.ONCORD, Kind.RECEIPT, "20", money),
        ChangedRecord(Side.ONCORD, Kind.RECEIPT, "20"),
        configuration=replace(
            SEVERAL,
            payment_methods=tuple(replace(SEVERAL.payment_methods[0], currency=each) for each in ("AUD", "USD", "EUR")),
        ),
    )
    [found] = [o for o in operations if o.kind is Kind.RECEIPT]
    return found


@pytest.mark.parametrize(
    ("paid", "owed", "way"),
    [
        ("EUR", "USD", "clearing account kept in AUD, and transfer from there what the bank got, 22.00 EUR"),
        ("AUD", "USD", "correct the exchange rate there so that it comes to 22.00 AUD"),
        ("USD", "AUD", "to the one kept in USD"),
    ],
)
def test_r1_money_in_another_currency_than_its_sale_waits_with_quickbooks_own_way(
    paid: str, owed: str, way: str
) -> None:
    parked = _decided(paid, owed)

    said = parked.reason
    assert parked.action is Action.PARK
    assert f"It is 22.00 {paid} but pays sale 1041 in {owed}" in said
    assert way in said
    assert f"Enter the receipt in Oncord in {owed}" in said


def test_r1_money_over_several_sales_is_said_to_be_one_receipt_for_each_currency() -> None:
    assert "one receipt for each currency" in _decided("EUR", "USD", {"7": "11.00", "8": "11.00"}).reason


@pytest.mark.parametrize("currency", ["AUD", "USD"])
def test_r1_money_in_the_sales_own_currency_is_made_and_no_matter_of_anybody(currency: str) -> None:
    assert _decided(currency, currency).action is Action.CREATE
