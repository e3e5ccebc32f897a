"""I6: a delete removes nothing on the other side unless the pair began where it was deleted."""

from tests.support.joint import Joint
from tests.support.stories import Body, change, customer, invoice, line, payment, quiet, remove, run

TEA = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}


async def both(joint: Joint) -> dict[str, set[str]]:
    """What exists: by collection or entity, its numbers (of money: its references)."""
    names = {"sales": "number", "receipts": "reference", "invoice": "DocNumber", "payment": "PaymentRefNum"}
    found: dict[str, set[str]] = {}
    for place, name in names.items():
        listed = await (joint.shop_list(place) if place in ("sales", "receipts") else joint.books_list(place))
        found[place] = {str(record[name]) for record in listed}
    return found


async def began_in_each(joint: Joint, mark: str) -> tuple[Body, Body]:
    """A paid document that began in Oncord, one that began in QuickBooks, and one that was there on both sides; those of
    Oncord and those of QuickBooks, by where they began."""
    ada = await joint.contact("Ada", f"Of{mark}", email=f"ada{mark}@example.com")
    grace = await customer(joint, "Grace", f"Of{mark}", f"grace{mark}@example.com")
    here = await joint.sale(ada["id"], TEA, number=f"HERE-{mark}")
    await joint.receipt(here, reference=f"R-HERE-{mark}")
    there = await invoice(joint, grace["Id"], DocNumber=f"THERE-{mark}")
    await payment(joint, grace["Id"], "33.00", {there["Id"]: "33.00"}, PaymentRefNum=f"R-THERE-{mark}")
    met = await joint.contact("Mae", f"Of{mark}", email=f"mae{mark}@example.com")
    known = await customer(joint, "Mae", f"Of{mark}", f"mae{mark}@example.com")
    sale = await joint.sale(met["id"], TEA, number=f"BOTH-{mark}")
    twin = await invoice(
        joint, known["Id"], await line(joint, "20.00", "Tea"), DocNumber=f"BOTH-{mark}", TxnDate=sale["date"]
    )
    await joint.receipt(sale, reference=f"R-BOTH-{mark}")
    await payment(
        joint, known["Id"], "22.00", {twin["Id"]: "22.00"}, PaymentRefNum=f"R-BOTH-{mark}", TxnDate=sale["date"]
    )
    await run(joint)
    assert await joint.attention() == []
    return {"ada": ada, "grace": grace}, {"sale": sale}


async def test_i6_a_delete_crosses_only_where_its_pair_began(joint: Joint) -> None:
    await began_in_each(joint, "A")
    await began_in_each(joint, "B")
    before = await both(joint)
    assert before["sales"] == before["invoice"] == {f"{b}-{m}" for b in ("HERE", "THERE", "BOTH") for m in "AB"}
    assert before["receipts"] == before["payment"] == {f"R-{each}" for each in before["sales"]}

    for collection, name in (("receipts", "reference"), ("sales", "number")):
        for record in await joint.shop_list(collection):
            if str(record[name]).endswith("-A"):
                await joint.in_shop("DELETE", f"{collection}/{record['id']}")
    await run(joint)
    await quiet(joint)
    now = await both(joint)
    assert now["sales"] == {"HERE-B", "THERE-B", "BOTH-B"}
    assert before["invoice"] - now["invoice"] == {"HERE-A"}, "of three only the one that began in Oncord is gone"
    assert before["payment"] - now["payment"] == {"R-HERE-A"}

    for entity, name in (("payment", "PaymentRefNum"), ("invoice", "DocNumber")):
        for record in await joint.books_list(entity):
            if str(record[name]).endswith("-B"):
                await remove(joint, entity, record["Id"])
    await run(joint)
    await quiet(joint)
    after = await both(joint)
    assert (after["sales"], after["receipts"]) == (now["sales"], now["receipts"]), (
        "a delete in the books removes nothing"
    )


async def test_i6_a_contact_takes_nothing_along_and_a_customer_that_goes_inactive_neither(joint: Joint) -> None:
    first, _ = await began_in_each(joint, "A")
    before = await both(joint)
    await joint.in_shop("DELETE", f"contacts/{first['ada']['id']}")
    await change(joint, "customer", first["grace"]["Id"], Active=False)
    await run(joint)
    await quiet(joint)

    after = await both(joint)
    assert (after["invoice"], after["payment"]) == (before["invoice"], before["payment"])
    assert "THERE-A" in after["sales"], "and its contact stays"
    assert len([c for c in await joint.shop_list("contacts") if c["last_name"] == "OfA"]) == 2
