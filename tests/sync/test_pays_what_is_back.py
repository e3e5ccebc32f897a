"""S6, R1: what pays a sale is looked at again once a person has had its invoice put back, whoever it belongs to."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import asked, quiet, remove, run
from tests.sync.test_moved_contacts import two_people


@pytest.mark.parametrize("payer", ["the same contact", "another contact"])
async def test_s6_a_receipt_that_was_skipped_goes_once_the_invoice_of_its_sale_is_put_back(
    joint: Joint, payer: str
) -> None:
    ada, bea, _, _ = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    await run(joint)
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    await remove(joint, "invoice", made["Id"])
    await run(joint)
    await joint.receipt(sale, contact_id=(ada if payer == "the same contact" else bea)["id"])
    await run(joint)
    assert await joint.books_list("payment") == []

    await joint.put_back("oncord", "sale", sale["id"])
    await run(joint)
    anew = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    assert (anew["Balance"], len(await joint.books_list("payment"))) == (0, 1)
    assert await asked(joint) == []
    await quiet(joint)


async def test_s3_a_receipt_of_another_contact_is_applied_again_once_its_deleted_sale_is_restored(joint: Joint) -> None:
    ada, bea, _, _ = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    own = await joint.sale(bea["id"], number="M-2")
    parts = [{"sale_id": own["id"], "amount": "22.00"}, {"sale_id": sale["id"], "amount": "8.00"}]
    await joint.receipt(own, "30.00", allocations=parts)
    await run(joint)
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    await remove(joint, "invoice", made["Id"])
    await run(joint)
    await joint.put_back("oncord", "sale", sale["id"])
    await run(joint)

    anew = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    assert anew["Balance"] == 14
    assert sum(p["TotalAmt"] for p in await joint.books_list("payment")) == 30
    await quiet(joint)
