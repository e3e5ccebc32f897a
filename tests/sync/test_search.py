"""Searching a connection: what the engine has read and linked is found by what people know of it."""

from decimal import Decimal

import httpx

from tests.console.pages import shown
from tests.support.joint import Joint
from tests.support.stories import customer, invoice, line, remove, run
from tests.support.watched import watched


async def hits(api: httpx.AsyncClient, joint: Joint, text: str) -> list[tuple[str, str, str]]:
    answer = await api.get(f"/api/v1/connections/{joint.connection_id}/records", params={"q": text})
    assert answer.status_code == 200, answer.text
    return [
        (each["record"]["label"], (each["across"] or {}).get("label", ""), each["stands"])
        for each in answer.json()["items"]
    ]


async def test_a_pair_is_found_once_by_number_id_amount_name_and_e_mail_of_either_side(joint: Joint) -> None:
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], number="SO-1041")
    receipt = await joint.receipt(sale)
    await run(joint)
    pair = ("Sale SO-1041, Ada Lovelace", "Invoice SO-1041, Ada Lovelace", "On both sides.")
    money = ("Receipt, Ada Lovelace", "Payment, Ada Lovelace", "On both sides.")
    person = ("Contact Ada Lovelace", "Customer Ada Lovelace", "On both sides.")

    async with watched(joint) as seen:
        assert await hits(seen.api, joint, "so 1041") == [pair]
        assert await hits(seen.api, joint, "22.00") == [money, pair]
        assert await hits(seen.api, joint, "22.01") == []
        for words in ("ada", "love", "ada love", "ADA@EXAMPLE"):
            assert sorted(await hits(seen.api, joint, words)) == sorted([person, pair, money]), words
        assert await hits(seen.api, joint, "ada byron") == []
        assert person in await hits(seen.api, joint, ada["id"])
        assert money in await hits(seen.api, joint, receipt["id"])

        page = await seen.browser.get(f"/connections/{joint.connection_id}/records", params={"q": "SO-1041"})
        words = shown(page)
        assert "Sale SO-1041, Ada Lovelace, 20 Nov 2026, $22.00 Invoice SO-1041, Ada Lovelace" in words
        assert "On both sides." in words
        none = shown(await seen.browser.get(f"/connections/{joint.connection_id}/records", params={"q": "<qqq>"}))
        assert "Nothing was found for “<qqq>”" in none


async def test_what_waits_what_was_renamed_and_what_was_deleted_is_found_as_it_is(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1042", currency="USD")
    zed = await customer(joint, "Zed", "Zebra")
    there = await invoice(joint, zed["Id"], DocNumber="Q-7")
    await run(joint)
    await remove(joint, "invoice", there["Id"])
    await joint.in_shop("PATCH", f"contacts/{ada['id']}", {"last_name": "Byron"})
    await run(joint)

    async with watched(joint) as seen:
        [(label, across, stands)] = await hits(seen.api, joint, "1042")
        assert (label, across) == ("Sale 1042, Ada Byron", "")
        assert stands.startswith("Only in Oncord. ")
        assert "USD" in stands
        assert await hits(seen.api, joint, "lovelace") == []
        assert "Contact Ada Byron" in {hit[0] for hit in await hits(seen.api, joint, "byron")}
        [gone] = await hits(seen.api, joint, "Q7")
        assert gone[2].startswith("Deleted in QuickBooks, still in Oncord.")


async def test_a_number_is_found_with_its_suffix_and_without_it_and_an_amount_as_people_type_it(joint: Joint) -> None:
    zed = await customer(joint, "Zed", "Zebra")
    for number in ("1041", "1041-2", "10412x"):
        await invoice(joint, zed["Id"], await line(joint, "1204.50"), DocNumber=number)
    await run(joint)

    async with watched(joint) as seen:

        async def numbers(text: str) -> set[str]:
            return {hit[0].partition(",")[0] for hit in await hits(seen.api, joint, text)}

        assert await numbers("1041-2") == {"Sale 1041-2"}
        assert await numbers("1041") == {"Sale 1041", "Sale 1041-2"}
        total = (await joint.shop_list("sales"))[0]["total"]
        for typed in (total, f"${Decimal(total):,.2f}", f"{Decimal(total):.2f} AUD", str(Decimal(total).normalize())):
            assert len(await numbers(typed)) == 3, typed
        assert await numbers(str(Decimal(total) + Decimal("0.01"))) == set()


async def test_without_a_search_everything_is_listed_a_page_at_a_time(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.receipt(await joint.sale(ada["id"], number="1041"))
    zed = await customer(joint, "Zed", "Zebra")
    await invoice(joint, zed["Id"], DocNumber="Q-7")
    await joint.sale(ada["id"], number="1042", currency="USD")
    await run(joint)
    address = f"/api/v1/connections/{joint.connection_id}/records"

    async with watched(joint) as seen:
        listed, cursor = [], ""
        while True:
            page = (await seen.api.get(address, params={"limit": "2"} | ({"cursor": cursor} if cursor else {}))).json()
            listed += [(each["record"]["label"], (each["across"] or {}).get("label")) for each in page["items"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        whole = (await seen.api.get(address, params={"q": " ", "limit": "200"})).json()
        file = await seen.browser.get(f"/connections/{joint.connection_id}/records.csv")
        refused = await seen.api.get(address, params={"cursor": "x"})

    assert len(set(listed)) == len(listed), "each once"
    assert ("Sale 1041, Ada Lovelace", "Invoice 1041, Ada Lovelace") in listed
    assert ("Sale 1042, Ada Lovelace", None) in listed
    assert ("Sale Q-7, Zed Zebra", "Invoice Q-7, Zed Zebra") in listed
    assert [each["record"]["label"] for each in whole["items"]] == [label for label, _ in listed]
    assert file.status_code == 200
    assert file.text.count("\r\n") == len(listed) + 1
    assert refused.status_code == 422


async def test_a_search_for_a_novel_is_refused(joint: Joint) -> None:
    async with watched(joint) as seen:
        answer = await seen.api.get(f"/api/v1/connections/{joint.connection_id}/records", params={"q": "x" * 101})
        assert answer.status_code == 422
