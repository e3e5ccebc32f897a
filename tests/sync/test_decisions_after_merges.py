"""A value that a person puts back stands on the customer that had lost it. Where that customer is a further one of its contact
by now, which carries no details, the decision is carried out with that, and holds nothing else up."""

import pytest

from app.storage.people import restorations
from tests.support.joint import Joint
from tests.support.stories import Body, book, change, quiet, run, shop


async def kept(joint: Joint) -> tuple[Body, dict[str, str]]:
    """Two contacts with their customers; QuickBooks' phone of the first one has lost and is kept."""
    people = {name: await joint.contact(name) for name in ("Ada", "Bea")}
    for contact in people.values():
        await joint.sale(contact["id"])
    await run(joint)
    customers = {c["GivenName"]: c["Id"] for c in await joint.books_list("customer")}
    await joint.in_shop("PATCH", f"contacts/{people['Ada']['id']}", {"phone": "0400 000 001"})
    await change(joint, "customer", customers["Ada"], PrimaryPhone={"FreeFormNumber": "0400 000 002"})
    await run(joint)
    return people, customers


async def phone(joint: Joint, customer_id: str, member: str = "PrimaryPhone") -> str:
    found = await book(joint, "customer", customer_id)
    return str((found.get(member) or {}).get("FreeFormNumber", ""))


async def under_way(joint: Joint) -> int:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        return len(await restorations.under_way(tx, joint.connection_id))


@pytest.mark.parametrize("merged", ["before the answer", "after the answer", ""])
@pytest.mark.parametrize("typed", ["before the run", "after the run"])
async def test_law_8_what_is_typed_after_a_value_was_put_back_goes_over_whatever_was_merged(
    joint: Joint, merged: str, typed: str
) -> None:
    people, customers = await kept(joint)
    [item] = await joint.attention()
    if merged == "before the answer":
        await joint.in_shop("POST", f"contacts/{people['Ada']['id']}/merge", {"into": people["Bea"]["id"]})
        await run(joint)
    left = people["Bea" if merged else "Ada"]
    await joint.answer(item.id, "use_other")
    if merged == "after the answer":
        await joint.in_shop("POST", f"contacts/{people['Ada']['id']}/merge", {"into": people["Bea"]["id"]})
    if typed == "after the run":
        await run(joint)
    await joint.in_shop("PATCH", f"contacts/{left['id']}", {"mobile": "0411 111 111"})
    await run(joint)

    assert await phone(joint, customers["Ada"]) == "0400 000 002"
    assert await phone(joint, customers[left["first_name"]], "Mobile") == "0411 111 111"
    assert (await shop(joint, "contacts", left["id"]))["phone"] == (None if merged else "0400 000 002")
    assert await under_way(joint) == 0
    assert await joint.attention() == []
    await quiet(joint)


async def test_law_8_a_value_that_is_put_back_after_a_merge_is_written_by_the_next_run(joint: Joint) -> None:
    people, customers = await kept(joint)
    [item] = await joint.attention()
    await joint.in_shop("POST", f"contacts/{people['Ada']['id']}/merge", {"into": people["Bea"]["id"]})
    await run(joint)
    await joint.answer(item.id, "use_other")
    await joint.sync(download=False)

    assert await phone(joint, customers["Ada"]) == "0400 000 002"
    assert await phone(joint, customers["Bea"]) == ""
    assert await under_way(joint) == 0
    await quiet(joint)
