"""The exchange rate is the books' field: sent when a document is made, sent back as it is read, and no edit of ours or theirs."""

import json

import pytest

from app.domain.model.operations import Action
from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, quiet, run, written
from tests.sync.test_rules_currencies import dollars, in_dollars, rates

ENTITIES = ("invoice", "creditmemo", "payment", "purchase")


@pytest.fixture
async def joint(joint: Joint) -> Joint:
    """A company that keeps several currencies, a bank in dollars and a rate for them."""
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await joint.configure(multi_currency=True)
    await rates(joint, ("2026-01-01", "1.5"))
    await dollars(joint)
    return joint


async def one_of_each(joint: Joint) -> dict[str, Body]:
    """A sale in dollars with its receipt, an adjustment with its refund, all synchronised: Oncord's four records."""
    contact = await joint.contact("Jane", "Doe")
    sale = await in_dollars(joint, contact["id"])
    receipt = await joint.receipt(sale, "11.00")
    given = await in_dollars(joint, contact["id"], "-11.00", kind="adjustment", adjusts_sale_id=sale["id"])
    refund = await joint.receipt(given, "-22.00")
    await run(joint)
    return {"invoice": sale, "payment": receipt, "creditmemo": given, "purchase": refund}


async def booked_at(joint: Joint, rate: float) -> dict[str, Body]:
    """The bookkeeper books all of it at another rate: the documents, by entity."""
    found = {}
    for entity in ENTITIES:
        document = next(d for d in await joint.books_list(entity) if d["TotalAmt"])
        whole = {**document} if entity in ("payment", "purchase") else {"Id": document["Id"], "sparse": True}
        await joint.person(entity, {**whole, "ExchangeRate": rate})
        found[entity] = await book(joint, entity, document["Id"])
        assert float(found[entity]["ExchangeRate"]) == rate
    return found


async def test_a_rate_that_the_bookkeeper_corrects_is_no_edit_and_nobody_is_asked(joint: Joint) -> None:
    await one_of_each(joint)
    await booked_at(joint, 1.7)

    assert await run(joint) == []
    assert await asked(joint) == []


async def test_an_edit_sends_the_bookkeepers_rate_back_as_it_was_read(joint: Joint) -> None:
    ours = await one_of_each(joint)
    there = await booked_at(joint, 1.7)
    await run(joint)
    lines = [{**ours["invoice"]["lines"][0], "quantity": "3"}]
    await joint.in_shop("PATCH", f"sales/{ours['invoice']['id']}", {"lines": lines})
    await joint.in_shop("PATCH", f"sales/{ours['creditmemo']['id']}", {"notes": "Sorry"})
    for entity in ("payment", "purchase"):
        await joint.in_shop("PATCH", f"receipts/{ours[entity]['id']}", {"reference": "TRX 1"})
    await run(joint)

    for entity in ENTITIES:
        now = await book(joint, entity, there[entity]["Id"])
        assert now["SyncToken"] != there[entity]["SyncToken"], entity
        assert float(now["ExchangeRate"]) == 1.7, entity
    await quiet(joint)


async def test_a_rate_is_sent_when_a_document_in_another_currency_is_made_and_at_no_other_time(joint: Joint) -> None:
    ours = await one_of_each(joint)
    await joint.sale((await joint.contact("Ann", "Home"))["id"])
    await run(joint)
    [home] = [json.loads(w.body) for w in await written(joint) if w.operation.kind == "sale"]
    assert "ExchangeRate" not in home["Invoice"]

    await rates(joint, ("2026-01-01", "1.9"))
    await joint.in_shop("PATCH", f"sales/{ours['invoice']['id']}", {"date": "2026-11-02", "notes": "Urgent"})
    await run(joint)
    [edit] = [json.loads(w.body) for w in await written(joint)]
    assert "ExchangeRate" not in edit["Invoice"]
    assert {
        float(d["ExchangeRate"]) for d in await joint.books_list("invoice") if d["CurrencyRef"]["value"] == "USD"
    } == {1.5}


async def test_a_preview_says_what_a_new_document_comes_to_in_the_books_and_reads_each_rate_once(joint: Joint) -> None:
    contact = await joint.contact("Jane", "Doe")
    sale = await in_dollars(joint, contact["id"])
    await joint.receipt(sale, "11.00")
    await joint.sale((await joint.contact("Ann", "Home"))["id"])
    await joint.sync(dry_run=True)

    said = [s.operation.reason for s in await joint.decisions() if s.operation.action is Action.CREATE]
    assert [reason for reason in said if "22.00 USD" in reason] == [
        "A confirmed sale of 22.00 USD made in Oncord. In the books that is 33.00 AUD, at the company's rate of 1.5."
    ]
    assert [reason for reason in said if "11.00 USD" in reason] == [
        "A receipt of 11.00 USD recorded in Oncord. In the books that is 16.50 AUD, at the company's rate of 1.5."
    ]
    assert not [reason for reason in said if "AUD" in reason and "USD" not in reason and "In the books" in reason]
    assert await joint.books_list("invoice") == []

    await run(joint)
    made = [s.operation.reason for s in await joint.decisions() if s.operation.action is Action.CREATE]
    assert "A confirmed sale of 22.00 USD made in Oncord." in made
