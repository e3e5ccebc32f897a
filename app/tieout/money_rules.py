"""What lets a receipt and its payments differ rightly: a rule, what was lost in the books, a fee, more than is owed, or
what was sold before the start date."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from app.tieout.causes import UNEXPLAINED, Cause, Explained
from app.tieout.facts import ZERO, Entry, Group, Lost, Ties
from app.tieout.figures import Paid
from app.tieout.kept import lost_in_the_books

Documents = Mapping[str, Explained]
"""Why documents, by name, are not there, or do not count, on both sides."""
_MOST_OF_A_FEE = Decimal("0.05")
_OF_BEFORE = (Cause.BEFORE_START, Cause.OPENING)
_STAYS_WITH = "The rest of it pays what was sold before the start date, and stays in Oncord with that."
_LEFT_OVER = "What a payment leaves over stays with the customer whose document it pays."
_LOST = "One of its payments was deleted in QuickBooks, and is not made again."
_UNJOINED = "What joined the refund to its credit was deleted in QuickBooks, so that both stand open there."


def _why_left_with(here: Paid, payments: tuple[Entry, ...], ties: Ties, documents: Documents) -> Explained | None:
    """Why each payment lies with its customer: that is the receipt's contact, or the payment pays a document there or was
    made to, or its receipt pays one there that does not count on both sides any more, or somebody moved it there who took it off
    its document, and it is one of several: a receipt has one contact."""
    lost = {here.owners.get(name, ""): documents[name] for name in here.applied if name in documents}
    found = Cause.KEPT_BY_RULE, _LEFT_OVER
    for payment in payments:
        party = ties.party(payment.side, payment.contact_id)
        own = payment.share_of and ties.party(payment.side, payment.share_of) == party
        moved = payment.changed_there and len(payments) > 1
        if party == here.party or payment.applied or own or moved:
            continue
        if party not in lost:
            return None
        cause, why = lost[party]
        found = cause, why or _LEFT_OVER
    return found


def a_fee_apart(entries: tuple[Entry, ...]) -> bool:
    """Whether both sides' money lies no further apart than what a fee or surcharge takes or adds."""
    ours, theirs = (sum((e.total for e in entries if e.side == side), ZERO) for side in ("oncord", "quickbooks"))
    return ours * theirs > 0 and abs(ours - theirs) <= abs(ours) * _MOST_OF_A_FEE


def more_than_it_comes_to(name: str, pair: tuple[Paid, Paid], overpaid: Collection[str]) -> Explained | None:
    """Whether it is what QuickBooks does not apply to a document that Oncord's receipts overpay: the customer's credit there."""
    here, there = pair
    document = name.removeprefix("applied ")
    less = there.applied.get(document, ZERO) < here.applied.get(document, ZERO)
    if document not in overpaid or not less or here.cash != there.cash:
        return None
    return (
        Cause.UNAPPLIED,
        "Oncord's receipts pay more than it comes to; in QuickBooks the rest is the customer's credit.",
    )


def stays_with_what_it_pays(name: str, pair: tuple[Paid, Paid], documents: Documents) -> Explained | None:
    """Whether what QuickBooks has less of it pays sales of before the start date, which are not there or came in later (R1)."""
    here, there = pair
    early = [each for each in here.applied if each in documents and documents[each][0] in _OF_BEFORE]
    kept = sum((here.applied[each] - there.applied.get(each, ZERO) for each in early), ZERO)
    if name != "amount" or not kept or here.amount - there.amount != kept:
        return None
    return documents[early[0]][0], _STAYS_WITH


def by_rule(
    name: str, pair: tuple[Paid, Paid], group: Group, payments: tuple[Entry, ...], ties: Ties, documents: Documents
) -> Explained:
    """Whether a rule lets a receipt and what is left of its payments differ in this."""
    left = _why_left_with(pair[0], payments, ties, documents) if name == "contact" else None
    if left is not None:
        return left
    lost = lost_in_the_books(group.entries)
    if not lost or not _was_theirs(name, *pair, lost, ties):
        return UNEXPLAINED
    if _refund_alone(name, pair, lost):
        return Cause.NOT_JOINED, _UNJOINED
    return Cause.KEPT_BY_RULE, _LOST


def _refund_alone(name: str, pair: tuple[Paid, Paid], lost: tuple[Lost, ...]) -> bool:
    """Whether the money of a refund is paid on both sides alike, and what joined it to its credit is gone."""
    here, there = pair
    joined_only = not any(each.total for each in lost)
    return name.startswith("applied ") and joined_only and here.amount < 0 and here.cash == there.cash


def _was_theirs(name: str, here: Paid, there: Paid, lost: tuple[Lost, ...], ties: Ties) -> bool:
    """Whether it is the part of payments that were deleted in QuickBooks: what they paid, or what their customers have to
    pay, and of the rest what they had left over or what lay with the receipt's own contact."""
    parties = {ties.party(each.side, each.contact_id) for each in lost}
    what, _, document = name.partition(" ")
    if what == "applied":
        return document in _paid_by_them(here, lost, parties, ties)
    if what == "amount":
        missing = here.amount - there.amount
        paid_less = sum((_less_applied(here, there, each) for each in _paid_by_them(here, lost, parties, ties)), ZERO)
        is_theirs = missing in (paid_less, sum((each.total for each in lost), ZERO))
        return is_theirs or unapplied(here) == unapplied(there) or here.party in parties or any(map(_had_a_rest, lost))
    return what == "contact" and here.party in parties


def _paid_by_them(here: Paid, lost: tuple[Lost, ...], parties: set[str], ties: Ties) -> frozenset[str]:
    """The documents that deleted payments had paid, and those of the same `parties` that the receipt pays."""
    paid = {ties.document(each.side, part.document_id) for each in lost for part in each.applied}
    return frozenset({*paid, *(document for document in here.applied if here.owners.get(document) in parties)})


def _less_applied(here: Paid, there: Paid, document: str) -> Decimal:
    return here.applied.get(document, ZERO) - there.applied.get(document, ZERO)


def _had_a_rest(lost: Lost) -> bool:
    return lost.total != sum((-part.amount if part.credit else part.amount for part in lost.applied), ZERO)


def unapplied(money: Paid) -> Decimal:
    """What of money pays nothing."""
    return money.amount - sum(money.applied.values(), ZERO) - money.spent
