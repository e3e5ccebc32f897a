"""The posts that tell the connector what changed."""

import httpx
import pytest

from tests.sandbox_oncord.shop import API, OTHER_SECRET, SECRET, TOKEN, Shop, verified


async def test_a_change_is_posted_signed_as_the_contract_says(shop: Shop) -> None:
    await shop.connect()
    mia = await shop.contact()

    assert await shop.world.events.deliver_due() == 1

    (request,) = shop.mailbox.requests
    assert str(request.url) == "http://service.example/hook"
    assert verified(request, SECRET)
    assert not verified(request, OTHER_SECRET)
    assert shop.mailbox.bodies == [
        {
            "type": "contact.saved",
            "timestamp": "2026-11-22T02:00:00.000000Z",
            "data": {
                "entity": "contact", "id": mia["id"], "version": "1", "action": "saved", "merged_ids": [],
                "deleted_with": None, "actor": "user",
            },
        }
    ]  # fmt: skip


async def test_every_secret_signs_while_one_is_rotated(shop: Shop) -> None:
    await shop.connect(secrets=[OTHER_SECRET])
    await shop.contact()
    await shop.world.events.deliver_due()

    (request,) = shop.mailbox.requests
    assert verified(request, SECRET)
    assert verified(request, OTHER_SECRET)


async def test_nothing_is_told_before_there_is_an_address(shop: Shop) -> None:
    await shop.contact()
    await shop.connect()

    assert await shop.world.events.deliver_due() == 0
    assert shop.world.events.next_due() is None


@pytest.mark.parametrize(
    "settings",
    [{"secret": "whsec_"}, {"secret": "plain"}, {"url": "nowhere"}, {"url": "ftp://x/y"}, {"secrets": ["whsec_?"]}],
)
async def test_unusable_settings_are_refused(shop: Shop, settings: dict[str, object]) -> None:
    answer = await shop.client.put(f"{API}/connector", json={"url": "http://a/b", **settings}, headers=TOKEN)

    assert answer.status_code == 422
    assert (await shop.api("/connector"))["url"] is None


async def test_the_actor_says_who_did_it(shop: Shop) -> None:
    await shop.connect()
    await shop.contact()
    await shop.write("contacts", "create", record={"first_name": "Liam"})
    await shop.client.post("/order", data={"site": "demo", "email": "r@example.com", "product": "MUG", "quantity": "1"})
    await shop.world.events.deliver_due()

    assert [(body["type"], body["data"]["actor"]) for body in shop.mailbox.bodies] == [
        ("contact.saved", "user"), ("contact.saved", "connector"), ("contact.saved", "system"), ("sale.saved", "system"),
    ]  # fmt: skip


async def test_changes_that_happened_together_travel_together(shop: Shop) -> None:
    await shop.connect()
    names = [{"key": str(n), "action": "create", "record": {"first_name": str(n)}} for n in range(60)]
    await shop.batch("contacts", *names)
    await shop.world.events.deliver_due()

    assert [len(body["data"]) for body in shop.mailbox.bodies] == [50, 10]
    assert [told for _, told in shop.mailbox.told] == [str(n) for n in range(1, 61)]


async def test_a_refused_operation_tells_nothing(shop: Shop) -> None:
    await shop.connect()
    await shop.write("contacts", "create", record={"email": "nonsense"})

    assert await shop.world.events.deliver_due() == 0


async def test_a_merge_names_the_contacts_that_went_up_in_it(shop: Shop) -> None:
    loser, winner = await shop.contact(), await shop.contact()
    sale = await shop.sale(loser["id"])
    await shop.connect()
    await shop.door("POST", f"/contacts/{loser['id']}/merge", {"into": winner["id"]})
    await shop.world.events.deliver_due()

    assert shop.mailbox.told == [("sale.saved", sale["id"]), ("contact.merged", winner["id"])]
    data = shop.mailbox.bodies[1]["data"]
    assert (data["action"], data["merged_ids"], data["version"]) == ("merged", [loser["id"]], "2")


async def test_a_cascade_says_what_took_a_record_along(shop: Shop) -> None:
    mia = await shop.contact()
    sale = await shop.sale(mia["id"])
    await shop.connect()
    await shop.door("DELETE", f"/contacts/{mia['id']}?cascade=true")
    await shop.world.events.deliver_due()

    assert shop.mailbox.told == [("sale.deleted", sale["id"]), ("contact.deleted", mia["id"])]
    assert [body["data"]["deleted_with"] for body in shop.mailbox.bodies] == [
        {"entity": "contact", "id": mia["id"]}, None,
    ]  # fmt: skip


async def test_a_post_is_repeated_with_growing_delays_until_a_2xx(shop: Shop) -> None:
    await shop.connect()
    await shop.contact()
    shop.mailbox.answer = 500
    waits = []
    for _ in range(8):
        assert await shop.world.events.deliver_due() == 1
        due = shop.world.events.next_due()
        assert due is not None
        waits.append((due - shop.moment).total_seconds())
        shop.wait(waits[-1] - 0.001)
        assert await shop.world.events.deliver_due() == 0
        shop.wait(0.001)
    shop.mailbox.answer = 204
    await shop.world.events.deliver_due()

    assert waits == [1, 5, 15, 60, 300, 900, 3600, 3600]
    assert shop.world.events.next_due() is None
    assert len({request.headers["webhook-id"] for request in shop.mailbox.requests}) == 1
    assert len({request.headers["webhook-timestamp"] for request in shop.mailbox.requests}) == 9
    assert all(verified(request, SECRET) for request in shop.mailbox.requests)


async def test_a_time_scale_shortens_the_delays(shop: Shop) -> None:
    await shop.connect()
    await shop.contact()
    await shop.client.put("/_sandbox/events", json={"time_scale": 0.1})
    shop.mailbox.answer = 500
    await shop.world.events.deliver_due()

    due = shop.world.events.next_due()
    assert due is not None
    assert (due - shop.moment).total_seconds() == 0.1


async def test_a_post_that_fails_holds_back_those_behind_it_of_its_site_only(shop: Shop) -> None:
    other = (await shop.client.post("/_sandbox/sites", json={"sample": False})).json()
    headers = {"Authorization": f"Bearer {other['token']}"}
    settings = {"url": "http://elsewhere.example/hook", "secret": SECRET}
    await shop.client.put(other["api_url"] + "/connector", json=settings, headers=headers)
    await shop.connect()
    shop.mailbox.answer = 503
    await shop.contact()
    await shop.contact()
    await shop.world.events.deliver_due()
    shop.mailbox.answer = 200
    await shop.client.post("/_sandbox/sites/site-2/contacts", json={"first_name": "Elsewhere"})

    assert await shop.world.events.deliver_due() == 1
    assert shop.mailbox.requests[-1].url.host == "elsewhere.example"
    shop.wait(1)
    assert await shop.world.events.deliver_due() == 2
    assert shop.mailbox.told == [
        ("contact.saved", "1"), ("contact.saved", "1"), ("contact.saved", "1"), ("contact.saved", "2"),
    ]  # fmt: skip


async def test_a_receiver_that_cannot_be_reached_is_tried_again(shop: Shop) -> None:
    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    shop.world.events.transport = httpx.MockTransport(unreachable)
    await shop.connect()
    await shop.contact()

    assert await shop.world.events.deliver_due() == 1
    (waiting,) = (await shop.client.get("/_sandbox/events")).json()["items"]
    assert (waiting["attempts"], waiting["last_answer"]) == (1, "ConnectError")


async def test_the_app_delivers_by_itself_while_it_runs(shop: Shop) -> None:
    import asyncio

    arrived = asyncio.Event()

    def receive(request: httpx.Request) -> httpx.Response:
        arrived.set()
        return httpx.Response(200)

    shop.world.events.transport = httpx.MockTransport(receive)
    async with shop.app.router.lifespan_context(shop.app):
        await shop.connect()
        await shop.contact()
        await asyncio.wait_for(arrived.wait(), 5)
