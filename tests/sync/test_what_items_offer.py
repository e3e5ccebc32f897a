"""What an item advises is what it offers, and it says which cause of several it is and about which payment."""

from tests.support.joint import Joint
from tests.support.stories import book, customer, invoice, payment, quiet, remove, run


async def test_c3_a_new_invoice_of_a_deleted_contact_offers_to_make_the_contact_anew(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    await invoice(joint, owner["Id"], DocNumber="Q-1")
    await run(joint)
    [contact] = await joint.shop_list("contacts")
    await joint.in_shop("DELETE", f"contacts/{contact['id']}?cascade=true")
    await run(joint)
    await invoice(joint, owner["Id"], DocNumber="Q-2")
    await invoice(joint, owner["Id"], DocNumber="Q-3")
    await run(joint)

    [item] = await joint.attention()
    assert (item.kind, item.actions) == ("deleted", ["put_back", "retry"])
    assert "Make the contact anew" in item.summary
    await joint.answer(item.id, "put_back")
    await run(joint)

    [again] = await joint.shop_list("contacts")
    assert again["last_name"] == "Hopper"
    assert sorted(s["number"] for s in await joint.shop_list("sales")) == ["Q-2", "Q-3"]
    assert await joint.attention() == []
    await quiet(joint)


async def test_c3_leaving_it_as_it_is_makes_nothing(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    await invoice(joint, owner["Id"], DocNumber="Q-1")
    await run(joint)
    [contact] = await joint.shop_list("contacts")
    await joint.in_shop("DELETE", f"contacts/{contact['id']}?cascade=true")
    await run(joint)
    await invoice(joint, owner["Id"], DocNumber="Q-2")
    await run(joint)
    [item] = await joint.attention()

    await joint.answer(item.id, "dismiss")
    await run(joint)

    assert await joint.shop_list("contacts") == []


async def deleted_sale_with_payment(joint: Joint, *, from_books: bool) -> tuple[str, str]:
    """A sale with an invoice that is paid; its invoice's and its payment's id."""
    sale = await joint.sale((await joint.contact())["id"], number="1041")
    if not from_books:
        await joint.receipt(sale, reference="TT-9")
    await run(joint)
    [made] = await joint.books_list("invoice")
    if from_books:
        await payment(joint, made["CustomerRef"]["value"], "22", {made["Id"]: "22"}, PaymentRefNum="B-7")
        await run(joint)
    [paid] = await joint.books_list("payment")
    return made["Id"], paid["Id"]


async def summary(joint: Joint) -> str:
    items = [i.summary for i in await joint.attention() if i.rule == "S3"]
    assert len(items) == 1, items
    return items[0]


async def test_s3_says_that_it_is_a_payment_of_the_books_that_keeps_the_invoice_and_which(joint: Joint) -> None:
    invoice_id, payment_id = await deleted_sale_with_payment(joint, from_books=True)
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    words = await summary(joint)
    assert "the payment (B-7) of 22.00 AUD of 19 Nov 2026" in words  # the books keep American time
    assert "was recorded in QuickBooks (Oncord has it as a receipt, which stays" in words
    assert "deposit" not in words
    await remove(joint, "payment", payment_id)
    await run(joint)
    assert await joint.books_list("invoice") == []
    assert [i for i in await joint.attention() if i.rule == "S3"] == []
    assert invoice_id


async def test_s3_says_that_it_is_a_deposit_that_keeps_the_invoice(joint: Joint) -> None:
    invoice_id, payment_id = await deleted_sale_with_payment(joint, from_books=False)
    await joint.in_books("POST", "deposit", {"payments": [payment_id]})
    [sale], [receipt] = await joint.shop_list("sales"), await joint.shop_list("receipts")
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    words = await summary(joint)
    assert "the payment (TT-9) of 22.00 AUD of 20 Nov 2026" in words
    assert "is part of a bank deposit" in words
    assert "was recorded in QuickBooks" not in words
    assert (await book(joint, "invoice", invoice_id))["Balance"] == 0
