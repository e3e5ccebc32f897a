"""What a line becomes that sells a voucher or redeems one: the chosen item outside tax, a question, or a flag."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.configuration import MappedMethod
from app.domain.model.records import VOUCHER, Line, Payment, Receipt, Side
from app.domain.model.totals import Absent, Rate, TaxTable
from app.domain.model.untaxed_lines import sort_of
from app.domain.model.waiting import (
    VOUCHER_CLEARING_ITEM,
    VOUCHER_ITEM,
    VOUCHERS_REDEEMED,
    PersonsDecision,
    format_waits_for,
    parse_waits_for,
)
from app.domain.planning.conversion import channel_to
from app.domain.planning.id_map import Obstacle
from app.domain.sales.stated_tax import stated_by
from app.domain.sales.vouchers import refuse_taxed, voucher_code, voucher_item
from tests.domain.builders import CONFIGURATION, line, sale

CHOSEN = replace(CONFIGURATION, items=replace(CONFIGURATION.items, voucher_item_id="77"))
TABLE = TaxTable("global", {"6": (Rate("1", Decimal(10)),), "out": ()}, no_tax_code="out")


def voucher(total: str = "50.00", **members: Any) -> Line:
    return line(total, code=members.pop("code", ""), voucher=True, **members)


def test_the_item_is_the_chosen_one_and_nobody_is_asked_for_anything_else() -> None:
    assert voucher_item(voucher(), CHOSEN) == voucher_item(voucher("-20.00"), CHOSEN) == "77"
    assert sort_of(voucher()) is None
    with pytest.raises(Obstacle) as obstacle:
        voucher_item(voucher(), CONFIGURATION)
    assert obstacle.value.waits_for == VOUCHER_ITEM
    assert parse_waits_for(format_waits_for(VOUCHER_ITEM)) == VOUCHER_ITEM


def test_redeemed_by_a_payment_a_line_below_zero_has_the_item_on_the_clearing_account() -> None:
    by_payment = replace(CHOSEN, vouchers_redeemed="payment")
    cleared = replace(by_payment, items=replace(CHOSEN.items, voucher_clearing_item_id="78"))
    assert voucher_item(voucher(), by_payment) == voucher_item(voucher(), cleared) == "77"
    assert voucher_item(voucher("-20.00"), cleared) == "78"
    assert voucher_item(voucher("-20.00"), replace(cleared, vouchers_redeemed="line")) == "77"
    with pytest.raises(Obstacle) as obstacle:
        voucher_item(voucher("-20.00"), by_payment)
    assert obstacle.value.waits_for == VOUCHER_CLEARING_ITEM
    assert parse_waits_for(format_waits_for(VOUCHER_CLEARING_ITEM)) == VOUCHER_CLEARING_ITEM


@pytest.mark.parametrize(
    ("amount", "says"), [("20.00", "It redeems a voucher of 20.00"), ("-20.00", "It gives back a voucher of 20.00")]
)
def test_a_receipt_by_voucher_goes_nowhere_where_vouchers_are_redeemed_by_a_line(amount: str, says: str) -> None:
    mapped = replace(CONFIGURATION, payment_methods=(MappedMethod("9", "40"),))
    by_voucher = Receipt("1", Payment(Decimal(amount), "AUD"), channel="9", means=VOUCHER)
    assert channel_to(Side.QUICKBOOKS, by_voucher, replace(mapped, vouchers_redeemed="payment")) == "40"
    assert channel_to(Side.QUICKBOOKS, by_voucher, mapped) == "40", "as before anybody was asked"
    with pytest.raises(Obstacle) as obstacle:
        channel_to(Side.QUICKBOOKS, by_voucher, replace(mapped, vouchers_redeemed="line"))
    assert obstacle.value.waits_for == VOUCHERS_REDEEMED
    assert obstacle.value.reason.startswith(says)
    money = replace(by_voucher, means="")
    assert channel_to(Side.QUICKBOOKS, money, replace(mapped, vouchers_redeemed="line")) == "40"


def test_its_code_is_the_companys_own_outside_tax_and_non_in_america() -> None:
    assert voucher_code(CHOSEN) == ""
    assert voucher_code(replace(CHOSEN, country="US")) == "NON"
    money = replace(sale("1", voucher()).money, total=Decimal("50.00"), tax_total=Decimal(0))
    assert stated_by(money, TABLE).codes == ("out",)
    with pytest.raises(Absent, match="is a voucher"):
        stated_by(money, replace(TABLE, no_tax_code=""))


@pytest.mark.parametrize(
    "taxed",
    [
        voucher(tax=Decimal("4.55"), tax_rate=Decimal(10), code="GST"),
        voucher(tax=Decimal("4.55")),
        voucher("-50.00", tax_rate=Decimal(10), code="X"),
    ],
)
def test_one_that_bears_tax_is_flagged(taxed: Line) -> None:
    with pytest.raises(Obstacle, match="voucher and bears") as obstacle:
        refuse_taxed(taxed, CHOSEN)
    assert obstacle.value.waits_for == PersonsDecision()


@pytest.mark.parametrize(
    "untaxed", [voucher(), voucher(code="FRE", tax_rate=Decimal(0)), voucher("0.00", code="X", tax_rate=Decimal(10))]
)
def test_one_without_tax_is_not(untaxed: Line) -> None:
    refuse_taxed(untaxed, CHOSEN)


def test_what_a_line_sells_is_no_edit_of_it() -> None:
    assert voucher() == line("50.00", code="")
