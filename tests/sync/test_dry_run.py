"""A dry run says what a real run would do: the same operations, stage by stage in the same order, if nothing moves between."""

from app.domain.model.configuration import ItemPolicy
from app.domain.model.operations import Action
from app.domain.model.records import Kind
from tests.support.joint import Joint
from tests.support.stories import Body, change, customer, invoice, payment, remove, run

TEA = {"description": "Tea", "quantity": "1", "unit_price": "11.00", "tax_code": "GST"}

Said = tuple[str, str, str, str, str, str, tuple[str, ...]]


async def said(joint: Joint) -> dict[tuple[bool, str, str, bool], list[Said]]:
    """What the last run planned: action, side, kind, source, target, rule and fields, in order within each stage.

    A real run goes kind by kind, a dry run looks at everything at once; a stage is what both write together. What is
    only remembered has no order.
    """
    stages: dict[tuple[bool, str, str, bool], list[Said]] = {}
    for stored in await joint.decisions():
        o = stored.operation
        removal = o.action is Action.DELETE
        stage = (o.action.writes, o.kind.value, o.side.value, removal)
        stages.setdefault(stage, []).append(
            (o.action.value, o.side.value, o.kind.value, o.source_id, o.target_id, o.rule, o.fields)
        )
    return {stage: found if stage[0] else sorted(found) for stage, found in stages.items()}


async def a_past(joint: Joint) -> dict[str, Body]:
    """Pairs that agree: one of each origin, with their receipts."""
    income = await joint.account("Income")
    item = next(i for i in await joint.books_list("item") if i["Name"] == "Oncord sales")
    await joint.configure(items=ItemPolicy("match", item["Id"], income))
    past: dict[str, Body] = {}
    for name in ("Edited", "Fought", "Deleted", "Voided", "Paid"):
        contact = await joint.contact(name, "Hopper", email=f"{name}@example.com".lower())
        past[f"{name} contact"] = contact
        past[name] = await joint.sale(contact["id"], TEA)
    past["Paid receipt"] = await joint.receipt(past["Paid"], "5.00")
    past["Pulled customer"] = await customer(joint, "Pulled")
    past["Pulled"] = await invoice(joint, past["Pulled customer"]["Id"])
    past["Pulled payment"] = await payment(joint, past["Pulled customer"]["Id"], "5.00", {past["Pulled"]["Id"]: "5.00"})
    await run(joint)
    return past


async def a_day(joint: Joint, past: dict[str, Body]) -> None:
    """Edits, conflicts, deletes, voids, new records both ways, pairs to be adopted, and what has to be laid aside."""
    documents = {i["DocNumber"]: i["Id"] for i in await joint.books_list("invoice")}
    await joint.in_shop("PATCH", f"sales/{past['Edited']['id']}", {"notes": "from the shop"})
    await joint.in_shop("PATCH", f"contacts/{past['Edited contact']['id']}", {"phone": "0400 111 111"})
    await change(joint, "customer", past["Pulled customer"]["Id"], PrimaryPhone={"FreeFormNumber": "0400 222 222"})
    await joint.in_shop("PATCH", f"sales/{past['Fought']['id']}", {"notes": "from the shop"})
    await change(joint, "invoice", documents[past["Fought"]["number"]], CustomerMemo={"value": "from the books"})
    await joint.in_shop("DELETE", f"sales/{past['Deleted']['id']}")
    await joint.in_shop("PATCH", f"sales/{past['Voided']['id']}", {"voided": True})
    await joint.in_shop("PATCH", f"receipts/{past['Paid receipt']['id']}", {"reference": "R-1"})
    await remove(joint, "payment", past["Pulled payment"]["Id"])

    new = await joint.contact("New", "Hopper", email="new@example.com")
    body = {"code": "MUG-9", "title": "Mug", "price": "11.00", "tax_code": "GST"}
    mug = await joint.in_shop("POST", "products", body)
    sold = await joint.sale(new["id"], TEA, {"product_id": mug["id"], "quantity": "2", "tax_code": "GST"})
    await joint.receipt(sold)
    await joint.receipt(sold, "1.00", payment_method_id=await joint.method("paypal"))
    second = await joint.sale(new["id"], TEA, status="draft")
    assert second["status"] == "draft"
    await joint.sale(new["id"], TEA, date="2025-01-01")
    await joint.contact("Idle", "Hopper", email="idle@example.com")

    billed = await customer(joint, "Billed")
    due = await invoice(joint, billed["Id"], DocNumber="Q-33")  # not the number of the sale of the same total above
    await payment(joint, billed["Id"], "33.00", {due["Id"]: "33.00"})

    both = await joint.contact("Both", "Hopper", email="both@example.com", phone="0400 333 333")
    await joint.sale(both["id"], {**TEA, "description": "Design", "unit_price": "33.00"}, number="B-1")
    there = await customer(joint, "Both", email="both@example.com")
    await invoice(joint, there["Id"], DocNumber="B-1")

    await joint.contact("Twin", "Hopper", email="twin@example.com")
    twin = await joint.contact("Twin", "Hopper", email="twin@example.com")
    await customer(joint, "Twin", email="twin@example.com")
    await joint.sale(twin["id"], TEA)


async def test_a_real_run_does_what_the_dry_run_before_it_said(joint: Joint) -> None:
    await a_day(joint, await a_past(joint))
    before = [await joint.books_list(e) for e in ("customer", "invoice", "payment", "item")]
    dry = await joint.sync(dry_run=True)
    foretold = await said(joint)

    assert dry.state == "succeeded"
    assert before == [await joint.books_list(e) for e in ("customer", "invoice", "payment", "item")]

    await run(joint)
    done = await said(joint)

    assert done == foretold
    kinds = {stage[1] for stage in done if stage[0]}
    assert kinds == {kind.value for kind in Kind}
    assert {stage[2] for stage in done if stage[0]} == {"oncord", "quickbooks"}
    actions = {one[0] for stage in done.values() for one in stage}
    assert {"create", "update", "delete", "void", "adopt", "skip", "park", "tombstone"} <= actions, actions
