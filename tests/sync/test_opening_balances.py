"""A customer that begins with a balance has an invoice for it in QuickBooks: that is the books' money (S4)."""

from datetime import date
from decimal import Decimal
from typing import Literal

import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, asked, book, change, customer, payment, quiet, run, shop


async def owing(joint: Joint, amount: float, **members: str) -> tuple[Body, Body]:
    """A customer who owes something from the start, and the invoice that says so."""
    grace = await customer(joint, "Grace", Balance=amount, **members)
    [made] = await joint.books_list("invoice")
    return grace, made


@pytest.mark.parametrize("country", ["AU", "US"])
async def test_s4_the_invoice_of_an_opening_balance_becomes_a_sale_and_its_payment_a_receipt(
    own_database: DatabaseUrls, country: Literal["AU", "US"]
) -> None:
    async with joined(own_database.app, country=country) as joint:
        await run(joint)
        grace, made = await owing(joint, 120.5, OpenBalanceDate="2026-11-01")
        assert (grace["Balance"], made["TotalAmt"], made["Balance"], made["TxnDate"]) == (
            120.5,
            120.5,
            120.5,
            "2026-11-01",
        )
        [goods] = [x for x in made["Line"] if x["DetailType"] == "SalesItemLineDetail"]
        assert (goods["Description"], goods["SalesItemLineDetail"]["ItemRef"]["name"]) == (
            "Opening Balance",
            "Opening Balance",
        )
        await run(joint)

        [sale] = await joint.shop_list("sales")
        assert (sale["total"], sale["tax_total"], sale["amount_owing"]) == ("120.50", "0.00", "120.50")
        assert [x["description"] for x in sale["lines"]] == ["Opening Balance"]
        assert await asked(joint) == []
        await quiet(joint)

        await payment(joint, grace["Id"], "100.00", {made["Id"]: "100.00"})
        await run(joint)
        assert (await shop(joint, "sales", sale["id"]))["amount_owing"] == "20.50"
        await quiet(joint)


async def test_s2_an_edit_of_such_a_sale_keeps_the_item_and_the_tax_that_the_books_gave_it(joint: Joint) -> None:
    await run(joint)
    _, made = await owing(joint, 120)
    await run(joint)
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "From before"})
    await run(joint)
    now = await book(joint, "invoice", made["Id"])
    assert (now["CustomerMemo"]["value"], now["Line"], now["TotalAmt"]) == (
        "From before",
        made["Line"],
        made["TotalAmt"],
    )

    more = {"description": "Tea", "quantity": "1", "unit_price": "11.00", "tax_code": "GST"}
    [first] = (await shop(joint, "sales", sale["id"]))["lines"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [first, more]})
    await run(joint)
    after = await book(joint, "invoice", made["Id"])
    assert after["Line"][0]["SalesItemLineDetail"] == made["Line"][0]["SalesItemLineDetail"]
    assert Decimal(str(after["TotalAmt"])) == Decimal((await shop(joint, "sales", sale["id"]))["total"])
    assert await asked(joint) == []
    await quiet(joint)


async def test_s4_an_opening_balance_from_before_the_start_date_comes_as_every_invoice_does(joint: Joint) -> None:
    await joint.configure(start_date=date(2026, 11, 1))
    await run(joint)
    grace, _ = await owing(joint, 75, OpenBalanceDate="2026-06-30")
    await run(joint)

    [sale] = await joint.shop_list("sales")
    assert (sale["date"][:10], sale["total"], sale["amount_owing"]) == ("2026-06-30", "75.00", "75.00")
    assert await asked(joint) == []
    await quiet(joint)

    await change(joint, "customer", grace["Id"], Balance=999)
    await quiet(joint)
    assert len(await joint.books_list("invoice")) == 1
