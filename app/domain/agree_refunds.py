"""How a refund and its two documents in QuickBooks come to say the same (R3 to R7).

Each document is compared with the receipt by itself, against the base of its own link: the purchase in everything but the
allocations, the payment of zero that joins it to its credit in nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.allocations import typed
from app.domain.decisions import agreed, buried, obstructed, park, skip, words
from app.domain.directory import Directory, Obstacle
from app.domain.links import Link, LinkState, Origin
from app.domain.merge import agrees, changed_groups, three_way
from app.domain.operations import Action, Disagreement, Operation
from app.domain.provide_contacts import owner_of, provide_contact
from app.domain.records import Allocation, Kind, Payment, Receipt, Side, Snapshot
from app.domain.refunds import CREDIT, credit_created, is_refund, joining, joins_refund, refund_share
from app.domain.remove_receipts import payment_deleted, payment_voided, receipt_removed
from app.domain.situation import Situation, Touched
from app.domain.translate import added_up, channel_to, check_same_currency


def linked_refund(situation: Situation, directory: Directory, touched: Touched, link: Link) -> Iterator[Operation]:
    """Decide about a refund that is linked, by way of any of its records."""
    parts = situation.links.parts((Side.ONCORD, Kind.RECEIPT, link.oncord_id))
    credit = next((p for p in parts if _joins(situation, p)), None)
    paid = next((p for p in parts if p is not credit), None)
    oncord = situation.snapshot(Side.ONCORD, Kind.RECEIPT, link.oncord_id)
    there = {p.id: situation.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, p.quickbooks_id) for p in parts}
    if oncord is None or any(snapshot is None for snapshot in there.values()):
        yield skip(touched, "R7", "Its counterpart has not been read yet; there is nothing to compare.")
    elif oncord.deleted:
        for part in filter(None, (credit, paid)):  # the joining first: it holds the money out fast
            yield from receipt_removed(situation, touched, part)
    elif paid is None or _gone(there[paid.id]):
        if credit is not None:
            yield buried(Side.QUICKBOOKS, credit, "R4", "The refund that it belonged to is gone from the books.")
        if paid is not None:
            yield from receipt_removed(situation, touched, paid)
    else:
        taken_off = credit is not None and _gone(there[credit.id])
        if credit is not None and taken_off:
            reason = "The credit was taken off the refund in QuickBooks. The refund stays as it is in Oncord."
            yield buried(Side.QUICKBOOKS, credit, "R4", reason)
        yield from _agree(situation, directory, touched, oncord, paid, credit, taken_off=taken_off)


def _joins(situation: Situation, part: Link) -> bool:
    now = situation.record(Side.QUICKBOOKS, Kind.RECEIPT, part.quickbooks_id)
    return part.part == CREDIT or joins_refund(now or part.base_quickbooks)


def _gone(snapshot: Snapshot | None) -> bool:
    return snapshot is None or snapshot.deleted


def _agree(
    situation: Situation,
    directory: Directory,
    touched: Touched,
    oncord: Snapshot,
    paid: Link,
    credit: Link | None,
    *,
    taken_off: bool,
) -> Iterator[Operation]:
    ours = oncord.record
    theirs = situation.record(Side.QUICKBOOKS, Kind.RECEIPT, paid.quickbooks_id)
    if not isinstance(ours, Receipt) or not isinstance(theirs, Receipt):
        yield park(touched, "R5", "One of the two could not be read; correct it where it was made.")
    elif theirs.voided:
        yield from payment_voided(touched, paid, oncord)
    elif not is_refund(ours) or not is_refund(theirs):
        reason = "Money paid back has become money received, or the reverse. Undo that, and record the other as a receipt of its own."
        yield park(touched, "R5", reason)
    else:
        try:
            found = list(_money_out(situation, directory, oncord, ours, theirs, paid))
            joined = [] if taken_off else list(_credit(situation, directory, oncord, ours, theirs, paid, credit))
        except Obstacle as obstacle:
            yield from obstructed(touched, "R5", obstacle)
            return
        # The money out must never be less than the credit that is joined to it.
        shrinks = ours.payment.amount > theirs.payment.amount
        yield from (joined + found if shrinks else found + joined) or [agreed(touched, paid, "R7")]


def _money_out(
    situation: Situation, directory: Directory, oncord: Snapshot, ours: Receipt, theirs: Receipt, paid: Link
) -> Iterator[Operation]:
    """The purchase and the receipt, allocations aside."""
    base, bare = _bare(paid.base_oncord), replace(ours, payment=replace(ours.payment, allocations=()))
    ignored = {"voided"}
    if owner_of(situation, directory, theirs.contact_id) == ours.contact_id:
        ignored.add("contact_id")
    moved = changed_groups(Kind.RECEIPT, base, bare) - ignored
    if not moved and not changed_groups(Kind.RECEIPT, paid.base_quickbooks, theirs) - ignored:
        return
    if "payment" in moved:
        check_same_currency(ours.payment.currency, theirs.payment.currency, situation.configuration)
    mine = replace(bare, contact_id=theirs.contact_id, channel=theirs.channel)
    if "contact_id" in moved:
        mine = replace(mine, contact_id=refund_share(situation, directory, ours).customer)
    if "channel" in moved:
        mine = replace(mine, channel=channel_to(Side.QUICKBOOKS, ours, situation.configuration))
    elif not _same_place(situation, ours, theirs):
        mine = replace(mine, channel="")
    found = three_way(
        Kind.RECEIPT,
        base_oncord=base,
        oncord=bare,
        base_quickbooks=paid.base_quickbooks,
        quickbooks=theirs,
        winner=situation.configuration.conflict_winner[Kind.RECEIPT],
        same=lambda group: agrees(group, getattr(mine, group), getattr(theirs, group)),
        ignore=frozenset(ignored),
    )
    if found.to_quickbooks:
        fields = found.to_quickbooks
        yield _update(situation, Side.QUICKBOOKS, paid, mine, fields, found.lost_on(Side.QUICKBOOKS))
    if found.to_oncord:
        record = replace(theirs, contact_id=ours.contact_id, channel=ours.channel, payment=ours.payment)
        if "contact_id" in found.to_oncord:
            contact, prerequisites = provide_contact(situation, directory, str(theirs.contact_id))
            yield from prerequisites
            record = replace(record, contact_id=contact)
        if "channel" in found.to_oncord:
            channel = channel_to(Side.ONCORD, theirs, situation.configuration, ours.channel)
            record = replace(record, channel=channel)
        if "payment" in found.to_oncord:
            record = replace(record, payment=_within(ours.payment, theirs.payment))
        yield _update(situation, Side.ONCORD, paid, record, found.to_oncord, found.lost_on(Side.ONCORD))


def _same_place(situation: Situation, ours: Receipt, theirs: Receipt) -> bool:
    mapped = situation.configuration.mapped(ours.channel, ours.payment.currency)
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


def _credit(
    situation: Situation,
    directory: Directory,
    oncord: Snapshot,
    ours: Receipt,
    theirs: Receipt,
    paid: Link,
    credit: Link | None,
) -> Iterator[Operation]:
    """The payment of zero and the receipt's allocations."""
    if credit is None:
        yield from _credit_missing(situation, directory, ours, paid)
        return
    there = situation.record(Side.QUICKBOOKS, Kind.RECEIPT, credit.quickbooks_id)
    if not isinstance(there, Receipt):
        return
    on_oncord = _pays_back(credit.base_oncord) != _pays_back(ours)
    on_quickbooks = _pays_back(credit.base_quickbooks) != _pays_back(there)
    if not on_oncord and not on_quickbooks:
        return
    share = refund_share(situation, directory, ours)
    if set(share.allocations) == set(_credits(there)):
        return
    disagreements: tuple[Disagreement, ...] = ()
    winner = situation.configuration.conflict_winner[Kind.RECEIPT] if on_oncord and on_quickbooks else None
    if winner is not None:
        base = credit.base_oncord.payment if isinstance(credit.base_oncord, Receipt) else None
        whole = replace(theirs.payment, allocations=_credits(there))
        disagreements = (Disagreement("payment", base, ours.payment, whole, winner),)
    if winner is Side.ONCORD or (winner is None and on_oncord):
        if share.allocations:
            record = joining(ours, share, paid.quickbooks_id)
            yield _update(situation, Side.QUICKBOOKS, credit, record, ("payment",), disagreements)
        else:
            known = situation.snapshots[Side.QUICKBOOKS, Kind.RECEIPT, credit.quickbooks_id]
            yield payment_deleted(credit, known, "The refund no longer pays back this credit in Oncord.")
        return
    payment = replace(ours.payment, allocations=_across(directory, there))
    yield _update(situation, Side.ONCORD, credit, replace(ours, payment=payment), ("payment",), disagreements)


def _credit_missing(situation: Situation, directory: Directory, ours: Receipt, paid: Link) -> Iterator[Operation]:
    """Join the credit where that has never been done for a refund of ours, or where Oncord has changed its allocations."""
    known = situation.links.by_record.get((Side.ONCORD, Kind.RECEIPT, paid.oncord_id), ())
    before = max((x for x in known if x.part == CREDIT and x.state is not LinkState.LIVE), key=_age, default=None)
    if before is None:
        wanted = paid.origin is Origin.ONCORD or _pays_back(paid.base_oncord) != _pays_back(ours)
    else:
        wanted = before.gone is Side.ONCORD or before.state is LinkState.REVIVED
    if not wanted or not ours.payment.allocations:
        return
    share = refund_share(situation, directory, ours)
    if share.allocations:
        generation = paid.generation if before is None else max(before.generation + 1, paid.generation)
        yield credit_created(situation, paid.oncord_id, ours, share, paid.quickbooks_id, generation)


def _age(link: Link) -> int:
    return link.id


def credit_joined(
    situation: Situation, directory: Directory, touched: Touched, payment: Receipt
) -> Iterator[Operation]:
    """A payment of zero that somebody made in QuickBooks to join credit to a refund: it says what the refund pays back."""
    purchases = {str(a.sale_id) for a in payment.payment.allocations if a.type == "refund"}
    if len(purchases) > 1 or any(a.type == "sale" for a in payment.payment.allocations):
        yield park(
            touched, "R5", "It joins credit to a refund and to something else at once. Make two of it in QuickBooks."
        )
        return
    (purchase,) = purchases
    if situation.links.buried((Side.QUICKBOOKS, Kind.RECEIPT, purchase)):
        yield skip(touched, "R5", "It belongs to a refund that is not synchronised any more.")
        return
    try:
        receipt_id = directory.known.get((Side.QUICKBOOKS, Kind.RECEIPT, purchase))
        snapshot = situation.snapshot(Side.ONCORD, Kind.RECEIPT, receipt_id or "")
        if receipt_id is None or snapshot is None or not isinstance(snapshot.record, Receipt):
            reason = f"It waits until the refund {purchase} is synchronised."
            raise Obstacle(f"{Kind.RECEIPT}:{Side.QUICKBOOKS}:{purchase}", reason)
        across = _across(directory, payment)
    except Obstacle as obstacle:
        yield from obstructed(touched, "R5", obstacle)
        return
    directory.known[touched.key] = receipt_id
    yield Operation(
        Action.ADOPT,
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        "R5",
        "It says which credit the refund pays back; it belongs to the refund's receipt from now on.",
        source_id=receipt_id,
        target_id=touched.id,
        part=CREDIT,
        origin=Origin.BOTH,
    )
    ours = snapshot.record
    if set(typed(situation, ours)) != set(across):
        link = Link(0, Kind.RECEIPT, receipt_id, touched.id, Origin.BOTH, part=CREDIT)
        record = replace(ours, payment=replace(ours.payment, allocations=across))
        yield _update(situation, Side.ONCORD, link, record, ("payment",), ())


def _pays_back(record: object) -> frozenset[Allocation]:
    return frozenset(_credits(record)) if isinstance(record, Receipt) else frozenset()


def _credits(record: Receipt) -> tuple[Allocation, ...]:
    return tuple(a for a in record.payment.allocations if a.type != "refund")


def _across(directory: Directory, payment: Receipt) -> tuple[Allocation, ...]:
    """The credits of a payment of zero in Oncord's ids."""
    across = [
        replace(a, sale_id=directory.counterpart(Side.QUICKBOOKS, Kind.SALE, a.sale_id)) for a in _credits(payment)
    ]
    return added_up(tuple(across))


def _update(
    situation: Situation,
    side: Side,
    part: Link,
    record: Receipt,
    fields: Sequence[str],
    disagreements: tuple[Disagreement, ...],
) -> Operation:
    where = "Oncord" if side is Side.QUICKBOOKS else "QuickBooks"
    return Operation(
        Action.UPDATE,
        side,
        Kind.RECEIPT,
        "R7",
        f"Changed in {where}: {words(tuple(fields))}.",
        source_id=part.id_on(side.other),
        target_id=part.id_on(side),
        record=record,
        fields=tuple(fields),
        part=part.part,
        expected_version=situation.snapshots[side, Kind.RECEIPT, part.id_on(side)].version,
        disagreements=disagreements,
        backfill=situation.backfill,
    )
