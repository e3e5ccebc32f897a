"""Asking what becomes of documents and money of which many were deleted on one side, and that stay on the other (S3, S6, R3, R4).

One of them is somebody's decision, and nobody is asked about it: it is marked, and its page offers to put it back. When so many went
within a day that removals would be held back (docs/rules.md 2), that may have been a slip, and each is asked about: put it back, or
leave it deleted. They stand in the list of work under one cause, and are answered many at once.
"""

from collections.abc import Sequence
from datetime import timedelta

from app.domain.guards.mass_removal import Removals, holds
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import deleted_counterpart, format_waits_for
from app.storage.database import Transaction
from app.storage.people import attention, deleted_counterparts
from app.storage.people.deleted_counterparts import KIND, MANY, Lost
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.questions.held import called, names_of_people

WINDOW = timedelta(hours=24)
_NOUNS = {
    (Side.ONCORD, Kind.SALE): "sales",
    (Side.QUICKBOOKS, Kind.SALE): "invoices and credit memos",
    (Side.ONCORD, Kind.RECEIPT): "receipts",
    (Side.QUICKBOOKS, Kind.RECEIPT): "payments",
}
_RULES = {
    (Side.ONCORD, Kind.SALE): "S3",
    (Side.QUICKBOOKS, Kind.SALE): "S6",
    (Side.ONCORD, Kind.RECEIPT): "R3",
    (Side.QUICKBOOKS, Kind.RECEIPT): "R4",
}
"""The rule by which the other one stays, by where the deletion was and of what."""


async def ask_about_many_deleted(context: TurnContext, tx: Transaction) -> None:
    """Ask about each of what was deleted lately, where that is many; close what has its counterpart again."""
    now, connection_id = context.clock.now(), context.connection_id
    back = await deleted_counterparts.settled(tx, connection_id)
    await attention.settle(
        tx, connection_id, back, reason="It is there again, or counts on neither side any more.", now=now
    )
    if not context.counters.get("tombstoned"):
        return
    for lately in await deleted_counterparts.lately(tx, connection_id, now - WINDOW):
        if holds(Removals(len(lately.lost), 0, lately.links)):
            await _ask(context, tx, [each for each in lately.lost if not each.asked])


async def _ask(context: TurnContext, tx: Transaction, lost: Sequence[Lost]) -> None:
    found = await mirrors.load_several(
        tx, context.connection_id, [(each.survivor, each.kind, each.id) for each in lost]
    )
    people = await names_of_people(context, tx, list(found.values()))
    for each in lost:
        snapshot, gone = found[each.survivor, each.kind, each.id], each.survivor.other
        await attention.open_item(
            tx,
            context.connection_id,
            item_id=context.ids.new("att"),
            key=format_waits_for(deleted_counterpart(each.kind, each.id)),
            kind=KIND,
            rule=_RULES[gone, each.kind],
            summary=f"It was deleted in {gone.called}, and stays in {each.survivor.called}.",
            advice=f"Many {_NOUNS[gone, each.kind]} were deleted in {gone.called} within a day. Put back what was not meant to go, and leave"
            " the rest deleted.",
            side=each.survivor,
            record_kind=each.kind,
            record_id=each.id,
            detail={"put_back": {"side": each.survivor, "kind": each.kind, "id": each.id}, MANY: True},
            actions=(attention.PUT_BACK, "dismiss"),
            run_id=context.run_id,
            subject=called(snapshot, people),
            now=context.clock.now(),
        )
