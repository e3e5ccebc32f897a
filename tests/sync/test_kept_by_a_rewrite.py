"""What the books hold on a line that a shop has no words for stays on it when the lines are written anew (I15)."""

from tests.support.joint import Joint
from tests.support.stories import asked, book, customer, invoice, line, quiet, run

MARKUP = {"PercentBased": True, "Percent": 12.5}


async def test_i15_a_markup_made_in_quickbooks_survives_an_edit_of_the_lines_in_the_shop(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    made = await invoice(
        joint,
        owner["Id"],
        await line(joint, "11.25", "Paint", MarkupInfo=MARKUP, Qty=1, UnitPrice=11.25),
        await line(joint, "20.00", "Work"),
    )
    await run(joint)
    [sale] = await joint.shop_list("sales")

    for edited in ([1], [0], [0, 1]):
        now = (await joint.shop_list("sales"))[0]
        lines = [
            x | {"quantity": f"{float(x['quantity'] or 1) + 1:g}"} if n in edited else x
            for n, x in enumerate(now["lines"])
        ]
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
        await run(joint)
        after = await book(joint, "invoice", made["Id"])
        details = [x["SalesItemLineDetail"] for x in after["Line"] if x["DetailType"] == "SalesItemLineDetail"]
        assert [d.get("MarkupInfo") for d in details] == [MARKUP, None]

    assert await asked(joint) == []
    await quiet(joint)
