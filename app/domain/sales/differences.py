"""A sale whose differences have documents of their own (B1): later edits are held against the invoice and all of them.

As long as they come to the sale together, nothing is to be done, whoever has made that so. What Oncord has changed since becomes
a further document: nobody rewrites one that a customer or a BAS may have by then. What QuickBooks has changed of any of them is
pulled: the sale keeps its lines, and gets one for what it comes to more or less by that.
"""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.model.currencies import with_currency
from app.domain.model.links import Link, LinkState
from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Line, Money, Sale, Side
from app.domain.model.waiting import PersonsDecision
from app.domain.planning.decisions import park, rebase, tombstoned
from app.domain.planning.differences import (
    added_to,
    documents_added_to,
    entered,
    in_mode,
    last_agreed,
    less,
    newest_difference,
    same_by_code,
    together,
)
from app.domain.planning.document_words import number_and_money
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.sales.conversion import sale_to

RULE = "B1"


def differences_looked_after(plan_input: PlanInput, link: Link, sale: Sale, invoice: Sale) -> Iterator[Operation]:
    """What has to be said about the documents over the differences of a pair, at the sale, whichever of them was edited."""
    change = ChangedRecord(Side.ONCORD, Kind.SALE, link.oncord_id)
    for each in added_to(plan_input, link.oncord_id):
        document = each.document
        if each.snapshot.deleted and not _to_be_pulled(plan_input, link, sale, invoice):
            yield tombstoned(Side.QUICKBOOKS, each.link, "S6", _LOST)
        elif document is None or document.voided or not document.money.total:
            continue
        elif invoice.voided:
            yield park(change, RULE, _STANDS_ALONE.format(document=number_and_money(document)))
        elif document.contact_id != invoice.contact_id:
            yield park(change, RULE, _ANOTHER_CUSTOMER.format(document=number_and_money(document)))


def _to_be_pulled(plan_input: PlanInput, link: Link, sale: Sale, invoice: Sale) -> bool:
    """Whether the sale has still to be told what the books have changed: until then the link of what was deleted there knows that
    nobody has changed the sale since."""
    if sale.voided or invoice.voided or not moved_in_the_books(plan_input, link, sale):
        return False
    now = together(invoice, documents_added_to(plan_input, link.oncord_id))
    return (now.total, now.tax_total) != (sale.money.total, sale.money.tax_total)


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


def come_to(plan_input: PlanInput, link: Link, sale: Sale, as_invoice: Sale, invoice: Sale) -> bool:
    """Whether an invoice and the documents over its differences come to the sale, which is given in QuickBooks' words, too. What
    the sale was told of by the books has whatever item it has there: of that only the tax codes count."""
    now = together(invoice, documents_added_to(plan_input, link.oncord_id))
    if less(as_invoice.money, now) is None:
        return True
    base = link.base_oncord
    as_agreed = moved_in_the_books(plan_input, link, sale)
    same_in_all = (now.total, now.tax_total) == (as_invoice.money.total, as_invoice.money.tax_total)
    if as_agreed and same_in_all and _none_has_moved(plan_input, link, invoice):
        return True  # a code or an item leads elsewhere by now, which rewrites nothing
    as_told = isinstance(base, Sale) and sale.money == base.money
    return (as_told or as_agreed) and same_by_code(as_invoice.money, now)


def _none_has_moved(plan_input: PlanInput, link: Link, invoice: Sale) -> bool:
    """Whether the documents of a sale come to what each did when it was last looked at."""
    pairs = [
        (link.base_quickbooks, invoice),
        *((each.link.base_quickbooks, each.document) for each in added_to(plan_input, link.oncord_id)),
    ]
    return all(isinstance(before, Sale) and now is not None and before.money == now.money for before, now in pairs)


def moved_in_the_books(plan_input: PlanInput, link: Link, sale: Sale) -> bool:
    """Whether what differs was not changed in Oncord: the sale is as it was when all its documents were last agreed on."""
    return sale.money == last_agreed(plan_input, link.oncord_id)


def agreed_together(plan_input: PlanInput, link: Link, sale: Sale) -> Iterator[Operation]:
    """Note what a sale comes to that its documents have come to by now: what moves from here on is an edit again."""
    newest = newest_difference(plan_input, link.oncord_id)
    if newest is not None and newest.state is LinkState.LIVE and not moved_in_the_books(plan_input, link, sale):
        yield rebase(newest, Side.QUICKBOOKS, RULE, _TOGETHER, groups=("money",))


_TOGETHER = "The invoice and the documents over its later differences come to the sale together."


def as_the_books_say(
    plan_input: PlanInput, id_map: IdMap, link: Link, sale: Sale, as_invoice: Sale, invoice: Sale
) -> Money:
    """The money of a sale with what QuickBooks has changed of its documents: a line for each of what is charged that comes to more or
    less, or without the line that an earlier such change had made. Raises `Obstacle` where a tax code is not mapped."""
    moved = less(together(invoice, documents_added_to(plan_input, link.oncord_id)), as_invoice.money)
    if moved is None:
        return sale.money
    mode = sale.money.amounts_include_tax
    in_its_mode = replace(moved, lines=tuple(in_mode(moved, mode)), amounts_include_tax=mode)
    told = sale_to(
        Side.ONCORD,
        replace(invoice, money=in_its_mode),
        id_map,
        plan_input.configuration,
        contact=sale.contact_id,
    )
    lines = list(sale.money.lines)
    for line in told.money.lines:
        undone = next((each for each in lines if _takes_back(line, each)), None)
        if undone is not None:
            lines.remove(undone)
        else:
            lines.append(line)
    money = sale.money
    return replace(
        money, lines=tuple(lines), total=money.total + moved.total, tax_total=money.tax_total + moved.tax_total
    )


def _takes_back(line: Line, standing: Line) -> bool:
    """Whether a line takes back one that stands there."""
    same = (line.description, line.tax_code) == (standing.description, standing.tax_code)
    return same and (line.total, line.tax) == (-standing.total, -standing.tax)


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


def _money(money: Money) -> str:
    return with_currency(money.total, money.currency)
