"""What is counted, what is limited, what is metered (docs/quickbooks.md 7)."""

from __future__ import annotations

from .books import Books
from .test_quickbooks_batch import batch, create
from .test_quickbooks_oauth import refresh


async def counters(books: Books) -> dict[str, int]:
    found: dict[str, int] = (await books.client.get(f"/_sandbox/companies/{books.company.realm}/calls")).json()
    return found


async def test_every_call_is_counted_under_its_kind(us: Books) -> None:
    await us.call("GET", "preferences")
    await us.query("select * from Customer")
    await us.call("GET", "cdc", entities="Customer", changedSince="2026-11-20")
    await batch(us, create("1"), create("2"), {"bId": "3", "Query": "select * from Customer"})
    await us.customer()
    await us.fault("Customer", {})
    await us.call("GET", "customer/999")
    await refresh(us, us.refresh_token)
    await us.person("customer", {"DisplayName": "By hand"})

    assert await counters(us) == {
        "read": 2,
        "query": 1,
        "cdc": 1,
        "batch": 1,
        "write": 2,
        "oauth": 1,
        "batch_writes": 2,
        "batch_queries": 1,
        "metered": 4,
        "throttled": 0,
        "peak_per_second": 7,
        "peak_per_minute": 7,
        "peak_batches_per_minute": 1,
    }


async def test_counters_start_anew_after_they_are_deleted(us: Books) -> None:
    await us.call("GET", "preferences")
    await us.client.delete(f"/_sandbox/companies/{us.company.realm}/calls")

    assert set((await counters(us)).values()) == {0}


async def test_limits_are_not_enforced_unless_switched_on(us: Books) -> None:
    assert {(await us.call("GET", "preferences")).status_code for _ in range(20)} == {200}
    assert (await counters(us))["peak_per_second"] == 20


async def test_ten_a_second(us: Books) -> None:
    await us.hazards(rate_limits=True)
    statuses = [(await us.call("GET", "preferences")).status_code for _ in range(12)]
    us.world.clock.advance(1)
    later = await us.call("GET", "preferences")

    assert statuses == [200] * 10 + [429] * 2
    assert later.status_code == 200
    assert (await counters(us))["throttled"] == 2


async def test_five_hundred_a_minute(us: Books) -> None:
    await us.hazards(rate_limits=True)
    for _ in range(500):
        us.world.clock.advance(0.11)
        assert (await us.call("GET", "preferences")).status_code == 200
    us.world.clock.advance(0.11)
    refused = await us.call("GET", "preferences")

    assert (refused.status_code, refused.json()["Fault"]["type"]) == (429, "SERVICE")
    assert "retry-after" not in refused.headers


async def test_forty_batches_a_minute(us: Books) -> None:
    await us.hazards(rate_limits=True)
    for number in range(40):
        us.world.clock.advance(0.2)
        await batch(us, create(str(number)))
    us.world.clock.advance(0.2)
    refused = await us.call("POST", "batch", json={"BatchItemRequest": [create("x")]})

    assert refused.status_code == 429
    assert (await us.call("GET", "preferences")).status_code == 200
    assert (await counters(us))["peak_batches_per_minute"] == 40


async def test_companies_do_not_use_up_each_others_limits(us: Books) -> None:
    other = (await us.client.post("/_sandbox/companies", json={"country": "US", "sample": False})).json()
    await us.hazards(rate_limits=True)
    for _ in range(10):
        await us.call("GET", "preferences")
    headers = {"authorization": f"Bearer {other['access_token']}", "accept": "application/json"}

    assert (await us.client.get(f"/v3/company/{other['realm_id']}/preferences", headers=headers)).status_code == 200
