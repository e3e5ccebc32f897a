"""One person who is there many times is one in the books; and a question about who somebody is holds nothing up for long."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.guards.holding import holding_ends
from tests.support.joint import Joint
from tests.support.stories import book, customer, invoice, quiet, run, shop

Body = dict[str, Any]
DAY = 24 * 3600


async def _guest(joint: Joint, first: str = "Ada", **members: Any) -> Body:
    return await joint.contact(first, **{"email": "ada@example.com", **members})


async def _owners(joint: Joint) -> list[str]:
    return [i["CustomerRef"]["value"] for i in await joint.books_list("invoice")]


async def test_a_guest_who_comes_again_is_billed_to_the_customer_that_is_there(joint: Joint) -> None:
    await joint.sale((await _guest(joint, phone="0400 000 001"))["id"])
    await run(joint)
    [known] = await joint.books_list("customer")
    again = await _guest(joint, phone="0499 999 999")
    sale = await joint.sale(again["id"])
    await run(joint)

    assert await _owners(joint) == [known["Id"]] * 2
    assert (await book(joint, "customer", known["Id"]))["PrimaryPhone"]["FreeFormNumber"] == "0400 000 001"
    assert len(await joint.books_list("customer")) == 1
    assert await joint.attention() == []
    await quiet(joint)

    await joint.receipt(sale)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "soon"})
    await joint.in_shop("PATCH", f"contacts/{again['id']}", {"phone": "0499 000 000"})
    await run(joint)

    paid = await joint.books_list("payment")
    assert [p["CustomerRef"]["value"] for p in paid] == [known["Id"]]
    assert sorted(i["Balance"] for i in await joint.books_list("invoice")) == [0, 22]
    assert (await shop(joint, "sales", sale["id"]))["contact_id"] == again["id"]
    await quiet(joint)


async def test_two_guests_of_one_run_who_are_the_same_person_get_one_customer(joint: Joint) -> None:
    for first in ("Ada", "ADA", "Ada"):
        await joint.sale((await _guest(joint, first))["id"])
    await run(joint)

    assert len(await joint.books_list("customer")) == 1
    assert len(await _owners(joint)) == 3
    assert len(await joint.shop_list("contacts")) == 3
    await quiet(joint)


async def test_a_guest_of_another_name_at_the_same_address_gets_a_customer_of_his_own(joint: Joint) -> None:
    await joint.sale((await _guest(joint))["id"])
    await run(joint)
    await joint.sale((await _guest(joint, "Charles"))["id"])
    await run(joint)

    assert len(set(await _owners(joint))) == 2
    assert await joint.attention() == []
    await quiet(joint)


async def _probable(joint: Joint) -> tuple[Body, Body]:
    """A contact with a sale, and a customer who has the surname and the address."""
    known = await customer(joint, "", "Lovelace", email="ada@example.com", DisplayName="Lovelace family")
    contact = await _guest(joint)
    await joint.sale(contact["id"])
    return known, contact


async def test_a_question_about_who_holds_a_sale_for_a_day_and_then_it_goes_openly(joint: Joint) -> None:
    known, contact = await _probable(joint)

    assert await run(joint) == []
    [item] = await joint.attention()
    assert item.kind == "ambiguous_match"

    joint.clock.pass_time(DAY - 3600)
    assert await joint.sync(download=False)
    assert await joint.books_list("invoice") == []

    joint.clock.pass_time(3600)
    await joint.sync(download=False)

    [owner] = await _owners(joint)
    assert owner != known["Id"]
    [told] = [i for i in await joint.attention() if "own was created" in i.summary]
    assert "Lovelace family" in told.summary
    assert "choose" not in told.actions
    assert told.record_id == contact["id"]
    await run(joint)
    await quiet(joint)


async def _separate(joint: Joint) -> tuple[Body, Body]:
    """Two customers, of which the later one was made because nobody had said in time whether it is the other one."""
    known, _ = await _probable(joint)
    await run(joint)
    joint.clock.pass_time(DAY)
    await joint.sync(download=False)
    assert len([i for i in await joint.attention() if "own was created" in i.summary]) == 1
    made = next(c for c in await joint.books_list("customer") if c["Id"] != known["Id"])
    return known, made


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("known_survives", [True, False])
async def test_the_question_about_one_of_its_own_closes_once_somebody_has_merged_the_two(
    joint: Joint, known_survives: bool, told: bool
) -> None:
    known, made = await _separate(joint)
    loser, survivor = (made, known) if known_survives else (known, made)
    await joint.in_books("POST", "customer/merge", {"from": loser["Id"], "into": survivor["Id"]})
    if told:
        await joint.touched("quickbooks", "contact", survivor["Id"])
        await joint.touched("quickbooks", "contact", loser["Id"], deleted_with=f"merged:{survivor['Id']}")
    await run(joint)

    assert [i.summary for i in await joint.attention() if "own was created" in i.summary] == []


async def test_the_question_about_one_of_its_own_stays_while_both_are_there(joint: Joint) -> None:
    known, made = await _separate(joint)
    other = await customer(joint, "Grace", "Hopper")
    third = await customer(joint, "Rosa", "Hopper")
    await joint.in_books("POST", "customer/merge", {"from": other["Id"], "into": third["Id"]})
    await run(joint)

    assert len([i for i in await joint.attention() if "own was created" in i.summary]) == 1
    assert {known["Id"], made["Id"]} <= {c["Id"] for c in await joint.books_list("customer") if c["Active"]}


async def test_what_waits_for_an_answer_is_scheduled_and_the_answer_sets_it_free_at_once(joint: Joint) -> None:
    known, _ = await _probable(joint)
    await run(joint)
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        result = await tx.execute("SELECT parked, not_before FROM pending_change WHERE kind = 'sale'")
        [row] = await result.fetchall()
    assert not row["parked"]
    assert timedelta(hours=23) < row["not_before"] - joint.clock.now() <= timedelta(days=1)

    [item] = await joint.attention()
    await joint.answer(item.id, "choose", known["Id"])
    await joint.sync(download=False)

    assert await _owners(joint) == [known["Id"]]
    assert await joint.attention() == []


async def test_an_invoice_waits_no_longer_than_a_sale(joint: Joint) -> None:
    await _guest(joint)
    known = await customer(joint, "", "Lovelace", email="ada@example.com", DisplayName="Lovelace family")
    await invoice(joint, known["Id"])
    await run(joint)
    assert await joint.shop_list("sales") == []

    joint.clock.pass_time(DAY)
    await joint.sync(download=False)

    [sale] = await joint.shop_list("sales")
    assert len(await joint.shop_list("contacts")) == 2
    assert sale["contact_id"] in {c["id"] for c in await joint.shop_list("contacts")}
    await run(joint)
    await quiet(joint)


@pytest.mark.parametrize(("days", "passed", "gone"), [(0, 0, 1), (3, 2 * DAY, 0), (3, 3 * DAY, 1)])
async def test_how_long_a_sale_is_held_is_a_setting(joint: Joint, days: int, passed: int, gone: int) -> None:
    await joint.configure(hold_questions_days=days)
    await _probable(joint)
    await run(joint)
    joint.clock.pass_time(passed)
    await joint.sync(download=False)

    assert len(await joint.books_list("invoice")) == gone


@pytest.mark.parametrize(
    ("asked", "days", "ends"),
    [
        (datetime(2026, 11, 20, 3, tzinfo=UTC), 1, datetime(2026, 11, 21, 3, tzinfo=UTC)),
        (datetime(2026, 11, 29, 20, tzinfo=UTC), 1, datetime(2026, 11, 30, 12, tzinfo=UTC)),
        (datetime(2026, 11, 27, 3, tzinfo=UTC), 7, datetime(2026, 11, 30, 12, tzinfo=UTC)),
        (datetime(2026, 11, 30, 13, tzinfo=UTC), 7, datetime(2026, 11, 30, 13, tzinfo=UTC)),
        (datetime(2028, 2, 28, 13, tzinfo=UTC), 1, datetime(2028, 2, 29, 12, tzinfo=UTC)),
    ],
)
def test_no_sale_misses_its_month_for_a_question(asked: datetime, days: int, ends: datetime) -> None:
    assert holding_ends(asked, days) == ends


async def _bought(joint: Joint, *guests: Body) -> None:
    """A sale for each of these cards of the shop."""
    for members in guests:
        await joint.sale((await _guest(joint, **members))["id"])


@pytest.mark.parametrize("again", [{}, {"first": "ADA"}, {"phone": "07 3000 1111"}])
async def test_a_guest_with_several_cards_whom_the_books_know_already_is_nobodys_question(
    joint: Joint, again: Body
) -> None:
    known = await customer(joint, "Ada", "Lovelace", email="ada@example.com", BillAddr={"PostalCode": "4000"})
    await _bought(joint, {}, again, {})
    await run(joint)

    assert await joint.attention() == []
    assert set(await _owners(joint)) == {known["Id"]}
    assert len(await joint.books_list("customer")) == 1
    assert len(await joint.shop_list("contacts")) == 3
    await quiet(joint)


async def test_a_customer_that_comes_after_the_cards_of_a_guest_is_the_first_of_them(joint: Joint) -> None:
    for _ in range(2):
        await _guest(joint)
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    await invoice(joint, owner["Id"])
    await run(joint)

    assert await joint.attention() == []
    assert [len(await joint.shop_list(name)) for name in ("contacts", "sales")] == [2, 1]
    await joint.sale((await joint.shop_list("contacts"))[-1]["id"])
    await run(joint)
    assert set(await _owners(joint)) == {owner["Id"]}
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize(
    "other", [{"first": "Charles"}, {"email": "ada@work.example"}, {"tax_number": "51 824 753 556"}]
)
async def test_another_person_or_address_beside_a_guest_is_still_told_apart(joint: Joint, other: Body) -> None:
    known = await customer(joint, "Ada", "Lovelace", email="ada@example.com", PrimaryTaxIdentifier="53 004 085 616")
    await _bought(joint, {}, other)
    await run(joint)

    owners = await _owners(joint)
    assert known["Id"] in owners
    assert len(set(owners)) == 2


async def test_two_customers_of_one_guest_stay_a_question(joint: Joint) -> None:
    for name in ("Ada Lovelace", "Lovelace, Ada"):
        await customer(joint, "Ada", "Lovelace", email="ada@example.com", DisplayName=name)
    await _bought(joint, {}, {})
    await run(joint)

    assert {i.kind for i in await joint.attention()} == {"ambiguous_match"}
    assert await joint.books_list("invoice") == []
