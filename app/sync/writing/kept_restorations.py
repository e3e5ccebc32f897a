"""What people have decided about values that lost, as it is kept: read for a plan, and made sure to be looked at."""

from dataclasses import replace

from app.domain.model.links import Link, LinkState
from app.domain.model.records import Kind, Side
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import Key
from app.domain.planning.restorations import Answer, Restoration
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.encoding import record_from_json
from app.storage.people import restorations
from app.storage.records import links
from app.sync.context import TurnContext


def as_restoration(kept: restorations.Kept) -> Restoration:
    rejected = kept.rejected
    kind = Kind(rejected["kind"])
    record = record_from_json(kind, rejected["record"])
    assert record is not None  # an item that keeps no record keeps no `rejected` either
    return Restoration(
        item_id=kept.item_id,
        key=(Side(rejected["side"]), kind, rejected["id"]),
        others=(rejected["other_id"],),
        fields=tuple(rejected["fields"]),
        record=record,
        as_answered=record_from_json(kind, rejected.get("there")),
        answer=Answer(kept.resolution) if kept.resolution else None,
    )


def as_linked(restoration: Restoration, links_known: LinkIndex) -> Restoration:
    """A decision about the counterparts that its record has now, which may be others since a merge."""
    side, kind, _ = restoration.key
    parts = links_known.parts(restoration.key)
    others = tuple(link.id_on(side.other) for link in parts)
    further = kind is Kind.CONTACT and side is Side.QUICKBOOKS and bool(parts)
    further = further and links_known.live((Side.ONCORD, kind, others[0])) not in parts
    return replace(restoration, others=others or restoration.others, further=further)


async def live_links(context: TurnContext, tx: Transaction, key: Key) -> list[Link]:
    """The links of a record that hold."""
    side, kind, record_id = key
    pairs = await links.of_records(tx, context.connection_id, kind, side, [record_id])
    return [link for link in pairs if link.state is LinkState.LIVE]


async def _links_around(context: TurnContext, tx: Transaction, restoration: Restoration) -> LinkIndex:
    """The links of its record, and of the contact that a customer belongs to."""
    side, kind, _ = restoration.key
    pairs = await live_links(context, tx, restoration.key)
    if kind is Kind.CONTACT and side is Side.QUICKBOOKS:
        owners = {link.oncord_id for link in pairs}
        pairs += [link for one in sorted(owners) for link in await live_links(context, tx, (Side.ONCORD, kind, one))]
    return LinkIndex.of(pairs)


async def due(context: TurnContext) -> None:
    """Make sure that every decision's record is going to be looked at (law 12)."""
    async with context.transaction() as tx:
        under_way = await restorations.under_way(tx, context.connection_id)
        answered = [as_restoration(kept) for kept in under_way if kept.resolution]
        decided = [as_linked(one, await _links_around(context, tx, one)) for one in answered]
        if not decided:
            return
        keys = [key for restoration in decided for key in restoration.about()]
        waiting = {row.key for row in await change_queue.load(tx, context.connection_id, keys)}
        missing = [
            PendingChange(*restoration.key, mirrored=True)
            for restoration in decided
            if not restoration.about() & waiting
        ]
        await change_queue.add(tx, context.connection_id, missing, context.clock.now())
