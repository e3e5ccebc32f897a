"""What the books settle in a way that is no receipt is named, said to a person, and shown on the sale (docs/rules.md 5)."""

from typing import Any

import pytest

from app.domain.model.days import day_in_words
from tests.support.joint import Joint
from tests.support.settlements import bad_debts, banked, causes, journal, set_against, standing, told, up_front
from tests.support.stories import Body, book, payment, quiet, remove, run, shop

PAST = "2026-11-01"


async def owing(joint: Joint) -> tuple[Body, Body]:
    """A sale of 22.00, past due and in the books, and its invoice."""
    contact = await joint.contact()
    sale = await joint.sale(contact["id"], date="2026-10-01", due_date=PAST)
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    return sale, invoice


async def customer_of(joint: Joint, invoice: Body) -> str:
    return str((await book(joint, "invoice", invoice["Id"]))["CustomerRef"]["value"])


async def shown(joint: Joint, sale: Body) -> tuple[str, str, str | None]:
    """What the shop shows: what was settled in the books, what is owing, and why."""
    held = await shop(joint, "sales", sale["id"])
    return held["books_settled"], held["amount_owing"], held["books_reason"]


async def items(joint: Joint) -> list[Any]:
    return [item for item in await joint.attention() if item.kind == "settled_otherwise"]


async def test_money_up_front_is_named_shown_and_said_and_makes_no_receipt(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await up_front(joint, invoice["Id"], "20.00")
    assert await run(joint) == [("oncord", "sale", "update")]

    why = "Settled in QuickBooks and not by a receipt: 20.00 AUD by money up front that was entered on the invoice itself."
    assert await shown(joint, sale) == ("20.00", "2.00", why)
    assert await joint.shop_list("receipts") == []
    found = await standing(joint, sale)
    assert (told(found), causes(found), found.chase) == (("partly", "20.00", "2.00"), {"deposit": "20.00"}, True)
    [item] = await items(joint)
    assert item.summary.startswith(
        f"QuickBooks shows invoice {sale['number']}, Ada Lovelace (22.00 AUD, 1 Oct 2026) as settled"
    )
    assert "20.00 AUD by money up front" in item.summary
    assert "record it as a payment in QuickBooks" in item.advice
    assert item.actions == ["dismiss"]
    await quiet(joint)


async def test_it_closes_by_itself_and_the_sale_is_owed_again_once_it_is_gone(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await up_front(joint, invoice["Id"], "20.00")
    await run(joint)
    await up_front(joint, invoice["Id"], "0.00")
    await run(joint)

    assert await shown(joint, sale) == ("0.00", "22.00", None)
    assert await items(joint) == []
    assert told(await standing(joint, sale)) == ("open", "0.00", "22.00")
    await quiet(joint)


async def test_a_receipt_for_the_rest_leaves_nothing_owing(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await up_front(joint, invoice["Id"], "20.00")
    await run(joint)
    await joint.receipt(sale, "2.00")
    assert await run(joint) == [("quickbooks", "receipt", "create")]

    assert (await shown(joint, sale))[:2] == ("20.00", "0.00")
    assert (await book(joint, "invoice", invoice["Id"]))["Balance"] == 0
    assert told(await standing(joint, sale)) == ("paid", "22.00", "0.00")
    await quiet(joint)


async def test_a_journal_entry_is_named_with_its_day(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    entry = await journal(joint, await customer_of(joint, invoice), "5.00", await joint.account("Income"))
    await set_against(joint, await book(joint, "invoice", invoice["Id"]), "JournalEntry", entry, "5.00")
    await run(joint)

    assert await joint.shop_list("receipts") == []
    assert (await shown(joint, sale))[:2] == ("5.00", "17.00")
    assert causes(await standing(joint, sale)) == {"journal": "5.00"}
    [item] = await items(joint)
    assert f"5.00 AUD by a journal entry (Journal entry of {day_in_words(entry['TxnDate'])})" in item.summary
    await quiet(joint)


async def test_what_was_written_off_is_called_so_and_nobody_is_chased(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    entry = await journal(joint, await customer_of(joint, invoice), "22.00", await bad_debts(joint), DocNumber="W1")
    await set_against(joint, await book(joint, "invoice", invoice["Id"]), "JournalEntry", entry, "22.00")
    await run(joint)

    found = await standing(joint, sale)
    assert (told(found), causes(found), found.chase) == (
        ("written_off", "22.00", "0.00"),
        {"written_off": "22.00"},
        False,
    )
    assert (await shown(joint, sale))[:2] == ("22.00", "0.00")
    assert "Journal entry W1 of" in (await items(joint))[0].summary


async def test_a_bank_deposit_that_was_booked_to_receivables_is_named(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    deposit = await banked(joint, await customer_of(joint, invoice), "22.00")
    await set_against(joint, await book(joint, "invoice", invoice["Id"]), "Deposit", deposit, "22.00")
    await run(joint)

    assert causes(await standing(joint, sale)) == {"bank_deposit": "22.00"}
    assert (await standing(joint, sale)).state == "paid"
    assert await joint.shop_list("receipts") == []
    settled, left, why = await shown(joint, sale)
    assert (settled, left) == ("22.00", "0.00")
    assert (
        f"22.00 AUD by a bank deposit that was booked to Accounts Receivable (Bank deposit of {day_in_words(deposit['TxnDate'])})"
        in (why or "")
    )
    await quiet(joint)


async def test_a_refund_receipt_that_was_given_for_it_is_named(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    known = await book(joint, "invoice", invoice["Id"])
    lines = [line for line in known["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    body = {
        "CustomerRef": known["CustomerRef"],
        "GlobalTaxCalculation": known["GlobalTaxCalculation"],
        "Line": [{k: v for k, v in line.items() if k != "Id"} for line in lines],
        "DepositToAccountRef": {"value": await joint.account("Bank")},
        "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}],
    }
    await joint.person("refundreceipt", body)
    await run(joint)

    assert causes(await standing(joint, sale)) == {"refund_receipt": "22.00"}
    assert await joint.shop_list("receipts") == []
    settled, left, why = await shown(joint, sale)
    assert (settled, left) == ("22.00", "0.00")
    assert "22.00 AUD by a refund receipt" in (why or "")
    assert "record a refund in Oncord instead" in (await items(joint))[0].advice
    await quiet(joint)


async def test_cash_and_a_journal_entry_in_one_payment_are_told_apart(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    entry = await journal(joint, await customer_of(joint, invoice), "2.00", await joint.account("Expense"))
    await set_against(joint, await book(joint, "invoice", invoice["Id"]), "JournalEntry", entry, "2.00", cash="20.00")
    await run(joint)

    [receipt] = await joint.shop_list("receipts")
    assert (receipt["amount"], receipt["allocations"][0]["amount"]) == ("20.00", "20.00")
    found = await standing(joint, sale)
    assert causes(found) == {"receipt": "20.00", "journal": "2.00"}
    assert (await shown(joint, sale))[:2] == ("2.00", "0.00")
    await quiet(joint)

    part = [{"sale_id": sale["id"], "amount": "19.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "19.00", "allocations": part})
    await run(joint)
    [paid] = await joint.books_list("payment")
    amounts = {line["LinkedTxn"][0]["TxnType"]: line["Amount"] for line in paid["Line"]}
    assert (paid["TotalAmt"], amounts) == (19, {"Invoice": 21, "JournalEntry": 2})
    assert (await shown(joint, sale))[:2] == ("2.00", "1.00")
    await quiet(joint)


async def test_a_payment_in_an_account_that_is_not_mapped_is_shown_and_asked_about_once(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    till = await joint.person("account", {"Name": "Till", "AccountType": "Bank"})
    into = {"DepositToAccountRef": {"value": till["Id"]}}
    await payment(joint, await customer_of(joint, invoice), "22.00", {invoice["Id"]: "22.00"}, **into)
    await run(joint)

    assert (await shown(joint, sale))[:2] == ("22.00", "0.00")
    assert await items(joint) == []
    assert len(await joint.attention()) == 1
    await quiet(joint)


async def test_r3_a_payment_whose_receipt_was_deleted_shows_on_the_sale_and_is_asked_of_nobody(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await payment(joint, await customer_of(joint, invoice), "22.00", {invoice["Id"]: "22.00"})
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert len(await joint.books_list("payment")) == 1
    assert (await shown(joint, sale))[:2] == ("22.00", "0.00")
    assert "a payment that has no receipt in Oncord" in (await shop(joint, "sales", sale["id"]))["books_reason"]
    assert await items(joint) == [], "it stays by rule, and whoever deleted the receipt knows"
    await quiet(joint)


async def test_ordinary_payments_of_either_side_are_no_difference(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await joint.receipt(sale, "12.00")
    await run(joint)
    await payment(joint, await customer_of(joint, invoice), "10.00", {invoice["Id"]: "10.00"})
    await run(joint)

    assert await shown(joint, sale) == ("0.00", "0.00", None)
    assert await items(joint) == []
    await quiet(joint)


async def test_the_causes_of_many_differences_cost_a_few_reads(joint: Joint) -> None:
    contact = await joint.contact()
    for _ in range(6):
        await joint.sale(contact["id"])
    await run(joint)
    invoices = await joint.books_list("invoice")
    account = await joint.account("Expense")
    for each in invoices:
        entry = await journal(joint, each["CustomerRef"]["value"], "3.00", account)
        await set_against(joint, each, "JournalEntry", entry, "3.00")
    await joint.http_books.delete(f"/_sandbox/companies/{joint.realm}/calls")
    await run(joint)
    calls = (await joint.http_books.get(f"/_sandbox/companies/{joint.realm}/calls")).json()
    assert calls["query"] <= 4

    await joint.http_books.delete(f"/_sandbox/companies/{joint.realm}/calls")
    await quiet(joint)
    assert (await joint.http_books.get(f"/_sandbox/companies/{joint.realm}/calls")).json()["query"] == 0
    assert len(await items(joint)) == 6


async def test_a_person_who_has_seen_it_is_not_told_again_until_it_moves(joint: Joint) -> None:
    _, invoice = await owing(joint)
    await up_front(joint, invoice["Id"], "20.00")
    await run(joint)
    [item] = await items(joint)
    await joint.answer(item.id, "dismiss")
    await run(joint)
    assert await items(joint) == []

    await up_front(joint, invoice["Id"], "15.00")
    await run(joint)
    assert len(await items(joint)) == 1


async def test_an_invoice_that_is_deleted_takes_its_difference_along(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await up_front(joint, invoice["Id"], "20.00")
    await run(joint)
    await remove(joint, "invoice", invoice["Id"])
    await run(joint)

    assert await items(joint) == []
    held = await shop(joint, "sales", sale["id"])
    assert (held["books_status"], held["books_settled"], held["amount_owing"]) == ("gone", "0.00", "22.00")
    await quiet(joint)


async def test_an_invoice_that_came_with_money_up_front_is_shown_so_from_the_start(joint: Joint) -> None:
    from tests.support.stories import customer
    from tests.support.stories import invoice as made_there

    grace = await customer(joint, "Grace")
    bank = await joint.account("Bank")
    await made_there(joint, grace["Id"], Deposit=13, DepositToAccountRef={"value": bank})
    await run(joint)
    [sale] = await joint.shop_list("sales")

    assert (sale["books_settled"], sale["amount_owing"]) == ("13.00", "20.00")
    await quiet(joint)


@pytest.mark.parametrize("part", ["read_lag"])
async def test_a_payment_that_cdc_does_not_show_yet_is_no_difference(joint: Joint, part: str) -> None:
    sale, invoice = await owing(joint)
    await payment(joint, await customer_of(joint, invoice), "22.00", {invoice["Id"]: "22.00"})
    await joint.touched("quickbooks", "sale", invoice["Id"])
    await joint.hazard("quickbooks", part, seconds=600)
    await run(joint)

    assert await items(joint) == []
    await joint.hazard("quickbooks", part, on=False)
    joint.clock.pass_time(600)
    await run(joint)
    assert await items(joint) == []
    assert len(await joint.shop_list("receipts")) == 1
    assert told(await standing(joint, sale)) == ("paid", "22.00", "0.00")
    await quiet(joint)
