"""The figures of a BAS are counted once on each side, and a cent is not overlooked."""

from decimal import Decimal
from typing import Any

from tests.year.bas import (
    Codes,
    Slip,
    differences,
    of_the_books,
    of_the_shop,
    paid_at_the_shop,
    paid_in_the_books,
    quarter_of,
)

Body = dict[str, Any]
CODES = Codes("2", "6", "1")
AUSTRALIA, ZEALAND = {"country": "AU"}, {"country": "NZ"}


def _sale(day: str = "2027-02-14", **members: Any) -> Body:
    """Tea of 22.00 with GST, bread of 10.00 without a code, rice of 5.00 that is GST-free, freight of 7.00 without a code."""
    lines = [("GST", "22.00"), ("", "10.00"), ("FRE", "5.00")]
    made = {
        "id": "7",
        "status": "confirmed",
        "voided": False,
        "date": day,
        "currency": "AUD",
        "total": "44.00",
        "tax_total": "2.00",
        "rounding": "0.00",
        "lines": [{"tax_code": code, "line_total": total} for code, total in lines],
        "shipping": {"amount": "7.00", "tax_code": ""},
        "shipping_address": AUSTRALIA,
        "billing_address": None,
    }
    return {**made, **members}


def _document(day: str = "2027-02-14", *, bread: float = 10, code: str = "2", **members: Any) -> Body:
    amounts = (("5", 20), (code, bread), ("2", 5), ("2", 7), ("1", 0.02))
    lines = [{"Amount": amount, "SalesItemLineDetail": {"TaxCodeRef": {"value": c}}} for c, amount in amounts]
    made = {"TxnDate": day, "TotalAmt": 34.02 + bread, "TxnTaxDetail": {"TotalTax": 2}, "Line": lines}
    return {**made, **members}


def _told(sale: Body, *documents: tuple[int, Body], slips: tuple[Slip, ...] = (), rate: str = "1") -> list[str]:
    shop = of_the_shop([sale], slips, {"USD": Decimal(rate)})
    return differences(shop, of_the_books(documents, CODES))


def test_the_same_sale_has_the_same_figures_and_rounding_is_on_no_label() -> None:
    assert of_the_shop([_sale()], [], {})["2027-Q1"] == {
        "G1": Decimal("44.00"),
        "1A": Decimal("2.00"),
        "G3": Decimal("22.00"),
    }
    assert _told(_sale(), (1, _document())) == []


def test_a_cent_a_label_and_a_quarter_are_each_told() -> None:
    assert [told[:11] for told in _told(_sale(), (1, _document(bread=10.01)))] == ["2027-Q1 G1:", "2027-Q1 G3:"]
    assert [told[:11] for told in _told(_sale(), (1, _document(code="6")))] == ["2027-Q1 G2:", "2027-Q1 G3:"]
    assert len(_told(_sale(), (1, _document("2027-04-01")))) == 6


def test_a_voucher_is_on_no_label_when_it_is_sold_and_when_it_is_redeemed() -> None:
    for worth in ("50.00", "-20.00"):
        voucher = {"tax_code": "", "line_total": worth, "voucher": True}
        sale = _sale(lines=[*_sale()["lines"], voucher], total=f"{44 + float(worth):.2f}")
        line = {"Amount": float(worth), "SalesItemLineDetail": {"TaxCodeRef": {"value": "1"}}}
        document = _document(TotalAmt=44.02 + float(worth), Line=[*_document()["Line"], line])
        assert _told(sale, (1, document)) == []


def test_what_goes_abroad_without_a_code_is_an_export_but_for_its_freight() -> None:
    assert _told(_sale(shipping_address=ZEALAND), (1, _document(code="6"))) == []


def test_a_foreign_sale_counts_at_the_rate_of_its_day() -> None:
    assert _told(_sale(currency="USD"), (1, _document(ExchangeRate=1.52)), rate="1.52") == []
    assert len(_told(_sale(currency="USD"), (1, _document(ExchangeRate=1.53)), rate="1.52")) == 3


def test_a_late_cancellation_is_taken_back_in_its_own_quarter_and_an_early_one_counts_nothing() -> None:
    void = _sale(voided=True)
    back = (-1, _document("2027-05-03"))
    assert _told(void, (1, _document()), back, slips=(Slip("7", "2027-05-03"),)) == []
    assert _told(void, slips=(Slip("7", "2027-03-01"),)) == []
    assert len(_told(void, slips=(Slip("7", "2027-05-03"),))) == 6


def test_quarters_are_those_of_the_calendar() -> None:
    assert [quarter_of(f"2027-{month:02}-01") for month in (1, 3, 4, 12)] == [
        "2027-Q1",
        "2027-Q1",
        "2027-Q2",
        "2027-Q4",
    ]


def _paid(here: str, there: str, day: str = "2027-05-03") -> list[str]:
    """The same sale, of which a receipt of 3 May pays `here` and a payment of a day pays `there`."""
    receipt = {"date": "2027-05-03", "allocations": [{"sale_id": "7", "amount": here}]}
    line = {"Amount": float(there), "LinkedTxn": [{"TxnType": "Invoice", "TxnId": "9"}]}
    shop = paid_at_the_shop([_sale(total="44.02", rounding="0.02")], [receipt], {})
    documents = [(1, _document(Id="9"))]
    return differences(shop, paid_in_the_books(documents, [{"TxnDate": day, "Line": [line]}], CODES))


def test_what_is_paid_counts_by_its_share_in_the_quarter_in_which_it_is_paid() -> None:
    receipt = {"date": "2027-05-03", "allocations": [{"sale_id": "7", "amount": "11.00"}]}

    shop = paid_at_the_shop([_sale()], [receipt], {})
    assert shop == {"2027-Q2 as paid": {"G1": Decimal("11.00"), "1A": Decimal("0.50"), "G3": Decimal("5.50")}}
    assert _paid("22.01", "22.01") == []
    assert [told[:22] for told in _paid("22.01", "22.00")] == ["2027-Q2 as paid G1: 22"]
    assert len(_paid("22.01", "22.01", "2027-07-01")) == 6


def test_credit_that_is_used_takes_its_share_back() -> None:
    credit = _sale(id="8", total="-44.02", rounding="-0.02", tax_total="-2.00", shipping=None)
    credit["lines"] = [{"tax_code": code, "line_total": f"-{total}"} for code, total in (("GST", "22"), ("", "22"))]
    both = [{"sale_id": "7", "amount": "10.00"}, {"sale_id": "8", "amount": "-10.00"}]

    used = paid_at_the_shop(
        [_sale(total="44.02", rounding="0.02"), credit], [{"date": "2027-05-03", "allocations": both}], {}
    )
    assert used == {"2027-Q2 as paid": {"G1": 0, "1A": 0, "G3": 0}}
    ties = [
        {"Amount": 10.0, "LinkedTxn": [{"TxnType": t, "TxnId": i}]} for t, i in (("Invoice", "9"), ("CreditMemo", "8"))
    ]
    documents = [(1, _document(Id="9")), (-1, _document(Id="8"))]
    books = paid_in_the_books(documents, [{"TxnDate": "2027-05-03", "Line": ties}], CODES)
    assert books == {"2027-Q2 as paid": {"G1": 0, "G2": 0, "G3": 0, "1A": 0}}


def test_in_america_sales_and_their_tax_are_compared_alone() -> None:
    shop = of_the_shop([_sale(total="44.02")], [], {}, american=True)
    assert shop == {"2027-Q1": {"G1": Decimal("44.02"), "1A": Decimal("2.00")}}
    assert differences(shop, of_the_books([(1, _document())], None)) == []
    assert len(differences(shop, of_the_books([(1, _document(bread=10.01))], None))) == 1
