"""Searching a connection: what the engine has read and linked is found by what people know of it."""

import httpx
import pytest

from tests.console.pages import shown
from tests.support.joint import Joint
from tests.support.stories import customer, invoice, remove, run
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


@pytest.mark.parametrize("typed", ["", "x" * 101])
async def test_a_search_for_nothing_or_for_a_novel_is_refused(joint: Joint, typed: str) -> None:
    async with watched(joint) as seen:
        answer = await seen.api.get(f"/api/v1/connections/{joint.connection_id}/records", params={"q": typed})
        assert answer.status_code == 422
