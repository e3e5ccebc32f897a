"""How a refund and its two documents in QuickBooks come to say the same (R3 to R7).

Each document is compared with the receipt by itself, against the base of its own link: the purchase in everything but the
allocations, the payment of zero that joins it to its credit in nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.contacts.ensure import belongs, provide_contact
from app.domain.model.links import Link
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Kind,
    Payment,
    Receipt,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import BooksStatus
from app.domain.planning.conversion import channel_to, check_same_currency
from app.domain.planning.decisions import (
    agreed,
    linked_again,
    mark,
    obstructed,
    park,
    skip,
    tombstoned,
)
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.merge import agrees, changed_groups, three_way
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.credits import agree_credit, refund_update
from app.domain.receipts.deletion import payment_voided, receipt_removed
from app.domain.receipts.legs import lost_credit
from app.domain.receipts.refunds import (
    CREDIT,
    is_refund,
    joins_refund,
    refund_share,
)


def linked_refund(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    """Decide about a refund that is linked, by way of any of its records."""
    parts = plan_input.links.parts((Side.ONCORD, Kind.RECEIPT, link.oncord_id))
    credit = next((p for p in parts if _joins(plan_input, p)), None)
    paid = next((p for p in parts if p is not credit), None)
    oncord = plan_input.snapshot(Side.ONCORD, Kind.RECEIPT, link.oncord_id)
    there = {p.id: plan_input.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, p.quickbooks_id) for p in parts}
    if oncord is None or any(snapshot is None for snapshot in there.values()):
        yield skip(change, "R7", "Its counterpart has not been read yet; there is nothing to compare.")
    elif oncord.deleted:
        for part in filter(None, (credit, paid)):  # the joining first: it holds the money out fast
            yield from receipt_removed(plan_input, change, part)
    elif paid is None or _gone(there[paid.id]):
        if credit is not None:
            yield tombstoned(Side.QUICKBOOKS, credit, "R4", "The refund that it belonged to is gone from the books.")
        if paid is not None:
            yield from receipt_removed(plan_input, change, paid)
    else:
        taken_off = credit is not None and (_gone(there[credit.id]) or _is_void(there[credit.id]))
        if credit is not None and taken_off:
            reason = "The credit was taken off the refund in QuickBooks. The refund stays as it is in Oncord."
            yield tombstoned(Side.QUICKBOOKS, credit, "R4", reason)
            status = BooksStatus.GONE if _gone(there[credit.id]) else BooksStatus.VOID
            yield mark(credit, oncord, status, "R4", "The payment that joined it to its credit is gone from the books.")
        elif (
            paid is not None and lost_credit(plan_input.links, link.oncord_id) is None and not _is_void(there[paid.id])
        ):
            yield from linked_again(paid, oncord, "R7")
        yield from _agree(plan_input, id_map, change, oncord, paid, credit, taken_off=taken_off)


def _joins(plan_input: PlanInput, part: Link) -> bool:
    now = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, part.quickbooks_id)
    return part.part == CREDIT or joins_refund(now or part.base_quickbooks)


def _gone(snapshot: Snapshot | None) -> bool:
    return snapshot is None or snapshot.deleted


def _is_void(snapshot: Snapshot | None) -> bool:
    return snapshot is not None and isinstance(snapshot.record, Receipt) and snapshot.record.voided


def _agree(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    oncord: Snapshot,
    paid: Link,
    credit: Link | None,
    *,
    taken_off: bool,
) -> Iterator[Operation]:
    ours = oncord.record
    theirs = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, paid.quickbooks_id)
    if not isinstance(ours, Receipt) or not isinstance(theirs, Receipt):
        yield park(change, "R5", "One of the two could not be read; correct it where it was made.")
    elif theirs.voided:
        yield from payment_voided(change, paid, oncord)
    elif not is_refund(ours) or not is_refund(theirs):
        reason = "Money paid back has become money received, or the reverse. Undo that, and record the other as a receipt of its own."
        yield park(change, "R5", reason)
    else:
        try:
            found = list(_money_out(plan_input, id_map, oncord, ours, theirs, paid))
            joined = [] if taken_off else list(agree_credit(plan_input, id_map, oncord, ours, theirs, paid, credit))
        except Obstacle as obstacle:
            yield from obstructed(change, "R5", obstacle)
            return
        # The money out must never be less than the credit that is joined to it.
        shrinks = ours.payment.amount > theirs.payment.amount
        operations = _as_one(joined + found if shrinks else found + joined, found)
        yield from operations or [agreed(change, paid, "R7")]


def _as_one(operations: Sequence[Operation], found: Sequence[Operation]) -> list[Operation]:
    """Where both documents change the receipt, the amount is the money out's (`found`) and the allocations are the other's."""
    told = {o.part: o.record.payment for o in operations if _tells_payment(o) and isinstance(o.record, Receipt)}
    amounts = {o.part for o in found}
    if len(told) < 2:
        return list(operations)
    amount = next(payment for part, payment in told.items() if part in amounts)
    credited = next(payment for part, payment in told.items() if part not in amounts)
    payment = replace(amount, allocations=credited.allocations)
    return [
        replace(o, record=replace(o.record, payment=payment))
        if _tells_payment(o) and isinstance(o.record, Receipt)
        else o
        for o in operations
    ]


def _tells_payment(operation: Operation) -> bool:
    return operation.side is Side.ONCORD and operation.action is Action.UPDATE and "payment" in operation.fields


def _money_out(
    plan_input: PlanInput, id_map: IdMap, oncord: Snapshot, ours: Receipt, theirs: Receipt, paid: Link
) -> Iterator[Operation]:
    """The purchase and the receipt, allocations aside."""
    base, bare = _bare(paid.base_oncord), replace(ours, payment=replace(ours.payment, allocations=()))
    ignored = {"voided"}
    if belongs(plan_input, id_map, theirs.contact_id, ours.contact_id):
        ignored.add("contact_id")
    moved = changed_groups(Kind.RECEIPT, base, bare) - ignored
    if not moved and not changed_groups(Kind.RECEIPT, paid.base_quickbooks, theirs) - ignored:
        return
    if "payment" in moved:
        check_same_currency(ours.payment.currency, theirs.payment.currency, plan_input.configuration)
    mine = replace(bare, contact_id=theirs.contact_id, channel=theirs.channel)
    if "contact_id" in moved:
        mine = replace(mine, contact_id=refund_share(plan_input, id_map, ours).customer)
    if "channel" in moved:
        mine = replace(mine, channel=channel_to(Side.QUICKBOOKS, ours, plan_input.configuration))
    elif not _same_place(plan_input, ours, theirs):
        mine = replace(mine, channel="")
    found = three_way(
        Kind.RECEIPT,
        base_oncord=base,
        oncord=bare,
        base_quickbooks=paid.base_quickbooks,
        quickbooks=theirs,
        winner=plan_input.configuration.conflict_winner[Kind.RECEIPT],
        same=lambda group: agrees(group, getattr(mine, group), getattr(theirs, group)),
        ignore=frozenset(ignored),
    )
    if found.to_quickbooks:
        fields = found.to_quickbooks
        yield refund_update(plan_input, Side.QUICKBOOKS, paid, mine, fields, found.lost_on(Side.QUICKBOOKS))
    if found.to_oncord:
        record = replace(theirs, contact_id=ours.contact_id, channel=ours.channel, payment=ours.payment)
        if "contact_id" in found.to_oncord:
            contact, prerequisites = provide_contact(plan_input, id_map, str(theirs.contact_id))
            yield from prerequisites
            record = replace(record, contact_id=contact)
        if "channel" in found.to_oncord:
            channel = channel_to(Side.ONCORD, theirs, plan_input.configuration, ours.channel)
            record = replace(record, channel=channel)
        if "payment" in found.to_oncord:
            record = replace(record, payment=_within(ours.payment, theirs.payment))
        yield refund_update(plan_input, Side.ONCORD, paid, record, found.to_oncord, found.lost_on(Side.ONCORD))


def _same_place(plan_input: PlanInput, ours: Receipt, theirs: Receipt) -> bool:
    mapped = plan_input.configuration.mapped(ours.channel, ours.payment.currency)
    return mapped is not None and mapped.deposit_account_id == theirs.channel


def _bare(base: object) -> Receipt | None:
    if not isinstance(base, Receipt):
        return None
    return replace(base, payment=replace(base.payment, allocations=()))


def _within(ours: Payment, theirs: Payment) -> Payment:
    """What was paid back as QuickBooks says, with our allocations as far as it suffices."""
    left, kept = -theirs.amount, []
    for allocation in ours.allocations:
        amount = min(allocation.amount, left)
        left -= amount
        if amount:
            kept.append(replace(allocation, amount=amount))
    return replace(theirs, allocations=tuple(kept))
