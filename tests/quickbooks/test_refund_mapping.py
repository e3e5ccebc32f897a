"""Purchases against Accounts Receivable as refunds, and the payments of zero that join them to their credit."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.records import (
    ELSEWHERE,
    Allocation,
    Kind,
    Payment,
    Receipt,
)
from app.domain.model.totals import CentMoves
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.receipt import create_receipt, update_receipt
from app.quickbooks.mapping.refund import create_refund, update_refund
from app.quickbooks.mapping.snapshots import read_snapshot

BOOKS = Books("1", "A", "AU", "AUD", receivables={"84": "AUD", "91": "USD"})
REFUND = Receipt("5", Payment(Decimal("-22.00"), "AUD"), "35", date(2026, 11, 20), "RF-1")


def _purchase(**members: Any) -> dict[str, Any]:
    detail = {"AccountRef": {"value": "84", "name": "Debtors"}, "BillableStatus": "NotBillable"}
    line = {
        "Id": "1",
        "Amount": Decimal(22),
        "Description": "Returned",
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": detail,
    }
    return {
        "Id": "170",
        "SyncToken": "2",
        "PaymentType": "Check",
        "AccountRef": {"value": "35"},
        "EntityRef": {"value": "5", "type": "Customer"},
        "TotalAmt": Decimal(22),
        "TxnDate": "2026-11-20",
        "DocNumber": "RF-1",
        "CurrencyRef": {"value": "AUD"},
        "DepartmentRef": {"value": "2"},
        "LinkedTxn": [{"TxnId": "171", "TxnType": "Payment"}],
        "Line": [line],
        **members,
    }


def test_money_out_to_a_customer_against_receivables_is_a_refund() -> None:
    seen = read_snapshot("Purchase", _purchase(), BOOKS)

    assert (seen.kind, seen.id, seen.version, seen.deleted, seen.record) == (Kind.RECEIPT, "170", "2", False, REFUND)


@pytest.mark.parametrize(
    "members",
    [
        {"EntityRef": {"value": "5", "type": "Vendor"}},
        {"EntityRef": None},
        {"Credit": True},
        {"Line": []},
        {"Line": [{"Amount": 1, "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "60"}}}]},
        {"Line": [{"Amount": 1, "ItemBasedExpenseLineDetail": {"ItemRef": {"value": "84"}}}]},
    ],
)
def test_other_money_out_is_none_of_ours(members: dict[str, Any]) -> None:
    seen = read_snapshot("Purchase", _purchase(**members), BOOKS)

    assert (seen.deleted, seen.record, seen.extras) == (True, None, (ELSEWHERE,))


def test_only_what_is_booked_to_receivables_is_paid_back() -> None:
    fee = {"Amount": Decimal(3), "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "60"}}}
    whole = _purchase(TotalAmt=Decimal(25))
    seen = read_snapshot("Purchase", whole | {"Line": [*whole["Line"], fee]}, BOOKS)

    assert seen.record == REFUND
    assert "purchase_lines" in seen.extras


def test_a_void_one_says_so() -> None:
    [line] = _purchase()["Line"]
    document = _purchase(TotalAmt=Decimal(0), PrivateNote="Voided - x", Line=[{**line, "Amount": Decimal(0)}])
    seen = read_snapshot("Purchase", document, BOOKS)

    assert isinstance(seen.record, Receipt)
    assert seen.record.voided


def test_a_new_refund_bears_no_tax_and_goes_to_the_receivables_of_its_currency() -> None:
    body = create_refund(REFUND, BOOKS)

    assert body["GlobalTaxCalculation"] == "NotApplicable"
    assert (body["PaymentType"], body["AccountRef"], body["DocNumber"]) == ("Cash", {"value": "35"}, "RF-1")
    assert body["EntityRef"] == {"value": "5", "type": "Customer"}
    [line] = body["Line"]
    assert (line["Amount"], line["AccountBasedExpenseLineDetail"]) == (22, {"AccountRef": {"value": "84"}})

    with pytest.raises(CentMoves, match="NZD"):
        create_refund(Receipt("5", Payment(Decimal(-1), "NZD"), "35"), BOOKS)


def test_changing_a_refund_keeps_what_we_do_not_map() -> None:
    wanted = Receipt("6", Payment(Decimal("-15.50"), "AUD"), "36", date(2026, 11, 21), "RF-2")
    body = update_refund(wanted, ("contact_id", "payment", "channel", "date", "reference"), _purchase(), BOOKS)

    assert (body["DepartmentRef"], body["PaymentType"]) == ({"value": "2"}, "Check")
    assert not {"TotalAmt", "LinkedTxn"} & body.keys()
    [line] = body["Line"]
    assert (line["Id"], line["Description"], line["Amount"]) == ("1", "Returned", Decimal("15.5"))
    assert (body["AccountRef"], body["EntityRef"]["value"]) == ({"value": "36"}, "6")
    assert (body["TxnDate"], body["DocNumber"]) == ("2026-11-21", "RF-2")


def test_a_refund_of_several_lines_is_changed_by_a_person() -> None:
    whole = _purchase()
    with pytest.raises(CentMoves, match="several lines"):
        update_refund(REFUND, ("payment",), whole | {"Line": whole["Line"] * 2}, BOOKS)


def test_a_payment_of_zero_joins_credit_and_money_out() -> None:
    parts = (Allocation("164", Decimal(22), "adjustment"), Allocation("170", Decimal(22), "refund"))
    joining = Receipt("5", Payment(Decimal(0), "AUD", parts))
    body = create_receipt(joining, BOOKS)

    assert [x["LinkedTxn"][0] for x in body["Line"]] == [
        {"TxnId": "164", "TxnType": "CreditMemo"},
        {"TxnId": "170", "TxnType": "Expense"},
    ]
    document = {"Id": "171", "CustomerRef": {"value": "5"}, "TotalAmt": 0, "CurrencyRef": {"value": "AUD"}, **body}
    seen = read_snapshot("Payment", document, BOOKS)
    assert seen.record == joining
    assert seen.extras == ("credit_application",)


def test_a_cheque_stays_a_cheque_when_its_joining_changes() -> None:
    lines = [
        {"Amount": 22, "LinkedTxn": [{"TxnId": "164", "TxnType": "CreditMemo"}]},
        {"Amount": 22, "LinkedTxn": [{"TxnId": "170", "TxnType": "Check"}]},
    ]
    document = {"Id": "171", "CustomerRef": {"value": "5"}, "TotalAmt": 0, "Line": lines}
    less = (Allocation("164", Decimal(15), "adjustment"), Allocation("170", Decimal(15), "refund"))
    body = update_receipt(Receipt("5", Payment(Decimal(0), "AUD", less)), ("payment",), document)

    assert [(x["Amount"], x["LinkedTxn"][0]["TxnType"]) for x in body["Line"]] == [(15, "CreditMemo"), (15, "Check")]


def test_money_out_that_a_payment_with_cash_is_linked_to_is_kept_and_not_read() -> None:
    lines = [
        {"Amount": 60, "LinkedTxn": [{"TxnId": "145", "TxnType": "Invoice"}]},
        {"Amount": 40, "LinkedTxn": [{"TxnId": "170", "TxnType": "Expense"}]},
    ]
    document = {"Id": "171", "CustomerRef": {"value": "5"}, "TotalAmt": 100, "Line": lines}
    seen = read_snapshot("Payment", document, BOOKS)

    assert isinstance(seen.record, Receipt)
    assert seen.record.payment.allocations == (Allocation("145", Decimal(60)),)
    assert seen.extras == ("evens_out:170:40", "linked_expense")
    again = update_receipt(seen.record, ("payment",), document)
    assert [x["LinkedTxn"][0]["TxnType"] for x in again["Line"]] == ["Invoice", "Expense"]
