"""What is said of how both sides meet: of all at once it goes to what was looked at and has no answer yet, in words that name what is meant."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from tests.api.test_matches_api import address_of, of_22, rows, say
from tests.console.pages import csrf_in, shown
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import customer, invoice, sales_item, tax_code
from tests.support.watched import watched

UNTAXED = {"AU": "FRE", "US": "NON"}
both_countries = pytest.mark.parametrize("country", list(UNTAXED))


@pytest.fixture
def country() -> str:
    """Where the company is, unless a test says otherwise."""
    return "AU"


@pytest.fixture
async def joint(own_database: DatabaseUrls, country: str) -> AsyncIterator[Joint]:
    """A shop and a company that have not met."""
    async with joined(own_database.app, country=country) as running:
        yield running


async def alike(joint: Joint, country: str, *numbers: str) -> None:
    """Sales and invoices of the same numbers that may be the same."""
    people = [c for c in await joint.shop_list("contacts") if c.get("email") == "ada@example.com"]
    ada = people[0] if people else await joint.contact()
    known = [c for c in await joint.books_list("customer") if c.get("GivenName") == "Ada"]
    there = known[0] if known else await customer(joint, "Ada", "Lovelace", "ada@example.com")
    for number in numbers:
        cup = {"description": "Cup", "quantity": "1", "unit_price": "20.00", "tax_code": UNTAXED[country]}
        await joint.sale(ada["id"], cup, number=number)
        tax = {"value": "NON" if country == "US" else await tax_code(joint)}
        detail = {"ItemRef": {"value": await sales_item(joint)}, "TaxCodeRef": tax}
        tea = {"Amount": Decimal("30.00"), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        await invoice(joint, there["Id"], tea, DocNumber=number)


@both_countries
async def test_what_is_said_of_all_goes_to_no_list_that_came_since(joint: Joint, country: str) -> None:
    page = f"/connections/{joint.connection_id}/matches"
    await alike(joint, country, "2001")
    await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        looked = await seen.browser.get(f"{page}?part=probable")
        counted = (await seen.api.get(f"{address_of(joint)}/counts")).json()
        run = counted["sync_id"]
        form = {"csrf": csrf_in(looked), "part": "probable", "run": run}
        assert f'name="run" value="{run}"' in looked.text
        await alike(joint, country, "2002", "2003")
        await joint.sync(dry_run=True)

        for answer in ("same", "forget"):
            await seen.browser.post(page, data={**form, "all": answer})
            assert "compared again since this list was loaded" in shown(await seen.browser.get(page))
        await seen.browser.post(page, data={"csrf": form["csrf"], "part": "probable", "all": "same"})
        body = {"answer": "same", "part": "probable", "sync_id": run}
        refused = await seen.api.post(f"{address_of(joint)}/answers", json=body)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "newer-comparison")
        assert {each["answer"] for each in (await rows(seen, joint, "probable")).values()} == {None}

        now = (await seen.api.get(f"{address_of(joint)}/counts")).json()["sync_id"]
        await seen.browser.post(page, data={**form, "run": now, "all": "same"})
        assert {each["answer"] for each in (await rows(seen, joint, "probable")).values()} == {"same"}
        await seen.browser.post(page, data={**form, "run": now, "all": "forget"})
        assert "3 answers are taken back." in shown(await seen.browser.get(page))
        done = await say(seen, joint, "same", part="probable", sync_id=now)

    assert done == {"answered": 3, "left": 0}


@both_countries
async def test_all_of_a_part_leaves_what_was_said_one_by_one(joint: Joint, country: str) -> None:
    page = f"/connections/{joint.connection_id}/matches?part=probable"
    await alike(joint, country, "2001", "2002", "2003")
    await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        before = shown(await seen.browser.get(page))
        probable = await rows(seen, joint, "probable")
        await say(seen, joint, "new", ids=[probable["Sale 2002, Ada Lovelace"]["id"]])
        after = shown(await seen.browser.get(page))
        done = await say(seen, joint, "same", part="probable")
        answers = {name: each["answer"] for name, each in (await rows(seen, joint, "probable")).items()}
        nothing_open = shown(await seen.browser.get(page))

    assert "All 3 are the same" in before
    assert "Take all answers back" not in before
    assert "All 2 without an answer are the same" in after
    assert done == {"answered": 2, "left": 0}
    assert answers == {
        "Sale 2001, Ada Lovelace": "same",
        "Sale 2002, Ada Lovelace": "new",
        "Sale 2003, Ada Lovelace": "same",
    }
    assert "without an answer" not in nothing_open
    assert "Take all answers back" in nothing_open


async def test_two_sales_said_to_be_one_invoice_are_asked_about_in_words_that_can_be_read(joint: Joint) -> None:
    ada, there = await joint.contact(), await customer(joint, "Ada", "Lovelace", "ada@example.com")
    for number in ("1041", "1042"):
        await joint.sale(ada["id"], number=number)
    one = await of_22(joint, there["Id"], DocNumber="B-77", TxnDate="2026-11-02")
    await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        here = (await rows(seen, joint, "only_oncord")).values()
        for each in here:
            if each["record"]["kind"] == "sale":
                await say(seen, joint, "same", ids=[each["id"]], choice=one["Id"])

    await joint.sync()

    (item,) = [item for item in await joint.attention() if item.kind == "ambiguous_match"]
    assert "The chosen QuickBooks document B-77 has been joined with another record meanwhile." in item.summary
    assert "No other QuickBooks document could be Oncord sale 104" in item.summary
    assert "0 QuickBooks" not in item.summary


async def test_a_choice_that_does_not_fit_is_refused_by_its_name(joint: Joint, country: str) -> None:
    await alike(joint, country, "2001", "2002")
    await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        probable = await rows(seen, joint, "probable")
        row = probable["Sale 2001, Ada Lovelace"]
        other = probable["Sale 2002, Ada Lovelace"]["candidates"][0]["record"]["id"]
        body = {"answer": "same", "ids": [row["id"]]}
        refused = await seen.api.post(f"{address_of(joint)}/answers", json={**body, "choice": other})
        unknown = await seen.api.post(f"{address_of(joint)}/answers", json={**body, "choice": "99145"})

    assert (refused.status_code, unknown.status_code) == (422, 422)
    assert "The QuickBooks document 2002 is none that it could be any more." in refused.text
    assert "What was chosen is none that it could be any more." in unknown.text
    assert "99145" not in unknown.text
