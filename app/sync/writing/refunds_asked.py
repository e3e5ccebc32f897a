"""Open questions about refunds are looked at again once other documents or money of the same contacts have moved (R5): what may be
answered, and what is proposed, depends on the credit that is open and on what was given back before. What was only looked at again is
no news of the others: two questions would have each other put anew for ever, and so would a refund and the early sale that it names."""

from collections.abc import Iterable, Mapping, Sequence

from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot
from app.domain.planning.plan_input import Key
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import refund_answers
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.writing.memory import Memory
from app.sync.writing.revisit import OPEN_THEN

ASKED_ANEW = "What is asked about it is looked at again, since other documents or money of the customer have changed."
"""Why a refund is due that has not changed itself: a change of its own takes this away."""
_NO_NEWS = (ASKED_ANEW, OPEN_THEN)
_KINDS = (Kind.SALE, Kind.RECEIPT)


async def ask_anew_about_refunds(
    context: TurnContext,
    tx: Transaction,
    rows: Sequence[PendingChange],
    memory: Memory,
    before: Mapping[Key, Snapshot],
) -> None:
    """Look again at the refunds with an open question whose contacts' money, or the sales that they name, are among these changed
    records."""
    changed = {row.key for row in rows if row.kind in _KINDS and row.reason not in _NO_NEWS}
    if not changed:
        return
    asked = await refund_answers.asked_about(tx, context.connection_id)
    looked = {row.key for row in rows}
    waiting = {refund_id for refund_id in asked if (Side.ONCORD, Kind.RECEIPT, refund_id) not in looked}
    if not waiting:
        return
    found = await mirrors.load(tx, context.connection_id, Side.ONCORD, Kind.RECEIPT, waiting)
    refunds = {refund.id: refund.record for refund in found.values() if isinstance(refund.record, Receipt)}
    contacts, sales = _concerned(_in_oncord(changed, memory), memory, before)
    keys = sorted(
        (Side.ONCORD, Kind.RECEIPT, refund_id)
        for refund_id, refund in refunds.items()
        if str(refund.contact_id) in contacts or any(str(a.sale_id) in sales for a in refund.payment.allocations)
    )
    now = context.clock.now()
    await change_queue.release(tx, context.connection_id, now, keys=keys, parked_only=True, reason=ASKED_ANEW)


def _in_oncord(changed: Iterable[Key], memory: Memory) -> set[Key]:
    """These records as Oncord's: what has changed in QuickBooks is its counterpart there."""
    found = set[Key]()
    for key in changed:
        if key[0] is Side.ONCORD:
            found.add(key)
        else:
            found |= {(Side.ONCORD, x.kind, x.oncord_id) for x in memory.links.by_record.get(key, ())}
    return found


def _concerned(
    keys: Iterable[Key], memory: Memory, before: Mapping[Key, Snapshot]
) -> tuple[frozenset[str], frozenset[str]]:
    """The contacts of these records, now and before, and the sales among them, with those that adjustments among them are of."""
    contacts, sales = set[str](), set[str]()
    for key in keys:
        bases = (link.base_oncord for link in memory.links.by_record.get(key, ()))
        snapshots = (memory.snapshots.get(key), before.get(key))
        for record in (*(s.record for s in snapshots if s is not None), *bases):
            if isinstance(record, Sale | Receipt):
                contacts.add(str(record.contact_id))
            if isinstance(record, Sale):
                sales |= {key[2], str(record.adjusts_id)} - {""}
    return frozenset(contacts), frozenset(sales)
