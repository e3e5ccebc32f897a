"""Intuit's events as they really come, through the service's webhook address into the whole engine.

Late, twice, out of order, never, for several companies at once or with a time long past: the end is the same (I11).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from app.main import create_app
from app.runtime import Runtime
from tests.quickbooks.hazard_register import survives
from tests.support.joint import Joint
from tests.support.stories import change, customer, invoice, payment, quiet, remove, run, void


@asynccontextmanager
async def listening(joint: Joint) -> AsyncIterator[None]:
    """The simulator's events reach the service's webhook address, and nothing else does."""
    outbox = joint.books.webhooks
    settings = joint.runtime.settings.model_copy(
        update={"quickbooks_webhook_verifier_tokens": (outbox.verifier_token,)}
    )
    service = create_app(settings)
    service.state.runtime = joint.runtime
    outbox.transport = httpx.ASGITransport(service)
    outbox.configure({"url": "http://service.test/webhooks/quickbooks"})
    try:
        yield
    finally:
        await outbox.close()


async def delivered(joint: Joint, seconds: float = 30) -> int:
    """Let time pass, and how many events were acknowledged by then."""
    before = joint.books.webhooks.delivered
    for _ in range(3):
        joint.clock.pass_time(seconds / 3)
        await joint.books.webhooks.deliver_due()
    return joint.books.webhooks.delivered - before


async def counted(runtime: Runtime, query: str) -> int:
    """The one number that a query of the connection's own rows answers."""
    async with runtime.database.transaction("con_test") as tx:
        row = await (await tx.execute(query)).fetchone()
    assert row is not None
    return int(row["n"])


async def a_story_in_the_books(joint: Joint) -> dict[str, str]:
    """Made, changed, merged, voided, deleted: one of each, by a person in QuickBooks."""
    ada, old, grace = [await customer(joint, name) for name in ("Ada", "Old", "Grace")]
    kept, voided, gone = [await invoice(joint, ada["Id"]) for _ in range(3)]
    moved = await invoice(joint, old["Id"])
    paid = await payment(joint, ada["Id"], "33.00", {kept["Id"]: "33.00"})
    await change(joint, "invoice", kept["Id"], DueDate="2027-03-01")
    await void(joint, "invoice", voided["Id"])
    await remove(joint, "invoice", gone["Id"])
    await joint.in_books("POST", "customer/merge", {"from": old["Id"], "into": grace["Id"]})
    return {"kept": kept["DocNumber"], "moved": moved["DocNumber"], "payment": paid["Id"]}


async def agreed(joint: Joint, story: dict[str, str]) -> None:
    """The shop shows the story's end, once."""
    sales = {sale["number"]: sale for sale in await joint.shop_list("sales")}
    contacts = {contact["id"]: contact["first_name"] for contact in await joint.shop_list("contacts")}
    live = {number: sale for number, sale in sales.items() if not sale["voided"]}
    assert live.keys() == {story["kept"], story["moved"]}
    kept, moved = live[story["kept"]], live[story["moved"]]
    assert (kept["due_date"], kept["amount_paid"]) == ("2027-03-01", "33.00")
    assert [contacts[sale["contact_id"]] for sale in (kept, moved)] == ["Ada", "Grace"]
    assert len(await joint.shop_list("receipts")) == 1
    assert sorted(contacts.values()).count("Grace") == 1
    await quiet(joint)


async def test_the_events_of_a_calm_day_bring_every_change_across(joint: Joint) -> None:
    async with listening(joint):
        story = await a_story_in_the_books(joint)
        assert await delivered(joint) > 10
    await joint.sync(download=False)

    await agreed(joint, story)


@survives("webhooks_doubled")
async def test_events_that_arrive_twice_make_nothing_twice(joint: Joint) -> None:
    await joint.hazard("quickbooks", "webhooks_doubled")
    async with listening(joint):
        story = await a_story_in_the_books(joint)
        arrived = await delivered(joint)
    assert arrived == 2 * await counted(
        joint.runtime, "SELECT count(DISTINCT split_part(event_key, '/', 2)) AS n FROM event"
    )
    await joint.sync(download=False)

    await agreed(joint, story)


@survives("webhooks_reordered")
async def test_events_out_of_order_end_in_the_same_state(joint: Joint) -> None:
    await joint.hazard("quickbooks", "webhooks_reordered")
    async with listening(joint):
        story = await a_story_in_the_books(joint)
        joint.clock.pass_time(60)
        await joint.books.webhooks.deliver_due()
    await joint.sync(download=False)

    await agreed(joint, story)


@survives("webhooks_delayed")
async def test_late_events_change_nothing_for_the_worse_and_then_bring_the_change(joint: Joint) -> None:
    await joint.hazard("quickbooks", "webhooks_delayed", seconds=300)
    async with listening(joint):
        story = await a_story_in_the_books(joint)
        assert await delivered(joint) == 0
        await joint.sync(download=False)
        assert await joint.shop_list("sales") == []
        assert await delivered(joint, 400) > 10
    await joint.sync(download=False)

    await agreed(joint, story)


@survives("webhooks_delayed")
async def test_events_that_arrive_after_the_download_has_brought_the_change_write_nothing(joint: Joint) -> None:
    await joint.hazard("quickbooks", "webhooks_delayed", seconds=300)
    async with listening(joint):
        story = await a_story_in_the_books(joint)
        await run(joint)
        assert await delivered(joint, 400) > 10
    await joint.sync(download=False)

    assert await joint.writes() == []
    await agreed(joint, story)


@survives("webhooks_dropped")
async def test_events_that_never_arrive_are_made_up_for_by_the_next_download(joint: Joint) -> None:
    await joint.hazard("quickbooks", "webhooks_dropped")
    async with listening(joint):
        story = await a_story_in_the_books(joint)
        assert await delivered(joint) == 0
    await joint.sync(download=False)
    assert await joint.shop_list("sales") == []

    await run(joint)

    await agreed(joint, story)


@survives("webhooks_aged")
async def test_events_a_year_old_are_believed_as_far_as_that_something_changed(joint: Joint) -> None:
    await joint.hazard("quickbooks", "webhooks_aged")
    async with listening(joint):
        story = await a_story_in_the_books(joint)
        assert await delivered(joint) > 10
    await joint.sync(download=False)

    await agreed(joint, story)


@survives("webhooks_mixed_companies")
async def test_one_post_for_several_companies_touches_only_the_one_that_is_ours(joint: Joint) -> None:
    await joint.hazard("quickbooks", "webhooks_mixed_companies")
    other = (await joint.http_books.post("/_sandbox/companies", json={"country": "AU", "sample": False})).json()
    async with listening(joint):
        for name in ("Stranger", "Neighbour"):
            answer = await joint.http_books.post(
                f"/_sandbox/companies/{other['realm_id']}/customer", json={"DisplayName": name}
            )
            assert answer.status_code == 200
        mine = await customer(joint, "Mine")
        joint.clock.pass_time(60)
        assert await joint.books.webhooks.deliver_due() == 1
    dirty = "SELECT count(*) AS n FROM pending_change WHERE side = 'quickbooks'"
    assert await counted(joint.runtime, dirty) == 1
    await joint.sync(download=False)

    assert [c["first_name"] for c in await joint.shop_list("contacts")] == [mine["GivenName"]]
