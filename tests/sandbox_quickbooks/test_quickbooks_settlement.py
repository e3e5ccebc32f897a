"""What settles a document without a payment of money (docs/quickbooks.md 9.16)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .books import Body, Books


def account(au: Books, kind: str, subtype: str = "") -> str:
    rows = au.company.table("Account").rows.values()
    return next(
        r.id for r in rows if r.body["AccountType"] == kind and (not subtype or r.body["AccountSubType"] == subtype)
    )


def entry(au: Books, customer: Body, amount: float, other: str, side: str = "Credit") -> Body:
    def line(posting: str, account_id: str, **more: Any) -> Body:
        detail = {"PostingType": posting, "AccountRef": {"value": account_id}, **more}
        return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}

    owner = {"Type": "Customer", "EntityRef": {"value": customer["Id"]}}
    against = "Debit" if side == "Credit" else "Credit"
    return {"Line": [line(against, other), line(side, account(au, "Accounts Receivable"), Entity=owner)]}


def linking(customer: Body, *parts: tuple[str, str, float]) -> Body:
    lines = [{"Amount": a, "LinkedTxn": [{"TxnId": i, "TxnType": entity}]} for entity, i, a in parts]
    return {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": 0, "Line": lines}


async def test_money_up_front_lowers_the_balance_without_a_payment(au: Books) -> None:
    customer = await au.customer()
    made = await au.invoice(customer, Deposit=20)

    assert (made["TotalAmt"], made["Deposit"], made["Balance"], made["LinkedTxn"]) == (110, 20, 90, [])
    assert (await au.read("Customer", customer["Id"]))["Balance"] == 90


async def test_a_journal_entry_is_set_against_an_invoice_by_a_payment_of_zero(au: Books) -> None:
    customer = await au.customer()
    invoice = await au.invoice(customer)
    made = await au.write("JournalEntry", entry(au, customer, 30, account(au, "Expense")))
    assert (await au.read("Customer", customer["Id"]))["Balance"] == 80

    parts = (("Invoice", invoice["Id"], 30.0), ("JournalEntry", made["Id"], 30.0))
    payment = await au.write("Payment", linking(customer, *parts))
    found = await au.read("Invoice", invoice["Id"])

    assert (found["Balance"], found["LinkedTxn"]) == (80, [{"TxnId": payment["Id"], "TxnType": "Payment"}])
    assert [line["LinkedTxn"][0]["TxnType"] for line in payment["Line"]] == ["Invoice", "JournalEntry"]
    assert (await au.read("Customer", customer["Id"]))["Balance"] == 80


async def test_no_more_of_a_journal_entry_can_be_used_than_it_credits(au: Books) -> None:
    customer = await au.customer()
    invoice = await au.invoice(customer)
    made = await au.write("JournalEntry", entry(au, customer, 30, account(au, "Expense")))

    error = await au.fault(
        "Payment", linking(customer, ("Invoice", invoice["Id"], 31.0), ("JournalEntry", made["Id"], 31.0))
    )
    assert error["code"] == "6000"


async def test_a_journal_entry_that_charges_is_paid_like_an_invoice(au: Books) -> None:
    customer = await au.customer()
    made = await au.write("JournalEntry", entry(au, customer, 30, account(au, "Income"), side="Debit"))
    assert (await au.read("Customer", customer["Id"]))["Balance"] == 30

    body = linking(customer, ("JournalEntry", made["Id"], 30.0))
    payment = await au.write("Payment", {**body, "TotalAmt": 30})
    assert payment["UnappliedAmt"] == 0
    assert (await au.read("Customer", customer["Id"]))["Balance"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"Amount": 29},
        {"JournalEntryLineDetail": {"Entity": None}},
        {"JournalEntryLineDetail": {"PostingType": "Both"}},
        {"JournalEntryLineDetail": {"Colour": "red"}},
    ],
)
async def test_a_journal_entry_that_does_not_add_up_or_names_nobody_is_refused(au: Books, change: Body) -> None:
    customer = await au.customer()
    body = entry(au, customer, 30, account(au, "Expense"))
    last = body["Line"][-1]
    detail = {**last["JournalEntryLineDetail"], **change.get("JournalEntryLineDetail", {})}
    body["Line"][-1] = {**last, **change, "JournalEntryLineDetail": detail}

    assert (await au.fault("JournalEntry", body))["code"] in ("6000", "2170", "2010")


async def test_deleting_a_journal_entry_opens_what_it_settled(au: Books) -> None:
    customer = await au.customer()
    invoice = await au.invoice(customer)
    made = await au.write("JournalEntry", entry(au, customer, 30, account(au, "Expense")))
    await au.write("Payment", linking(customer, ("Invoice", invoice["Id"], 30.0), ("JournalEntry", made["Id"], 30.0)))
    await au.write("JournalEntry", {"Id": made["Id"], "SyncToken": made["SyncToken"]}, operation="delete")

    found = await au.read("Invoice", invoice["Id"])
    assert (found["Balance"], found["LinkedTxn"]) == (110, [])
    assert au.company.table("Payment").rows == {}


def banked(au: Books, customer: Body, amount: float) -> Body:
    detail = {
        "AccountRef": {"value": account(au, "Accounts Receivable")},
        "Entity": {"value": customer["Id"], "type": "CUSTOMER"},
    }
    line = {"Amount": amount, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}
    return {"DepositToAccountRef": {"value": account(au, "Bank")}, "Line": [line]}


async def test_a_bank_deposit_on_accounts_receivable_is_set_against_an_invoice_by_a_person_only(au: Books) -> None:
    customer = await au.customer()
    invoice = await au.invoice(customer)
    made = await au.person("Deposit", banked(au, customer, 110))
    assert (await au.read("Customer", customer["Id"]))["Balance"] == 0

    body = linking(customer, ("Invoice", invoice["Id"], 110.0), ("Deposit", made["Id"], 110.0))
    assert (await au.fault("Payment", body))["code"] == "620"
    payment = await au.person("Payment", body)
    found = await au.read("Invoice", invoice["Id"])

    assert (found["Balance"], found["LinkedTxn"]) == (0, [{"TxnId": payment["Id"], "TxnType": "Payment"}])
    bank = next(r for r in au.company.table("Account").rows.values() if r.id == account(au, "Bank"))
    assert bank.body["CurrentBalance"] == Decimal(110)


async def test_a_refund_receipt_that_a_person_gives_for_a_credit_memo_uses_its_credit(au: Books) -> None:
    customer = await au.customer()
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [au.line("100")]}
    memo = await au.write("CreditMemo", body)
    refund = await au.person(
        "RefundReceipt",
        {
            **body,
            "DepositToAccountRef": {"value": account(au, "Bank")},
            "LinkedTxn": [{"TxnId": memo["Id"], "TxnType": "CreditMemo"}],
        },
    )
    assert (await au.read("CreditMemo", memo["Id"]))["RemainingCredit"] == 0

    await au.person("RefundReceipt", {"Id": refund["Id"]}, operation="delete")
    assert (await au.read("CreditMemo", memo["Id"]))["RemainingCredit"] == 110


async def test_what_was_settled_is_told_by_cdc_and_survives_saving_the_world(au: Books) -> None:
    customer = await au.customer()
    invoice = await au.invoice(customer)
    made = await au.write("JournalEntry", entry(au, customer, 30, account(au, "Expense")))
    await au.write("Payment", linking(customer, ("Invoice", invoice["Id"], 30.0), ("JournalEntry", made["Id"], 30.0)))
    answer = await au.call("GET", "cdc", entities="JournalEntry", changedSince="2026-11-20T00:00:00Z")
    [block] = answer.json()["CDCResponse"][0]["QueryResponse"]
    assert [row["Id"] for row in block["JournalEntry"]] == [made["Id"]]

    saved = (await au.client.get("/_sandbox/state")).json()
    assert (await au.client.put("/_sandbox/state", json=saved)).status_code == 200
    [company] = au.world.companies.values()
    assert company.table("Invoice").rows[invoice["Id"]].body["Balance"] == 80
