"""What QuickBooks does not take is called `refused` until it changes or goes over, whoever closes the item that told of it."""

from app.domain.model.records import Kind
from app.storage.records.marks import note_due
from tests.support.joint import Joint
from tests.support.settlements import up_front
from tests.support.stories import Body, quiet, run
from tests.sync.test_configuration_moves import codes
from tests.sync.test_marks import mark
from tests.sync.test_rules_refunds import TEA, joined_to, paid_back


async def dismiss_all(joint: Joint) -> None:
    """Somebody closes every item without doing anything."""
    for item in await joint.attention():
        await joint.answer(item.id, "dismiss")


async def looked_at_again(joint: Joint, kind: str, record: Body) -> None:
    """A run in which the mark of a record is due, whatever for."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await note_due(tx, joint.connection_id, [(Kind(kind), record["id"])])
    await run(joint)


async def test_a_refused_edit_stays_refused_once_somebody_has_closed_its_item(joint: Joint) -> None:
    await joint.configure(tax_codes=tuple(code for code in await codes(joint) if code.code == "GST"))
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    bad = [{**sale["lines"][0], "tax_rate": "10", "tax_amount": "1.00"}]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": bad})
    await run(joint)
    said = await mark(joint, "sales", sale)
    assert said[0] == "refused"
    await dismiss_all(joint)
    await up_front(joint, made["Id"], "2.00")
    assert await run(joint) == [("oncord", "sale", "update")], "the mark is looked at, and the edit is not tried again"
    assert await mark(joint, "sales", sale) == said
    await quiet(joint)

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], "tax_code": "FRE"}]})
    await run(joint)
    assert (await mark(joint, "sales", sale))[0] == "waiting", "it is another sale by now, and waits for a choice"
    await dismiss_all(joint)
    await looked_at_again(joint, "sale", sale)
    assert (await mark(joint, "sales", sale))[0] == "waiting"

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], "quantity": "3"}]})
    await run(joint)
    assert (await mark(joint, "sales", sale))[0] == "linked"
    await quiet(joint)


async def test_what_was_taken_back_for_a_cent_and_a_refused_refund_stay_refused_too(joint: Joint) -> None:
    await joint.hazard("quickbooks", "tax_half_even")
    contact = await joint.contact()
    cent = {"description": "Half a cent of tax", "quantity": "1", "unit_price": "0.45", "tax_code": "GST"}
    wrong = await joint.sale(contact["id"], cent, amounts_include_tax=False)
    adjustment = await joint.sale(contact["id"], {**TEA, "quantity": "-2"}, kind="adjustment")
    await run(joint)
    [credit] = await joint.books_list("creditmemo")
    owner = credit["CustomerRef"]["value"]
    money = await paid_back(joint, owner, 22.0, DocNumber="mine", TxnDate="2020-01-01")
    await joined_to(joint, owner, money, credit, 22.0)
    refund = await joint.receipt(adjustment, "-22.00", date="2026-11-20")
    await run(joint)
    for _ in range(2):
        assert (await mark(joint, "sales", wrong))[0] == "refused"
        assert (await mark(joint, "receipts", refund))[0] == "refused"
        await dismiss_all(joint)
        await looked_at_again(joint, "sale", wrong)
        await looked_at_again(joint, "receipt", refund)
