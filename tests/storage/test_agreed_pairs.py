"""Pairs that agree are stored together as if one after the other, by one statement however many they are."""

from dataclasses import replace

import pytest

from app.domain.model.link_part import PRIMARY, OfRecord
from app.domain.model.links import LinkState, Origin
from app.domain.model.records import Contact, Kind, Name, Side
from app.storage.database import Transaction
from app.storage.records import links
from app.storage.records.agreed_pairs import AgreedPair, agree
from tests.storage.rows import NOON, a_connection, at
from tests.support.counted import Counted, Watched

HERE = "con_1"
ADA, EVE = Contact(name=Name(first="Ada")), Contact(name=Name(first="Eve"))


@pytest.fixture(autouse=True)
async def connection(tx: Transaction) -> None:
    await a_connection(tx)


def pair(oncord_id: str, quickbooks_id: str, kind: Kind = Kind.CONTACT) -> AgreedPair:
    return AgreedPair(kind, oncord_id, quickbooks_id, Origin.ONCORD, 0, PRIMARY, None, None)


async def stored(tx: Transaction, oncord_id: str, kind: Kind = Kind.CONTACT) -> list[tuple[str, object, LinkState]]:
    found = await links.of_records(tx, HERE, kind, Side.ONCORD, [oncord_id])
    return [(link.quickbooks_id, link.part, link.state) for link in found]


async def test_three_hundred_pairs_are_one_statement_and_each_has_its_own_link(tx: Transaction) -> None:
    counted = Counted()
    pairs = [pair(f"o{n}", f"q{n}") for n in range(300)]

    ids = await agree(Watched(tx, counted), HERE, pairs, NOON)  # type: ignore[arg-type]
    again = await agree(tx, HERE, list(reversed(pairs)), at(1))

    assert len(counted.statements) == 1
    assert len(set(ids)) == 300
    assert again == list(reversed(ids))
    found = await links.of_records(tx, HERE, Kind.CONTACT, Side.ONCORD, ["o7"])
    assert [(link.id, link.quickbooks_id) for link in found] == [(ids[7], "q7")]


async def test_no_pairs_are_no_statement(tx: Transaction) -> None:
    counted = Counted()

    assert await agree(Watched(tx, counted), HERE, [], NOON) == []  # type: ignore[arg-type]
    assert counted.statements == []


async def test_a_pair_that_is_named_twice_keeps_its_first_origin_and_its_last_bases(tx: Transaction) -> None:
    first = replace(pair("7", "70"), base_oncord=ADA, base_quickbooks=ADA)
    then = replace(pair("7", "70"), origin=Origin.BOTH, base_oncord=EVE)

    ids = await agree(tx, HERE, [first, then], NOON)

    [link] = await links.of_records(tx, HERE, Kind.CONTACT, Side.ONCORD, ["7"])
    assert ids == [link.id, link.id]
    assert (link.origin, link.base_oncord, link.base_quickbooks) == (Origin.ONCORD, EVE, ADA)


async def test_of_two_in_one_breath_that_want_the_same_part_the_second_stands_beside_the_first(tx: Transaction) -> None:
    await agree(tx, HERE, [pair("7", "70", Kind.SALE), pair("8", "80", Kind.SALE), pair("7", "71", Kind.SALE)], NOON)

    live = LinkState.LIVE
    assert await stored(tx, "7", Kind.SALE) == [("70", PRIMARY, live), ("71", OfRecord("71"), live)]
    assert await stored(tx, "8", Kind.SALE) == [("80", PRIMARY, live)]


async def test_one_that_comes_later_stands_beside_the_one_that_is_there(tx: Transaction) -> None:
    await agree(tx, HERE, [pair("7", "70", Kind.SALE)], NOON)
    await agree(tx, HERE, [pair("7", "71", Kind.SALE), pair("7", "70", Kind.SALE)], at(1))

    live = LinkState.LIVE
    assert await stored(tx, "7", Kind.SALE) == [("70", PRIMARY, live), ("71", OfRecord("71"), live)]


async def test_a_tombstone_is_no_link_that_is_there(tx: Transaction) -> None:
    [gone] = await agree(tx, HERE, [pair("7", "70")], NOON)
    await links.add_tombstones(tx, HERE, [gone], Side.QUICKBOOKS, "It was deleted.", NOON)

    [made] = await agree(tx, HERE, [pair("7", "70")], at(1))

    assert made != gone
    assert await stored(tx, "7") == [
        ("70", PRIMARY, LinkState.LIVE),
        ("70", PRIMARY, LinkState.TOMBSTONE),
    ]
