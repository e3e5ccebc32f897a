"""How a receipt and its payment (or payments, one per customer) come to say the same: rules R6 and R7."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.contacts.ensure import provide_contact, provide_customer, reactivate
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Action, Disagreement, Operation
from app.domain.model.records import (
    Kind,
    Payment,
    Receipt,
    Reference,
    Side,
)
from app.domain.planning.conversion import (
    added_up,
    channel_to,
    check_currency,
    check_same_currency,
)
from app.domain.planning.decisions import (
    agreed,
    linked_again,
    obstructed,
    park,
    words,
)
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.merge import agrees, changed_groups, three_way
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.allocations import (
    Share,
    charged,
    comparable,
    comparable_link,
    kept_with,
    lasting,
    shares,
    tombstoned,
    too_early,
)
from app.domain.receipts.deletion import payment_voided
from app.domain.receipts.legs import (
    ZERO,
    Legs,
    cut_down,
    generation,
    held_out,
    left_alone,
    legs_of,
    without,
)
from app.domain.receipts.split import (
    SHARED,
    as_it_is,
    dealt,
    in_the_hands_of,
    lagging_base,
    last_agreed,
    not_needed,
    to_follow,
    together,
    uncovered,
    unpaid,
)
from app.domain.receipts.whose_money import (
    Payments,
    at_home,
    changed_hands,
    goes_back,
    moved_in_the_books,
    stays_with,
    unallocated,
)

_NEVER = frozenset({"voided"})


def agree_receipt(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    link: Link,
    *,
    restored: tuple[Link, ...] = (),
    freeing: str = "",
) -> Iterator[Operation]:
    """Compare a pair that is there on both sides and carry over what has moved.

    `restored` are payments that this very plan brings back; `freeing` is an invoice that is about to be deleted, and that
    the payments let go of.
    """
    oncord = plan_input.snapshots[Side.ONCORD, Kind.RECEIPT, link.oncord_id]
    legs = legs_of(plan_input, link.oncord_id, restored)
    if not legs.standing:
        yield from payment_voided(change, link, oncord)
        return
    parts = [comparable_link(plan_input, part) for part in legs.standing]
    lead = next((part for part in parts if part.id == link.id), parts[0])
    ours, theirs = oncord.record, _payment(plan_input, lead)
    if not isinstance(ours, Receipt) or theirs is None:
        yield park(change, "R7", "One of the two could not be read; correct it where it was made.")
        return
    if legs.voided and ours.books_status != "void":
        yield from payment_voided(change, legs.voided[0], oncord)
    mine = _compared(plan_input, Side.ONCORD, ours)
    there = _standing(plan_input, parts)
    base = last_agreed(parts, mine, legs.amount + charged(too_early(plan_input, ours)))
    base = at_home(plan_input, id_map, base, ours, there)
    if base is not None and (freeing or (changed_hands(base, ours) and unallocated(ours))):
        base = unpaid(base)
    ignored = _ignored(plan_input, id_map, ours, base, there)
    changed = changed_groups(Kind.RECEIPT, base, mine) - ignored
    for part in parts:
        changed |= (changed_groups(Kind.RECEIPT, part.base_oncord, mine) & {*SHARED}) - ignored
        now = _compared(plan_input, Side.QUICKBOOKS, _payment(plan_input, part) or theirs)
        changed |= changed_groups(Kind.RECEIPT, part.base_quickbooks, now) - ignored
    if not changed and not goes_back(plan_input, id_map, ours, there):
        if not legs.lost:
            yield from linked_again(lead, oncord, "R7")
        yield agreed(change, lead, "R7")
        return
    try:
        found = list(_moved(plan_input, id_map, lead, legs, parts, base, changed, ignored, freeing))
    except Obstacle as obstacle:
        yield from obstructed(change, "R7", obstacle)
        return
    if not legs.lost and all(o.action is not Action.CREATE for o in found):
        yield from linked_again(lead, oncord, "R7")
    yield from found or _settled(plan_input, change, lead, parts)


def _compared(plan_input: PlanInput, side: Side, receipt: Receipt) -> Receipt:
    found = comparable(plan_input, side, receipt)
    assert isinstance(found, Receipt)
    return found


def _settled(plan_input: PlanInput, change: ChangedRecord, link: Link, parts: Sequence[Link]) -> Iterator[Operation]:
    """Nothing is to be written; each payment of the receipt that has moved is agreed with, too."""
    yield agreed(change, link, "R7")
    for part in parts:
        theirs = _payment(plan_input, part)
        if part.id != link.id and theirs is not None and _lags(plan_input, part, theirs):
            yield agreed(change, part, "R7")


def _lags(plan_input: PlanInput, part: Link, theirs: Receipt) -> bool:
    ours = plan_input.record(Side.ONCORD, Kind.RECEIPT, part.oncord_id)
    if not isinstance(ours, Receipt):
        return False
    moved = changed_groups(Kind.RECEIPT, part.base_oncord, _compared(plan_input, Side.ONCORD, ours))
    now = _compared(plan_input, Side.QUICKBOOKS, theirs)
    return bool(moved or changed_groups(Kind.RECEIPT, part.base_quickbooks, now))


def _standing(plan_input: PlanInput, parts: Sequence[Link]) -> list[tuple[Link, Receipt]]:
    return [(part, theirs) for part in parts if (theirs := _payment(plan_input, part)) is not None]


def _payment(plan_input: PlanInput, part: Link) -> Receipt | None:
    found = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, part.quickbooks_id)
    return found if isinstance(found, Receipt) else None


def _ignored(
    plan_input: PlanInput, id_map: IdMap, ours: Receipt, base: Receipt | None, there: Payments
) -> frozenset[str]:
    """A joining of credits has no account. Whose receipt it is is compared where somebody has moved it: a payment's
    customer follows from the invoices that it pays, and belongs to the same contact or not."""
    ignored = set(_NEVER)
    if not changed_hands(base, ours) and not moved_in_the_books(plan_input, id_map, ours, there):
        ignored.add("contact_id")
    if not ours.payment.amount and not any(payment.payment.amount for _, payment in there):
        ignored.add("channel")
    return frozenset(ignored)


def _moved(
    plan_input: PlanInput,
    id_map: IdMap,
    link: Link,
    legs: Legs,
    parts: Sequence[Link],
    base: Receipt | None,
    changed: frozenset[str],
    ignored: frozenset[str],
    freeing: str,
) -> Iterator[Operation]:
    oncord = plan_input.snapshots[Side.ONCORD, Kind.RECEIPT, link.oncord_id]
    ours = oncord.record
    assert isinstance(ours, Receipt)
    there = _standing(plan_input, parts)
    if "payment" in changed:
        check_same_currency(ours.payment.currency, there[0][1].payment.currency, plan_input.configuration)
    if "contact_id" in changed and changed_hands(base, ours) and unallocated(ours):
        yield from _new_owner(plan_input, id_map, ours)
    everything = shares(plan_input, id_map, ours) if changed & {"payment", "contact_id"} else []
    held = [share for share in everything if legs.hold(share)]
    split = [share for share in everything if not legs.hold(share)]
    alone = set[int]() if freeing else left_alone(plan_input, there, split)
    standing = sum((theirs.payment.amount for part, theirs in there if part.id in alone), ZERO)
    split = without(split, standing, {theirs.contact_id for _, theirs in there})
    left, less = cut_down(everything, there, alone)
    alone -= less
    hands = {**dealt(split, there), **left}
    wanted: dict[str, Receipt] = {}
    for part, theirs in there:
        share = hands.get(part.id)
        wanted[part.quickbooks_id] = _as_payment(plan_input, part, ours, theirs, share, changed, freeing)
    whole = together([(part, _compared(plan_input, Side.QUICKBOOKS, theirs)) for part, theirs in there], wanted)
    asked = [part for part in parts if part.id not in alone]
    covered = not uncovered(split, there) and all(part.id in hands for part in asked)
    elsewhere = moved_in_the_books(plan_input, id_map, ours, there)
    if elsewhere is not None and len(there) > 1:
        whole = in_the_hands_of(whole, elsewhere, next(theirs for part, theirs in there if part.id == elsewhere.id))
    found = three_way(
        Kind.RECEIPT,
        base_oncord=lagging_base(base, there, ours, wanted) if len(there) > 1 else base,
        oncord=_compared(plan_input, Side.ONCORD, ours),
        base_quickbooks=whole.base,
        quickbooks=whole.now,
        winner=plan_input.configuration.conflict_winner[Kind.RECEIPT],
        same=lambda group: (
            not (elsewhere and group == "contact_id")
            and _all_agree(plan_input, group, parts if group in SHARED else asked, wanted, covered)
        ),
        ignore=ignored,
    )
    if "payment" in found.to_quickbooks:
        check_currency(ours.payment.currency, plan_input.configuration)
    disagreements = found.lost_on(Side.QUICKBOOKS)
    several = len(parts) > 1 or bool(held and not split)
    emptied = "payment" in found.to_oncord and not whole.now.payment.allocations
    back = goes_back(plan_input, id_map, ours, there, emptied=emptied)
    for part, theirs in there:
        if "payment" in found.to_quickbooks and several and part.id not in hands and part.id not in alone:
            yield not_needed(plan_input, part)
            continue
        mine = wanted[part.quickbooks_id]
        fields = tuple(f for f in found.to_quickbooks if part.id not in alone or f in SHARED)
        if "payment" in fields and mine.contact_id != theirs.contact_id:
            fields = (*(f for f in fields if f != "contact_id"), "contact_id")
        if max(len(parts), len(split)) > 1:
            fields = tuple(f for f in fields if not _agree(plan_input, f, mine, theirs))
        reason = f"Changed in Oncord: {words(fields)}." if fields else ""
        if back and "contact_id" not in (*fields, *found.to_oncord):
            money = mine.payment if "payment" in fields else theirs.payment
            mine, fields = replace(mine, contact_id=back, payment=money), (*fields, "contact_id")
            reason = f"{reason} It pays nothing any more, and so it is theirs whose receipt it is.".strip()
        following = to_follow(whole, part, theirs, found.to_oncord)
        if following:
            mine = replace(mine, **{group: getattr(whole.now, group) for group in following})
            reason = f"{reason} Changed on another payment of the same receipt: {words(following)}.".strip()
        if fields or following:
            kept = _lost_here(disagreements, part, theirs, fields) if len(there) > 1 else disagreements
            yield _update(plan_input, part, mine, (*fields, *following), reason, kept)
        elif found.to_quickbooks and not found.to_oncord:
            yield as_it_is(part)
    if "payment" in found.to_quickbooks:
        for share in uncovered(split, there):
            yield from reactivate(plan_input, id_map, share.customer)
            leg = _id(share.customer)
            anew = generation(plan_input.links, link.oncord_id, leg)
            yield payment_created(plan_input, link.oncord_id, ours, share, part=leg, generation=anew)
    if found.to_oncord:
        contact, prerequisites = _owner(plan_input, id_map, ours, whole.now, found.to_oncord)
        leading_leg = next((whole.movers[group] for group in found.to_oncord if group in whole.movers), link)
        leading_leg = elsewhere if elsewhere is not None and "contact_id" in found.to_oncord else leading_leg
        yield from prerequisites
        fields = found.to_oncord
        yield Operation(
            Action.UPDATE,
            Side.ONCORD,
            Kind.RECEIPT,
            "R7",
            f"Changed in QuickBooks: {words(found.to_oncord)}.",
            source_id=leading_leg.quickbooks_id,
            target_id=link.oncord_id,
            record=replace(_as_receipt(plan_input, id_map, ours, whole.now, found.to_oncord, held), contact_id=contact),
            fields=fields,
            expected_version=oncord.version,
            disagreements=found.lost_on(Side.ONCORD),
            backfill=plan_input.backfill,
        )


def _lost_here(
    disagreements: Sequence[Disagreement], part: Link, theirs: Receipt, fields: tuple[str, ...]
) -> tuple[Disagreement, ...]:
    """What somebody typed into this very payment of several and what is now written over, each with the value it had."""
    base = part.base_quickbooks
    return tuple(
        replace(d, quickbooks=getattr(theirs, d.field))
        for d in disagreements
        if d.field in fields and (base is None or getattr(base, d.field) != getattr(theirs, d.field))
    )


def _as_payment(
    plan_input: PlanInput,
    part: Link,
    ours: Receipt,
    theirs: Receipt,
    share: Share | None,
    changed: frozenset[str],
    freeing: str,
) -> Receipt:
    """Our receipt, or its share for one customer, in QuickBooks' words; what has not moved stays as it is there."""
    base, base_theirs = part.base_oncord, part.base_quickbooks
    channel = base_theirs.channel if isinstance(base_theirs, Receipt) else theirs.channel
    if "channel" in changed and (not isinstance(base, Receipt) or base.channel != ours.channel):
        channel = channel_to(Side.QUICKBOOKS, ours, plan_input.configuration)
    payment, contact = theirs.payment, theirs.contact_id
    if share is not None:
        own = [a for a in tombstoned(plan_input, Side.QUICKBOOKS, theirs.payment.allocations) if a.sale_id != freeing]
        if share.allocations and share.customer != theirs.contact_id:
            own = []
        payment = Payment(share.cash, ours.payment.currency, kept_with(tuple(share.allocations), own, share.cash))
        contact = theirs.contact_id if stays_with(theirs, share, own) else share.customer
    return replace(ours, contact_id=contact, channel=channel, payment=payment)


def _as_receipt(
    plan_input: PlanInput,
    id_map: IdMap,
    ours: Receipt,
    theirs: Receipt,
    fields: tuple[str, ...],
    held: list[Share],
) -> Receipt:
    """The payments in Oncord's words, with what no payment holds; allocations to sales whose invoice is gone stay as far
    as the money reaches."""
    channel, payment = ours.channel, ours.payment
    if "channel" in fields or not channel:
        channel = channel_to(Side.ONCORD, theirs, plan_input.configuration, ours.channel)
    if "payment" in fields:
        across = tuple(
            replace(a, sale_id=id_map.counterpart(Side.QUICKBOOKS, Kind.SALE, a.sale_id))
            for a in lasting(plan_input, Side.QUICKBOOKS, theirs.payment.allocations)
        )
        own = tombstoned(plan_input, Side.ONCORD, ours.payment.allocations)
        more, left_out = held_out(plan_input, ours, held)
        cash = theirs.payment.amount + more
        payment = replace(theirs.payment, amount=cash, allocations=kept_with((*added_up(across), *left_out), own, cash))
    return replace(theirs, channel=channel, payment=payment, books_status="")


def _all_agree(
    plan_input: PlanInput, group: str, parts: Sequence[Link], wanted: dict[str, Receipt], covered: bool
) -> bool:
    """Whether each payment says what it is to say; `covered`: every share has its payments, and every payment a share."""
    if group == "payment" and not covered:
        return False
    pairs = [(wanted.get(p.quickbooks_id), _payment(plan_input, p)) for p in parts]
    return all(a is not None and b is not None and _agree(plan_input, group, a, b) for a, b in pairs)


def _agree(plan_input: PlanInput, group: str, mine: Receipt, theirs: Receipt) -> bool:
    return agrees(group, getattr(mine, group), getattr(theirs, group))


def _owner(
    plan_input: PlanInput, id_map: IdMap, ours: Receipt, theirs: Receipt, fields: tuple[str, ...]
) -> tuple[Reference, list[Operation]]:
    if "contact_id" not in fields:
        return ours.contact_id, []
    return provide_contact(plan_input, id_map, str(theirs.contact_id))


def _new_owner(plan_input: PlanInput, id_map: IdMap, ours: Receipt) -> Iterator[Operation]:
    currency = plan_input.configuration.books_currency(ours.payment.currency)
    reason = "A receipt that is synchronised was moved to this contact."
    yield from provide_customer(plan_input, id_map, str(ours.contact_id), reason, currency)


def payment_created(
    plan_input: PlanInput, oncord_id: str, receipt: Receipt, share: Share, *, part: str = "", generation: int = 0
) -> Operation:
    """The payment that a receipt, or one customer's share of it, becomes (R1, R6)."""
    channel = channel_to(Side.QUICKBOOKS, receipt, plan_input.configuration) if share.cash else ""
    return Operation(
        Action.CREATE,
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        "R6" if receipt.payment.amount == 0 else "R1",
        f"A receipt of {receipt.payment.amount} {receipt.payment.currency} recorded in Oncord."
        + (f" This is one customer's share of it, {share.cash}." if share.cash != receipt.payment.amount else ""),
        source_id=oncord_id,
        record=replace(
            receipt,
            contact_id=share.customer,
            channel=channel,
            payment=Payment(share.cash, receipt.payment.currency, tuple(share.allocations)),
        ),
        fields=("payment",),
        generation=generation,
        part=part,
        origin=Origin.ONCORD,
        backfill=plan_input.backfill,
    )


def _id(reference: Reference) -> str:
    return reference if isinstance(reference, str) else reference.id


def _update(
    plan_input: PlanInput,
    part: Link,
    record: Receipt,
    fields: tuple[str, ...],
    reason: str,
    disagreements: tuple[Disagreement, ...],
) -> Operation:
    quickbooks = plan_input.snapshots[Side.QUICKBOOKS, Kind.RECEIPT, part.quickbooks_id]
    return Operation(
        Action.UPDATE,
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        "R7",
        reason,
        source_id=part.oncord_id,
        target_id=part.quickbooks_id,
        record=record,
        fields=fields,
        part=part.part,
        expected_version=quickbooks.version,
        disagreements=disagreements,
        backfill=plan_input.backfill,
    )
