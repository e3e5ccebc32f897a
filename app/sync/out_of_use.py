"""Asking once about an account, item or tax code that was made inactive or deleted in QuickBooks.

Each document that refers to it is refused, so that the question is put under the configuration and they all wait for it.
"""

import json
from collections import defaultdict
from collections.abc import Sequence

from app.domain.exchange import Document, OutOfUse
from app.domain.operations import Action
from app.domain.records import Side
from app.errors import Refused
from app.storage import attention
from app.storage.inbox import DirtyRecord
from app.storage.reconsider import CONFIGURATION
from app.sync.answers import Progress
from app.sync.context import TurnContext


async def ask_about_what_is_out_of_use(context: TurnContext, rows: Sequence[DirtyRecord], progress: Progress) -> None:
    """Read what the documents refer to that were refused for something inactive or gone, in bulk, and lay them aside under
    one question for each such thing.

    A document that exists may keep an item that is inactive by now, and is refused for its customer: it is asked about
    only where it is refused again after that was read.
    """
    attempts = {row.key: row.attempts for row in rows}
    unsure = [
        (index, body)
        for index, operation, body in progress.unsure
        if operation.action is Action.CREATE or attempts.get(progress.entries[index].touched.key, 0)
    ]
    progress.unsure.clear()
    if not unsure:
        return
    await context.hold()
    bodies: list[Document] = [json.loads(body) for _, body in unsure]
    try:
        found = await context.sides[Side.QUICKBOOKS].out_of_use(bodies)
    except Refused:
        return  # a list that cannot be asked: each document says for itself why it was refused
    held: dict[OutOfUse, set[int]] = defaultdict(set)
    for (index, _), thing in zip(unsure, found, strict=True):
        if thing is not None:
            held[thing].add(index)
    now = context.clock.now()
    async with context.transaction() as tx:
        for thing, indexes in held.items():
            matter = f"{CONFIGURATION}:{thing.list} {thing.id}"
            for index in indexes:
                fate = progress.fates[index]
                fate.again, fate.wait = False, ""
                fate.park, fate.waits_for = summary(thing), matter
            await attention.open_item(
                tx,
                context.connection_id,
                item_id=context.ids.new("att"),
                key=matter,
                kind="unmapped",
                rule="",
                summary=summary(thing),
                advice=advice(thing),
                side=Side.QUICKBOOKS,
                actions=("retry",),
                run_id=context.run_id,
                now=now,
            )


def summary(thing: OutOfUse) -> str:
    """What is the matter, in a sentence."""
    named = f"The {thing.sort} {thing.name}" if thing.name else f"The {thing.sort} with the id {thing.id}"
    state = "is no longer there in QuickBooks" if thing.gone else "is inactive in QuickBooks"
    return f"{named} {state}. What uses it waits."


def advice(thing: OutOfUse) -> str:
    """What to do about it."""
    another = f"choose another {thing.sort} in the configuration"
    if thing.gone:
        return f"{another.capitalize()}, and what waits goes over."
    return f"Make it active again there, or {another}. What waits goes over with the next run."
