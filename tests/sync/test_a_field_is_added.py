"""A release adds a field: pairs of before take each other's values where one lacks it, and keep what both typed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.domain.model.description import DESCRIPTIONS, KEPT, Field, Meeting
from app.domain.model.records import Kind
from tests.support.joint import Joint
from tests.support.new_fields import IN_ONCORD, with_field
from tests.support.stories import Body, book, change, quiet, run, shop, written

NEXT = DESCRIPTIONS[Kind.CONTACT].vocabulary + 1
"""The vocabulary of the release."""
FILLED = Meeting(filled=True, decided=True)
PEOPLE = {
    "Nia": ("", ""),
    "Sam": ("shop", ""),
    "Bea": ("", "books"),
    "Ali": ("alike", "alike"),
    "Dee": ("shop", "books"),
}
"""What the two sides hold where the release will look."""

Pair = tuple[Body, Body]


@contextmanager
def _released(meeting: Meeting) -> Iterator[None]:
    with with_field(Field("extra_note", meeting=meeting, since=NEXT), Kind.CONTACT):
        yield


async def _pairs(joint: Joint) -> dict[str, Pair]:
    """Linked contacts and customers of before the release, each with its values in the members of the new field."""
    made = {}
    for first, (mine, _) in PEOPLE.items():
        contact = await joint.contact(first, **({IN_ONCORD: mine} if mine else {}))
        await joint.sale(contact["id"])
        made[first] = contact
    await run(joint)
    there = {c["GivenName"]: c for c in await joint.books_list("customer") if c.get("GivenName") in PEOPLE}
    for first, (_, note) in PEOPLE.items():
        if note:
            await change(joint, "customer", there[first]["Id"], Notes=note)
    for _ in range(2):  # a download begins a little before the last one: nothing of this is read again by chance
        await run(joint)
        joint.clock.pass_time(7200)
    return {first: (made[first], there[first]) for first in PEOPLE}


async def _notes(joint: Joint, pairs: dict[str, Pair]) -> dict[str, tuple[str, str]]:
    found = {}
    for first, (mine, there) in pairs.items():
        ours = (await shop(joint, "contacts", mine["id"])).get(IN_ONCORD) or ""
        theirs = (await book(joint, "customer", there["Id"])).get("Notes", "")
        found[first] = (str(ours), str(theirs))
    return found


async def _vocabularies(joint: Joint, table: str) -> list[int]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        told = await tx.execute(f"SELECT vocabulary FROM {table} WHERE kind = 'contact' ORDER BY 1")  # noqa: S608
        return [row["vocabulary"] for row in await told.fetchall()]


@pytest.mark.parametrize("typed_in", ["shop", "books"])
async def test_the_first_look_after_a_release_fills_gaps_and_overwrites_and_asks_nothing(
    joint: Joint, typed_in: str
) -> None:
    pairs = await _pairs(joint)
    with _released(FILLED):
        for mine, there in pairs.values():
            if typed_in == "shop":
                await joint.in_shop("PATCH", f"contacts/{mine['id']}", {"phone": "0400 111 111"})
            else:
                await change(joint, "customer", there["Id"], PrimaryPhone={"FreeFormNumber": "0400 111 111"})
        await run(joint)

        assert await _notes(joint, pairs) == PEOPLE | {"Sam": ("shop", "shop"), "Bea": ("books", "books")}
        assert {x["phone"] for x in await joint.shop_list("contacts")} == {"0400 111 111"}
        assert await joint.attention() == []
        assert set(await _vocabularies(joint, "link")) == {NEXT}
        assert set(await _vocabularies(joint, "mirror")) == {NEXT}
        await quiet(joint)

        await joint.in_shop("PATCH", f"contacts/{pairs['Dee'][0]['id']}", {IN_ONCORD: "typed since"})
        await change(joint, "customer", pairs["Nia"][1]["Id"], Notes="typed there")
        await run(joint)

        notes = await _notes(joint, pairs)
        assert (notes["Dee"], notes["Nia"]) == (("typed since",) * 2, ("typed there",) * 2)
        assert await joint.attention() == []
        await quiet(joint)


async def test_a_field_that_each_side_keeps_is_agreed_on_in_silence_and_travels_from_then_on(joint: Joint) -> None:
    pairs = await _pairs(joint)
    with _released(KEPT):
        for mine, _ in pairs.values():
            await joint.in_shop("PATCH", f"contacts/{mine['id']}", {"phone": "0400 111 111"})
        await run(joint)

        assert await _notes(joint, pairs) == PEOPLE
        assert {d.operation.fields for d in await written(joint)} == {("phone",)}
        assert await joint.attention() == []

        await joint.in_shop("PATCH", f"contacts/{pairs['Sam'][0]['id']}", {IN_ONCORD: "typed since"})
        await run(joint)

        assert (await _notes(joint, pairs))["Sam"] == ("typed since", "typed since")
        await quiet(joint)


async def test_an_edit_of_the_very_field_before_its_first_look_overwrites_nothing_and_fills_what_is_empty(
    joint: Joint,
) -> None:
    pairs = await _pairs(joint)
    with _released(FILLED):
        for first in ("Nia", "Ali", "Dee"):
            await joint.in_shop("PATCH", f"contacts/{pairs[first][0]['id']}", {IN_ONCORD: "typed"})
        await change(joint, "customer", pairs["Bea"][1]["Id"], Notes="typed there")
        await change(joint, "customer", pairs["Sam"][1]["Id"], Notes="typed there")
        await run(joint)

        assert await _notes(joint, pairs) == {
            "Nia": ("typed", "typed"),
            "Sam": ("shop", "typed there"),
            "Bea": ("typed there", "typed there"),
            "Ali": ("typed", "alike"),
            "Dee": ("typed", "books"),
        }
        assert await joint.attention() == []
        await quiet(joint)


async def test_who_is_not_looked_at_after_a_release_is_left_as_it_is(joint: Joint) -> None:
    pairs = await _pairs(joint)
    with _released(FILLED):
        assert await run(joint) == []

        assert await _notes(joint, pairs) == PEOPLE
        assert set(await _vocabularies(joint, "link")) == {NEXT - 1}
