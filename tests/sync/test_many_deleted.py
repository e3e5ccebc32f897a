"""Where many documents were deleted on one side within a day, each is asked about once: put it back, or leave it deleted."""

import re
from typing import Any

from app.container import build_container
from app.services import sealed_months
from tests.console.pages import csrf_in, shown
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import customer, invoice, quiet, remove, run
from tests.support.watched import watched


async def sold(joint: Joint, count: int, **members: Any) -> list[dict[str, Any]]:
    """So many sales, each with its invoice."""
    ada = await joint.contact()
    sales = [await joint.sale(ada["id"], number=f"{1001 + n}", **members) for n in range(count)]
    await run(joint)
    return sales


async def delete_invoices(joint: Joint, sales: list[dict[str, Any]]) -> None:
    numbers = {sale["number"] for sale in sales}
    for made in await joint.books_list("invoice"):
        if made["DocNumber"] in numbers:
            await remove(joint, "invoice", made["Id"])


async def invoices(joint: Joint) -> set[str]:
    return {made["DocNumber"] for made in await joint.books_list("invoice")}


async def test_s6_a_few_that_are_deleted_ask_nobody(joint: Joint) -> None:
    """The ordinary case: a bookkeeper has deleted what was not meant to be there."""
    sales = await sold(joint, 14)
    await delete_invoices(joint, sales[:2])
    await run(joint)

    assert await joint.attention() == []
    await quiet(joint)


async def test_s6_many_that_are_deleted_are_asked_about_as_one_list_and_answered_at_once(joint: Joint) -> None:
    sales = await sold(joint, 14)
    await delete_invoices(joint, sales[:12])
    await joint.sync()
    asked = await joint.attention()
    assert {item.kind for item in asked} == {"deleted"}
    assert len(asked) == 12
    assert {item.summary for item in asked} == {"It was deleted in QuickBooks, and stays in Oncord."}
    assert len({item.advice for item in asked}) == 1
    first_asked = {item.id: item.created_at for item in asked}
    await joint.sync()
    assert {item.id: item.created_at for item in await joint.attention()} == first_asked, "they keep their first date"

    async with watched(joint) as seen:
        listed = f"/connections/{joint.connection_id}/attention"
        page = await seen.browser.get(f"{listed}?kind=deleted")
        words = shown(page)
        assert words.count(asked[0].advice) == 2, "once by cause, once above the list"
        assert "Put it back in QuickBooks: What was deleted is made anew" in words
        assert "Leave it deleted: Nothing is made anew; it can be asked again." in words
        assert "Tick all 12" in words
        all_of_them = await seen.browser.get(f"{listed}?kind=deleted&ticked=1")
        ticked = re.findall(r'name="item" value="(\w+)" form="bulk"[^>]* checked', all_of_them.text)
        assert len(ticked) == 12
        left = [item.id for item in asked if item.record_id == sales[0]["id"]]
        kept = {"csrf": csrf_in(page), "kind": "deleted", "cause": ""}
        answer = await seen.browser.post(listed, data={**kept, "item": left, "action": "dismiss"})
        assert answer.headers["location"] == f"{listed}?kind=deleted", "she is in the list again"
        await seen.browser.post(
            listed, data={**kept, "item": [i for i in ticked if i not in left], "action": "put_back"}
        )
    await run(joint)

    assert await invoices(joint) == {sale["number"] for sale in sales[1:]}
    assert await joint.attention() == []
    await joint.sync()
    assert await joint.attention() == [], "what was left deleted is not asked about again"
    await quiet(joint)


async def test_s3_many_sales_that_began_in_the_books_and_were_deleted_in_the_shop_are_asked_about_too(
    joint: Joint,
) -> None:
    zed = await customer(joint, "Zed", "Zebra")
    made = [await invoice(joint, zed["Id"], DocNumber=f"Q-{n}") for n in range(4)]
    await run(joint)
    for sale in (await joint.shop_list("sales"))[:3]:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    asked = await joint.attention()
    assert {item.summary for item in asked} == {"It was deleted in Oncord, and stays in QuickBooks."}
    assert len(asked) == 3
    await joint.answer(asked[0].id, "put_back")
    await run(joint)
    assert len(await joint.shop_list("sales")) == 2
    assert len(await joint.attention()) == 2
    assert len(made) == 4


async def test_what_comes_back_by_itself_is_asked_about_no_more(joint: Joint) -> None:
    zed = await customer(joint, "Zed", "Zebra")
    for number in range(4):
        await invoice(joint, zed["Id"], DocNumber=f"Q-{number}")
    await run(joint)
    sales = await joint.shop_list("sales")
    for sale in sales[:3]:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    assert len(await joint.attention()) == 3

    await joint.in_shop("POST", f"sales/{sales[0]['id']}/restore")
    await run(joint)

    assert len(await joint.attention()) == 2


async def test_in_a_sealed_month_what_was_deleted_can_be_put_back_from_the_list_and_rings_no_more(joint: Joint) -> None:
    sales = await sold(joint, 4, date="2026-10-12")
    container = build_container(joint.runtime)
    await sealed_months.seal(container, joint.connection_id, "2026-10", who=SOMEBODY, with_differences=True)
    await delete_invoices(joint, sales[:3])
    await joint.sync()
    asked = await joint.attention()
    assert [item.kind for item in asked] == ["sealed_month"] * 3, "asked about once each, although they are many"
    assert {tuple(item.actions) for item in asked} == {("put_back", "dismiss")}

    for item in asked:
        await joint.answer(item.id, "put_back")
    await joint.sync()
    for held in await joint.attention():  # the month is locked by its seal: somebody has to say so for each (B1)
        assert held.kind == "locked_period", held
        await joint.answer(held.id, "do_in_old_period")
    await joint.sync()

    assert await invoices(joint) == {sale["number"] for sale in sales}
    assert await joint.attention() == []
