"""A record's page: both sides beside each other, who moved each field last, what led to what, and what can be done now."""

import random
from collections.abc import Iterable
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.description import merged_fields
from app.domain.model.links import LinkState
from app.domain.model.records import Kind, Side
from app.domain.planning.field_moves import Write, carried
from app.services import story
from app.storage.changes import change_queue
from app.storage.encoding import readable
from app.storage.records import links, mirrors
from app.storage.runs import stories
from tests.console.pages import csrf_in, shown
from tests.support.joint import Joint
from tests.support.stories import change, customer, invoice, payment, remove, run
from tests.support.watched import watched


async def told(joint: Joint, side: Side, kind: Kind, record_id: str) -> story.Story:
    return await story.tell(build_container(joint.runtime), joint.connection_id, side, kind, record_id)


async def test_each_field_says_who_moved_it_last_on_either_side(joint: Joint) -> None:
    ada = await joint.contact(phone="08 1111 1111")
    await joint.sale(ada["id"])
    await run(joint)
    [theirs] = [c for c in await joint.books_list("customer") if c.get("GivenName") == "Ada"]
    await change(joint, "customer", theirs["Id"], PrimaryPhone={"FreeFormNumber": "0400 222 222"})
    await run(joint)
    await joint.in_shop("PATCH", f"contacts/{ada['id']}", {"fax": "08 3333 3333"})

    found = await told(joint, Side.ONCORD, Kind.CONTACT, ada["id"])

    fields = {each.name: each for each in found.fields}
    assert (fields["phone"].oncord, fields["phone"].quickbooks, fields["phone"].differs) == ("0400 222 222",) * 2 + (
        False,
    )
    assert {side: move.by for side, move in fields["phone"].moved.items()} == {
        Side.ONCORD: "service",
        Side.QUICKBOOKS: "books",
    }
    carried = found.write(fields["phone"].moved[Side.ONCORD].write)
    assert carried is not None
    assert (carried.rule, carried.run_id) == ("C5", joint.last_run)
    assert {side: move.by for side, move in fields["email"].moved.items()} == {
        Side.ONCORD: "shop",
        Side.QUICKBOOKS: "service",
    }


async def test_the_page_shows_both_sides_the_story_and_what_can_be_done(joint: Joint) -> None:
    zed = await customer(joint, "Zed", "Zebra")
    there = await invoice(joint, zed["Id"], DocNumber="Q-7")
    await run(joint)
    [here] = await joint.shop_list("sales")
    async with watched(joint) as seen:
        page = f"/connections/{joint.connection_id}/records/oncord/sale/{here['id']}"
        words = shown(await seen.browser.get(page))
        assert "Sale Q-7, Zed Zebra, 19 Nov 2026, $33.00" in words
        assert "$33.00, $3.00 of it tax" in words
        assert "Made in Oncord" in words
        assert "S4: Every invoice is pulled into Oncord." in words
        assert "Differs" not in words, words[words.index("Differs") - 300 : words.index("Differs") + 300]
        assert "Put it back" not in words

        await remove(joint, "invoice", there["Id"])
        await run(joint)
        words = shown(await seen.browser.get(page))
        assert "It was deleted in QuickBooks. Put it back in QuickBooks" in words
        assert "S6: Deleting an invoice removes nothing in Oncord" in words

        answer = (await seen.api.get(f"/api/v1{page}")).json()
        assert answer["actions"] == ["retry", "put_back"]
        assert answer["story"][0]["rule"] == "S6"
        by_name = {each["name"]: each for each in answer["fields"]}
        assert by_name["number"]["oncord"] == "Q-7"
        assert by_name["number"]["moved"]["oncord"]["by"] == "service"


async def test_a_question_about_the_record_is_answered_on_its_page(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], number="1042", currency="USD")
    await run(joint)
    async with watched(joint) as seen:
        words = shown(await seen.browser.get(f"/connections/{joint.connection_id}/records/oncord/sale/{sale['id']}"))
    assert "What can be done now" in words
    assert "Try again" in words
    assert "USD" in words


async def test_a_record_is_looked_at_again_whatever_it_waits_for(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], number="1042", currency="USD")
    await run(joint)
    page = f"/connections/{joint.connection_id}/records/oncord/sale/{sale['id']}"
    async with watched(joint) as seen:
        first = await seen.browser.get(page)
        assert "Look at it again" in shown(first)
        answer = await seen.browser.post(f"{page}/retry", data={"csrf": csrf_in(first)})
        assert answer.headers["location"].startswith(f"/connections/{joint.connection_id}/runs/")
        async with joint.runtime.database.transaction(joint.connection_id) as tx:
            [row] = await change_queue.load(tx, joint.connection_id, [(Side.ONCORD, Kind.SALE, sale["id"])])
        assert not row.parked
        [ada] = await joint.shop_list("contacts")
        told_of = f"/api/v1/connections/{joint.connection_id}/records/oncord/contact/{ada['id']}"
        assert (await seen.api.get(told_of)).json()["actions"] == ["retry"], "also of what waits for nothing"
        again = await seen.api.post(f"{told_of}/retry")
        assert again.status_code == 202, again.text
        nobody = await seen.api.post(f"/api/v1/connections/{joint.connection_id}/records/oncord/sale/9999/retry")
        assert nobody.status_code == 404
        acts = (await seen.api.get(f"/api/v1/connections/{joint.connection_id}/audit")).json()["items"]
        assert [act["action"] for act in acts][:2] == ["record.retried"] * 2
    await run(joint)
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [row] = await change_queue.load(tx, joint.connection_id, [(Side.ONCORD, Kind.SALE, sale["id"])])
    assert row.parked, "what was in the way is in the way still"


async def test_a_value_that_somebody_left_is_asked_about_again_and_a_person_moved_it_then(joint: Joint) -> None:
    ada = await joint.contact(phone="08 1111 1111")
    await joint.sale(ada["id"])
    await run(joint)
    [theirs] = [c for c in await joint.books_list("customer") if c.get("GivenName") == "Ada"]
    await joint.in_shop("PATCH", f"contacts/{ada['id']}", {"phone": "0400 111 111"})
    await change(joint, "customer", theirs["Id"], PrimaryPhone={"FreeFormNumber": "0400 222 222"})
    await run(joint)
    page = f"/connections/{joint.connection_id}/records/oncord/contact/{ada['id']}"
    async with watched(joint) as seen:
        api = f"/api/v1/connections/{joint.connection_id}/attention"
        [asked] = (await seen.api.get(f"/api/v1{page}")).json()["attention"]
        assert (await seen.api.post(f"{api}/{asked}/resolve", json={"action": "dismiss"})).status_code == 200
        told_now = (await seen.api.get(f"/api/v1{page}")).json()
        assert (told_now["attention"], told_now["dismissed"]) == ([], [asked])
        first = await seen.browser.get(page)
        assert "Ask again about QuickBooks' “0400 222 222”" in shown(first)
        await seen.browser.post(
            f"/connections/{joint.connection_id}/attention/{asked}/reopen", data={"csrf": csrf_in(first)}
        )
        told_now = (await seen.api.get(f"/api/v1{page}")).json()
        assert (told_now["attention"], told_now["dismissed"]) == ([asked], [])
        assert (await seen.api.post(f"{api}/{asked}/resolve", json={"action": "use_other"})).status_code == 200
        await run(joint)
        await run(joint)
        [phone] = [f for f in (await seen.api.get(f"/api/v1{page}")).json()["fields"] if f["name"] == "phone"]
        assert (phone["oncord"], phone["quickbooks"]) == ("0400 222 222",) * 2
        assert phone["moved"]["oncord"]["by"] == "person"
        assert phone["moved"]["oncord"]["decided_by"]
        assert phone["moved"]["quickbooks"]["by"] == "books"
        words = shown(await seen.browser.get(page))
        assert "had answered" in words
        assert "answered: Use QuickBooks' “0400 222 222” Both sides changed its phone." in words, (
            "the answer is part of its story"
        )
        [said] = [step for step in (await seen.api.get(f"/api/v1{page}")).json()["story"] if step["what"] == "answer"]
        assert (said["state"], bool(said["decided_by"])) == ("used_other", True)


@pytest.mark.parametrize("seed", range(4))
async def test_every_links_story_replays_to_what_both_sides_hold_now(joint: Joint, seed: int) -> None:
    chance = random.Random(seed)
    await _live(joint, chance)

    database = joint.runtime.database
    compared = 0
    async with database.transaction(joint.connection_id) as tx:
        for kind in Kind:
            ids = await mirrors.ids(tx, joint.connection_id, Side.ONCORD, kind)
            for link in await links.of_records(tx, joint.connection_id, kind, Side.ONCORD, ids):
                if link.state is not LinkState.LIVE:
                    continue
                keys = [(side, kind, link.id_on(side)) for side in Side]
                happened = await stories.happened(tx, joint.connection_id, keys, 1000)
                held = replayed(kind, story.writes_of(happened))
                for side in Side:
                    snapshot = (await mirrors.load(tx, joint.connection_id, side, kind, [link.id_on(side)]))[
                        link.id_on(side)
                    ]
                    for name in _told_by_writes(kind):
                        given = held[side].get(name)
                        if given is not None:
                            compared += 1
                            now = getattr(snapshot.record, name)
                            assert _plain(name, given) == _plain(name, now), (seed, side, kind, link, name)
    assert compared > 20


def replayed(kind: Kind, writes: Iterable[Write]) -> dict[Side, dict[str, object]]:
    """What each side was given by the writes alone: its last value of each field, as the write meant it."""
    held: dict[Side, dict[str, object]] = {side: {} for side in Side}
    for write in writes:
        if write.record is None or not write.action.writes:
            continue
        for name in carried(kind, write):
            held[write.side][name] = getattr(write.record, name)
            held[write.side.other].pop(name, None)
    return held


async def _live(joint: Joint, chance: random.Random) -> None:
    """A shop and books in which people edit the same records again and again, never both at once."""
    people = [await joint.contact(f"Ada{n}", "Byron", email=f"ada{n}@example.com") for n in range(3)]
    sales = [await joint.sale(who["id"], number=f"N{n}") for n, who in enumerate(people)]
    await joint.receipt(sales[0])
    zed = await customer(joint, "Zed", "Zebra")
    bill = await invoice(joint, zed["Id"], DocNumber="Q-7")
    await payment(joint, zed["Id"], "33.00", {bill["Id"]: "33.00"})
    await run(joint)
    for number in range(5):
        books = {c["DisplayName"]: c for c in await joint.books_list("customer")}
        for who in chance.sample(range(3), 2):
            phone = f"08 {chance.randrange(10**8):08}"
            if chance.random() < 0.5:
                edit = {chance.choice(("phone", "fax", "mobile")): phone}
                await joint.in_shop("PATCH", f"contacts/{people[who]['id']}", edit)
            else:
                member = chance.choice(("PrimaryPhone", "Fax", "Mobile"))
                await change(joint, "customer", books[f"Ada{who} Byron"]["Id"], **{member: {"FreeFormNumber": phone}})
        if chance.random() < 0.5:
            one = chance.randrange(1, 3)
            await joint.in_shop(
                "PATCH", f"sales/{sales[one]['id']}", {"due_date": f"2027-01-{number + 1:02}", "notes": f"No. {number}"}
            )
        else:
            await change(joint, "invoice", bill["Id"], DueDate=f"2027-02-{number + 1:02}")
        await run(joint)


def _told_by_writes(kind: Kind) -> list[str]:
    """The fields that are the same on both sides word by word: no ids, and no lines that a side works out for itself."""
    return [
        name
        for name in merged_fields(kind)
        if name not in ("contact_id", "money", "payment", "channel", "tax_code", "name")
    ]


def _plain(name: str, value: Any) -> Any:
    plain = readable(value)
    return {k: v for k, v in plain.items() if k not in ("addressed", "closing")} if isinstance(plain, dict) else plain
