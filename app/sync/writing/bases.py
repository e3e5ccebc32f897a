"""The bases of a pair once a write has taken effect: what each side held when both agreed on it.

What somebody has typed since, and what QuickBooks worked out differently, is not agreed on.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.model.exchange import Outcome, OutcomeState
from app.domain.model.links import Link, Origin
from app.domain.model.operations import (
    Action,
    Operation,
)
from app.domain.model.records import (
    Receipt,
    Record,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import ROOM
from app.domain.planning.merge import rebased, still_to_travel, without_amounts_of_void
from app.domain.planning.write_effects import as_created
from app.domain.receipts.allocations import comparable, comparable_link
from app.domain.receipts.split import sibling_base, taken_over, unpaid
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.records.agreed_pairs import AgreedPair
from app.sync.context import TurnContext
from app.sync.writing.agreements import note_agreed
from app.sync.writing.memory import Memory
from app.sync.writing.references import resolved
from app.sync.writing.revisit import queue_again
from app.sync.writing.verify import unagreed

FIRST_VERSION = "0"
"""What QuickBooks calls the version of a record that nobody has saved since it was made."""


async def agree_pair(
    context: TurnContext,
    tx: Transaction,
    memory: Memory,
    operation: Operation,
    before: Snapshot | None,
    outcome: Outcome,
    source: Snapshot | None,
) -> None:
    """Agree on a pair. What was found to be there already (`EXISTS`) may have been edited since: that is not agreed on,
    nor is what QuickBooks has worked out differently."""
    target = outcome.snapshot
    assert target is not None
    pairs = memory.links.parts((operation.side, operation.kind, target.id))
    link = next((pair for pair in pairs if pair.id_on(operation.side.other) == operation.source_id), None)
    link = link or memory.links.live((operation.side, operation.kind, target.id))
    bases = _bases(memory, operation, link, before, outcome, source)
    if ROOM in operation.fields and isinstance(receipt := bases[Side.ONCORD], Receipt):
        bases[Side.ONCORD] = unpaid(receipt)
        await queue_again(context, tx, PendingChange(Side.ONCORD, operation.kind, operation.source_id, mirrored=True))
    ids = {operation.side: target.id, operation.side.other: operation.source_id}
    note_agreed(
        memory,
        AgreedPair(
            operation.kind,
            ids[Side.ONCORD],
            ids[Side.QUICKBOOKS],
            origin=link.origin if link else operation.origin or Origin.BOTH,
            generation=operation.generation,
            part=link.part if link else operation.part,
            base_oncord=bases[Side.ONCORD],
            base_quickbooks=bases[Side.QUICKBOOKS],
            vocabulary=link.vocabulary if link else None,
        ),
    )
    if link is not None:
        memory.links.keep(replace(link, base_oncord=bases[Side.ONCORD], base_quickbooks=bases[Side.QUICKBOOKS]))
    if operation.side is Side.ONCORD and "money" in operation.groups and memory.links.differences(ids[Side.ONCORD]):
        # What its documents in the books come to together is agreed on next.
        await queue_again(context, tx, PendingChange(Side.ONCORD, operation.kind, ids[Side.ONCORD], mirrored=True))
    others = [pair for pair in pairs if pair.quickbooks_id != ids[Side.QUICKBOOKS]]
    _tell_the_other_payments(memory, operation, others, before, target, source)


def _bases(
    memory: Memory,
    operation: Operation,
    link: Link | None,
    before: Snapshot | None,
    outcome: Outcome,
    source: Snapshot | None,
) -> dict[Side, Record | None]:
    """What each side holds now that both have agreed on what was written."""
    agreed_before = {side: link.base_on(side) if link else None for side in Side}
    bases = dict(agreed_before)
    written = outcome.snapshot.record if outcome.snapshot is not None else None
    if written is not None:
        bases[operation.side] = _base_of_target(memory, operation, bases[operation.side], before, outcome, written)
    if source is not None and source.record is not None:
        bases[operation.side.other] = rebased(
            operation.kind, bases[operation.side.other], source.record, source.record, operation.groups
        )
    now = {operation.side: written, operation.side.other: source.record if source is not None else None}
    bases = without_amounts_of_void(agreed_before, now, bases)
    bases = {side: comparable(memory, side, base) for side, base in bases.items()}
    bases[Side.ONCORD] = unagreed(operation, outcome, bases[Side.ONCORD])
    return bases


def _base_of_target(
    memory: Memory,
    operation: Operation,
    base: Record | None,
    before: Snapshot | None,
    outcome: Outcome,
    written: Record,
) -> Record:
    """The new base of the side that was written to."""
    was_there = outcome.state is OutcomeState.EXISTS
    if was_there and operation.action is Action.CREATE:
        intended, _ = resolved(operation.record, operation.side, memory.links, memory.created)
        return as_created(operation.kind, operation.side, intended, written, saved_since=_saved_since(outcome.snapshot))
    record_before = before.record if before and not was_there else None
    return rebased(operation.kind, base, record_before, written, operation.groups)


def _saved_since(snapshot: Snapshot | None) -> bool:
    """Whether a record was saved again after it was made: QuickBooks counts (docs/quickbooks.md 5), Oncord's versions are opaque."""
    return snapshot is not None and snapshot.side is Side.QUICKBOOKS and snapshot.version != FIRST_VERSION


def _tell_the_other_payments(
    memory: Memory,
    operation: Operation,
    others: Sequence[Link],
    before: Snapshot | None,
    target: Snapshot,
    source: Snapshot | None,
) -> None:
    """The bases of a receipt's other payments, once one of them has told the receipt something."""
    after = _receipt(target)
    if operation.side is not Side.ONCORD or after is None:
        return
    for leg in others:
        base = sibling_base(leg, operation, _receipt(source), _receipt(before), after)
        base_payment = _heard(memory, leg, operation)
        rebased_leg = replace(leg, base_oncord=base, base_quickbooks=base_payment)
        _rebase(memory, comparable_link(memory, rebased_leg))


def _heard(memory: Memory, leg: Link, write: Operation) -> Record | None:
    """The base of another payment of a receipt that has just heard what its payments say together."""
    key = (Side.QUICKBOOKS, leg.kind, leg.quickbooks_id)
    payment = _receipt(memory.snapshots.get(key))
    if payment is None or memory.hidden.get(key):
        return leg.base_quickbooks
    return taken_over(leg, write, payment)


def note_put_back(
    memory: Memory,
    operation: Operation,
    before: Snapshot | None,
    after: Snapshot,
) -> None:
    """A value was put back on the side that had lost: an edit that is still to travel, so that nothing is agreed on."""
    if before is None or before.record is None or after.record is None:
        return
    side = operation.side
    for link in memory.links.parts((side, operation.kind, after.id)):
        base = still_to_travel(operation.kind, link.base_on(side), before.record, after.record, operation.groups)
        moved = replace(link, base_oncord=base) if side is Side.ONCORD else replace(link, base_quickbooks=base)
        _rebase(memory, moved)


def note_let_go(memory: Memory, link: Link, payment: Snapshot) -> None:
    """A payment pays nothing any more in place of its delete: where its receipt comes back, that applies it again."""
    ours = unpaid(link.base_oncord) if isinstance(link.base_oncord, Receipt) else link.base_oncord
    _rebase(memory, replace(link, base_oncord=ours, base_quickbooks=payment.record))


def _receipt(snapshot: Snapshot | None) -> Receipt | None:
    return snapshot.record if snapshot is not None and isinstance(snapshot.record, Receipt) else None


def _rebase(memory: Memory, link: Link) -> None:
    """Keep the new bases of a link."""
    note_agreed(
        memory,
        AgreedPair(
            link.kind,
            link.oncord_id,
            link.quickbooks_id,
            link.origin,
            link.generation,
            link.part,
            link.base_oncord,
            link.base_quickbooks,
            link.vocabulary,
        ),
    )
    memory.links.keep(link)
