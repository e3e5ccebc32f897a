"""What a plan has in sight: records, their links and their counterparts, loaded in bulk and each of them once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.model.links import Link
from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot
from app.domain.model.references import references, referred_ids
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import Key
from app.storage.database import Transaction
from app.storage.records import links, mirrors
from app.sync.context import TurnContext

_Places = Mapping[tuple[Side, Kind], set[str]]
"""Ids of records, by side and kind."""


@dataclass(slots=True)
class Sight:
    """What has been loaded so far; `asked` are the keys that were looked for, found or not."""

    snapshots: dict[Key, Snapshot] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)
    asked: set[Key] = field(default_factory=set)

    def keep_links(self, index: LinkIndex) -> None:
        """Bring an index up to date with the links that were loaded since."""
        for link in self.links.values():
            index.keep(link)


async def load_pairs(context: TurnContext, tx: Transaction, sight: Sight, keys: Iterable[Key]) -> bool:
    """Load records, their links and their counterparts; answers whether anything was new."""
    sought: dict[tuple[Side, Kind], set[str]] = defaultdict(set)
    for key in keys:
        if key[2] and key not in sight.asked:
            sight.asked.add(key)
            sought[key[0], key[1]].add(key[2])
    await _load_counterparts(context, tx, sight, await _load_records(context, tx, sight, sought))
    return bool(sought)


async def _load_records(context: TurnContext, tx: Transaction, sight: Sight, sought: _Places) -> _Places:
    """Load records and their links; answers what these are linked to."""
    across: dict[tuple[Side, Kind], set[str]] = defaultdict(set)
    for (side, kind), ids in sorted(sought.items()):
        await _load_snapshots(context, tx, sight, side, kind, ids)
        for link in await links.of_records(tx, context.connection_id, kind, side, ids):
            sight.links[link.id] = link
            across[side.other, kind].add(link.id_on(side.other))
    return across


async def _load_counterparts(context: TurnContext, tx: Transaction, sight: Sight, across: _Places) -> None:
    """Load what records are linked to, and what else that is linked to: the other payments of a receipt, for instance."""
    for (side, kind), ids in sorted(across.items()):
        await _load_snapshots(context, tx, sight, side, kind, _unseen(sight, side, kind, ids))
        siblings = await links.of_records(tx, context.connection_id, kind, side, ids)
        sight.links |= {link.id: link for link in siblings}
        others = {link.id_on(side.other) for link in siblings}
        await _load_snapshots(context, tx, sight, side.other, kind, _unseen(sight, side.other, kind, others))


async def _load_snapshots(
    context: TurnContext, tx: Transaction, sight: Sight, side: Side, kind: Kind, ids: set[str]
) -> None:
    for snapshot in (await mirrors.load(tx, context.connection_id, side, kind, ids)).values():
        sight.snapshots[side, kind, snapshot.id] = snapshot


def _unseen(sight: Sight, side: Side, kind: Kind, ids: set[str]) -> set[str]:
    return {i for i in ids if (side, kind, i) not in sight.snapshots}


def paid_by_receipts(sight: Sight) -> list[Key]:
    """What receipts pay, and what they paid when they last agreed: a sale that was deleted since has let go of them."""
    mirrored = [(side, snapshot.record) for (side, _, _), snapshot in sight.snapshots.items()]
    agreed = [(side, link.base_on(side)) for link in sight.links.values() for side in Side]
    receipts = [(side, record) for side, record in (*mirrored, *agreed) if isinstance(record, Receipt)]
    return [
        (side, kind, str(one))
        for side, receipt in receipts
        for kind, one in references(receipt)
        if kind is not Kind.CONTACT
    ]


def adjusted_sales(sight: Sight) -> list[Key]:
    """What adjustments and credit memos take back: they name it, and a bad debt has its tax codes."""
    return [
        (side, Kind.SALE, sale_id)
        for (side, _, _), snapshot in sight.snapshots.items()
        for sale_id in referred_ids(snapshot.record, Kind.SALE)
        if isinstance(snapshot.record, Sale)
    ]


def items_of_sales(context: TurnContext, sight: Sight) -> list[Key]:
    """What lines sell, where items are matched."""
    if context.configuration.items.mode != "match":
        return []
    return [
        (side, Kind.ITEM, item_id)
        for (side, _, _), snapshot in sight.snapshots.items()
        for item_id in referred_ids(snapshot.record, Kind.ITEM)
    ]


def contacts_of(sight: Sight) -> list[Key]:
    """Whose the records in sight are, and who stands above those or was merged with them.

    A contact that was merged since has let go of its sales and receipts: their bases still name it.
    """
    keys: list[Key] = []
    for (side, _, _), snapshot in sight.snapshots.items():
        keys += [(side, Kind.CONTACT, contact_id) for contact_id in referred_ids(snapshot.record, Kind.CONTACT)]
        if snapshot.merged_into:
            keys.append((side, snapshot.kind, snapshot.merged_into))
    bases = [link.base_oncord for link in sight.links.values()]
    keys += [(Side.ONCORD, Kind.CONTACT, str(base.contact_id)) for base in bases if isinstance(base, Sale | Receipt)]
    return keys
