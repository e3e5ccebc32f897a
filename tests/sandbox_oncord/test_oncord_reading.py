"""Reading records through the connector API."""

import httpx
import pytest

from tests.sandbox_oncord.shop import API, TOKEN, Shop

DAY = 24 * 3600


async def every_page(shop: Shop, path: str, limit: int, **params: str) -> list[str]:
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = await shop.api(path, limit=limit, **params, **({"cursor": cursor} if cursor else {}))
        ids += [item["id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            return ids


@pytest.mark.parametrize("token", [None, "Bearer wrong", "Basic right", "Bearer"])
async def test_a_wrong_token_is_answered_401_as_a_problem(shop: Shop, token: str | None) -> None:
    headers = {"Authorization": token} if token else {}
    answer = await shop.client.get(f"{API}/site", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:oncord:connector:unauthorized"


async def test_a_token_opens_its_own_site_only(shop: Shop) -> None:
    other = (await shop.client.post("/_sandbox/sites", json={"sample": False})).json()

    assert (await shop.client.get(other["api_url"] + "/site", headers=TOKEN)).status_code == 401
    right = {"Authorization": f"Bearer {other['token']}"}
    assert (await shop.client.get(other["api_url"] + "/site", headers=right)).status_code == 200
    assert (await shop.client.get("/sites/nowhere/api/connector/v1/site", headers=TOKEN)).status_code == 404


async def test_a_revoked_token_stops_working_and_a_new_one_works(shop: Shop) -> None:
    await shop.door("POST", "/revoke")
    assert (await shop.client.get(f"{API}/site", headers=TOKEN)).status_code == 401

    token = (await shop.door("POST", "/token"))["token"]
    assert (await shop.client.get(f"{API}/site", headers=TOKEN)).status_code == 401
    answer = await shop.client.get(f"{API}/site", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


async def test_the_site_says_how_it_trades(shop: Shop) -> None:
    assert await shop.api("/site") == {
        "id": "demo",
        "name": "Brisbane Homewares",
        "time_zone": "Australia/Brisbane",
        "currency": "AUD",
        "country": "AU",
        "prices_include_tax": True,
        "features": {"commerce": True, "marketing": True},
        "record_url": "http://shop.example/_sandbox/sites/demo/{kind}s/{id}",
    }
    assert [code["code"] for code in (await shop.api("/tax-codes"))["items"]] == ["GST", "FRE"]
    assert len((await shop.api("/products"))["items"]) == 12
    types = [method["type"] for method in (await shop.api("/payment-methods"))["items"]]
    assert types == ["credit_card", "credit_card_phone", "paypal", "direct_deposit", "cheque", "cash", "other"]


async def test_ids_answer_what_is_known_and_name_what_is_missing(shop: Shop) -> None:
    first, second = [(await shop.contact(email=f"{n}@example.com"))["id"] for n in (1, 2)]
    await shop.door("DELETE", f"/contacts/{first}")

    page = await shop.api("/contacts", ids=f"{second},99,{first}")

    assert [(item["id"], item["deleted"]) for item in page["items"]] == [(second, False), (first, True)]
    assert page["missing"] == ["99"]
    assert page["next_cursor"] is None


async def test_at_most_200_ids_are_taken(shop: Shop) -> None:
    params = {"ids": ",".join(map(str, range(201)))}
    assert (await shop.client.get(f"{API}/sales", params=params, headers=TOKEN)).status_code == 400


async def test_pages_follow_the_order_of_change_and_miss_nothing(shop: Shop) -> None:
    ids = [(await shop.contact(email=f"{n}@example.com"))["id"] for n in range(7)]
    await shop.door("PATCH", f"/contacts/{ids[2]}", {"phone": "1"})

    assert await every_page(shop, "/contacts", 3) == [ids[0], ids[1], *ids[3:], ids[2]]


async def test_modified_since_is_inclusive_and_takes_any_offset(shop: Shop) -> None:
    first = await shop.contact()
    shop.wait(60)
    second = await shop.contact()

    assert await every_page(shop, "/contacts", 500, modified_since=second["modified_at"]) == [second["id"]]
    assert await every_page(shop, "/contacts", 500, modified_since="2026-11-22T12:00:00+10:00") == [
        first["id"],
        second["id"],
    ]
    assert await every_page(shop, "/contacts", 500, modified_since="2026-11-22T02:00:30Z") == [second["id"]]
    for nonsense in ("yesterday", "2026-11-22T02:00:00"):
        answer = await shop.client.get(f"{API}/sales", params={"modified_since": nonsense}, headers=TOKEN)
        assert answer.status_code == 400


async def test_a_record_that_moves_while_paging_is_met_again(shop: Shop) -> None:
    ids = [(await shop.contact(email=f"{n}@example.com"))["id"] for n in range(4)]
    page = await shop.api("/contacts", limit=2)
    await shop.door("PATCH", f"/contacts/{ids[0]}", {"phone": "1"})
    await shop.door("PATCH", f"/contacts/{ids[3]}", {"phone": "2"})

    rest = await shop.api("/contacts", limit=500, cursor=page["next_cursor"])

    assert [item["id"] for item in rest["items"]] == [ids[2], ids[0], ids[3]]


async def test_as_of_is_the_moment_before_the_first_page(shop: Shop) -> None:
    for number in range(3):
        await shop.contact(email=f"{number}@example.com")
    page = await shop.api("/contacts", limit=1)
    shop.wait(100)
    later = await shop.api("/contacts", limit=1, cursor=page["next_cursor"])

    assert page["as_of"] == later["as_of"] == "2026-11-22T02:00:00.000000Z"


async def test_filters_find_by_exact_value(shop: Shop) -> None:
    mia = await shop.contact(email="Mia@Example.com")
    other = await shop.contact(email="other@example.com", external_ref="ref-1")
    sale = await shop.sale(mia["id"], number="A-7")
    await shop.sale(other["id"])
    receipt = await shop.door(
        "POST", "/receipts", {"payment_method_id": "1", "allocations": [{"sale_id": sale["id"], "amount": "110.00"}]}
    )

    assert await every_page(shop, "/contacts", 9, email="mia@example.com") == [mia["id"]]
    assert await every_page(shop, "/contacts", 9, external_ref="ref-1") == [other["id"]]
    assert await every_page(shop, "/contacts", 9, email="mia@example.com", external_ref="ref-1") == []
    assert await every_page(shop, "/sales", 9, number="A-7") == [sale["id"]]
    assert await every_page(shop, "/sales", 9, contact_id=mia["id"]) == [sale["id"]]
    assert await every_page(shop, "/receipts", 9, sale_id=sale["id"]) == [receipt["id"]]
    assert await every_page(shop, "/receipts", 9, contact_id=other["id"]) == []


async def test_filtered_lists_are_paged_too(shop: Shop) -> None:
    mia = await shop.contact()
    ids = [(await shop.sale(mia["id"]))["id"] for _ in range(5)]
    await shop.sale((await shop.contact(last_name="Other"))["id"])

    assert await every_page(shop, "/sales", 2, contact_id=mia["id"]) == ids


async def test_a_deleted_record_is_a_stub_for_90_days_and_then_unknown(shop: Shop) -> None:
    mia = await shop.contact(external_ref="ref-1")
    stub = await shop.door("DELETE", f"/contacts/{mia['id']}")

    assert stub == {
        "id": mia["id"],
        "version": "2",
        "deleted": True,
        "modified_at": stub["modified_at"],
        "deleted_with": None,
        "merged_into_id": None,
    }
    assert (await shop.api("/contacts"))["items"] == [stub]
    assert (await shop.api("/contacts", external_ref="ref-1"))["items"] == [stub]
    shop.wait(90 * DAY + 1)
    assert (await shop.api("/contacts"))["items"] == []
    assert (await shop.api("/contacts", ids=mia["id"]))["missing"] == [mia["id"]]


@pytest.mark.parametrize("cursor", ["nonsense", "bm9uc2Vuc2U=", "WzFd"])
async def test_a_foreign_cursor_is_refused(shop: Shop, cursor: str) -> None:
    answer = await shop.client.get(f"{API}/sales", params={"cursor": cursor}, headers=TOKEN)

    assert answer.status_code == 400
    assert answer.json()["title"] == "Bad Request"


async def test_the_openapi_document_describes_the_contract_alone(shop: Shop) -> None:
    document = (await shop.client.get("/openapi.json")).json()
    paths = {path.removeprefix("/sites/{site_id}/api/connector/v1") for path in document["paths"]}

    assert paths == {
        "/site", "/payment-methods", "/tax-codes", "/products", "/contacts", "/sales", "/receipts",
        "/contacts/batch", "/sales/batch", "/receipts/batch", "/marks", "/connector",
    }  # fmt: skip
    operation = document["components"]["schemas"]["SaleOperation"]["properties"]
    assert set(operation) == {"key", "action", "id", "version", "record"}
    assert {"lines", "order_discounts", "shipping"} <= set(
        document["components"]["schemas"]["SaleFields"]["properties"]
    )


async def test_answers_fit_the_documented_models() -> None:
    from app.sandbox.oncord import envelopes

    shop = Shop(with_sample=True)
    try:
        envelopes.ContactPage.model_validate(await shop.api("/contacts"))
        envelopes.SalePage.model_validate(await shop.api("/sales"))
        envelopes.ReceiptPage.model_validate(await shop.api("/receipts"))
        envelopes.Products.model_validate(await shop.api("/products"))
    finally:
        await shop.client.aclose()


async def test_two_worlds_share_nothing() -> None:
    one, two = Shop(), Shop()
    await one.contact()

    assert (await two.api("/contacts"))["items"] == []
    for shop in (one, two):
        await shop.client.aclose()
        assert isinstance(shop.client, httpx.AsyncClient)
