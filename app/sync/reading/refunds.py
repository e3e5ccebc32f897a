"""What a plan has to know of money that goes back to customers: what people have said of refunds that pay back no credit (R5), and
their contacts' money; and of which sales cancelled late somebody has said that their credit is paid back (S5)."""

from collections import defaultdict
from collections.abc import Sequence

from app.domain.model.days import day_in_words
from app.domain.model.links import LinkState
from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.opening import is_before
from app.domain.planning.plan_input import Key, RefundAnswer
from app.domain.receipts.refunds import is_refund
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import refund_answers
from app.storage.people.refund_answers import Standing
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.reading.sight import Sight, load_pairs
from app.sync.unlinked_refunds import refunds_on_their_way


async def answers_about_refunds(context: TurnContext, tx: Transaction) -> dict[str, RefundAnswer]:
    """The answers that are still to be carried out, by the refund's id in Oncord."""
    found = await refund_answers.standing(tx, context.connection_id, refund_answers.KIND)
    return {each.record_id: _answer(each) for each in found}


async def credit_to_pay_back(context: TurnContext, tx: Transaction) -> dict[str, RefundAnswer]:
    """The answers by which the credit of a cancelled sale is paid back, by the sale's id in Oncord. One of a sale that a refund names
    which is not in the books yet counts no more: that pays the credit back."""
    found = await refund_answers.standing(tx, context.connection_id, refund_answers.OPEN_CREDIT)
    waiting = await refunds_on_their_way(tx, context.connection_id, [each.record_id for each in found])
    return {each.record_id: _answer(each) for each in found if each.record_id not in waiting}


def _answer(kept: Standing) -> RefundAnswer:
    return RefundAnswer(kept.item_id, kept.answer, kept.shown, kept.account, kept.times, kept.by, day_in_words(kept.at))


async def money_of_refunded(
    context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex, rows: Sequence[PendingChange]
) -> dict[str, list[Snapshot]]:
    """Oncord's documents and money of the contacts of refunds that pay back no adjustment, or one from before the start date, and of
    the sales that these name; by contact. Of refunds that have changed, on either side. What the adjustments among them have in QuickBooks comes into sight."""
    refunds = [refund for refund in _refunds(sight, rows) if _pays_back_none(context, sight, refund)]
    owners = {str(refund.contact_id) for refund in refunds}
    owners |= {str(sale.contact_id) for refund in refunds for sale in _named(sight, refund)}
    found: dict[str, list[Snapshot]] = defaultdict(list)
    for kind in (Kind.SALE, Kind.RECEIPT) if owners else ():
        for snapshot in await mirrors.of_contacts(tx, context.connection_id, Side.ONCORD, kind, owners):
            found[str(getattr(snapshot.record, "contact_id", ""))].append(snapshot)
    known = (snapshot for of_one in found.values() for snapshot in of_one)
    adjustments = [
        (s.side, s.kind, s.id) for s in known if isinstance(s.record, Sale) and s.record.type == "adjustment"
    ]
    if adjustments:
        await load_pairs(context, tx, sight, adjustments)
        sight.keep_links(index)
    return dict(found)


def _refunds(sight: Sight, rows: Sequence[PendingChange]) -> list[Receipt]:
    """The refunds of Oncord that have changed, or that money which has changed in QuickBooks is linked to."""
    changed = {row.key for row in rows if row.kind is Kind.RECEIPT}
    keys: dict[Key, None] = dict.fromkeys(key for key in sorted(changed) if key[0] is Side.ONCORD)
    for link in sight.links.values():
        is_live = link.kind is Kind.RECEIPT and link.state is LinkState.LIVE
        if is_live and (Side.QUICKBOOKS, Kind.RECEIPT, link.quickbooks_id) in changed:
            keys[Side.ONCORD, Kind.RECEIPT, link.oncord_id] = None
    records = (s.record for key in keys if (s := sight.snapshots.get(key)) is not None and not s.deleted)
    return [record for record in records if isinstance(record, Receipt) and is_refund(record)]


def _pays_back_none(context: TurnContext, sight: Sight, refund: Receipt) -> bool:
    """Whether a refund names a sale, or nothing, or what is from before the start date."""
    start, named = context.configuration.start_date, _named(sight, refund)
    early = any(is_before(sale.date, start) for sale in named)
    return not refund.payment.allocations or early or any(sale.type == "sale" for sale in named)


def _named(sight: Sight, refund: Receipt) -> list[Sale]:
    """The sales and adjustments that a refund names."""
    keys = [(Side.ONCORD, Kind.SALE, str(a.sale_id)) for a in refund.payment.allocations]
    records = (snapshot.record for key in keys if (snapshot := sight.snapshots.get(key)) is not None)
    return [record for record in records if isinstance(record, Sale)]
