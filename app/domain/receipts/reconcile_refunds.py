"""How a refund and its two documents in QuickBooks come to say the same (R3 to R7).

Each document is compared with the receipt by itself, against the base of its own link: the purchase in everything but the
allocations, the payment of zero that joins it to its credit in nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.contacts.ensure import provide_contact, provide_customer
from app.domain.contacts.merges import merged_there
from app.domain.contacts.ownership import belongs
from app.domain.model.links import Link
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Kind,
    Payment,
    Receipt,
    Side,
    Snapshot,
)
from app.domain.model.waiting import PersonsDecision
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
from app.domain.planning.merge import Merged, agrees, changed_groups, three_way
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.accounts import account_agreed, money_follows
from app.domain.receipts.credits import agree_credit, refund_update
from app.domain.receipts.deletion import payment_voided, receipt_removed
from app.domain.receipts.direct_refunds import what_it_gives
from app.domain.receipts.legs import lost_credit
from app.domain.receipts.refunds import (
    is_refund,
    joins,
    refund_share,
)
from app.domain.receipts.whose_money import at_home


def linked_refund(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    """Decide about a refund that is linked, by way of any of its records."""
    legs = plan_input.links.parts((Side.ONCORD, Kind.RECEIPT, link.oncord_id))
    credit = next((leg for leg in legs if joins(plan_input, leg)), None)
    paid = next((leg for leg in legs if leg is not credit), None)
    oncord = plan_input.snapshot(Side.ONCORD, Kind.RECEIPT, link.oncord_id)
    if oncord is None or any(_document(plan_input, leg) is None for leg in legs):
        yield skip(change, "R7", "Its counterpart has not been read yet; there is nothing to compare.")
    elif oncord.deleted:
        for leg in filter(None, (credit, paid)):  # the joining first: it holds the money out fast
            yield from receipt_removed(plan_input, change, leg)
    elif paid is None or _gone(_document(plan_input, paid)):
        yield from _money_out_gone(plan_input, change, paid, credit)
    elif credit is not None and _taken_off(_document(plan_input, credit)):
        yield from _credit_taken_off(plan_input, credit, oncord)
        yield from _agree(plan_input, id_map, change, oncord, paid, credit, taken_off=True)
    else:
        if lost_credit(plan_input.links, link.oncord_id) is None and not _is_void(_document(plan_input, paid)):
            yield from linked_again(paid, oncord, "R7")
        yield from _agree(plan_input, id_map, change, oncord, paid, credit, taken_off=False)


def _document(plan_input: PlanInput, leg: Link) -> Snapshot | None:
    return plan_input.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id)


def _money_out_gone(
    plan_input: PlanInput, change: ChangedRecord, paid: Link | None, credit: Link | None
) -> Iterator[Operation]:
    if credit is not None:
        yield tombstoned(Side.QUICKBOOKS, credit, "R4", "The refund that it belonged to is gone from the books.")
    if paid is not None:
        yield from receipt_removed(plan_input, change, paid)


def _taken_off(joining: Snapshot | None) -> bool:
    """Whether the payment that joined a refund to its credit was deleted or voided."""
    return _gone(joining) or _is_void(joining)


def _credit_taken_off(plan_input: PlanInput, credit: Link, oncord: Snapshot) -> Iterator[Operation]:
    reason = "The credit was taken off the refund in QuickBooks. The refund stays as it is in Oncord."
    yield tombstoned(Side.QUICKBOOKS, credit, "R4", reason)
    status = BooksStatus.GONE if _gone(_document(plan_input, credit)) else BooksStatus.VOID
    yield mark(credit, oncord, status, "R4", "The payment that joined it to its credit is gone from the books.")


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
    receipt = oncord.record
    purchase = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, paid.quickbooks_id)
    if not isinstance(receipt, Receipt) or not isinstance(purchase, Receipt):
        yield park(change, "R5", "One of the two could not be read; correct it where it was made.")
    elif purchase.voided:
        yield from payment_voided(change, paid, oncord)
    elif not is_refund(receipt) or not is_refund(purchase):
        reason = "Money paid back has become money received, or the reverse. Undo that, and record the other as a receipt of its own."
        yield park(change, "R5", reason)
    else:
        trial = id_map.branch()
        try:
            gives = what_it_gives(plan_input, _of_oncord(oncord), receipt, linked=True)
            if gives.settled:
                yield from gives.operations
                return
            _check_still_goodwill(receipt, purchase)
            money_out = list(_money_out(plan_input, trial, oncord, receipt, purchase, paid))
            joined = [] if taken_off else list(agree_credit(plan_input, trial, oncord, receipt, purchase, paid, credit))
        except Obstacle as obstacle:
            yield from obstructed(change, "R5", obstacle)
            return
        id_map.accept(trial)
        # The money out must never be less than the credit that is joined to it.
        shrinks = receipt.payment.amount > purchase.payment.amount
        operations = _as_one(joined + money_out if shrinks else money_out + joined, money_out)
        if operations and not joined:
            yield from account_agreed(receipt, paid, purchase, operations)
        yield from operations or [agreed(change, paid, "R7")]


def _of_oncord(oncord: Snapshot) -> ChangedRecord:
    return ChangedRecord(oncord.side, oncord.kind, oncord.id)


def _check_still_goodwill(receipt: Receipt, purchase: Receipt) -> None:
    """Raises `Obstacle` where a refund that is booked as an expense is to pay something back."""
    if purchase.expense_account and receipt.payment.allocations:
        words = (
            "It pays something back in Oncord, but its money out is goodwill in QuickBooks, an expense. Take its allocations off in "
            "Oncord, or book the expense against Accounts Receivable in QuickBooks."
        )
        raise Obstacle(PersonsDecision(), words)


def _as_one(operations: Sequence[Operation], money_out: Sequence[Operation]) -> list[Operation]:
    """Where both documents change the receipt, the amount is that of `money_out` and the allocations are the other's."""
    payments_told = {operation.part: payment for operation in operations if (payment := _payment_told(operation))}
    amounts = {operation.part for operation in money_out}
    if len(payments_told) < 2:
        return list(operations)
    amount = next(payment for part, payment in payments_told.items() if part in amounts)
    credited = next(payment for part, payment in payments_told.items() if part not in amounts)
    payment = replace(amount, allocations=credited.allocations)
    return [_telling(operation, payment) for operation in operations]


def _payment_told(operation: Operation) -> Payment | None:
    """The money that an operation tells the receipt; None where it tells it none."""
    if not isinstance(operation.record, Receipt) or not _tells_payment(operation):
        return None
    return operation.record.payment


def _telling(operation: Operation, payment: Payment) -> Operation:
    """An operation that tells the receipt of its money, with this money; any other as it is."""
    if not isinstance(operation.record, Receipt) or not _tells_payment(operation):
        return operation
    return replace(operation, record=replace(operation.record, payment=payment))


def _tells_payment(operation: Operation) -> bool:
    return operation.side is Side.ONCORD and operation.action is Action.UPDATE and "payment" in operation.fields


def _money_out(
    plan_input: PlanInput, id_map: IdMap, oncord: Snapshot, receipt: Receipt, purchase: Receipt, paid: Link
) -> Iterator[Operation]:
    """The purchase and the receipt, allocations aside. A merge on either side is nobody's edit of whose the money is."""
    bare = replace(receipt, payment=replace(receipt.payment, allocations=()))
    base = at_home(plan_input, id_map, _bare(paid.base_oncord), bare, [(paid, purchase)])
    base_purchase = _as_it_stands(plan_input, paid.base_quickbooks, purchase)
    ignored = {"voided"}
    if belongs(plan_input, id_map, purchase.contact_id, receipt.contact_id):
        ignored.add("contact_id")
    moved = changed_groups(Kind.RECEIPT, base, bare) - ignored
    if not moved and not changed_groups(Kind.RECEIPT, base_purchase, purchase) - ignored:
        return
    if "contact_id" in moved:
        yield from _customer_of_whom_it_is_now(plan_input, id_map, receipt)
    target = _as_purchase(plan_input, id_map, receipt, purchase, paid, moved)
    stays = {"contact_id"} - moved  # of whom nobody has moved in Oncord the target says what the purchase does
    merged = three_way(
        Kind.RECEIPT,
        base_oncord=base,
        oncord=bare,
        base_quickbooks=base_purchase,
        quickbooks=purchase,
        winner=plan_input.configuration.conflict_winner[Kind.RECEIPT],
        same=lambda group: group not in stays and agrees(group, getattr(target, group), getattr(purchase, group)),
        ignore=frozenset(ignored),
    )
    if merged.to_quickbooks:
        lost = merged.lost_on(Side.QUICKBOOKS)
        yield refund_update(plan_input, Side.QUICKBOOKS, paid, target, merged.to_quickbooks, lost)
    if merged.to_oncord:
        yield from _refund_written(plan_input, id_map, paid, receipt, purchase, merged)


def _customer_of_whom_it_is_now(plan_input: PlanInput, id_map: IdMap, refund: Receipt) -> Iterator[Operation]:
    currency = plan_input.configuration.books_currency(refund.payment.currency)
    reason = "A refund that is synchronised was moved to this contact."
    yield from provide_customer(plan_input, id_map, str(refund.contact_id), reason, currency)


def _as_purchase(
    plan_input: PlanInput, id_map: IdMap, refund: Receipt, purchase: Receipt, paid: Link, moved: frozenset[str]
) -> Receipt:
    """The refund in QuickBooks' words, without its allocations; what has not moved stays as it is there."""
    if "payment" in moved:
        check_same_currency(refund.payment.currency, purchase.payment.currency, plan_input.configuration)
    contact, channel = purchase.contact_id, purchase.channel
    if "contact_id" in moved:
        contact = refund_share(plan_input, id_map, refund).customer
    if "channel" in moved and money_follows(plan_input, refund, paid, purchase, ()):
        channel = channel_to(Side.QUICKBOOKS, refund, plan_input.configuration)
    payment = replace(refund.payment, allocations=())
    return replace(refund, contact_id=contact, channel=channel, payment=payment)


def _refund_written(
    plan_input: PlanInput, id_map: IdMap, paid: Link, refund: Receipt, purchase: Receipt, merged: Merged
) -> Iterator[Operation]:
    """What has moved of the purchase, told to the refund."""
    fields = merged.to_oncord
    record = replace(purchase, contact_id=refund.contact_id, channel=refund.channel, payment=refund.payment)
    if "contact_id" in fields:
        contact, prerequisites = provide_contact(plan_input, id_map, str(purchase.contact_id))
        yield from prerequisites
        record = replace(record, contact_id=contact)
    if "payment" in fields:
        record = replace(record, payment=_within(refund.payment, purchase.payment))
    yield refund_update(plan_input, Side.ONCORD, paid, record, fields, merged.lost_on(Side.ONCORD))


def _as_it_stands(plan_input: PlanInput, base: object, purchase: Receipt) -> Receipt | None:
    """What the purchase held before, in the account that it lies in now, which never moves the receipt (R7), and with the
    customer whom its own was merged into."""
    if not isinstance(base, Receipt):
        return None
    followed = merged_there(plan_input, base.contact_id, purchase.contact_id)
    owner = purchase.contact_id if followed else base.contact_id
    return replace(base, channel=purchase.channel, contact_id=owner)


def _bare(base: object) -> Receipt | None:
    if not isinstance(base, Receipt):
        return None
    return replace(base, payment=replace(base.payment, allocations=()))


def _within(receipt_money: Payment, purchase_money: Payment) -> Payment:
    """What was paid back as QuickBooks says, with our allocations as far as it suffices."""
    left, kept = -purchase_money.amount, []
    for allocation in receipt_money.allocations:
        amount = min(allocation.amount, left)
        left -= amount
        if amount:
            kept.append(replace(allocation, amount=amount))
    return replace(purchase_money, allocations=tuple(kept))
