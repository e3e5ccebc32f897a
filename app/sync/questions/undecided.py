"""The one question about payment methods that nobody has decided about: it says which, how many receipts, and how much."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import with_currency, written
from app.domain.model.records import Side
from app.domain.model.waiting import UNDECIDED
from app.errors import OutsideError
from app.storage.database import Transaction
from app.storage.people import shared_questions, undecided
from app.storage.people.undecided import Waiting
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.questions.held import LISTED, listed, names_of_people


async def count_undecided(context: TurnContext) -> None:
    """Bring the question up to date at the end of a run. Asks for the names of the methods only where something waits."""
    async with context.reading() as tx:
        waiting = await undecided.waiting(tx, context.connection_id)
        unnamed = await undecided.unnamed(tx, context.connection_id)
    if not waiting and not unnamed:
        return
    try:
        names = await context.titles_of_methods()
    except OutsideError:
        names = {}  # the question stands without them, and the next run knows better
    summary = (
        in_words(waiting, names)
        if waiting
        else without_receipts([names.get(i, "") or "a method without a name" for i in unnamed])
    )
    methods = [
        {
            "id": each.method_id,
            "name": names.get(each.method_id, ""),
            "receipts": each.receipts,
            "amount": written(each.amount, each.currency),
            "currency": each.currency,
        }
        for each in waiting or [Waiting(i, "", 0, Decimal(0)) for i in unnamed]
    ]
    async with context.transaction() as tx:
        detail = {"methods": methods, **await _listed(context, tx)}
        await shared_questions.tell(tx, context.connection_id, UNDECIDED, summary, detail)


async def _listed(context: TurnContext, tx: Transaction) -> dict[str, Any]:
    """The receipts by name, the longest waiting first, and how many there are; nothing where none waits yet."""
    waiting = await shared_questions.held_by(tx, context.connection_id, UNDECIDED)
    receipts = [(side, kind, key) for side, kind, key in waiting if side is Side.ONCORD]
    if not receipts:
        return {}
    first = list((await mirrors.load_several(tx, context.connection_id, receipts[:LISTED])).values())
    people = await names_of_people(context, tx, first)
    return {"count": len(receipts), "records": [listed(snapshot, people) for snapshot in first]}


def in_words(waiting: Sequence[Waiting], names: Mapping[str, str]) -> str:
    """What waits, in a sentence or two."""
    count = sum(each.receipts for each in waiting)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for each in waiting:
        totals[each.currency] += each.amount
    amounts = " and ".join(with_currency(amount, currency) for currency, amount in sorted(totals.items()))
    of_each = "; ".join(
        f"{names.get(each.method_id) or 'a method without a name'}: {each.receipts} ({written(each.amount, each.currency)} {each.currency})"
        for each in waiting
    )
    waits = "1 receipt waits" if count == 1 else f"{count} receipts wait"
    return (
        f"{waits}, {amounts} in all, because nobody has decided yet where receipts of their payment method go. {of_each}. "
        "Choose a deposit account for each method in the configuration, or say that they stay in Oncord."
    )


def without_receipts(names: Sequence[str]) -> str:
    """The question about methods of which nothing waits yet."""
    return (
        f"Nobody has decided yet where receipts of these payment methods go: {', '.join(names)}. Choose a deposit account for "
        "each in the configuration, or say that they stay in Oncord. Nothing that is in QuickBooks already changes."
    )
