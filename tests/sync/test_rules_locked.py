"""B1: what is dated in a closed, lodged or sealed period moves in QuickBooks only where a person says so, once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Side
from app.services import sealed_months, tie_outs
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import book, change, customer, invoice, line, payment, quiet, reasons, remove, run, void
from tests.sync.test_discount_lines import us_line
from tests.sync.test_rules_refunds import returned
from tests.sync.test_rules_split_receipts import split_receipt

Body = dict[str, Any]
LODGED = date(2026, 9, 30)
SEPTEMBER, OCTOBER = "2026-09-12", "2026-10-12"
DO, LEAVE = "do_in_old_period", "leave_difference"


async def locked(joint: Joint) -> list[Any]:
    """The open questions about documents of locked periods."""
    return [item for item in await joint.attention() if item.kind == "locked_period"]


async def a_sale(joint: Joint, day: str = SEPTEMBER, number: str = "1041", **members: Any) -> tuple[Body, Body]:
    """A sale and its invoice of 22.00, both of a day that is lodged afterwards."""
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], date=day, number=number, **members)
    await run(joint)
    made = next(x for x in await joint.books_list("invoice") if x["DocNumber"] == number)
    return sale, made


def lines(price: str) -> Body:
    return {"lines": [{"description": "Tea", "quantity": "1", "unit_price": price, "tax_code": "GST"}]}


async def total(joint: Joint, made: Body, entity: str = "invoice") -> Decimal:
    return Decimal(str((await book(joint, entity, made["Id"]))["TotalAmt"]))


async def books_writes(joint: Joint) -> list[tuple[str, str, str]]:
    """What the last run wrote in QuickBooks."""
    return [write for write in await joint.writes() if write[0] == "quickbooks"]


async def test_b1_an_edit_of_a_lodged_sale_is_asked_about_once_with_its_amounts_while_its_note_travels(
    joint: Joint,
) -> None:
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {**lines("44.00"), "notes": "Thanks"})
    await run(joint)

    [item] = await locked(joint)
    assert item.summary == (
        "Sale 1041, Ada Lovelace of 12 Sep 2026, 22.00 AUD, tax 2.00 in QuickBooks, is to become 44.00 AUD, tax 4.00. It was"
        " not changed there, since a BAS or tax return is lodged up to 30 Sep 2026. Done in that period, it moves its sales"
        " by +22.00 AUD, of which tax +2.00."
    )
    assert (item.rule, item.actions) == ("B1", ["enter_difference", DO, LEAVE])
    assert await total(joint, made) == 22
    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "Thanks"
    await quiet(joint)
    assert len(await locked(joint)) == 1


async def test_b1_what_is_to_be_done_in_the_old_period_travels_once(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)
    [item] = await locked(joint)
    await joint.answer(item.id, DO)
    await run(joint)

    assert await total(joint, made) == 44
    assert any("as test said" in why for why in await reasons(joint, Action.UPDATE))
    assert await locked(joint) == []
    await quiet(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("22.00"))
    await run(joint)
    await joint.answer((await locked(joint))[0].id, DO)
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)
    assert await total(joint, made) == 22, "the answer of before was for that change alone"
    assert len(await locked(joint)) == 1


async def test_b1_a_difference_that_is_left_stays_named_until_the_document_is_edited_again(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)
    await joint.answer((await locked(joint))[0].id, LEAVE)
    await run(joint)

    assert await total(joint, made) == 22
    assert await locked(joint) == []
    assert any("named difference" in why for why in await reasons(joint, Action.SKIP))
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Thanks"})
    await run(joint)
    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "Thanks"
    assert (await total(joint, made), await locked(joint)) == (22, [])
    await quiet(joint)

    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("55.00"))
    await run(joint)
    [again] = await locked(joint)
    assert "55.00 AUD" in again.summary
    assert await total(joint, made) == 22


async def test_b1_an_edit_that_is_taken_back_ends_its_question(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"date": "2026-09-13"})
    await run(joint)
    assert len(await locked(joint)) == 1

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"date": SEPTEMBER})
    await run(joint)
    assert await locked(joint) == []
    assert (await book(joint, "invoice", made["Id"]))["TxnDate"] == SEPTEMBER


async def test_b1_a_late_sale_is_neither_made_nor_dated_otherwise_before_somebody_says_so(joint: Joint) -> None:
    await joint.configure(lodged_until=LODGED)
    ada = await joint.contact()
    await joint.sale(ada["id"], date=SEPTEMBER, number="1041")
    await run(joint)

    assert await joint.books_list("invoice") == []
    assert await books_writes(joint) == [], "nor is a customer made for it"
    [item] = await locked(joint)
    assert "22.00 AUD, tax 2.00, is not in QuickBooks yet. It was not made there" in item.summary

    await joint.sale(ada["id"], date=OCTOBER, number="1042")
    await run(joint)
    assert [x["DocNumber"] for x in await joint.books_list("invoice")] == ["1042"], "the customer's other sales go"

    await joint.answer(item.id, DO)
    await run(joint)
    made = {x["DocNumber"]: x["TxnDate"] for x in await joint.books_list("invoice")}
    assert made == {"1041": SEPTEMBER, "1042": OCTOBER}
    await quiet(joint)


async def test_b1_a_late_sale_is_dated_on_the_first_open_day_where_somebody_says_so(joint: Joint) -> None:
    await joint.configure(lodged_until=LODGED)
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], date=SEPTEMBER, number="1041")
    await run(joint)
    [item] = await locked(joint)
    assert item.actions == [DO, LEAVE, "date_first_open_day"]
    await joint.answer(item.id, "date_first_open_day")
    await run(joint)

    [made] = await joint.books_list("invoice")
    assert (made["TxnDate"], made["DocNumber"]) == ("2026-10-01", "1041")
    assert next(s for s in await joint.shop_list("sales") if s["id"] == sale["id"])["date"] == SEPTEMBER
    assert await _differences(joint) == [("date", "locked", "0.00")]
    await quiet(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)
    assert (await total(joint, made), await locked(joint)) == (44, []), "from here on it is a document of October"


async def test_b1_a_lodged_invoice_is_neither_voided_nor_deleted_before_somebody_says_so(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    [item] = await locked(joint)
    assert "was deleted in Oncord" in item.summary
    assert "it moves its sales by -22.00 AUD, of which tax -2.00." in item.summary
    assert await total(joint, made) == 22
    await quiet(joint)

    await joint.answer(item.id, DO)
    await run(joint)
    assert await total(joint, made) == 0, "what stands in an earlier month is voided, also for a delete (S3)"
    assert await locked(joint) == []
    await quiet(joint)


async def test_b1_a_cancelled_sale_of_a_lodged_period_moves_nothing_there_and_asks_nobody(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "cancelled", "notes": "Called off"})
    await run(joint)

    assert (await total(joint, made), await locked(joint)) == (22, []), "a credit memo takes it back (S5)"
    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "Called off"
    [memo] = await joint.books_list("creditmemo")
    assert (memo["TxnDate"], memo["TotalAmt"]) == ("2026-11-20", 22)
    await quiet(joint)


@pytest.mark.parametrize(("day", "moved_to"), [(SEPTEMBER, OCTOBER), (OCTOBER, SEPTEMBER)])
async def test_b1_no_document_moves_out_of_a_lodged_period_or_into_it(joint: Joint, day: str, moved_to: str) -> None:
    sale, made = await a_sale(joint, day)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"date": moved_to})
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["TxnDate"] == day
    [item] = await locked(joint)
    assert "be dated" in item.summary


@pytest.mark.parametrize("locks", ["closed", "lodged"])
async def test_b1_what_is_to_be_dated_in_a_locked_period_changes_in_all_else_meanwhile(
    joint: Joint, locks: str
) -> None:
    sale, made = await a_sale(joint, OCTOBER)
    receipt = await joint.receipt(sale, "22.00", date=OCTOBER)
    await run(joint)
    if locks == "closed":
        await joint.in_books("POST", "close-books", {"date": "2026-09-30"})
    else:
        await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {**lines("44.00"), "date": SEPTEMBER, "notes": "Thanks"})
    part = {"sale_id": sale["id"], "amount": "9.00"}
    await joint.in_shop(
        "PATCH", f"receipts/{receipt['id']}", {"amount": "9.00", "allocations": [part], "date": SEPTEMBER}
    )
    await run(joint)

    now, [paid] = await book(joint, "invoice", made["Id"]), await joint.books_list("payment")
    assert (now["TxnDate"], now["TotalAmt"], now["CustomerMemo"]["value"]) == (OCTOBER, 44, "Thanks")
    assert (paid["TxnDate"], paid["TotalAmt"]) == (OCTOBER, 9)
    questions = await locked(joint)
    assert sorted(item.record_kind for item in questions) == ["receipt", "sale"]
    assert all("is to be dated" in item.summary and "to become" not in item.summary for item in questions)
    assert all("Notes and addresses go over meanwhile" in item.advice for item in questions)
    await quiet(joint)


async def test_b1_what_waits_goes_by_itself_when_the_lodged_date_is_corrected(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)
    assert await total(joint, made) == 22

    await joint.configure(lodged_until=date(2026, 6, 30))
    await joint.sync(download=False)
    assert await total(joint, made) == 44
    assert await locked(joint) == []


async def test_b1_books_that_are_closed_are_asked_about_and_what_waits_goes_when_they_are_opened(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.in_books("POST", "close-books", {"date": "2026-09-30"})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)

    [item] = await locked(joint)
    assert "since the books are closed in QuickBooks up to 30 Sep 2026" in item.summary
    assert {i.kind for i in await joint.attention()} == {"locked_period"}
    await joint.in_books("POST", "close-books", {"date": ""})
    await run(joint)
    assert await total(joint, made) == 44
    assert await locked(joint) == []


async def test_b1_in_closed_books_the_note_waits_along_since_quickbooks_would_refuse_it_and_nobody_is_asked_twice(
    joint: Joint,
) -> None:
    sale, made = await a_sale(joint)
    await joint.in_books("POST", "close-books", {"date": "2026-09-30"})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {**lines("44.00"), "notes": "Thanks"})
    await run(joint)
    assert [item.kind for item in await joint.attention()] == ["locked_period"]

    await joint.in_books("POST", "close-books", {"date": ""})
    await run(joint)
    now = await book(joint, "invoice", made["Id"])
    assert (now["TotalAmt"], now["CustomerMemo"]["value"]) == (44, "Thanks")
    assert await joint.attention() == []


async def test_b1_in_closed_books_a_note_alone_waits_without_a_try_or_a_question_until_they_are_opened(
    joint: Joint,
) -> None:
    sale, made = await a_sale(joint)
    open_sale, still_open = await a_sale(joint, OCTOBER, "1042")
    await joint.in_books("POST", "close-books", {"date": "2026-09-30"})
    joint.clock.pass_time(3700)
    for each in (sale, open_sale):
        await joint.in_shop("PATCH", f"sales/{each['id']}", {"notes": "Thanks"})
    await run(joint)

    assert await books_writes(joint) == [("quickbooks", "sale", "update")], "the one of an open period"
    assert (await book(joint, "invoice", still_open["Id"]))["CustomerMemo"]["value"] == "Thanks"
    assert await joint.attention() == []
    assert any("goes once the closing date is moved" in why for why in await reasons(joint, Action.WAIT))
    await quiet(joint)
    await quiet(joint)

    await joint.in_books("POST", "close-books", {"date": ""})
    await run(joint)
    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "Thanks"
    await quiet(joint)


async def test_b1_a_note_in_books_that_were_closed_meanwhile_is_refused_once_and_asked_about_by_nobody(
    joint: Joint,
) -> None:
    sale, _ = await a_sale(joint)
    await joint.in_books("POST", "close-books", {"date": "2026-09-30"})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Thanks"})
    await joint.touched("oncord", "sale", sale["id"])
    await joint.sync(download=False)

    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize("closed", [False, True])
async def test_b1_what_a_payment_of_closed_books_is_applied_to_is_asked_about_on_any_basis_since_quickbooks_refuses_it(
    joint: Joint, closed: bool
) -> None:
    sale, _ = await a_sale(joint)
    receipt = await joint.receipt(sale, date=SEPTEMBER)
    await run(joint)
    await joint.configure(lodged_until=LODGED, gst_basis="accrual")
    if closed:
        await joint.in_books("POST", "close-books", {"date": "2026-09-30"})
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": []})
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert (len(await locked(joint)), bool(paid["Line"])) == ((1, True) if closed else (0, False))
    assert {item.kind for item in await joint.attention()} <= {"locked_period"}
    await quiet(joint)


async def test_b1_books_that_were_closed_since_they_were_read_are_found_by_the_refusal(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.in_books("POST", "close-books", {"date": "2026-09-30"})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await joint.touched("oncord", "sale", sale["id"])
    await joint.sync(download=False)

    assert [item.kind for item in await joint.attention()] == ["locked_period"]
    assert await total(joint, made) == 22


async def test_b1_what_is_done_in_closed_books_is_refused_once_and_goes_once_they_are_open(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.in_books("POST", "close-books", {"date": "2026-09-30"})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)
    await joint.answer((await locked(joint))[0].id, DO)
    await run(joint)
    assert "refused" in {item.kind for item in await joint.attention()}
    assert await total(joint, made) == 22
    await quiet(joint)  # it is not sent again before the closing date has moved
    assert "refused" in {item.kind for item in await joint.attention()}

    await joint.in_books("POST", "close-books", {"date": ""})
    await run(joint)
    assert await total(joint, made) == 44
    assert await joint.attention() == []


async def test_b1_a_sealed_month_is_locked_until_it_is_unsealed(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    container = build_container(joint.runtime)
    await sealed_months.seal(container, joint.connection_id, "2026-09", who=SOMEBODY)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)

    [item] = await locked(joint)
    assert "since September 2026 is sealed" in item.summary
    await sealed_months.unseal(container, joint.connection_id, "2026-09", who=SOMEBODY)
    await joint.sync(download=False)
    assert await total(joint, made) == 44
    assert await locked(joint) == []


async def test_b1_the_bookkeepers_own_change_of_a_locked_period_is_pulled_and_said(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await change(joint, "invoice", made["Id"], Line=[await line(joint, "30.00")])
    await run(joint)

    assert Decimal(next(s for s in await joint.shop_list("sales") if s["id"] == sale["id"])["total"]) == 30
    assert any("locked period" in why for why in await reasons(joint, Action.UPDATE))
    assert await locked(joint) == []
    await quiet(joint)


async def test_b1_in_a_conflict_about_a_locked_document_the_books_go_on_and_the_other_value_is_kept(
    joint: Joint,
) -> None:
    sale, made = await a_sale(joint)
    winners = {Kind.CONTACT: Side.ONCORD, Kind.ITEM: Side.ONCORD, Kind.SALE: Side.ONCORD, Kind.RECEIPT: Side.ONCORD}
    await joint.configure(lodged_until=LODGED, conflict_winner=winners)
    await change(joint, "invoice", made["Id"], Line=[await line(joint, "30.00")])
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)

    assert await total(joint, made) == 30
    assert Decimal(next(s for s in await joint.shop_list("sales") if s["id"] == sale["id"])["total"]) == 30
    assert [item.kind for item in await joint.attention()] == ["conflict"]


async def test_b1_using_a_credit_is_asked_about_with_the_amount_that_it_joins(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    back = await joint.sale(
        sale["contact_id"], {**lines("11.00")["lines"][0], "quantity": "-1"}, kind="adjustment", date=SEPTEMBER
    )
    await run(joint)
    await joint.configure(lodged_until=LODGED, gst_basis="cash")
    parts = [{"sale_id": sale["id"], "amount": "11.00"}, {"sale_id": back["id"], "amount": "-11.00"}]
    await joint.receipt(sale, "0.00", allocations=parts, date="2026-09-20")
    await run(joint)

    [item] = await locked(joint)
    assert "the payment that joins 11.00 AUD of it to other documents is not in QuickBooks yet" in item.summary
    await joint.answer(item.id, DO)
    await run(joint)
    assert [Decimal(str(x["TotalAmt"])) for x in await joint.books_list("payment")] == [0]
    await quiet(joint)


async def test_b1_a_payment_of_today_for_a_lodged_invoice_goes_and_one_of_then_is_asked_about(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=LODGED, gst_basis="accrual")
    await joint.receipt(sale, "10.00", date="2026-11-19")
    await joint.receipt(sale, "12.00", date="2026-09-20")
    await run(joint)

    assert [Decimal(str(x["TotalAmt"])) for x in await joint.books_list("payment")] == [10]
    [item] = await locked(joint)
    assert "12.00 AUD, is not in QuickBooks yet" in item.summary
    await joint.answer(item.id, DO)
    await run(joint)
    assert sorted(x["TxnDate"] for x in await joint.books_list("payment")) == ["2026-09-20", "2026-11-19"]
    await quiet(joint)


@pytest.mark.parametrize(("basis", "moves"), [("accrual", True), ("cash", False), ("undecided", False)])
async def test_b1_what_a_lodged_payment_pays_moves_only_where_gst_is_not_reported_by_what_is_paid(
    joint: Joint, basis: str, moves: bool
) -> None:
    sale, _ = await a_sale(joint)
    other = await joint.sale(sale["contact_id"], date=OCTOBER, number="1042")
    receipt = await joint.receipt(sale, "22.00", date="2026-09-20")
    await run(joint)
    await joint.configure(lodged_until=LODGED, gst_basis=basis)
    allocations = [{"sale_id": other["id"], "amount": "22.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": allocations})
    await run(joint)

    open_amounts = {x["DocNumber"]: Decimal(str(x["Balance"])) for x in await joint.books_list("invoice")}
    assert open_amounts == ({"1041": 22, "1042": 0} if moves else {"1041": 0, "1042": 22})
    assert len(await locked(joint)) == (0 if moves else 1)
    await quiet(joint)


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_b1_amount_date_and_account_of_a_lodged_payment_stay_as_they_are(joint: Joint, basis: str) -> None:
    sale, _ = await a_sale(joint)
    receipt = await joint.receipt(sale, "10.00", date="2026-09-20", reference="A")
    await run(joint)
    await joint.configure(lodged_until=LODGED, gst_basis=basis)
    changed = {"amount": "12.00", "allocations": [{"sale_id": sale["id"], "amount": "12.00"}], "reference": "B"}
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", changed)
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert (Decimal(str(paid["TotalAmt"])), paid["PaymentRefNum"]) == (10, "B"), "its reference travels"
    assert len(await locked(joint)) == 1
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    assert len(await joint.books_list("payment")) == 1
    [item] = await locked(joint)
    assert "10.00 AUD in QuickBooks, was deleted in Oncord" in item.summary


async def test_b1_a_payment_that_the_books_move_is_pulled(joint: Joint) -> None:
    kay = await customer(joint, "Kay")
    bill = await invoice(joint, kay["Id"], TxnDate=SEPTEMBER)
    paid = await payment(joint, kay["Id"], "33.00", {bill["Id"]: "33.00"}, TxnDate=SEPTEMBER)
    await run(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.person("payment", {**await book(joint, "payment", paid["Id"]), "PaymentRefNum": "T-9"})
    await run(joint)

    assert [r["reference"] for r in await joint.shop_list("receipts")] == ["T-9"]
    assert await locked(joint) == []


async def test_b1_in_america_the_address_that_decides_the_tax_waits_too(us: Joint) -> None:
    ada = await us.contact()
    tea = {"description": "Tea", "quantity": "1", "unit_price": "10.00", "tax_code": "NON"}
    sale = await us.sale(ada["id"], tea, date=SEPTEMBER, number="1041")
    await run(us)
    await us.configure(lodged_until=LODGED)
    arizona = {"line1": "1 Cactus Road", "suburb": "Tucson", "state": "AZ", "postcode": "85701", "country": "US"}
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"shipping_address": arizona, "notes": "Thanks"})
    await run(us)

    [made] = await us.books_list("invoice")
    assert made["CustomerMemo"]["value"] == "Thanks"
    assert "Tucson" not in str(made.get("ShipAddr"))
    [item] = await locked(us)
    assert "another address" in item.summary


async def test_b1_a_document_after_the_lock_date_asks_nothing(joint: Joint) -> None:
    sale, made = await a_sale(joint, OCTOBER)
    await joint.configure(lodged_until=LODGED, gst_basis="cash")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await joint.receipt(sale, "10.00", date=OCTOBER)
    await run(joint)

    assert await total(joint, made) == 44
    assert await joint.attention() == []
    await quiet(joint)


async def _differences(joint: Joint) -> list[tuple[str, str, str]]:
    """What the last comparison of all found: what differs, why, and by how much."""
    container = build_container(joint.runtime)
    await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    found = await tie_outs.list_standing(container, joint.connection_id)
    return sorted((line["what"], line["cause"], line["amount"]) for line in found)


async def test_b1_the_tie_out_names_what_a_locked_period_holds_back_and_what_was_left_with_its_amount(
    joint: Joint,
) -> None:
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    late = await joint.sale(sale["contact_id"], date="2026-09-20", number="1042")
    await run(joint)
    assert await _differences(joint) == [("missing", "locked", "-22.00"), ("total", "locked", "-22.00")]
    container = build_container(joint.runtime)
    [newest, *_] = (await tie_outs.list_tie_outs(container, joint.connection_id, 5, None)).items
    proof = await tie_outs.read_certificate(container, joint.connection_id, newest.id)
    assert (proof["locked"]["until"], proof["locked"]["by"], proof["gst_basis"]) == (
        "2026-09-30",
        "lodged",
        "undecided",
    )

    for item in await locked(joint):
        await joint.answer(item.id, LEAVE)
    await run(joint)
    assert await _differences(joint) == [("missing", "locked", "-22.00"), ("total", "locked", "-22.00")]
    await joint.in_shop("DELETE", f"sales/{late['id']}")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("22.00"))
    await run(joint)
    assert await _differences(joint) == []


async def test_b1_many_removals_in_a_locked_period_are_one_question_first(joint: Joint) -> None:
    ada = await joint.contact()
    sales = [await joint.sale(ada["id"], date=SEPTEMBER, number=f"10{number}") for number in range(41, 45)]
    await run(joint)
    await joint.configure(lodged_until=LODGED)
    for sale in sales[:3]:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await joint.sync()

    assert [item.kind for item in await joint.attention()] == ["mass_delete"]
    await joint.answer((await joint.attention())[0].id, "approve")
    await joint.sync()
    assert [item.kind for item in await joint.attention()] == ["locked_period"] * 3
    assert len(await joint.books_list("invoice")) == 4
    joint.clock.pass_time(25 * 3600)
    await quiet(joint)
    assert [item.kind for item in await joint.attention()] == ["locked_period"] * 3, "and many no more, a day later"


async def test_b1_two_locked_documents_that_meet_become_one_without_a_question(us: Joint) -> None:
    await us.configure(lodged_until=LODGED)
    arizona = {"line1": "1 Cactus Road", "suburb": "Tucson", "state": "AZ", "postcode": "85701", "country": "US"}
    tea = {"description": "Tea", "quantity": "1", "unit_price": "10.00", "tax_code": "NON"}
    await us.sale((await us.contact())["id"], tea, date=SEPTEMBER, number="1041", shipping_address=arizona)
    ada = await customer(us, "Ada", "Lovelace", email="ada@example.com")
    made = await invoice(us, ada["Id"], await us_line(us, "10.00", "Tea"), DocNumber="1041", TxnDate=SEPTEMBER)
    await run(us)

    assert len(await us.shop_list("sales")) == len(await us.books_list("invoice")) == 1
    assert await us.attention() == []
    assert "Tucson" not in str((await book(us, "invoice", made["Id"])).get("ShipAddr"))
    await quiet(us)


async def test_b1_money_is_paid_back_in_a_locked_period_only_where_somebody_says_so_and_with_what_joins_it(
    joint: Joint,
) -> None:
    _, adjustment = await returned(joint)
    await run(joint)
    await joint.configure(lodged_until=joint.clock.now().date())
    await joint.receipt(adjustment, "-22.00")
    await run(joint)

    assert [p for p in await joint.books_list("purchase") if p.get("EntityRef", {}).get("type") == "Customer"] == []
    assert [p for p in await joint.books_list("payment") if not p["TotalAmt"]] == []
    [item] = await locked(joint)
    await joint.answer(item.id, DO)
    await run(joint)
    assert len([p for p in await joint.books_list("payment") if not p["TotalAmt"]]) == 1
    assert await joint.attention() == []
    await quiet(joint)


async def test_b1_the_payments_of_one_receipt_are_one_question(joint: Joint) -> None:
    receipt, payments = await split_receipt(joint)
    await joint.configure(lodged_until=joint.clock.now().date())
    parts = [{**part, "amount": "5.00"} for part in receipt["allocations"]]
    changed = {"amount": "10.00", "allocations": parts, "reference": "again"}
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", changed)
    await run(joint)
    assert {p.get("PaymentRefNum") for p in await joint.books_list("payment")} == {"again"}

    before = sorted(Decimal(str(p["TotalAmt"])) for p in payments)
    assert sorted(Decimal(str(p["TotalAmt"])) for p in await joint.books_list("payment")) == before
    [item] = await locked(joint)
    await joint.answer(item.id, DO)
    await run(joint)
    assert sorted(Decimal(str(p["TotalAmt"])) for p in await joint.books_list("payment")) == [5, 5]
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("how", ["delete", "void"])
async def test_b1_a_payment_of_several_that_is_gone_is_said_once_while_another_one_waits(
    joint: Joint, which: int, how: str
) -> None:
    receipt, payments = await split_receipt(joint)
    await joint.configure(lodged_until=joint.clock.now().date())
    if how == "delete":
        await remove(joint, "payment", payments[which]["Id"])
    else:
        await void(joint, "payment", payments[which]["Id"])
    parts = [{**part, "amount": "5.00"} for part in receipt["allocations"]]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "10.00", "allocations": parts})
    await run(joint)

    [shown] = await joint.shop_list("receipts")
    assert shown["books_status"] == ("gone" if how == "delete" else "void")
    assert len(await locked(joint)) == 1
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "again"})
    await run(joint)
    await quiet(joint)


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_b1_a_sale_moves_away_from_under_a_locked_payment_only_once_that_may_move_too(
    joint: Joint, basis: str
) -> None:
    ada, bob = await joint.contact(), await joint.contact("Bob", "Byron")
    sale = await joint.sale(ada["id"], date=OCTOBER, number="1041")
    await joint.receipt(sale, date="2026-09-20")
    await run(joint)
    [made] = await joint.books_list("invoice")
    await joint.configure(lodged_until=LODGED, gst_basis=basis)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bob["id"]})
    await run(joint)

    now = await book(joint, "invoice", made["Id"])
    assert (now["CustomerRef"], now["Balance"]) == (made["CustomerRef"], 0), "neither is taken apart"
    [item] = await locked(joint)
    assert "belong to another customer" in item.summary
    await joint.answer(item.id, DO)
    await run(joint)
    moved = await book(joint, "invoice", made["Id"])
    assert (moved["CustomerRef"] != made["CustomerRef"], moved["Balance"]) == (True, 0)
    assert await locked(joint) == []
    await quiet(joint)


async def test_b1_a_sale_that_cannot_go_since_its_locked_payment_was_left_is_said(joint: Joint) -> None:
    sale, made = await a_sale(joint, OCTOBER)
    await joint.receipt(sale, date="2026-09-20")
    await run(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("DELETE", f"sales/{sale['id']}?cascade=true")
    await run(joint)
    [question] = await locked(joint)
    await joint.answer(question.id, LEAVE)
    await run(joint)

    assert await total(joint, made) == 22
    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("parked", "B1")
    assert "which test left as a named difference" in item.summary
    assert {cause for _, cause, _ in await _differences(joint)} == {"held", "locked"}
    await quiet(joint)


async def test_b1_closed_books_that_call_a_change_stale_are_asked_about_like_any_others(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.in_books("POST", "close-books", {"date": "2026-09-30"})
    await joint.hazard("quickbooks", "stale_without_cause", entity="invoice")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)

    assert [item.kind for item in await joint.attention()] == ["locked_period"]
    assert await total(joint, made) == 22
