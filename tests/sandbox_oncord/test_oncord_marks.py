"""The simulated shop takes what the connector says of records in the books, without a save (docs/oncord.md 2)."""

from typing import Any

from tests.sandbox_oncord.shop import API, TOKEN, Shop

URL = "https://app.sandbox.qbo.intuit.com/app/customerdetail?nameId=7"


async def mark(shop: Shop, *marks: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await shop.client.post(f"{API}/marks", json={"marks": list(marks)}, headers=TOKEN)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def mia(shop: Shop) -> dict[str, Any]:
    result = await shop.write("contacts", "create", record={"first_name": "Mia", "last_name": "Tran"})
    record: dict[str, Any] = result["record"]
    return record


async def test_a_mark_makes_no_version_and_no_event_and_keeps_the_order_of_change(shop: Shop) -> None:
    contact = await mia(shop)
    told = list(shop.world.sites["demo"].changes)
    [result] = await mark(shop, {"entity": "contact", "id": contact["id"], "books_status": "linked", "books_url": URL})
    assert result == {"entity": "contact", "id": contact["id"], "status": "ok", "errors": []}

    [after] = (await shop.api("/contacts", ids=contact["id"]))["items"]
    assert after == {**contact, "books_status": "linked", "books_url": URL}
    assert shop.world.sites["demo"].changes == told
    assert (await shop.write("contacts", "update", id=contact["id"], version=contact["version"], record={"fax": "1"}))[
        "status"
    ] == "ok"


async def test_what_is_not_sent_stays_and_what_is_null_goes(shop: Shop) -> None:
    contact = await mia(shop)
    whole = {"books_reason": "It waits.", "books_url": URL, "books_as_of": "2026-11-22T02:00:00Z"}
    await mark(shop, {"entity": "contact", "id": contact["id"], "books_status": "waiting", **whole})
    await mark(shop, {"entity": "contact", "id": contact["id"], "books_status": "linked", "books_reason": None})

    [after] = (await shop.api("/contacts", ids=contact["id"]))["items"]
    assert (after["books_status"], after["books_reason"], after["books_url"]) == ("linked", None, URL)


async def test_one_bad_mark_fails_no_other(shop: Shop) -> None:
    contact = await mia(shop)
    results = await mark(
        shop,
        {"entity": "sale", "id": "4711", "books_status": "linked"},
        {"entity": "contact", "id": contact["id"], "books_status": "wrong"},
        {"entity": "contact", "id": contact["id"], "books_status": "linked"},
    )
    assert [result["status"] for result in results] == ["not_found", "invalid", "ok"]
    assert results[1]["errors"][0]["field"] == "books_status"


async def test_more_than_five_hundred_marks_are_refused(shop: Shop) -> None:
    body = {"marks": [{"entity": "sale", "id": str(n), "books_status": "linked"} for n in range(501)]}
    assert (await shop.client.post(f"{API}/marks", json=body, headers=TOKEN)).status_code == 422
    assert (await shop.client.post(f"{API}/marks", json={"marks": []})).status_code == 401
