"""One question for the blank cards of a run: pairs whose name is all that they have in common would be a flood one by one.

Each pair is asked about as ever and waits for its own answer (`storage.people.bulk_questions`); this only keeps the item that is shown in
their place. A pair that has become something else leaves its lot, and what is left of one pair alone is shown as itself.
"""

from collections.abc import Collection, Sequence

from app.domain.model.records import Kind, Side
from app.domain.model.waiting import OtherRecord
from app.storage.changes import change_queue
from app.storage.database import Transaction
from app.storage.people import attention, bulk_questions
from app.sync.context import TurnContext

FEWEST = 2
"""So many pairs are asked about together; one alone is shown as the question that it is."""


async def bring_up_to_date(context: TurnContext, tx: Transaction) -> None:
    """Open, recount or close the items of all lots."""
    now = context.clock.now()
    for each in await bulk_questions.left(tx, context.connection_id):
        summary = in_words(each.pairs, each.names) if each.pairs >= FEWEST else None
        if summary is None and each.shown is not None:
            reason = "There are no longer several to be asked about together."
            await attention.settle(
                tx, context.connection_id, [bulk_questions.dedup_key(each.lot)], reason=reason, now=now
            )
        elif summary is not None and summary != each.shown:
            await attention.open_item(
                tx,
                context.connection_id,
                item_id=context.ids.new("att"),
                key=bulk_questions.dedup_key(each.lot),
                kind=bulk_questions.KIND,
                rule="C4",
                summary=summary,
                advice=(
                    "If only some of them are the same, answer one by one: then there is a question about each pair. "
                    "Nothing is created for them until then, and their sales wait."
                ),
                detail={"count": each.pairs},
                actions=(bulk_questions.ALL_SAME, bulk_questions.NONE_SAME, bulk_questions.ONE_BY_ONE),
                run_id=each.lot,
                now=now,
            )


async def close_without_choice(context: TurnContext, tx: Transaction, settled: Collection[OtherRecord]) -> None:
    """Close the questions about blank cards whose one choice is among these by now, which have
    found another counterpart or are gone, and look again at what waits for them."""
    pairs = await bulk_questions.offering(tx, context.connection_id, settled)
    if pairs:
        now = context.clock.now()
        reason = "What it could have been is another one by now."
        await attention.settle(tx, context.connection_id, [pair.key for pair in pairs], reason=reason, now=now)
        waiting = [OtherRecord(Kind(pair.record_kind), Side(pair.side), pair.record_id) for pair in pairs]
        await change_queue.release_many(tx, context.connection_id, now, waiting)


def in_words(pairs: int, names: Sequence[str]) -> str:
    """How many pairs, of whom the first are named, and what is asked."""
    further = pairs - len(names)
    named = f"{', '.join(names)} and {further} more" if further > 0 else f"{', '.join(names[:-1])} and {names[-1]}"
    return (
        f"{pairs} contacts in Oncord have the same name as a customer in QuickBooks, and one of the two cards says nothing "
        f"but that name: {named}. Say whether each is the same as the customer of its name."
    )
