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
    assert "12 sales of 264.00 AUD in all were removed in Oncord" in item.summary
    assert item.detail["count"] == 12
    assert {each["number"] for each in item.detail["records"]} == {sale["number"] for sale in sales[:12]}
    assert all(each["person"] == "Ada Lovelace" for each in item.detail["records"])

    assert (await joint.sync()).state == "held"  # a run that has nothing else to do is no greener

    await joint.answer(item.id, "approve")
    run = await joint.sync()

    assert run.state == "succeeded", run.counters
    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [sales[12]["number"]]


async def test_removals_of_whose_documents_something_was_told_as_well_are_counted_once(joint: Joint) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(12)]
    await joint.sync()
    for invoice in await joint.books_list("invoice"):
        await joint.touched("quickbooks", "sale", invoice["Id"])
    for sale in sales:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")

    run = await joint.sync()

    assert (run.state, run.counters["removals_waiting"]) == ("held", 12), run.counters
    [item] = await joint.attention()
    assert "12 sales of 264.00 AUD in all were removed in Oncord" in item.summary
    assert [each["side"] for each in item.detail["records"]] == ["oncord"] * 12
    await joint.answer(item.id, "dismiss")
    assert (await joint.sync()).counters["removals_dismissed"] == 12


async def test_a_few_deletes_are_nobodys_business(joint: Joint) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(6)]
    await joint.sync()
    for sale in sales[:3]:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    run = await joint.sync()

    assert run.state == "succeeded", run.counters
    assert len(await joint.books_list("invoice")) == 3


async def test_removals_that_a_person_let_be_keep_every_later_run_from_looking_whole(joint: Joint) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(12)]
    await joint.sync()
    for sale in sales:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    assert (await joint.sync()).state == "held"
    [item] = await joint.attention()
    await joint.answer(item.id, "dismiss")

    run = await joint.sync()

    assert (run.state, run.counters["removals_dismissed"]) == ("partial", 12)
    assert len(await joint.books_list("invoice")) == 12


async def test_a_run_in_which_a_value_lost_a_conflict_is_only_partly_done(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"], number="1041")
    await joint.sync()
    [customer] = await joint.books_list("customer")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    body = {"Id": customer["Id"], "sparse": True, "PrimaryPhone": {"FreeFormNumber": "0400 333 444"}}
    await joint.person("customer", body)

    run = await joint.sync()

    assert (run.state, run.counters["conflicts"]) == ("partial", 1)
    assert (await joint.sync()).state == "succeeded"


async def test_an_edit_on_one_side_is_no_conflict_and_leaves_the_run_whole(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"], number="1041")
    await joint.sync()
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})

    run = await joint.sync()

    assert (run.state, run.counters.get("conflicts")) == ("succeeded", None)
