"""Which invoice of the books is what was open of a sale from before the start date (S1): as somebody says it, and not before.

A bookkeeper who began with QuickBooks has often entered what was owed then: under another day or number, and sometimes only what
was still open. Such an invoice waits beside the sale that it could be.
"""

from decimal import Decimal

from app.domain.contacts.ownership import belongs
from app.domain.matching.documents import differing
from app.domain.model.days import day_in_words
from app.domain.model.link_part import Opening
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Sale, Side, Snapshot
from app.domain.model.waiting import OPENING
from app.domain.planning.decisions import adoption, decision
from app.domain.planning.id_map import IdMap
from app.domain.planning.opening import choice_about, early_sale, open_on_start
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.sales.matches import joined_documents
from app.domain.sales.opening import RULE, in_money


def said_to_be(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, sale: Sale) -> list[Operation]:
    """The sale joined to the invoice that it is, as somebody has said: the one that was named, or, where all such sales are said
    to be there, the one that is certainly it. Empty where there is none.

    One of other money than the sale's (its total, or its tax) stands for what was open of it.
    """
    amount = open_on_start(plan_input, change.id, sale)
    if not amount or choice_about(plan_input, change.id) != "match":
        return []
    document = _document(plan_input, id_map, change, sale, amount)
    if document is None or not isinstance(document.record, Sale):
        return []
    invoice = document.record
    if not differing(sale, invoice):
        return list(joined_documents(plan_input, id_map, change, plan_input.snapshots[change.key], document))
    id_map.pair(Kind.SALE, change.id, document.id)
    start = plan_input.configuration.start_date
    reason = (
        f"Somebody said that {in_money(amount, sale)} of it, open on {day_in_words(start)}, is invoice {invoice.number} of "
        f"{in_money(invoice.money.total, invoice)} in QuickBooks."
    )
    return [adoption(Kind.SALE, change.id, document.id, RULE, reason, part=Opening(start))]


def _document(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, sale: Sale, amount: Decimal
) -> Snapshot | None:
    answer = plan_input.opening_answers.get(change.id)
    if answer is not None and answer.document_id:
        named = plan_input.snapshot(Side.QUICKBOOKS, Kind.SALE, answer.document_id)
        return named if named is not None and _is_free(id_map, named, sale) else None
    candidates = [
        each
        for each in plan_input.beside_openings
        if _is_free(id_map, each, sale) and _fits(plan_input, id_map, each, sale, amount)
    ]
    if len(candidates) != 1:
        return None
    rivals = [one for one, _, _ in _could_be(plan_input, id_map, candidates[0])]
    return candidates[0] if rivals == [change.id] else None


def may_be_opening(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, invoice: Snapshot) -> Operation | None:
    """The decision about an open invoice that could be what was open of a sale from before the start date, as long as nobody has
    said what becomes of that: as a sale of its own it would be owed twice in Oncord. None where it is no such invoice."""
    asked = [
        (sale, amount)
        for sale_id, sale, amount in _could_be(plan_input, id_map, invoice)
        if choice_about(plan_input, sale_id) in ("undecided", "match")
    ]
    if not asked:
        return None
    sale, amount = asked[0]
    words = (
        f"It may be sale {sale.number} of {in_money(sale.money.total, sale)}, of which {in_money(amount, sale)} was open on the start "
        "date. It waits until somebody has said how that comes into QuickBooks."
    )
    return decision(Action.PARK, change, "S4", words, OPENING)


def _could_be(plan_input: PlanInput, id_map: IdMap, invoice: Snapshot) -> list[tuple[str, Sale, Decimal]]:
    """The early sales without a document that an invoice could be, with what was open of each."""
    found: list[tuple[str, Sale, Decimal]] = []
    for each in plan_input.beside_openings:
        if each.side is not Side.ONCORD or id_map.find(Side.ONCORD, Kind.SALE, each.id) is not None:
            continue
        sale = early_sale(plan_input, each.id)
        amount = open_on_start(plan_input, each.id, sale) if sale is not None else Decimal(0)
        if sale is None or not amount or not _is_free(id_map, invoice, sale):
            continue
        if _fits(plan_input, id_map, invoice, sale, amount):
            found.append((each.id, sale, amount))
    return found


def _is_free(id_map: IdMap, document: Snapshot, sale: Sale) -> bool:
    """Whether a document is an open invoice in the currency of a sale, and no other sale's."""
    invoice = document.record
    if document.side is not Side.QUICKBOOKS or document.deleted or not isinstance(invoice, Sale):
        return False
    alike = invoice.type == "sale" and not invoice.voided and invoice.money.currency == sale.money.currency
    is_open = invoice.paid < invoice.money.total
    return alike and is_open and id_map.find(Side.QUICKBOOKS, Kind.SALE, document.id) is None


def _fits(plan_input: PlanInput, id_map: IdMap, document: Snapshot, sale: Sale, amount: Decimal) -> bool:
    """Whether an invoice is for the contact of a sale, and its total or what is open of it is the sale's, or was open of that."""
    invoice = document.record
    assert isinstance(invoice, Sale)
    still_open = invoice.money.total - invoice.paid
    dated = invoice.date is not None and invoice.date <= plan_input.configuration.start_date
    same_money = invoice.money.total in (sale.money.total, amount) or still_open == amount
    return dated and same_money and belongs(plan_input, id_map, invoice.contact_id, sale.contact_id)
