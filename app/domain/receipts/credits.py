"""The payment of zero that joins a refund to its credit, and the receipt's allocations: how they come to say the same (R5)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.model.link_part import CREDIT
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.operations import Disagreement, Operation
from app.domain.model.records import (
    Allocation,
    Kind,
    Receipt,
    Side,
    Snapshot,
)
from app.domain.model.waiting import OtherRecord
from app.domain.planning.conversion import added_up
from app.domain.planning.decisions import (
    adoption,
    linked_again,
    obstructed,
    park,
    skip,
    words,
)
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.writes import update
from app.domain.receipts.allocations import lasting, tombstoned, typed
from app.domain.receipts.deletion import payment_deleted
from app.domain.receipts.refunds import (
    credit_created,
    joining,
    open_credit,
    refund_share,
)


def agree_credit(
    plan_input: PlanInput,
    id_map: IdMap,
    oncord: Snapshot,
    receipt: Receipt,
    purchase: Receipt,
    paid: Link,
    credit: Link | None,
) -> Iterator[Operation]:
    """The payment of zero and the receipt's allocations; `paid` and `purchase` are the money out that it joins."""
    if credit is None:
        yield from _credit_missing(plan_input, id_map, receipt, paid)
        return
    credit_payment = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, credit.quickbooks_id)
    if not isinstance(credit_payment, Receipt):
        return
    on_oncord = _pays_back(plan_input, credit.base_oncord, Side.ONCORD) != _pays_back(plan_input, receipt, Side.ONCORD)
    before = _pays_back(plan_input, credit.base_quickbooks, Side.QUICKBOOKS)
    on_quickbooks = before != _pays_back(plan_input, credit_payment, Side.QUICKBOOKS)
    if not on_oncord and not on_quickbooks:
        return
    share = refund_share(plan_input, id_map, receipt)
    share.allocations += tombstoned(plan_input, Side.QUICKBOOKS, _credits(credit_payment))
    if set(share.allocations) == set(_credits(credit_payment)):
        return
    disagreements: tuple[Disagreement, ...] = ()
    winner = plan_input.configuration.conflict_winner[Kind.RECEIPT] if on_oncord and on_quickbooks else None
    if winner is not None:
        base = credit.base_oncord.payment if isinstance(credit.base_oncord, Receipt) else None
        whole = replace(purchase.payment, allocations=_credits(credit_payment))
        disagreements = (Disagreement("payment", base, receipt.payment, whole, winner),)
    oncord_goes_on = winner is Side.ONCORD or (winner is None and on_oncord)
    if not oncord_goes_on:
        payment = replace(receipt.payment, allocations=_across(id_map, credit_payment))
        record = replace(receipt, payment=payment)
        yield refund_update(plan_input, Side.ONCORD, credit, record, ("payment",), disagreements)
    elif share.allocations:
        record = joining(receipt, share, paid.quickbooks_id)
        yield refund_update(plan_input, Side.QUICKBOOKS, credit, record, ("payment",), disagreements)
    else:
        credit_snapshot = plan_input.snapshots[Side.QUICKBOOKS, Kind.RECEIPT, credit.quickbooks_id]
        yield payment_deleted(credit, credit_snapshot, "The refund no longer pays back this credit in Oncord.")


def _credit_missing(plan_input: PlanInput, id_map: IdMap, receipt: Receipt, paid: Link) -> Iterator[Operation]:
    """Join the credit where that has never been done for a refund of ours, or where Oncord has changed its allocations;
    of a pair that met only what is open still (a run may have ended before it was joined)."""
    links = plan_input.links.by_record.get((Side.ONCORD, Kind.RECEIPT, paid.oncord_id), ())
    before = max((x for x in links if x.part == CREDIT and x.state is not LinkState.LIVE), key=_age, default=None)
    if before is None:
        before_this = _pays_back(plan_input, paid.base_oncord, Side.ONCORD)
        is_due = paid.origin is Origin.ONCORD or before_this != _pays_back(plan_input, receipt, Side.ONCORD)
    else:
        is_due = before.gone is Side.ONCORD or before.state is LinkState.REVIVED
    if not receipt.payment.allocations or (before is not None and not is_due):
        return
    share = refund_share(plan_input, id_map, receipt) if is_due else open_credit(plan_input, id_map, receipt)
    if share is not None and share.allocations:
        generation = paid.generation if before is None else max(before.generation + 1, paid.generation)
        yield credit_created(plan_input, paid.oncord_id, receipt, share, paid.quickbooks_id, generation)


def _age(link: Link) -> int:
    return link.id


def credit_joined(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, payment: Receipt) -> Iterator[Operation]:
    """A payment of zero that somebody made in QuickBooks to join credit to a refund: it says what the refund pays back."""
    purchases = {str(a.sale_id) for a in payment.payment.allocations if a.type == "refund"}
    if len(purchases) > 1 or any(a.type == "sale" for a in payment.payment.allocations):
        yield park(
            change, "R5", "It joins credit to a refund and to something else at once. Make two of it in QuickBooks."
        )
        return
    (purchase,) = purchases
    if plan_input.links.tombstoned((Side.QUICKBOOKS, Kind.RECEIPT, purchase)):
        yield skip(change, "R5", "It belongs to a refund that is not synchronised any more.")
        return
    try:
        receipt_id = id_map.paired(Side.QUICKBOOKS, Kind.RECEIPT, purchase)
        snapshot = plan_input.snapshot(Side.ONCORD, Kind.RECEIPT, receipt_id or "")
        if receipt_id is None or snapshot is None or not isinstance(snapshot.record, Receipt):
            reason = f"It waits until the refund {purchase} is synchronised."
            raise Obstacle(OtherRecord(Kind.RECEIPT, Side.QUICKBOOKS, purchase), reason)
        across = _across(id_map, payment)
    except Obstacle as obstacle:
        yield from obstructed(change, "R5", obstacle)
        return
    id_map.belongs_to(Kind.RECEIPT, change.id, receipt_id)
    reason = "It says which credit the refund pays back; it belongs to the refund's receipt from now on."
    yield adoption(Kind.RECEIPT, receipt_id, change.id, "R5", reason, part=CREDIT)
    yield from linked_again(Link(0, Kind.RECEIPT, receipt_id, change.id, Origin.BOTH, part=CREDIT), snapshot, "R5")
    receipt = snapshot.record
    if set(typed(plan_input, receipt)) != set(across):
        link = Link(0, Kind.RECEIPT, receipt_id, change.id, Origin.BOTH, part=CREDIT)
        record = replace(receipt, payment=replace(receipt.payment, allocations=across))
        yield refund_update(plan_input, Side.ONCORD, link, record, ("payment",), ())


def _pays_back(plan_input: PlanInput, record: object, side: Side) -> frozenset[Allocation]:
    """What a refund pays back, of what is still there on both sides."""
    return frozenset(lasting(plan_input, side, _credits(record))) if isinstance(record, Receipt) else frozenset()


def _credits(record: Receipt) -> tuple[Allocation, ...]:
    return tuple(a for a in record.payment.allocations if a.type != "refund")


def _across(id_map: IdMap, payment: Receipt) -> tuple[Allocation, ...]:
    """The credits of a payment of zero in Oncord's ids."""
    across = [replace(a, sale_id=id_map.counterpart(Side.QUICKBOOKS, Kind.SALE, a.sale_id)) for a in _credits(payment)]
    return added_up(tuple(across))


def refund_update(
    plan_input: PlanInput,
    side: Side,
    leg: Link,
    record: Receipt,
    fields: Sequence[str],
    disagreements: tuple[Disagreement, ...],
) -> Operation:
    """What has changed on the other side of a refund, or of one of its two documents, as a write on `side`."""
    where = side.other.called
    return update(
        plan_input.snapshots[side, Kind.RECEIPT, leg.id_on(side)],
        leg.id_on(side.other),
        record,
        "R7",
        f"Changed in {where}: {words(tuple(fields))}.",
        fields=fields,
        part=leg.part,
        disagreements=disagreements,
        backfill=plan_input.backfill,
    )
