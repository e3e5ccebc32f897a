"""I7: many removals at once wait for a person, and only they."""

from tests.support.joint import Joint


async def test_mass_deletes_wait_for_approval_and_arrive_after_it(joint: Joint) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(13)]
    await joint.sync()
    for sale in sales[:12]:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    run = await joint.sync()

    assert run.state == "held", run.counters
    assert await joint.writes() == [("quickbooks", "contact", "update")]
    assert len(await joint.books_list("invoice")) == 13
    [item] = await joint.attention()
    assert (item.kind, item.actions) == ("mass_delete", ["approve"])

    await joint.answer(item.id, "approve")
    run = await joint.sync()

    assert run.state == "succeeded", run.counters
    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [sales[12]["number"]]


async def test_a_few_deletes_are_nobodys_business(joint: Joint) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(6)]
    await joint.sync()
    for sale in sales[:3]:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    run = await joint.sync()

    assert run.state == "succeeded", run.counters
    assert len(await joint.books_list("invoice")) == 3
