"""What was made inactive in QuickBooks is read once, named, and asked about once for all documents that need it."""

from typing import Any

import pytest

from app.domain.model.configuration import ItemPolicy
from app.domain.model.exchange import OutOfUse
from app.domain.model.waiting import parse_waits_for
from app.quickbooks.mapping.referred_lists import referred_lists, unusable
from app.sync.writing.out_of_use import advice, rows_asked_about
from tests.support.joint import Joint
from tests.support.stories import sales_item, tax_code

Body = dict[str, Any]


async def switch(joint: Joint, entity: str, record_id: str, *, active: bool) -> None:
    """A person makes a row of a list inactive, or active again."""
    row = next(r for r in await joint.books_list(entity) if r["Id"] == record_id)
    await joint.person(entity, {"Id": record_id, "SyncToken": row["SyncToken"], "Active": active, "sparse": True})


async def paid_sales(joint: Joint, count: int) -> str:
    """Sales whose receipts go to one account; its id."""
    contact = await joint.contact()
    for _ in range(count):
        await joint.receipt(await joint.sale(contact["id"]))
    await joint.sync()
    return str((await joint.books_list("payment"))[0]["DepositToAccountRef"]["value"])


async def test_an_inactive_deposit_account_is_asked_about_once_and_what_waits_goes_when_it_is_active_again(
    joint: Joint,
) -> None:
    account = await paid_sales(joint, 1)
    name = next(a["Name"] for a in await joint.books_list("account") if a["Id"] == account)
    await switch(joint, "account", account, active=False)
    contact = await joint.contact("Grace", "Hopper")
    for _ in range(3):
        await joint.receipt(await joint.sale(contact["id"]))
    await joint.sync()

    [item] = await joint.attention()
    assert item.kind == "unmapped"
    assert item.summary.startswith(
        f"The deposit account {name} is inactive in QuickBooks. 3 receipts of 66.00 AUD wait for this"
    )
    assert len(await joint.books_list("invoice")) == 4
    assert len(await joint.books_list("payment")) == 1

    await joint.sync()
    assert [i.id for i in await joint.attention()] == [item.id]

    await switch(joint, "account", account, active=True)
    await joint.sync()
    assert len(await joint.books_list("payment")) == 4
    assert await joint.attention() == []


async def test_an_inactive_item_of_the_configuration_is_asked_about_once(joint: Joint) -> None:
    item_id = await sales_item(joint)
    await switch(joint, "item", item_id, active=False)
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await joint.sale(contact["id"])
    await joint.sync()

    [item] = await joint.attention()
    assert item.summary.startswith(
        "The item Oncord sales is inactive in QuickBooks. 2 sales of 44.00 AUD wait for this"
    )
    await switch(joint, "item", item_id, active=True)
    await joint.sync()
    assert len(await joint.books_list("invoice")) == 2
    assert await joint.attention() == []


@pytest.mark.parametrize("inactive", [False, True])
async def test_an_account_that_is_active_or_that_nothing_refers_to_asks_nothing(joint: Joint, inactive: bool) -> None:
    used = await paid_sales(joint, 1)
    other = next(
        a["Id"] for a in await joint.books_list("account") if a["AccountType"] == "Expense" and a["Id"] != used
    )
    if inactive:
        await switch(joint, "account", other, active=False)
    contact = await joint.contact("Grace", "Hopper")
    await joint.receipt(await joint.sale(contact["id"]))
    await joint.sync()
    assert len(await joint.books_list("payment")) == 2
    assert await joint.attention() == []


async def test_an_inactive_income_account_is_asked_about_once_and_another_one_sets_free_what_waits(
    joint: Joint,
) -> None:
    first = await joint.account("Income")
    other = next(
        a["Id"] for a in await joint.books_list("account") if a["AccountType"] == "Income" and a["Id"] != first
    )
    await joint.configure(items=ItemPolicy("match", "", first))
    await switch(joint, "account", first, active=False)
    contact = await joint.contact()
    for title in ("Cup", "Tea"):
        product = await joint.in_shop(
            "POST", "products", {"price": "22.00", "tax_code": "GST", "title": title, "code": title}
        )
        await joint.sale(contact["id"], {"product_id": product["id"], "quantity": "1", "tax_code": "GST"})
    await joint.sync()

    [item] = await joint.attention()
    assert item.summary.startswith("The income account ")
    assert " is inactive in QuickBooks. 2 " in item.summary
    await joint.configure(items=ItemPolicy("match", "", other))
    await joint.sync(download=False)
    assert len(await joint.books_list("invoice")) == 2
    assert await joint.attention() == []


async def test_trying_again_from_the_item_sends_what_waited(joint: Joint) -> None:
    item_id = await sales_item(joint)
    await switch(joint, "item", item_id, active=False)
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await joint.sync()
    [item] = await joint.attention()
    await switch(joint, "item", item_id, active=True)
    await joint.answer(item.id, "retry")
    await joint.sync(download=False)

    assert len(await joint.books_list("invoice")) == 1
    assert await joint.attention() == []


async def test_an_inactive_tax_code_is_asked_about_once_and_what_waits_goes_when_it_is_active_again(
    joint: Joint,
) -> None:
    code = await tax_code(joint)
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await joint.sync()
    await switch(joint, "taxcode", code, active=False)
    for _ in range(2):
        await joint.sale(contact["id"])
    await joint.sync()

    [item] = await joint.attention()
    assert item.summary.startswith("The tax code GST is inactive in QuickBooks. 2 sales of 44.00 AUD wait for this")
    assert len(await joint.books_list("invoice")) == 1

    await switch(joint, "taxcode", code, active=True)
    await joint.sync()
    assert len(await joint.books_list("invoice")) == 3
    assert await joint.attention() == []


@pytest.mark.parametrize("kind", ["account", "item", "taxcode"])
async def test_a_download_sends_nothing_anew_while_the_thing_is_as_it_was(joint: Joint, kind: str) -> None:
    contact = await joint.contact()
    ids = {"account": await paid_sales(joint, 1), "item": await sales_item(joint), "taxcode": await tax_code(joint)}
    await switch(joint, kind, ids[kind], active=False)
    await joint.receipt(await joint.sale(contact["id"]))
    await joint.sync()
    [item] = await joint.attention()

    for _ in range(2):
        await joint.sync()
        assert await joint.writes() == []
        assert [i.id for i in await joint.attention()] == [item.id]


async def test_an_item_of_the_configuration_that_was_merged_is_offered_the_one_it_went_into(joint: Joint) -> None:
    item_id = await sales_item(joint)
    income = await joint.account("Income")
    other = await joint.person("item", {"Name": "Shop", "Type": "Service", "IncomeAccountRef": {"value": income}})
    await joint.in_books("POST", "item/merge", {"from": item_id, "into": other["Id"]})
    await joint.touched("quickbooks", "item", item_id, deleted_with=f"merged:{other['Id']}")
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await joint.sync()

    [item] = await joint.attention()
    assert item.summary.startswith(
        "The item Oncord sales is inactive in QuickBooks. 1 sale of 22.00 AUD waits for this"
    )
    assert (
        item.advice == "It was merged into Shop there: choose that one in the configuration, and what waits goes over."
    )


def test_a_product_s_item_that_is_gone_is_no_choice_of_the_configuration() -> None:
    gone = OutOfUse("Item", "5", "item", "", gone=True)
    assert "one item stand for all" in advice(gone, of_a_product=True)
    assert advice(gone) == "Choose another item in the configuration, and what waits goes over."


def test_only_questions_about_rows_of_a_list_are_looked_up() -> None:
    open_ones = [
        "configuration:Account 33",
        "configuration:tax code GST",
        "configuration:items",
        "configuration:Item 7",
    ]
    asked = [one for text in open_ones if (one := parse_waits_for(text))]
    assert rows_asked_about(asked) == [("Account", "33"), ("Item", "7")]


def test_a_tax_code_that_is_inactive_is_named_and_one_that_is_not_there_is_gone() -> None:
    line = {"SalesItemLineDetail": {"ItemRef": {"value": "3"}, "TaxCodeRef": {"value": "5"}}}
    referred = referred_lists({"Line": [line], "DepositToAccountRef": {"value": "9"}})
    assert referred == {
        ("Item", "3"): "item",
        ("TaxCode", "5"): "tax code",
        ("Account", "9"): "deposit account",
    }
    inactive = {("TaxCode", "5"): {"Name": "GST (deleted)", "Active": False}}
    assert unusable("TaxCode", "5", "tax code", inactive) == OutOfUse("TaxCode", "5", "tax code", "GST")
    assert unusable("TaxCode", "5", "tax code", {}) == OutOfUse("TaxCode", "5", "tax code", "", gone=True)
    assert unusable("TaxCode", "5", "tax code", {("TaxCode", "5"): {"Active": True}}) is None
