"""Asking once about an account, item or tax code that was made inactive or deleted in QuickBooks.

Each document that refers to it is refused, so that the question is put under the configuration and they all wait for it.
A download looks whether it is in use again before anything is sent anew. The item of a product is nobody's choice: it is
made active again when a sale needs it (C6).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from app.domain.model.exchange import Document, OutOfUse
from app.domain.model.operations import Action
from app.domain.model.records import Item, Kind, Side
from app.domain.model.waiting import ListRow, WaitsFor, format_waits_for
from app.errors import Refused
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import attention, shared_questions
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.merged_customers import survivor
from app.sync.writing.answers import Progress


async def ask_about_what_is_out_of_use(context: TurnContext, rows: Sequence[PendingChange], progress: Progress) -> None:
    """Read what the documents refer to that were refused for something inactive or gone, in bulk, and lay them aside under
    one question for each such thing.

    A document that exists may keep an item that is inactive by now, and is refused for its customer: it is asked about
    only where it is refused again after that was read.
    """
    attempts = {row.key: row.attempts for row in rows}
    unsure = [
        (index, body)
        for index, operation, body in progress.unsure
        if operation.action is Action.CREATE or attempts.get(progress.entries[index].change.key, 0)
    ]
    progress.unsure.clear()
    if not unsure:
        return
    await context.hold()
    bodies: list[Document] = [json.loads(body) for _, body in unsure]
    try:
        things = await context.sides[Side.QUICKBOOKS].out_of_use(bodies)
    except Refused:
        return  # a list that cannot be asked: each document says for itself why it was refused
    held: dict[OutOfUse, set[int]] = defaultdict(set)
    for (index, _), thing in zip(unsure, things, strict=True):
        if thing is not None and not _wakes(progress, thing):
            held[thing].add(index)
    now = context.clock.now()
    async with context.transaction() as tx:
        for thing, indexes in held.items():
            waits_for = ListRow(thing.list, thing.id)
            for index in indexes:
                disposition = progress.dispositions[index]
                disposition.again, disposition.wait = False, ""
                disposition.park, disposition.waits_for, disposition.refused = summary(thing), waits_for, False
            await attention.open_item(
                tx,
                context.connection_id,
                item_id=context.ids.new("att"),
                key=format_waits_for(waits_for),
                kind="unmapped",
                rule="",
                summary=summary(thing),
                advice=advice(thing, _of_a_product(progress, thing), await _merged_into(context, tx, thing)),
                side=Side.QUICKBOOKS,
                actions=("retry",),
                run_id=context.run_id,
                now=now,
            )


async def still_out_of_use(context: TurnContext) -> list[WaitsFor]:
    """The matters of the open questions whose account, item or tax code is as it was: what waits for them goes on waiting.

    Each list is read once at most, in bulk; one that cannot be asked keeps nothing waiting.
    """
    async with context.reading() as tx:
        asked = rows_asked_about(await shared_questions.open_about(tx, context.connection_id, "unmapped"))
    if not asked:
        return []
    await context.hold()
    try:
        usable = await context.sides[Side.QUICKBOOKS].in_use(asked)
    except Refused:
        return []
    return [ListRow(*row) for row in asked if row not in usable]


def rows_asked_about(asked: Iterable[WaitsFor]) -> list[tuple[str, str]]:
    """The rows of QuickBooks' lists that questions are about, by list and id."""
    return [(one.list, one.id) for one in asked if isinstance(one, ListRow)]


def _of_a_product(progress: Progress, thing: OutOfUse) -> bool:
    return thing.list == "Item" and progress.memory.links.live((Side.QUICKBOOKS, Kind.ITEM, thing.id)) is not None


def _wakes(progress: Progress, thing: OutOfUse) -> bool:
    """Whether this is a product's own item, which is made active again as soon as the mirror shows that it is not."""
    return not thing.gone and _of_a_product(progress, thing)


async def _merged_into(context: TurnContext, tx: Transaction, thing: OutOfUse) -> str:
    """The name of the item that an item was merged into, where an event told of it."""
    if thing.list != "Item":
        return ""
    items = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.ITEM, [thing.id])
    into = await survivor(context, tx, items[thing.id]) if thing.id in items else None
    return into.record.name if into is not None and isinstance(into.record, Item) and into.record.active else ""


def summary(thing: OutOfUse) -> str:
    """What is the matter, in a sentence; what waits for it is said when the run ends (`sync.questions.held_up`)."""
    named = f"The {thing.sort} {thing.name}" if thing.name else f"The {thing.sort} that was chosen"
    state = "is no longer there in QuickBooks" if thing.gone else "is inactive in QuickBooks"
    return f"{named} {state}."


def advice(thing: OutOfUse, of_a_product: bool = False, merged_into: str = "") -> str:
    """What to do about it; `of_a_product`: it was chosen for a product and not in the configuration."""
    if of_a_product:
        return "It is the item of a product. In the configuration, let one item stand for all sale lines, and what waits goes over."
    another = f"choose another {thing.sort} in the configuration"
    if merged_into:
        return (
            f"It was merged into {merged_into} there: choose that one in the configuration, and what waits goes over."
        )
    if thing.gone:
        return f"{another.capitalize()}, and what waits goes over."
    return f"Make it active again there, or {another}. What waits goes over with the next run."
