"""Accidents on purpose."""

from typing import Any

import httpx
import pytest

from tests.sandbox_oncord.shop import API, TOKEN, Shop

SLUGS = {
    "answer_lost", "error_after_commit", "stale_versions", "events_dropped", "events_doubled", "events_delayed",
    "events_reordered", "events_held", "unavailable", "latency", "pages_change", "throttled",
}  # fmt: skip
CREATE = {"key": "k", "action": "create", "record": {"first_name": "Liam"}}


async def post(shop: Shop, operation: dict[str, Any] = CREATE, entity: str = "contacts") -> httpx.Response:
    return await shop.client.post(f"{API}/{entity}/batch", json={"operations": [operation]}, headers=TOKEN)


async def test_every_hazard_is_listed_and_off(shop: Shop) -> None:
    items = (await shop.client.get("/_sandbox/hazards")).json()["items"]

    assert {item["slug"] for item in items} == SLUGS
    assert not any(item["on"] for item in items)
    assert all(
        {"probability", "after", "times", "entity", "for_seconds"} <= item["parameters"].keys() for item in items
    )
    assert all(item["description"] for item in items)


@pytest.mark.parametrize(
    "wanted",
    [
        {"fire": True},
        {"latency": {"minutes": 1}},
        {"latency": {"seconds": "long"}},
        {"latency": 5},
        {"latency": {"entity": 1}},
    ],
)
async def test_an_unknown_hazard_or_parameter_is_refused_and_changes_nothing(
    shop: Shop, wanted: dict[str, Any]
) -> None:
    answer = await shop.client.put("/_sandbox/hazards", json={"throttled": True, **wanted})

    assert answer.status_code == 422
    assert (await shop.client.get(f"{API}/site", headers=TOKEN)).status_code == 200


async def test_a_lost_answer_leaves_the_write_and_the_key_gives_it_back(shop: Shop) -> None:
    await shop.hazards(answer_lost={"times": 1, "seconds": 30})
    with pytest.raises(httpx.ReadError):
        await post(shop)
    assert shop.slept == [30]
    answer = await post(shop)

    assert answer.json()["results"][0]["record"]["id"] == "1"
    assert len((await shop.api("/contacts"))["items"]) == 1


async def test_an_error_after_the_commit_leaves_the_write(shop: Shop) -> None:
    await shop.hazards(error_after_commit={"times": 1, "status": 502})
    answer = await post(shop)

    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert len((await shop.api("/contacts"))["items"]) == 1


async def test_unavailable_means_that_nothing_happened(shop: Shop) -> None:
    await shop.hazards(unavailable=True)
    assert (await post(shop)).status_code == 503
    await shop.hazards(unavailable=False)

    assert (await shop.api("/contacts"))["items"] == []


async def test_throttled_says_when_to_come_back(shop: Shop) -> None:
    await shop.hazards(throttled={"retry_after": 7})
    answer = await post(shop)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert (await shop.door("GET", "/calls"))["throttled"] == 1
    assert (await shop.door("GET", "/contacts"))["items"] == []


async def test_latency_sleeps_on_the_worlds_clock(shop: Shop) -> None:
    await shop.hazards(latency={"seconds": 2.5})
    await shop.api("/site")

    assert shop.slept == [2.5]


async def test_a_stale_version_is_a_save_that_came_between(shop: Shop) -> None:
    mia = await shop.contact()
    await shop.hazards(stale_versions={"times": 1})
    update = {"key": "u", "action": "update", "id": mia["id"], "version": "1", "record": {"phone": "1"}}
    first = (await post(shop, update)).json()["results"][0]
    again = (await post(shop, {**update, "key": "v", "version": first["record"]["version"]})).json()["results"][0]

    assert (first["status"], first["record"]["version"], first["record"]["phone"]) == ("stale", "2", None)
    assert (again["status"], again["record"]["version"], again["record"]["phone"]) == ("ok", "3", "1")


async def test_changing_pages_still_show_every_record(shop: Shop) -> None:
    ids = {contact["id"] for contact in await shop.door("POST", "/contacts", [{"first_name": "N"} for _ in range(20)])}
    await shop.hazards(pages_change={"records": 2})
    seen: list[str] = []
    page = await shop.api("/contacts", limit=5)
    while page["next_cursor"]:
        seen += [item["id"] for item in page["items"]]
        page = await shop.api("/contacts", limit=5, cursor=page["next_cursor"])
    seen += [item["id"] for item in page["items"]]

    assert set(seen) == ids
    assert len(seen) > len(ids)


async def test_dropped_events_are_never_told(shop: Shop) -> None:
    await shop.connect()
    await shop.hazards(events_dropped={"entity": "contacts"})
    mia = await shop.contact()
    await shop.sale(mia["id"])
    await shop.world.events.deliver_due()

    assert shop.mailbox.told == [("sale.saved", "1")]


async def test_doubled_events_come_twice_under_one_id(shop: Shop) -> None:
    await shop.connect()
    await shop.hazards(events_doubled=True)
    await shop.contact()

    assert await shop.world.events.deliver_due() == 2
    assert len({request.headers["webhook-id"] for request in shop.mailbox.requests}) == 1


async def test_delayed_events_are_overtaken(shop: Shop) -> None:
    await shop.connect()
    await shop.hazards(events_delayed={"seconds": 60, "times": 1})
    await shop.contact()
    await shop.contact()
    await shop.world.events.deliver_due()
    assert shop.mailbox.told == [("contact.saved", "2")]
    shop.wait(60)
    await shop.world.events.deliver_due()

    assert shop.mailbox.told == [("contact.saved", "2"), ("contact.saved", "1")]


async def test_reordered_events_all_arrive_but_not_in_order(shop: Shop) -> None:
    await shop.connect()
    await shop.hazards(events_reordered=True)
    for _ in range(10):
        await shop.contact()
    shop.wait(2)
    await shop.world.events.deliver_due()

    ids = [record_id for _, record_id in shop.mailbox.told]
    assert sorted(ids, key=int) == [str(n) for n in range(1, 11)]
    assert ids != sorted(ids, key=int)


async def test_held_events_leave_when_they_are_released(shop: Shop) -> None:
    await shop.connect()
    await shop.hazards(events_held=True)
    await shop.contact()
    assert await shop.world.events.deliver_due() == 0
    assert shop.world.events.next_due() is None
    await shop.hazards(events_held={"for_seconds": 30})
    due = shop.world.events.next_due()
    assert due is not None
    assert (due - shop.moment).total_seconds() == 30
    shop.wait(30)

    assert await shop.world.events.deliver_due() == 1


async def test_a_hazard_strikes_only_where_and_as_often_as_it_was_told(shop: Shop) -> None:
    await shop.hazards(unavailable={"after": 1, "times": 2, "entity": "sales"})

    async def status(path: str) -> int:
        return (await shop.client.get(f"{API}/{path}", headers=TOKEN)).status_code

    assert [await status("contacts") for _ in range(3)] == [200, 200, 200]
    assert [await status("sales") for _ in range(5)] == [200, 503, 503, 200, 200]


async def test_zero_and_empty_mean_no_limit(shop: Shop) -> None:
    await shop.hazards(unavailable={"times": 0, "entity": "", "for_seconds": 0})

    assert [(await post(shop)).status_code for _ in range(3)] == [503, 503, 503]


async def test_a_hazard_ends_with_its_time(shop: Shop) -> None:
    await shop.hazards(unavailable={"for_seconds": 10})
    assert (await post(shop)).status_code == 503
    shop.wait(10)

    assert (await post(shop)).status_code == 200


async def test_the_same_seed_gives_the_same_accidents() -> None:
    runs = []
    for _ in range(2):
        shop = Shop(seed=7)
        await shop.hazards(unavailable={"probability": 0.5})
        runs.append([(await shop.client.get(f"{API}/site", headers=TOKEN)).status_code for _ in range(20)])
        await shop.client.aclose()

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


async def test_all_hazards_are_cleared_at_once(shop: Shop) -> None:
    await shop.hazards(unavailable=True, latency=True)
    await shop.client.delete("/_sandbox/hazards")

    assert (await post(shop)).status_code == 200
    assert shop.slept == []
