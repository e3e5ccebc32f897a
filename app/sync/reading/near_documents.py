"""Reading the documents that an unlinked one might be on the other side, and those that say whose they are."""

from collections.abc import Iterable, Sequence

from app.domain.matching.documents import ALIKE_DAYS, ALONE_DAYS, days_apart
from app.domain.matching.natural_keys import natural_keys
from app.domain.model.records import (
    Contact,
    Kind,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.link_index import LinkIndex
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import documents, links, mirrors
from app.storage.records.documents import Bill
from app.sync.context import TurnContext


async def near_documents(
    context: TurnContext, tx: Transaction, index: LinkIndex, side: Side, sales: Sequence[Snapshot]
) -> list[Snapshot]:
    """The unlinked documents across from `sales` of `side` that share a number with one, or its contact, total and day."""
    keys = [natural_keys(s.record) for s in sales if s.record is not None]
    numbers, shortened = [k.number for k in keys], [k.name for k in keys]
    numbered = await mirrors.candidates(
        tx, context.connection_id, side.other, Kind.SALE, numbers=numbers, names=shortened
    )
    alike = await _alike(context, tx, side.other, _across(index, side, sales), ALIKE_DAYS)
    twins = await _unlinked(context, tx, side.other, Kind.SALE, alike)
    asked = await asked_with(context, tx, side, Kind.SALE, sales)
    return list({s.id: s for s in (*numbered, *twins, *asked)}.values())


async def asked_documents(context: TurnContext, tx: Transaction) -> frozenset[tuple[Kind, str, str]]:
    """The documents and the money of Oncord and of QuickBooks that a person is asked about, pair by pair."""
    asked = await attention.asked_about_documents(tx, context.connection_id)
    pairs = (
        (Kind(kind), one, other) if side == Side.ONCORD else (Kind(kind), other, one)
        for kind, side, one, other in asked
    )
    return frozenset(pairs)


async def asked_with(
    context: TurnContext, tx: Transaction, side: Side, kind: Kind, records: Sequence[Snapshot]
) -> list[Snapshot]:
    """What a question names beside one of these unlinked `records` of `side`, however the two have changed since it was
    put."""
    own = {s.id for s in records}
    asked = [(one, other) for of_kind, one, other in await asked_documents(context, tx) if of_kind is kind]
    if side is not Side.ONCORD:
        asked = [(other, one) for one, other in asked]
    across = {other for one, other in asked if one in own}
    loaded = await mirrors.load(tx, context.connection_id, side.other, kind, across)
    present = [s for s in loaded.values() if not s.deleted and s.record is not None]
    return await _unlinked(context, tx, side.other, kind, present)


async def alike_documents(
    context: TurnContext,
    tx: Transaction,
    index: LinkIndex,
    candidates: dict[tuple[Side, Kind], list[Snapshot]],
    sales: Sequence[Snapshot],
) -> list[Snapshot]:
    """The documents of both sides that have the contact and total of one of these unlinked `sales` and lie near it; asked
    only about those that could be a document of another number."""
    alike: list[Snapshot] = []
    for side in Side:
        own = [s for s in sales if s.side is side and _has_lookalike(s, candidates.get((side.other, Kind.SALE), ()))]
        bills = {bill for s in own if isinstance(s.record, Sale) for bill in _bill(s, str(s.record.contact_id))}
        for place, place_bills in ((side, bills), (side.other, _across(index, side, own))):
            alike += await _alike(context, tx, place, place_bills, ALONE_DAYS)
    return list({(s.side, s.id): s for s in alike}.values())


async def namesakes(context: TurnContext, tx: Transaction, sales: Sequence[Snapshot]) -> list[Snapshot]:
    """The documents that have a counterpart and carry the number of one of these unlinked `sales` across from them."""
    of_same_number: list[Snapshot] = []
    for side in Side:
        keys = [natural_keys(s.record) for s in sales if s.side is side and s.record is not None]
        numbers, shortened = [k.number for k in keys], [k.name for k in keys]
        of_same_number += await mirrors.candidates(
            tx, context.connection_id, side.other, Kind.SALE, numbers=numbers, names=shortened, linked=True
        )
    return of_same_number


async def documents_of_people(
    context: TurnContext, tx: Transaction, side: Side, contacts: Iterable[Snapshot]
) -> dict[Side, list[Snapshot]]:
    """The unlinked documents of both sides that could prove who these unlinked contacts are."""
    ids = [c.id for c in contacts if isinstance(c.record, Contact)]
    numbers = await documents.numbers_on_both_sides(tx, context.connection_id, side, ids)
    if not numbers:
        return {}
    connection = context.connection_id
    return {s: await mirrors.candidates(tx, connection, s, Kind.SALE, numbers=numbers) for s in Side}


async def _alike(context: TurnContext, tx: Transaction, side: Side, bills: set[Bill], days: int) -> list[Snapshot]:
    ids = await documents.alike(tx, context.connection_id, side, bills, days)
    return list((await mirrors.load(tx, context.connection_id, side, Kind.SALE, ids)).values())


async def _unlinked(
    context: TurnContext, tx: Transaction, side: Side, kind: Kind, snapshots: list[Snapshot]
) -> list[Snapshot]:
    pairs = await links.of_records(tx, context.connection_id, kind, side, [s.id for s in snapshots])
    linked = {link.id_on(side) for link in pairs}
    return [s for s in snapshots if s.id not in linked]


def _across(index: LinkIndex, side: Side, sales: Sequence[Snapshot]) -> set[Bill]:
    """What these sales would be on the other side, for each of their contact's counterparts."""
    return {
        bill
        for s in sales
        if isinstance(s.record, Sale)
        for link in index.parts((side, Kind.CONTACT, str(s.record.contact_id)))
        for bill in _bill(s, link.id_on(side.other))
    }


def _bill(snapshot: Snapshot, contact_id: str) -> list[Bill]:
    record = snapshot.record
    if not isinstance(record, Sale) or record.date is None:
        return []
    return [Bill(contact_id, record.money.total, record.date)]


def _has_lookalike(snapshot: Snapshot, others: Sequence[Snapshot]) -> bool:
    record = snapshot.record
    return isinstance(record, Sale) and any(
        isinstance(o.record, Sale)
        and o.record.money.total == record.money.total
        and days_apart(o.record.date, record.date) <= ALIKE_DAYS
        for o in others
    )
