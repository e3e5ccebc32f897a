"""Cards with nothing but a name are asked about together: one question for all of them, and each pair carried out once."""

from typing import Any

import pytest

from app.domain.model.records import Kind
from app.errors import Conflict
from app.storage.people import attention, bulk_questions
from app.storage.records import links
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import book, change, customer, quiet, run, shop

Body = dict[str, Any]
NAMES = (("Ada", "Lovelace"), ("Grace", "Hopper"), ("Mary", "Somerville"))


async def _pairs(joint: Joint, *names: tuple[str, str]) -> list[tuple[Body, Body]]:
    """For each name a contact that says nothing else and has a sale, and a customer with an e-mail and a phone."""
    made: list[tuple[Body, Body]] = []
    for first, last in names or NAMES:
        there = await customer(joint, first, last, PrimaryPhone={"FreeFormNumber": "07 3000 1111"})
        here = await joint.contact(first, last, email="")
        await joint.sale(here["id"])
        made.append((here, there))
    return made


async def _the_lot(joint: Joint) -> Any:
    [item] = await joint.attention()
    assert item.kind == bulk_questions.KIND
    return item


async def _asked(joint: Joint, item: Any) -> list[bulk_questions.Pair]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        return list((await bulk_questions.pairs(tx, item, 200)).items)


async def _linked(joint: Joint) -> set[tuple[str, str]]:
    """The contacts that are joined with a customer."""
    ids = [c["id"] for c in await joint.shop_list("contacts")]
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        from app.domain.model.records import Side

        found = await links.of_records(tx, joint.connection_id, Kind.CONTACT, Side.ONCORD, ids)
    return {(link.oncord_id, link.quickbooks_id) for link in found}


async def _kept(joint: Joint) -> list[attention.MatchChoice]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        return await attention.choices(tx, joint.connection_id)


async def test_three_blank_cards_are_one_question_which_names_both_sides_of_each(joint: Joint) -> None:
    made = await _pairs(joint)

    assert await run(joint) == []

    item = await _the_lot(joint)
    assert item.actions == ["all_same", "none_same", "one_by_one"]
    assert item.detail == {"count": 3}
    assert item.summary.startswith("3 contacts in Oncord have the same name as a customer in QuickBooks")
    assert all(name in item.summary for name in ("Ada Lovelace", "Grace Hopper", "Mary Somerville"))
    asked = await _asked(joint, item)
    assert {(p.on("oncord")["id"], p.on("quickbooks")["id"]) for p in asked} == {(a["id"], b["Id"]) for a, b in made}
    ada = next(p for p in asked if p.own["name"] == "Ada Lovelace")
    assert ada.on("oncord")["facts"] == {}
    assert ada.on("quickbooks")["facts"] == {"email": "ada.lovelace@example.com", "phone": "07 3000 1111"}
    assert len(await joint.shop_list("contacts")) == 3
    assert len(await joint.books_list("customer")) == 3
    assert await joint.books_list("invoice") == []
    await quiet(joint)
    assert (await _the_lot(joint)).id == item.id


async def test_all_of_them_are_the_same_joins_each_pair_once(joint: Joint) -> None:
    made = await _pairs(joint)
    await run(joint)
    await joint.answer((await _the_lot(joint)).id, "all_same")
    assert {(c.record_id, c.chosen) for c in await _kept(joint)} == {(a["id"], b["Id"]) for a, b in made}
    await joint.sync(download=False)

    assert await _linked(joint) == {(a["id"], b["Id"]) for a, b in made}
    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {b["Id"] for _, b in made}
    assert len(await joint.books_list("invoice")) == 3
    assert len(await joint.books_list("customer")) == len(await joint.shop_list("contacts")) == 3
    assert (await shop(joint, "contacts", made[0][0]["id"]))["email"] == "ada.lovelace@example.com"
    assert await _kept(joint) == []
    assert await joint.attention() == []
    await quiet(joint)


async def test_none_of_them_is_the_same_makes_each_anew_on_both_sides(joint: Joint) -> None:
    made = await _pairs(joint)
    await run(joint)
    await joint.answer((await _the_lot(joint)).id, "none_same")
    await joint.sync(download=False)

    assert not await _linked(joint) & {(a["id"], b["Id"]) for a, b in made}
    assert len(await joint.books_list("customer")) == len(await joint.shop_list("contacts")) == 6
    billed = {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")}
    assert len(billed) == 3
    assert not billed & {b["Id"] for _, b in made}
    assert await joint.attention() == []
    await quiet(joint)


async def test_one_by_one_puts_the_single_questions_and_each_is_answered_for_itself(joint: Joint) -> None:
    made = await _pairs(joint)
    await run(joint)
    await joint.answer((await _the_lot(joint)).id, "one_by_one")

    asked = await joint.attention()
    assert {i.record_id: [c["id"] for c in i.detail["choices"]] for i in asked} == {a["id"]: [b["Id"]] for a, b in made}
    assert all(i.actions == ["choose", "create_new", "retry"] for i in asked)
    await run(joint)
    assert {i.id for i in await joint.attention()} == {i.id for i in asked}

    ada, grace, mary = made
    by_contact = {i.record_id: i.id for i in asked}
    await joint.answer(by_contact[ada[0]["id"]], "choose", ada[1]["Id"])
    await joint.answer(by_contact[grace[0]["id"]], "create_new")
    await joint.sync(download=False)

    assert (ada[0]["id"], ada[1]["Id"]) in await _linked(joint)
    assert (grace[0]["id"], grace[1]["Id"]) not in await _linked(joint)
    assert [i.record_id for i in await joint.attention()] == [mary[0]["id"]]
    assert len(await joint.books_list("invoice")) == 2
    await quiet(joint)


@pytest.mark.parametrize(("mail", "joins"), [("grace.hopper@example.com", True), ("other@example.net", False)])
async def test_a_card_that_gets_an_email_leaves_the_lot_and_is_decided_by_it(
    joint: Joint, mail: str, joins: bool
) -> None:
    made = await _pairs(joint)
    await run(joint)
    lot = await _the_lot(joint)
    await joint.in_shop("PATCH", f"contacts/{made[1][0]['id']}", {"email": mail})
    await run(joint)

    item = await _the_lot(joint)
    assert (item.id, item.detail) == (lot.id, {"count": 2})
    assert "Grace Hopper" not in item.summary
    assert ((made[1][0]["id"], made[1][1]["Id"]) in await _linked(joint)) is joins
    assert len(await joint.books_list("customer")) == (3 if joins else 4)

    await joint.answer(item.id, "all_same")
    await joint.sync(download=False)
    assert len(await joint.books_list("invoice")) == 3
    assert await joint.attention() == []
    await quiet(joint)


async def test_an_email_that_was_typed_before_the_answer_is_carried_out_decides_after_all(joint: Joint) -> None:
    made = await _pairs(joint)
    await run(joint)
    await joint.in_shop("PATCH", f"contacts/{made[1][0]['id']}", {"email": "other@example.net"})
    await joint.answer((await _the_lot(joint)).id, "all_same")
    await joint.sync(download=False)

    linked = await _linked(joint)
    assert {(a["id"], b["Id"]) for a, b in (made[0], made[2])} < linked
    assert (made[1][0]["id"], made[1][1]["Id"]) not in linked
    assert (await shop(joint, "contacts", made[1][0]["id"]))["email"] == "other@example.net"
    assert (await book(joint, "customer", made[1][1]["Id"]))["PrimaryEmailAddr"][
        "Address"
    ] == "grace.hopper@example.com"
    await quiet(joint)


async def test_a_phone_that_was_typed_after_none_of_them_is_decides_after_all(joint: Joint) -> None:
    made = await _pairs(joint)
    await run(joint)
    await joint.answer((await _the_lot(joint)).id, "none_same")
    await joint.in_shop("PATCH", f"contacts/{made[0][0]['id']}", {"phone": "07 3000 1111"})
    await run(joint)

    assert (made[0][0]["id"], made[0][1]["Id"]) in await _linked(joint)
    assert len(await joint.books_list("customer")) == 5
    await quiet(joint)


async def test_none_of_them_holds_once_it_was_carried_out_whatever_is_typed_then(joint: Joint) -> None:
    people = [(await customer(joint, f, last), await joint.contact(f, last, email="")) for f, last in NAMES]
    await run(joint)
    await joint.answer((await _the_lot(joint)).id, "none_same")
    await joint.sync(download=False)
    assert len(await joint.shop_list("contacts")) == 6
    known, ada = people[0]
    await joint.in_shop("PATCH", f"contacts/{ada['id']}", {"email": "ada.lovelace@example.com"})
    await joint.sale(ada["id"])
    await run(joint)

    [billed] = await joint.books_list("invoice")
    assert billed["CustomerRef"]["value"] != known["Id"]
    assert len(await joint.books_list("customer")) == 4
    await quiet(joint)


async def test_a_blank_card_with_two_namesakes_stays_a_question_of_its_own(joint: Joint) -> None:
    await _pairs(joint)
    one = await customer(joint, "Emmy", "Noether")
    other = await customer(joint, "Emmy", "Noether", email="", DisplayName="Emmy Noether (Erlangen)")
    emmy = await joint.contact("Emmy", "Noether", email="")
    await joint.sale(emmy["id"])
    await run(joint)

    items = {i.kind: i for i in await joint.attention()}
    assert set(items) == {"blank_cards", "ambiguous_match"}
    assert {c["id"] for c in items["ambiguous_match"].detail["choices"]} == {one["Id"], other["Id"]}
    assert items["blank_cards"].detail == {"count": 3}

    await joint.answer(items["blank_cards"].id, "all_same")
    await joint.sync(download=False)
    assert [i.id for i in await joint.attention()] == [items["ambiguous_match"].id]
    assert len(await joint.books_list("invoice")) == 3


async def test_one_blank_card_alone_is_the_single_question(joint: Joint) -> None:
    [(here, there)] = await _pairs(joint, NAMES[0])
    await run(joint)

    [item] = await joint.attention()
    assert (item.kind, item.record_id, item.actions) == (
        "ambiguous_match",
        here["id"],
        ["choose", "create_new", "retry"],
    )
    assert (
        item.summary
        == "One QuickBooks customer could be Oncord contact Ada Lovelace. Say which one it is, or that it is a new one."
    )
    await joint.answer(item.id, "choose", there["Id"])
    await joint.sync(download=False)
    assert await _linked(joint) == {(here["id"], there["Id"])}
    assert await joint.attention() == []


async def test_the_last_one_left_of_a_lot_is_a_single_question(joint: Joint) -> None:
    made = await _pairs(joint, *NAMES[:2])
    await run(joint)
    await change(joint, "customer", made[0][1]["Id"], GivenName="Augusta")
    await run(joint)

    [item] = await joint.attention()
    assert (item.kind, item.record_id) == ("ambiguous_match", made[1][0]["id"])
    assert len(await joint.books_list("invoice")) == 1


async def test_a_contact_that_is_deleted_leaves_the_lot(joint: Joint) -> None:
    made = await _pairs(joint)
    await run(joint)
    await joint.in_shop("DELETE", f"contacts/{made[0][0]['id']}")
    await run(joint)

    item = await _the_lot(joint)
    assert item.detail == {"count": 2}
    assert "Ada" not in item.summary
    assert len(await joint.shop_list("contacts")) == 3


async def test_blank_cards_that_come_later_are_an_item_of_their_own(joint: Joint) -> None:
    await _pairs(joint)
    await run(joint)
    first = await _the_lot(joint)
    await joint.answer(first.id, "all_same")
    await joint.sync(download=False)
    later = await _pairs(joint, ("Emmy", "Noether"), ("Sofia", "Kovalevskaya"))
    await run(joint)

    second = await _the_lot(joint)
    assert second.id != first.id
    assert {p.on("oncord")["id"] for p in await _asked(joint, second)} == {a["id"] for a, _ in later}
    await joint.answer(second.id, "all_same")
    await joint.sync(download=False)
    assert len(await joint.books_list("invoice")) == 5
    await quiet(joint)


async def test_a_lot_that_has_grown_since_it_was_seen_is_not_answered(joint: Joint) -> None:
    from app.container import build_container
    from app.services.attention import resolve

    await _pairs(joint)
    await run(joint)
    item = await _the_lot(joint)
    with pytest.raises(Conflict, match="There are 3 pairs by now, not 2"):
        await resolve(build_container(joint.runtime), joint.connection_id, item.id, "all_same", who=SOMEBODY, count=2)

    assert (await _the_lot(joint)).state == "open"
    assert await _kept(joint) == []


@pytest.mark.parametrize("answer", ["all_same", "none_same"])
async def test_an_answer_is_carried_out_once_although_the_first_run_after_it_dies(joint: Joint, answer: str) -> None:
    await _pairs(joint)
    await run(joint)
    await joint.answer((await _the_lot(joint)).id, answer)
    await joint.hazard("quickbooks", "answer_lost", times=1)
    await joint.hazard("oncord", "answer_lost", times=1)
    await joint.sync(download=False, turns=1)
    await run(joint)

    count = 3 if answer == "all_same" else 6
    assert len(await joint.books_list("customer")) == len(await joint.shop_list("contacts")) == count
    assert len(await joint.books_list("invoice")) == 3
    assert await joint.attention() == []
    await quiet(joint)


async def test_sales_of_a_lot_wait_for_a_day_as_with_a_single_question(joint: Joint) -> None:
    made = await _pairs(joint)
    await run(joint)
    joint.clock.pass_time(23 * 3600)
    await joint.sync(download=False)
    assert await joint.books_list("invoice") == []

    joint.clock.pass_time(3600)
    await joint.sync(download=False)

    owners = {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")}
    assert len(owners) == 3
    assert not owners & {b["Id"] for _, b in made}
    told = await joint.attention()
    assert len(told) == 3
    assert all("own was created" in i.summary for i in told)
    await run(joint)
    await quiet(joint)


async def test_two_cards_that_both_say_nothing_but_a_name_belong_to_the_lot(joint: Joint) -> None:
    await _pairs(joint)
    await customer(joint, "Emmy", "Noether", email="")
    emmy = await joint.contact("Emmy", "Noether", email="")
    await run(joint)
    item = await _the_lot(joint)
    assert item.detail == {"count": 4}
    await joint.in_shop("PATCH", f"contacts/{emmy['id']}", {"email": "emmy@example.com"})
    await run(joint)

    assert (await _the_lot(joint)).detail == {"count": 4}
    asked = {p.own["name"]: p.own["facts"] for p in await _asked(joint, item)}
    assert asked["Emmy Noether"] == {"email": "emmy@example.com"}


async def test_leaving_a_lot_as_it_is_leaves_each_pair_as_it_is(joint: Joint) -> None:
    await _pairs(joint)
    await run(joint)
    await joint.answer((await _the_lot(joint)).id, "dismiss")

    assert await joint.attention() == []
    assert await _kept(joint) == []
    await quiet(joint)
    assert await joint.books_list("invoice") == []
