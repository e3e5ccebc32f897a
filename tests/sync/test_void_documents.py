"""S5: of what is void amounts alone are frozen; and a sale that is alive again gets a new invoice when a person asks."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import asked, book, change, customer, invoice, quiet, run, shop, void


@pytest.mark.parametrize("side", ["oncord", "quickbooks"])
async def test_s5_a_note_typed_on_a_void_sale_travels(joint: Joint, side: str) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await void(joint, "invoice", made["Id"])
    await run(joint)
    if side == "oncord":
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Returned by post"})
    else:
        await change(joint, "invoice", made["Id"], CustomerMemo={"value": "Returned by post"})
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "Returned by post"
    kept = await shop(joint, "sales", sale["id"])
    assert (kept["notes"], kept["total"], kept["voided"]) == ("Returned by post", "22.00", True)
    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 0
    await quiet(joint)


async def test_s5_a_due_date_and_a_note_typed_as_the_sale_is_voided_travel_with_the_void(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    typed = {"voided": True, "notes": "A mistake", "due_date": "2026-12-24"}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", typed)
    await run(joint)

    [made] = await joint.books_list("invoice")
    assert made["PrivateNote"].startswith("Voided")
    assert (made["CustomerMemo"]["value"], made["DueDate"], made["TotalAmt"]) == ("A mistake", "2026-12-24", 0)
    assert await asked(joint) == []
    await quiet(joint)


async def test_s5_a_note_on_a_sale_whose_invoice_is_not_voided_for_it_travels_beside_the_question(joint: Joint) -> None:
    made = await invoice(joint, (await customer(joint, "Grace"))["Id"])
    await run(joint)
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"voided": True, "notes": "A mistake"})
    await run(joint)

    now = await book(joint, "invoice", made["Id"])
    assert (now["CustomerMemo"]["value"], now["TotalAmt"]) == ("A mistake", 33)
    assert await asked(joint) == [("S5", "parked")]


async def test_s5_a_cancelled_sale_that_is_revived_gets_a_new_invoice_on_request(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [old] = await joint.books_list("invoice")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "cancelled"})
    await run(joint)
    receipt = await joint.receipt(sale)
    await quiet(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "confirmed", "notes": "On again"})
    await run(joint)

    [item] = await joint.attention()
    assert (item.rule, item.kind, item.actions) == ("S5", "deleted", ["put_back", "retry"])
    assert len(await joint.books_list("invoice")) == 1

    await joint.answer(item.id, "put_back")
    await run(joint)
    [new] = [i for i in await joint.books_list("invoice") if i["Id"] != old["Id"]]
    assert (new["TotalAmt"], new["Balance"], new["CustomerMemo"]["value"]) == (22, 0, "On again")
    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (22, 0), receipt
    assert (await shop(joint, "sales", sale["id"]))["books_status"] in ("none", "linked")
    assert len(await joint.shop_list("sales")) == 1
    assert await asked(joint) == []
    await quiet(joint)

    await change(joint, "invoice", old["Id"], CustomerMemo={"value": "the old one"})
    assert await run(joint) == []
    assert len(await joint.shop_list("sales")) == 1


async def test_s5_nothing_is_put_back_for_a_sale_that_is_still_void(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"voided": True})
    await run(joint)

    with pytest.raises(Exception, match="nothing to put back"):
        await joint.put_back("oncord", "sale", sale["id"])
