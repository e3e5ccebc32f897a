"""S5: as long as one side is void no amounts travel, and none are agreed on. What was changed of them is compared once both stand again."""

from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import asked, book, change, customer, document, invoice, line, quiet, run, shop, void
from tests.sync.test_cancelled_late import cancel, credits_of, differences, revive

Body = dict[str, Any]
LAST_MONTH = "2026-10-12"


@pytest.fixture(params=["AU", "US"])
async def either(own_database: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Joint]:
    country: Literal["AU", "US"] = request.param
    async with joined(own_database.app, country=country) as made:
        done = await made.sync()
        assert done.state == "succeeded", (done.error, done.counters)
        yield made


async def free(joint: Joint, amount: str, quantity: str = "1") -> Body:
    """A line without tax in the shop."""
    codes = await joint.shop_list("tax-codes")
    code = next(c["code"] for c in codes if float(c["rate"]) == 0 and c["code"] in ("FRE", "NON"))
    return {"description": "Bread", "quantity": quantity, "unit_price": amount, "tax_code": code}


async def free_there(joint: Joint, amount: str) -> list[Body]:
    """The same in the books."""
    codes = {c["Name"] for c in await joint.books_list("taxcode")}
    name = "GST-free" if "GST-free" in codes else "NON"
    if name == "NON":
        made = await line(joint, amount, "Bread", code=next(iter(codes)))
        made["SalesItemLineDetail"]["TaxCodeRef"] = {"value": "NON"}
        return [made]
    return [await line(joint, amount, "Bread", code=name)]


async def a_sale(joint: Joint, kind: str = "sale") -> tuple[Body, Body]:
    """A sale of last month over 22.00, or an adjustment, and its document."""
    ada = await joint.contact()
    quantity = "-1" if kind == "adjustment" else "1"
    bread = await free(joint, "22.00", quantity)
    sale = await joint.sale(ada["id"], bread, date=LAST_MONTH, number="1041", kind=kind)
    await run(joint)
    [made] = await joint.books_list("creditmemo" if kind == "adjustment" else "invoice")
    return sale, made


async def typed(joint: Joint, sale: Body, amount: str) -> None:
    """Somebody changes what a sale costs in the shop."""
    now = await shop(joint, "sales", sale["id"])
    own = {k: v for k, v in now["lines"][0].items() if k not in ("line_total", "tax_amount")}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**own, "unit_price": amount}]})


async def deleted(joint: Joint, sale: Body) -> None:
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)


async def total_of(joint: Joint, sale: Body) -> str:
    return str((await shop(joint, "sales", sale["id"]))["total"])


@pytest.mark.parametrize("when", ["at once", "later"])
async def test_what_the_books_change_of_a_cancelled_sale_goes_over_once_it_stands_again(
    either: Joint, when: str
) -> None:
    sale, made = await a_sale(either)
    if when == "later":
        await cancel(either, sale)
        await run(either)
    await change(either, "invoice", made["Id"], Line=await free_there(either, "30.00"))
    if when == "at once":
        await cancel(either, sale)
    await run(either)
    await quiet(either)
    assert await total_of(either, sale) == "22.00", "as long as it is cancelled no amounts travel"
    await revive(either, sale)
    await run(either)

    assert await total_of(either, sale) == "30.00"
    assert (await book(either, "invoice", made["Id"]))["TotalAmt"] == 30
    assert await credits_of(either) == []
    assert await asked(either) == []
    assert await differences(either) == []
    await quiet(either)


async def test_what_the_shop_changes_of_a_cancelled_sale_goes_over_once_it_stands_again(either: Joint) -> None:
    sale, made = await a_sale(either)
    await cancel(either, sale)
    await run(either)
    await typed(either, sale, "30.00")
    await run(either)
    await quiet(either)
    assert (await book(either, "invoice", made["Id"]))["TotalAmt"] == 22
    await revive(either, sale)
    await run(either)

    assert (await book(either, "invoice", made["Id"]))["TotalAmt"] == 30
    assert await asked(either) == []
    assert await differences(either) == []
    await quiet(either)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_both_sides_have_changed_is_a_conflict_once_it_stands_again(either: Joint, when: str) -> None:
    sale, made = await a_sale(either)
    if when == "after":
        await cancel(either, sale)
        await run(either)
    await typed(either, sale, "25.00")
    await change(either, "invoice", made["Id"], Line=await free_there(either, "30.00"), CustomerMemo={"value": "Late"})
    if when == "before":
        await cancel(either, sale)
    await run(either)
    await revive(either, sale)
    await run(either)

    assert await total_of(either, sale) == "30.00"
    assert await asked(either) == [("S5", "conflict")]
    assert await differences(either) == []
    [item] = await either.attention()
    await either.answer(item.id, "use_other")
    await run(either)
    await run(either)
    assert (await book(either, "invoice", made["Id"]))["TotalAmt"] == 25
    assert await differences(either) == []
    await quiet(either)


async def test_s7_what_the_books_change_of_a_cancelled_adjustment_goes_over_once_it_stands_again(either: Joint) -> None:
    adjustment, memo = await a_sale(either, "adjustment")
    await change(either, "creditmemo", memo["Id"], Line=await free_there(either, "30.00"))
    await cancel(either, adjustment)
    await run(either)
    await revive(either, adjustment)
    await run(either)

    assert await total_of(either, adjustment) == "-30.00"
    assert await differences(either) == []
    await quiet(either)


async def test_the_amounts_of_an_invoice_that_is_not_voided_for_its_sale_go_over_once_that_stands_again(
    joint: Joint,
) -> None:
    made = await invoice(joint, (await customer(joint, "Grace"))["Id"])
    await run(joint)
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"voided": True, "notes": "A mistake"})
    await change(joint, "invoice", made["Id"], Line=[await line(joint, "40.00")])
    await run(joint)
    assert await asked(joint) == [("S5", "parked")]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"voided": False, "notes": "No mistake"})
    await run(joint)

    assert await total_of(joint, sale) == "44.00"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_a_void_invoice_that_the_bookkeeper_fills_again_does_not_replace_what_the_shop_typed_unseen(
    joint: Joint,
) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await void(joint, "invoice", made["Id"])
    await run(joint)
    await typed(joint, sale, "15.00")
    await run(joint)
    await quiet(joint)
    filled = await document(joint, "invoice", made["CustomerRef"]["value"], Id=made["Id"], sparse=True, PrivateNote="")
    assert filled["TotalAmt"] == 33
    await run(joint)

    assert await total_of(joint, sale) == "33.00"
    assert await asked(joint) == [("S5", "conflict")], "the value that lost is kept"
    assert await differences(joint) == []


async def test_s3_an_invoice_that_the_bookkeeper_had_voided_is_not_said_to_be_changed_when_its_sale_is_deleted(
    joint: Joint,
) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await void(joint, "invoice", made["Id"])
    await run(joint)
    await deleted(joint, sale)

    assert await asked(joint) == []
    assert await joint.books_list("invoice") == []
    await quiet(joint)


async def test_s5_an_invoice_that_is_changed_after_it_was_taken_back_is_asked_about_with_both_amounts(
    either: Joint,
) -> None:
    sale, made = await a_sale(either)
    await cancel(either, sale)
    await run(either)
    await change(either, "invoice", made["Id"], Line=await free_there(either, "30.00"))
    await run(either)

    [item] = await either.attention()
    assert (item.rule, item.kind) == ("S5", "parked")
    assert "comes to 30.00" in item.summary
    assert "1041-C of 22.00" in item.summary
    assert {cause for _, cause, _ in await differences(either)} <= {"held", "void"}
    await quiet(either)

    [memo] = await either.books_list("creditmemo")
    await change(either, "creditmemo", memo["Id"], Line=await free_there(either, "30.00"))
    await run(either)
    assert await asked(either) == []
    assert await differences(either) == []
    await quiet(either)


async def test_s3_a_cancelled_sale_whose_invoice_is_changed_and_that_is_deleted_is_asked_about(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await cancel(joint, sale)
    await run(joint)
    await change(joint, "invoice", made["Id"], Line=await free_there(joint, "30.00"))
    await deleted(joint, sale)

    assert await asked(joint) == [("S3", "parked")]
    assert "unexplained" not in {cause for _, cause, _ in await differences(joint)}
    await quiet(joint)


async def test_s5_an_invoice_that_is_changed_in_the_run_of_the_cancellation_is_taken_back_as_it_is_and_asks_nobody(
    either: Joint,
) -> None:
    sale, made = await a_sale(either)
    await change(either, "invoice", made["Id"], Line=await free_there(either, "30.00"))
    await cancel(either, sale)
    await run(either)

    assert [total for _, total, _ in await credits_of(either)] == [30]
    assert await asked(either) == []
    assert await differences(either) == []
    await deleted(either, sale)
    assert await asked(either) == []
    assert {cause for _, cause, _ in await differences(either)} == {"kept_by_rule"}
