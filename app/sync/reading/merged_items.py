"""Items that were merged away in QuickBooks although no event told of it: the lines of their documents speak of another one.

QuickBooks itself shows only that the loser is inactive. Once those documents are agreed on as they are now nothing shows the
merge any more, so that it is kept beside the loser like what an event says (`merged_customers.keep_shown`).
"""

from dataclasses import replace

from app.domain.model.records import (
    Item,
    Kind,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import Key
from app.storage.database import Transaction
from app.storage.records import links, mirrors
from app.sync.context import TurnContext
from app.sync.merged_customers import asleep


async def merged_items(
    context: TurnContext, tx: Transaction, snapshots: dict[Key, Snapshot], index: LinkIndex
) -> frozenset[str]:
    """The linked items in sight of which only their documents tell that they were merged; noted in `snapshots`."""
    shown: set[str] = set()
    for key, snapshot in sorted(snapshots.items(), key=lambda each: each[0]):
        sleeps = key[:2] == (Side.QUICKBOOKS, Kind.ITEM) and asleep(snapshot) and not snapshot.deleted
        if not sleeps or snapshot.merged_into or index.live(key) is None:
            continue
        survivor = await _inferred(context, tx, snapshot.id)
        if survivor:
            snapshots[key] = replace(snapshot, merged_into=survivor)
            shown.add(snapshot.id)
    return frozenset(shown)


async def _inferred(context: TurnContext, tx: Transaction, item_id: str) -> str:
    """The one other, active item that all lines went to which were of this one when they last agreed; "" for none."""
    pairs = await links.selling(tx, context.connection_id, item_id)
    sold_on = [pair.quickbooks_id for pair in pairs]
    documents = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.SALE, sold_on)
    now: set[str] = set()
    for pair in pairs:
        document = documents.get(pair.quickbooks_id)
        if document is not None and not document.deleted:
            now |= _items_now(pair.base_quickbooks, document.record, item_id)
    if len(now) != 1 or item_id in now:
        return ""
    [survivor] = now
    surviving = (await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.ITEM, [survivor])).get(survivor)
    usable = (
        surviving is not None
        and not surviving.deleted
        and isinstance(surviving.record, Item)
        and surviving.record.active
    )
    return survivor if usable else ""


def _items_now(base: Record | None, record: Record | None, item_id: str) -> set[str]:
    """The items that the lines of a document have by now which were of this one; this one where any line still has it."""
    if not isinstance(base, Sale) or not isinstance(record, Sale):
        return set()
    sold = {line.id for line in base.money.lines if line.item == item_id and line.id}
    went_to = {str(line.item) for line in record.money.lines if line.id in sold and line.item}
    still_sold = {item_id for line in record.money.lines if line.item == item_id}
    return went_to | still_sold
