"""QuickBooks writes "Voided" before the note at each void, and the service never voids what is void (S5)."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import asked, book, quiet, run, void


async def voided_in_the_shop(joint: Joint, sale_id: str) -> None:
    await joint.in_shop("PATCH", f"sales/{sale_id}", {"voided": True})


async def a_document(joint: Joint, entity: str) -> tuple[str, str]:
    """A sale, or an adjustment, and its document."""
    ada = (await joint.contact())["id"]
    back = {"description": "Back", "quantity": "-1", "unit_price": "11.00", "tax_code": "GST"}
    sale = await (joint.sale(ada) if entity == "invoice" else joint.sale(ada, back, kind="adjustment"))
    await run(joint)
    [made] = await joint.books_list(entity)
    return sale["id"], made["Id"]


async def note_of(joint: Joint, entity: str, record_id: str) -> str:
    found = await book(joint, entity, record_id)
    assert found["TotalAmt"] == 0
    return str(found["PrivateNote"])


@pytest.mark.parametrize("entity", ["invoice", "creditmemo"])
async def test_s5_what_both_sides_void_is_void_once(joint: Joint, entity: str) -> None:
    sale_id, made = await a_document(joint, entity)
    await voided_in_the_shop(joint, sale_id)
    await void(joint, entity, made)
    once = await note_of(joint, entity, made)
    await run(joint)

    assert await note_of(joint, entity, made) == once
    assert once.count("Voided") == 1
    assert await asked(joint) == []
    await quiet(joint)


async def test_s5_a_void_whose_answer_is_lost_is_looked_for_before_anything_is_sent_again(joint: Joint) -> None:
    sale_id, made = await a_document(joint, "invoice")
    await joint.hazard("quickbooks", "requestid_ignored")
    await joint.hazard("quickbooks", "answer_lost", times=1)
    await voided_in_the_shop(joint, sale_id)
    await run(joint)
    await joint.hazard("quickbooks", "answer_lost", on=False)
    await run(joint)

    assert (await note_of(joint, "invoice", made)).count("Voided") == 1
    assert await asked(joint) == []
    await quiet(joint)


async def test_s5_what_is_voided_right_before_our_void_arrives_is_void_once(joint: Joint) -> None:
    sale_id, made = await a_document(joint, "invoice")
    await joint.hazard("quickbooks", "voided_meanwhile", times=1)
    await voided_in_the_shop(joint, sale_id)
    await run(joint)

    assert (await note_of(joint, "invoice", made)).count("Voided") == 1
    await joint.hazard("quickbooks", "voided_meanwhile", on=False)
    await run(joint)
    assert (await note_of(joint, "invoice", made)).count("Voided") == 1
    assert await asked(joint) == []
    await quiet(joint)
