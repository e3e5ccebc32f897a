"""A sale whose differences have documents of their own (B1): later edits are held against the invoice and all of them.

As long as they come to the sale together, nothing is to be done, whoever has made that so. What Oncord has changed since becomes
a further document: nobody rewrites one that a customer or a BAS may have by then. What QuickBooks has changed of them is asked
about, since one sale does not say which of its documents is meant.
"""

from collections.abc import Iterator

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import Money, Sale, Side
from app.domain.model.waiting import PersonsDecision
from app.domain.planning.decisions import park, tombstoned
from app.domain.planning.differences import added_to, documents_added_to, entered, last_agreed, less, together
from app.domain.planning.id_map import Obstacle
from app.domain.planning.plan_input import ChangedRecord, PlanInput

RULE = "B1"


def has_differences(plan_input: PlanInput, link: Link) -> bool:
    """Whether differences of a sale were ever entered as documents of their own."""
    return bool(plan_input.links.differences(link.oncord_id))


def differences_looked_after(
    plan_input: PlanInput, change: ChangedRecord, link: Link, sale: Sale, invoice: Sale
) -> Iterator[Operation]:
    """What has to be said about the documents over the differences of a pair."""
    for each in added_to(plan_input, link.oncord_id):
        document = each.document
        if each.snapshot.deleted:
            yield tombstoned(Side.QUICKBOOKS, each.link, "S6", _LOST)
        elif document is None or document.voided or not document.money.total:
            continue
        elif invoice.voided:
            yield park(change, RULE, _STANDS_ALONE.format(document=_called(document)))
        elif document.contact_id != invoice.contact_id:
            yield park(change, RULE, _ANOTHER_CUSTOMER.format(document=_called(document)))


_LOST = "The document over a difference of the sale was deleted in QuickBooks. It is not made again."
_STANDS_ALONE = (
    "The invoice of the sale is void in QuickBooks, while {document}, which is over a later difference of it, still stands there. "
    "Void that one there, too."
)


_ANOTHER_CUSTOMER = (
    "In QuickBooks {document}, which is over a later difference of the sale, belongs to another customer than the sale's invoice. "
    "Give both the same one there."
)


def check_customer(plan_input: PlanInput, link: Link) -> None:
    """Raises `Obstacle` where a sale that somebody has moved to another contact has several documents: they move together."""
    if documents_added_to(plan_input, link.oncord_id):
        words = (
            "The sale was moved to another contact in Oncord, and what has changed of it since its period was locked has documents of its "
            "own in QuickBooks. Give the invoice and those the other customer there, or move the sale back."
        )
        raise Obstacle(PersonsDecision(), words)


def come_to(plan_input: PlanInput, link: Link, as_invoice: Sale, invoice: Sale) -> bool:
    """Whether an invoice and the documents over its differences come to the sale, which is given in QuickBooks' words."""
    return less(as_invoice.money, together(invoice, documents_added_to(plan_input, link.oncord_id))) is None


def moved_in_the_books(plan_input: PlanInput, link: Link, sale: Sale) -> bool:
    """Whether what differs was not changed in Oncord: the sale is as it was when its last difference was entered."""
    return sale.money == last_agreed(plan_input, link.oncord_id)


def asked_about(plan_input: PlanInput, change: ChangedRecord, link: Link, sale: Sale, invoice: Sale) -> Operation:
    """What a person is asked where the books come to something else than a sale that nobody has changed."""
    now = together(invoice, documents_added_to(plan_input, link.oncord_id))
    words = (
        f"The sale comes to {_money(sale.money)} in Oncord. In QuickBooks its invoice and the documents over its later differences "
        f"come to {_money(now)}, since somebody has changed or deleted one of them there. Change the sale in Oncord to that, or "
        "set them right in QuickBooks."
    )
    return park(change, RULE, words)


def further_difference(
    plan_input: PlanInput, change: ChangedRecord, write: Operation, invoice: Sale
) -> Iterator[Operation]:
    """What has changed of a sale that has differences already, and whose invoice no lock holds: one document more."""
    operations = list(entered(plan_input, write, invoice, "as with the differences before"))
    yield from operations or [park(change, RULE, _NOT_SAID)]


_NOT_SAID = (
    "What has changed of the sale cannot be entered as a document of its own in QuickBooks, as its earlier differences were: no line of "
    "it comes to anything else. Set it right in QuickBooks, or set the sale back."
)


def _called(document: Sale) -> str:
    noun = "credit memo" if document.type == "adjustment" else "invoice"
    day = f" dated {day_in_words(document.date)}" if document.date else ""
    return f"{noun} {document.number}".rstrip() + f" of {_money(document.money)}{day}"


def _money(money: Money) -> str:
    return with_currency(money.total, money.currency)
