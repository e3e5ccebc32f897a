"""S3: what becomes of the document of a deleted sale: deleted or voided as was chosen, and voided wherever it was handed out
or stands in a month that is over. What is deleted is kept whole."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.model.operations import Action
from tests.support.joint import START, Joint
from tests.support.stories import Body, asked, book, book_or_none, quiet, reasons, run, shop
from tests.sync.companies import each_company


async def synchronised(joint: Joint, **members: Any) -> tuple[Body, Body]:
    """A sale and its invoice."""
    sale = await joint.sale((await joint.contact())["id"], **members)
    await run(joint)
    return sale, next(i for i in await joint.books_list("invoice") if i["DocNumber"] == sale["number"])


async def gone(joint: Joint, sale: Body) -> list[tuple[str, str, str]]:
    """The sale is deleted in Oncord; what that led to."""
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    return await run(joint)


async def is_void(joint: Joint, invoice: Body) -> bool:
    now = await book(joint, "invoice", invoice["Id"])
    return bool(now["TotalAmt"] == 0 and now["PrivateNote"].startswith("Voided"))


VOIDED = [("quickbooks", "sale", "void")]
DELETED = [("quickbooks", "sale", "delete")]


@each_company
async def test_s3_an_invoice_of_this_month_that_nobody_has_seen_is_deleted(joint: Joint) -> None:
    sale, invoice = await synchronised(joint)

    assert await gone(joint, sale) == DELETED
    assert await book_or_none(joint, "invoice", invoice["Id"]) is None
    await quiet(joint)


@each_company
async def test_s3_where_it_was_chosen_so_it_is_voided_and_its_number_stays(joint: Joint) -> None:
    await joint.configure(removals="void")
    sale, invoice = await synchronised(joint)

    assert await gone(joint, sale) == VOIDED
    assert await is_void(joint, invoice)
    assert (await book(joint, "invoice", invoice["Id"]))["DocNumber"] == sale["number"]
    assert await reasons(joint, Action.VOID) == [
        "The sale began in Oncord and was deleted there. Invoices are voided and not deleted, as was chosen."
    ]
    assert await asked(joint) == []
    await quiet(joint)


@each_company
@pytest.mark.parametrize("members", [{"EmailStatus": "EmailSent"}, {"PrintStatus": "PrintComplete"}])
async def test_s3_an_invoice_that_was_handed_out_is_voided_whatever_was_chosen(joint: Joint, members: Body) -> None:
    sale, invoice = await synchronised(joint)
    await joint.person("invoice", {"Id": invoice["Id"], "sparse": True, **members})
    await run(joint)

    assert await gone(joint, sale) == VOIDED
    assert await is_void(joint, invoice)
    await quiet(joint)


@each_company
async def test_s3_an_invoice_sent_after_it_was_last_read_is_voided_all_the_same(joint: Joint) -> None:
    """Sending moves no version, and tells nobody."""
    sale, invoice = await synchronised(joint)
    await joint.person("invoice", {"Id": invoice["Id"], "sparse": True, "EmailStatus": "EmailSent"})
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await joint.touched("oncord", "sale", sale["id"])
    await joint.sync(download=False)
    await joint.sync(download=False)

    assert await is_void(joint, invoice)


@each_company
@pytest.mark.parametrize(
    ("date", "written"), [("2026-11-01", DELETED), ("2026-10-31", VOIDED), ("2026-12-01", DELETED)]
)
async def test_s3_a_month_that_is_over_keeps_its_invoices(joint: Joint, date: str, written: object) -> None:
    sale, _ = await synchronised(joint, date=date)

    assert await gone(joint, sale) == written
    await quiet(joint)


@each_company
async def test_s3_the_month_is_that_of_the_site(joint: Joint) -> None:
    """At 14:00 UTC of the last day of a month it is the next month in Sydney already."""
    sale, invoice = await synchronised(joint)
    joint.clock.pass_time((datetime(2026, 11, 30, 14, 0, tzinfo=UTC) - START).total_seconds())
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute(
            "UPDATE connection SET facts = jsonb_set(coalesce(facts, '{}'), '{oncord}', %s) WHERE id = %s",
            ('{"time_zone": "Australia/Sydney"}', joint.connection_id),
        )

    assert await gone(joint, sale) == VOIDED
    assert await is_void(joint, invoice)


@each_company
async def test_s3_our_own_payment_goes_before_the_void(joint: Joint) -> None:
    await joint.configure(removals="void")
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")

    assert {*await gone(joint, sale)} == {("quickbooks", "receipt", "delete"), *VOIDED}
    assert await is_void(joint, invoice)
    assert await joint.books_list("payment") == []
    await quiet(joint)


@each_company
async def test_s3_what_comes_back_after_its_invoice_was_voided_gets_a_new_one(joint: Joint) -> None:
    await joint.configure(removals="void")
    sale, invoice = await synchronised(joint)
    await gone(joint, sale)
    await joint.in_shop("POST", f"sales/{sale['id']}/restore")
    await run(joint)

    standing = [i for i in await joint.books_list("invoice") if i["TotalAmt"]]
    assert [f"{i['TotalAmt']:.2f}" for i in standing] == [sale["total"]]
    assert await is_void(joint, invoice)
    assert not (await shop(joint, "sales", sale["id"]))["voided"]
    await quiet(joint)


@each_company
async def test_s3_a_void_that_quickbooks_refuses_is_asked_about_and_buries_nothing(joint: Joint) -> None:
    await joint.configure(removals="void")
    sale, invoice = await synchronised(joint)
    await joint.hazard("quickbooks", "stale_without_cause", times=1, entity="invoice")
    await gone(joint, sale)

    assert not await is_void(joint, invoice)
    assert await asked(joint) == [("S3", "refused")]
    [item] = await joint.attention()
    await joint.answer(item.id, "retry")
    await run(joint)
    assert await is_void(joint, invoice)
    assert await asked(joint) == []


@each_company
async def test_s7_a_credit_memo_that_was_sent_is_asked_about(joint: Joint) -> None:
    tea = {"description": "Tea", "quantity": "-1", "unit_price": "11.00", "tax_code": joint.code}
    credit = await joint.sale((await joint.contact())["id"], tea, kind="adjustment")
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    await joint.person("creditmemo", {"Id": memo["Id"], "sparse": True, "EmailStatus": "EmailSent"})
    await run(joint)

    assert await gone(joint, credit) == []
    assert (await book(joint, "creditmemo", memo["Id"]))["TotalAmt"] == 11
    assert await asked(joint) == [("S3", "parked")]


@each_company
@pytest.mark.parametrize("removals", ["delete", "void"])
async def test_s7_a_credit_memo_that_nobody_has_seen_goes_as_was_chosen(joint: Joint, removals: str) -> None:
    await joint.configure(removals=removals)
    tea = {"description": "Tea", "quantity": "-1", "unit_price": "11.00", "tax_code": joint.code}
    credit = await joint.sale((await joint.contact())["id"], tea, kind="adjustment")
    await run(joint)
    [memo] = await joint.books_list("creditmemo")

    assert await gone(joint, credit) == [("quickbooks", "sale", removals)]
    now = await book_or_none(joint, "creditmemo", memo["Id"])
    assert (now is None) is (removals == "delete")
    assert now is None or now["TotalAmt"] == 0
    await quiet(joint)


@each_company
async def test_what_is_deleted_is_kept_whole_with_why_and_when(joint: Joint) -> None:
    sale, invoice = await synchronised(joint)
    await gone(joint, sale)

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        rows = await (
            await tx.execute(
                "SELECT document, reason, settled_at FROM operation WHERE connection_id = %s AND action = 'delete'",
                (joint.connection_id,),
            )
        ).fetchall()
    [row] = rows
    assert (row["document"]["Id"], row["document"]["DocNumber"]) == (invoice["Id"], sale["number"])
    assert row["document"]["Line"][0]["Description"] == "Tea"
    assert row["document"]["TotalAmt"] == 22
    assert row["reason"] == "The sale began in Oncord and was deleted there."
    assert row["settled_at"] is not None
