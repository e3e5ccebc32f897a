"""A decision with two halves is done when both are: what one side refuses is said, and holds nothing else up."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.records import Kind, Side
from app.errors import Conflict
from tests.support.joint import Joint
from tests.support.stories import asked, book, change, payment, quiet, remove, run, shop
from tests.sync.test_rules_split_receipts import split_receipt

TEA = {"description": "Tea", "quantity": "1", "unit_price": "88.33", "tax_code": "GST"}
CAKE = {"description": "Cake", "quantity": "1", "unit_price": "88.33", "tax_code": "GST"}


class Story:
    """A receipt of 176.66 over two sales. Both sides changed what it pays; QuickBooks, where nothing is applied any more,
    has won."""

    def __init__(self, joint: Joint) -> None:
        self.joint = joint

    async def tell(self) -> "Story":
        joint = self.joint
        contact = await joint.contact()
        self.tea, self.cake = [await joint.sale(contact["id"], goods) for goods in (TEA, CAKE)]
        self.receipt = await joint.receipt(
            self.tea,
            "176.66",
            allocations=[{"sale_id": s["id"], "amount": "88.33"} for s in (self.tea, self.cake)],
        )
        await run(joint)
        [self.payment] = await joint.books_list("payment")
        self.invoices = {x["DocNumber"]: x["Id"] for x in await joint.books_list("invoice")}
        await joint.in_shop(
            "PATCH",
            f"receipts/{self.receipt['id']}",
            {"allocations": [{"sale_id": self.tea["id"], "amount": "88.33"}]},
        )
        await change(joint, "payment", self.payment["Id"], Line=[])
        await run(joint)
        assert await self.allocated() == (Decimal(0), Decimal(0))
        [self.item] = await joint.attention()
        return self

    async def allocated(self) -> tuple[Decimal, Decimal]:
        """What the receipt, and what the payment, pays."""
        receipt = await shop(self.joint, "receipts", self.receipt["id"])
        there = await book(self.joint, "payment", self.payment["Id"])
        ours = sum((Decimal(a["amount"]) for a in receipt["allocations"]), Decimal(0))
        return ours, Decimal(str(there["TotalAmt"])) - Decimal(str(there["UnappliedAmt"]))

    async def pay_otherwise(self) -> dict[str, Any]:
        """The bookkeeper pays the invoice with other money, so that the payment no longer has room there."""
        invoice = self.invoices[self.tea["number"]]
        customer = (await book(self.joint, "invoice", invoice))["CustomerRef"]["value"]
        return await payment(self.joint, customer, "88.33", {invoice: "88.33"})


async def test_i18_a_value_that_only_one_side_takes_is_agreed_on_by_nobody_and_other_edits_go_on(joint: Joint) -> None:
    story = await Story(joint).tell()
    await story.pay_otherwise()
    await joint.answer(story.item.id, "use_other")

    done = await joint.sync()

    assert done.state == "partial", done.counters
    assert await story.allocated() == (Decimal("88.33"), Decimal(0))
    [item] = [i for i in await joint.attention() if i.kind == "conflict"]
    assert (item.id, item.actions) == (story.item.id, ["use_other", "take_back", "dismiss"])
    assert item.summary.startswith("Oncord has its own amount and allocations again, but QuickBooks")

    await joint.in_shop("PATCH", f"receipts/{story.receipt['id']}", {"reference": "Typed later"})
    await change(joint, "payment", story.payment["Id"], TxnDate="2026-11-19")
    await run(joint)

    assert (await book(joint, "payment", story.payment["Id"]))["PaymentRefNum"] == "Typed later"
    assert (await shop(joint, "receipts", story.receipt["id"]))["date"] == "2026-11-19"
    assert await story.allocated() == (Decimal("88.33"), Decimal(0))
    assert story.item.id in [i.id for i in await joint.attention()]
    await quiet(joint)


async def test_what_was_refused_goes_through_once_its_cause_is_mended(joint: Joint) -> None:
    story = await Story(joint).tell()
    other = await story.pay_otherwise()
    await joint.answer(story.item.id, "use_other")
    await joint.sync()
    await remove(joint, "payment", other["Id"])
    await run(joint)

    await joint.answer(story.item.id, "use_other")
    await run(joint)

    assert await story.allocated() == (Decimal("88.33"), Decimal("88.33"))
    assert story.item.id not in [i.id for i in await joint.attention()]
    await quiet(joint)


async def test_what_was_refused_is_taken_back_when_the_person_says_so(joint: Joint) -> None:
    story = await Story(joint).tell()
    await story.pay_otherwise()
    await joint.answer(story.item.id, "use_other")
    await joint.sync()

    await joint.answer(story.item.id, "take_back")
    await run(joint)

    assert await story.allocated() == (Decimal(0), Decimal(0))
    assert story.item.id not in [i.id for i in await joint.attention()]
    await quiet(joint)


async def test_what_is_typed_over_a_refused_value_is_an_edit_like_any_other(joint: Joint) -> None:
    story = await Story(joint).tell()
    await story.pay_otherwise()
    await joint.answer(story.item.id, "use_other")
    await joint.sync()

    cake = [{"sale_id": story.cake["id"], "amount": "80.00"}]
    await joint.in_shop("PATCH", f"receipts/{story.receipt['id']}", {"allocations": cake})
    await run(joint)

    assert await story.allocated() == (Decimal("80.00"), Decimal("80.00"))
    assert story.item.id not in [i.id for i in await joint.attention()]
    await quiet(joint)


async def test_a_refused_value_that_is_left_as_it_is_stays_in_sight(joint: Joint) -> None:
    story = await Story(joint).tell()
    await story.pay_otherwise()
    await joint.answer(story.item.id, "use_other")
    await joint.sync()

    await joint.answer(story.item.id, "dismiss")
    await joint.sync(download=False)

    assert await story.allocated() == (Decimal("88.33"), Decimal(0))
    assert ("R7", "refused") in await asked(joint)


async def test_a_value_that_the_side_that_had_lost_refuses_comes_back_and_nothing_has_changed(joint: Joint) -> None:
    story = await Story(joint).tell()
    await joint.in_shop("DELETE", f"sales/{story.tea['id']}")
    await joint.answer(story.item.id, "use_other")

    await joint.sync()

    assert await story.allocated() == (Decimal(0), Decimal(0))
    [item] = [i for i in await joint.attention() if i.kind == "conflict"]
    assert (item.id, item.actions) == (story.item.id, ["use_other", "dismiss"])
    assert item.summary.startswith("Oncord's amount and allocations could not be put back")
    await quiet(joint)


async def test_both_halves_of_a_decision_go_through_where_nothing_stands_in_the_way(joint: Joint) -> None:
    story = await Story(joint).tell()
    await joint.answer(story.item.id, "use_other")

    await run(joint)

    assert await story.allocated() == (Decimal("88.33"), Decimal("88.33"))
    assert await asked(joint) == []
    await quiet(joint)


async def test_a_value_whose_record_is_gone_cannot_be_put_back_and_that_is_said(joint: Joint) -> None:
    story = await Story(joint).tell()
    await remove(joint, "payment", story.payment["Id"])
    await run(joint)

    with pytest.raises(Conflict, match="deleted in QuickBooks"):
        await joint.answer(story.item.id, "use_other")
    await joint.answer(story.item.id, "dismiss")


async def test_a_value_whose_record_goes_before_the_run_comes_back_to_the_person(joint: Joint) -> None:
    story = await Story(joint).tell()
    await joint.answer(story.item.id, "use_other")
    await remove(joint, "payment", story.payment["Id"])

    await joint.sync()

    [item] = [i for i in await joint.attention() if i.id == story.item.id]
    assert (item.summary, item.actions) == ("It was deleted in QuickBooks.", ["dismiss"])


@pytest.mark.parametrize("loser", ["oncord", "quickbooks"])
async def test_a_decision_about_one_receipt_that_is_two_payments_reaches_all_three(joint: Joint, loser: str) -> None:
    winner = Side.QUICKBOOKS if loser == "oncord" else Side.ONCORD
    await joint.configure(conflict_winner=dict.fromkeys(Kind, winner))
    receipt, payments = await split_receipt(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "oncord"})
    await change(joint, "payment", payments[1]["Id"], PaymentRefNum="quickbooks")
    await run(joint)
    item = next(i for i in await joint.attention() if i.kind == "conflict")

    await joint.answer(item.id, "use_other")
    await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))["reference"] == loser
    assert {p["PaymentRefNum"] for p in await joint.books_list("payment")} == {loser}
    await quiet(joint)


async def test_a_decision_about_a_document_that_is_a_draft_again_waits_and_is_carried_out_once_it_is_confirmed(
    joint: Joint,
) -> None:
    sale = await joint.sale((await joint.contact())["id"], notes="As agreed")
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ours"})
    await change(joint, "invoice", invoice["Id"], CustomerMemo={"value": "Theirs"})
    await run(joint)
    [item] = await joint.attention()
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "draft", "due_date": "2027-03-03"})

    await joint.answer(item.id, "use_other")
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "confirmed"})
    await run(joint)

    now = await book(joint, "invoice", invoice["Id"])
    assert (now["CustomerMemo"]["value"], now["DueDate"]) == ("Ours", "2027-03-03")
    assert await asked(joint) == []
    await quiet(joint)
