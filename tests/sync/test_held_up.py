"""What waits for a choice, or for something out of use, is counted, summed and named in its one item; its run is not green."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.api.choice_shapes import Undecided
from app.container import build_container
from app.domain.model.operations import Label
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import UNTAXED, choice_of_code, choice_of_currency
from app.services.choices import undecided_codes
from app.storage.people.undecided import Held
from app.sync.questions.held_up import in_words
from tests.support.joint import Joint
from tests.support.stories import customer, invoice, payment, sales_item, tax_code
from tests.sync.test_configuration_moves import codes
from tests.sync.test_out_of_use import paid_sales, switch

Body = dict[str, Any]


def tea(price: str) -> Body:
    return {"description": "Tea", "quantity": "1", "unit_price": price, "tax_code": "GST"}


async def undecided(joint: Joint) -> list[Body]:
    held = await undecided_codes(build_container(joint.runtime), joint.connection_id)
    shown = [Undecided.of_code(each) for each in held]
    return [each.model_dump() for each in shown if each is not None]


async def test_the_sales_of_a_tax_code_that_nobody_decided_about_are_counted_summed_and_listed(joint: Joint) -> None:
    await joint.configure(tax_codes=tuple(c for c in await codes(joint) if c.code != "GST"))
    contact = await joint.contact()
    made = [await joint.sale(contact["id"], tea(price)) for price in ("10.00", "20.00", "30.00", "40.00")]
    await joint.sync()

    [item] = await joint.attention()
    assert "4 sales of 100.00 AUD wait for this. The first are " in item.summary
    assert f"Sale {made[0]['number']}, Ada Lovelace (20 Nov 2026, 10.00 AUD)" in item.summary
    assert (item.detail["count"], [r["number"] for r in item.detail["records"]]) == (4, [s["number"] for s in made])
    assert await undecided(joint) == [
        {"kind": "tax_code", "id": "GST", "currency": "AUD", "receipts": 0, "sales": 4, "amount": "100.00"}
    ]

    await joint.sale(contact["id"], tea("5.00"))
    await joint.sync()
    [again] = await joint.attention()
    assert again.summary.count("wait for this") == 1
    assert "5 sales of 105.00 AUD wait for this." in again.summary


async def test_what_is_in_a_currency_that_the_company_does_not_keep_is_counted_sales_and_receipts(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"], tea("100.00"), currency="EUR")
    await joint.sale(contact["id"], tea("50.00"), currency="EUR")
    await joint.receipt(sale, "30.00")
    await joint.sync()

    [item] = await joint.attention()
    assert "2 sales of 150.00 EUR" in item.summary
    waiting = {(row["kind"], row["id"]): row for row in await undecided(joint)}
    assert set(waiting) == {("currency", "EUR")}
    assert sum(row["sales"] for row in await undecided(joint)) == 2


async def test_payments_of_an_account_that_belongs_to_no_method_are_counted_and_named(joint: Joint) -> None:
    other = await joint.person("account", {"Name": "Savings", "AccountType": "Bank"})
    ada = await customer(joint, "Ada", "Byron")
    for amount in ("11.00", "22.00"):
        made = await invoice(joint, ada["Id"])
        await payment(joint, ada["Id"], amount, {made["Id"]: amount}, DepositToAccountRef={"value": other["Id"]})
    await joint.sync()

    [item] = await joint.attention()
    assert "2 payments of 33.00 AUD wait for this: Payment, Ada Byron (" in item.summary
    assert item.detail["count"] == 2


@pytest.mark.parametrize("what", ["account", "item", "taxcode"])
async def test_a_run_that_was_refused_something_out_of_use_is_partial_and_the_item_names_what_waits(
    joint: Joint, what: str
) -> None:
    ids = {"account": await paid_sales(joint, 1), "item": await sales_item(joint), "taxcode": await tax_code(joint)}
    await switch(joint, what, ids[what], active=False)
    grace = await joint.contact("Grace", "Hopper")
    made = [await joint.sale(grace["id"], tea(price)) for price in ("35.00", "48.00")]
    if what == "account":
        made = [await joint.receipt(sale) for sale in made]
    done = await joint.sync()

    [item] = await joint.attention()
    noun = "receipts" if what == "account" else "sales"
    assert done.state == "partial"
    assert f" is inactive in QuickBooks. 2 {noun} of 83.00 AUD wait for this: " in item.summary
    assert "Grace Hopper (20 Nov 2026, 48.00 AUD)" in item.summary
    assert [r["id"] for r in item.detail["records"]] == [m["id"] for m in made]


async def test_the_one_document_that_waits_is_what_the_item_is_about(joint: Joint) -> None:
    await switch(joint, "item", await sales_item(joint), active=False)
    sale = await joint.sale((await joint.contact())["id"])
    done = await joint.sync()

    [item] = await joint.attention()
    assert (item.side, item.record_kind, item.record_id, done.state) == ("oncord", "sale", sale["id"], "partial")
    assert item.subject["amount"] == "22.00"


async def test_a_refusal_that_the_run_gets_over_by_itself_leaves_it_green(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.receipt(await joint.sale(contact["id"]))
    await joint.sync()
    [made] = await joint.books_list("customer")
    await joint.person("customer", {"Id": made["Id"], "sparse": True, "Active": False})
    sale = await joint.sale(contact["id"])
    await joint.touched("oncord", "sale", sale["id"])  # and nobody has told of the customer yet
    done = await joint.sync(download=False)

    assert done.counters["ambiguous"] == 1
    assert len(await joint.books_list("invoice")) == 2
    assert (done.state, await joint.attention()) == ("succeeded", [])


ONE = Held(choice_of_code("WHS"), Side.ONCORD, Kind.SALE, "USD", 1, Decimal(10))
NAMES = [
    Label(f"Sale {n}", str(n), dt.date(2026, 11, 28), Decimal("10.00"), "USD", "Ada Byron") for n in range(101, 105)
]


def test_what_waits_is_said_in_a_sentence() -> None:
    first = "Sale 101, Ada Byron (28 Nov 2026, 10.00 USD)"
    assert in_words([ONE], NAMES[:1]) == f"1 sale of 10.00 USD waits for this: {first}."
    yen = replace(ONE, currency="JPY", count=2, amount=Decimal(1200))
    money = replace(ONE, kind=Kind.RECEIPT)
    assert in_words([ONE, yen, money], NAMES).startswith(
        f"3 sales of 10.00 USD and 1200 JPY and 1 receipt of 10.00 USD wait for this. The first are {first}; "
    )
    assert in_words([replace(ONE, kind=Kind.CONTACT, currency="")], []) == "1 contact waits for this."


def test_only_tax_codes_and_currencies_are_shown_as_undecided() -> None:
    assert Undecided.of_code(replace(ONE, waits_for=UNTAXED)) is None
    abroad = Undecided.of_code(replace(ONE, waits_for=choice_of_currency("KWD"), currency="KWD", kind=Kind.RECEIPT))
    assert abroad == Undecided(kind="currency", id="KWD", currency="KWD", receipts=1, amount="10.000")
