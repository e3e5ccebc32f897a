"""A sale from before the start date that was still open on it (S1): how it comes into the books, and how it then stands there.

Nothing comes unasked. An invoice of its own date is the sale itself, and goes on like any other. What was only brought in is
an invoice over what was open, outside tax: the sale's own amounts have no place on it, so that nothing but what pays it
travels, and a person is told where the two no longer fit.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from app.domain.matching.document_numbers import held
from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.link_part import Opening
from app.domain.model.links import Link, Origin
from app.domain.model.opening import OpeningChoice
from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Line, Money, Sale, Side, is_void
from app.domain.model.waiting import OPENING
from app.domain.planning.conversion import check_currency
from app.domain.planning.decisions import obstructed, park, rebase, skip
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.opening import choice_about, in_the_way, open_on, open_on_start
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.writes import create
from app.domain.sales.creation import customer_provided, document_created

RULE = "S1"


def opening_receivable(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, sale: Sale, generation: int
) -> Iterator[Operation]:
    """Decide about a sale from before the start date that no invoice matches."""
    start = plan_input.configuration.start_date
    amount = open_on_start(plan_input, change.id, sale)
    choice = choice_about(plan_input, change.id)
    if not amount:
        yield skip(change, RULE, f"It is dated before the start date {start}, and no invoice matches it.")
    elif choice == "left_out":
        words = f"It was open on the start date {start}, and stays in Oncord with what pays it, as somebody has said."
        yield skip(change, RULE, words)
    elif obstacle := _obstacle(plan_input, sale, amount, choice):
        yield from obstructed(change, RULE, Obstacle(OPENING, obstacle))
    elif choice == "create":
        yield from document_created(plan_input, id_map, change, sale, generation, part=Opening(start, whole=True))
    else:
        yield from _brought_in(plan_input, id_map, change, sale, amount, generation)


def _obstacle(plan_input: PlanInput, sale: Sale, amount: Decimal, choice: OpeningChoice) -> str:
    """Why a person has to say something, in words; "" where it comes over as was said."""
    start = day_in_words(plan_input.configuration.start_date)
    open_then = f"It is dated before the start date {start}, and {in_money(amount, sale)} of it was still open then."
    if choice == "undecided":
        return f"{open_then} Nobody has said yet how that comes into QuickBooks."
    if choice == "match":
        return f"{open_then} It is said to be in QuickBooks already, and no open invoice there is certainly this one."
    why = in_the_way(plan_input, sale, amount, choice)
    return f"{open_then} {why}" if why else ""


def _brought_in(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, sale: Sale, amount: Decimal, generation: int
) -> Iterator[Operation]:
    """The invoice over what was open of a sale: one line on Opening Balance Equity, dated on the start date."""
    configuration = plan_input.configuration
    start, currency = configuration.start_date, configuration.books_currency(sale.money.currency)
    try:
        check_currency(sale.money.currency, configuration)
        yield from customer_provided(plan_input, id_map, sale, currency)
        customer = id_map.customer_of(sale.contact_id, currency)
    except Obstacle as obstacle:
        yield from obstructed(change, RULE, obstacle)
        return
    id_map.plan_create(change.key)
    line = Line(amount, kind="opening", item=configuration.items.opening_item_id, description=_described(sale))
    invoice = replace(
        sale,
        contact_id=customer,
        money=Money(sale.money.currency, (line,), total=amount),
        number=held(sale.number) if configuration.document_numbers == "oncord" else "",
        date=start,
        due_date=max(sale.due_date, start) if sale.due_date else None,
        notes="",
        paid=Decimal(0),
        adjusts_id="",
    )
    yield create(
        Side.QUICKBOOKS,
        Kind.SALE,
        change.id,
        invoice,
        RULE,
        f"{in_money(amount, sale)} of it was open on the start date {day_in_words(start)}, which comes into QuickBooks as an "
        "opening balance, as somebody has said.",
        fields=("money",),
        generation=generation,
        part=Opening(start),
        backfill=plan_input.backfill,
    )


def _described(sale: Sale) -> str:
    named = f"sale {sale.number}" if sale.number else "a sale"
    dated = f" of {day_in_words(sale.date)}" if sale.date else ""
    return f"Opening balance: open of {named}{dated}"


def agree_opening(plan_input: PlanInput, change: ChangedRecord, link: Link, part: Opening) -> Iterator[Operation]:
    """A sale beside the invoice that stands for what was open of it: told to a person where the two no longer fit."""
    sale = plan_input.record(Side.ONCORD, Kind.SALE, link.oncord_id)
    invoice = plan_input.record(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)
    if not isinstance(sale, Sale) or not isinstance(invoice, Sale):
        yield park(change, RULE, "One of the two could not be read; correct it where it was made.")
        return
    words = _no_longer_fits(plan_input, link, part, sale, invoice)
    if words:
        yield park(change, RULE, words)
    else:
        reason = "Its opening balance stands in QuickBooks; nothing but what pays it goes there."
        yield rebase(link, change.side.other, RULE, reason)


def _no_longer_fits(plan_input: PlanInput, link: Link, part: Opening, sale: Sale, invoice: Sale) -> str:
    """How a sale and its opening balance came apart, and what to do, in words; "" where they fit."""
    if is_void(sale) and invoice.voided:
        return ""
    day, called = day_in_words(part.day), f"invoice {invoice.number}".rstrip()
    there = f"its opening balance of {in_money(invoice.money.total, invoice)} in QuickBooks ({called})"
    if is_void(sale):
        return (
            f"The sale was cancelled in Oncord, but {there} stands. What takes it back belongs to the income and the tax of "
            "before: enter a credit memo there, or void the invoice. Or put the sale back."
        )
    if invoice.voided:
        return (
            f"The opening balance of this sale ({called}) was voided in QuickBooks, and the sale stands in Oncord. Cancel it "
            "there too, or enter what is still owed in QuickBooks."
        )
    open_then = open_on(plan_input, link.oncord_id, sale, part.day)
    if open_then == invoice.money.total or (link.origin is Origin.BOTH and not _has_moved(link, sale, invoice)):
        return ""
    return (
        f"{in_money(open_then, sale)} of this sale was open on {day} as Oncord has it now, but {there} is not that much. Correct "
        "the one that is wrong."
    )


def _has_moved(link: Link, sale: Sale, invoice: Sale) -> bool:
    """Whether either total is another one than when the two became one."""
    before = ((link.base_oncord, sale), (link.base_quickbooks, invoice))
    return any(isinstance(base, Sale) and base.money.total != now.money.total for base, now in before)


def in_money(amount: Decimal, sale: Sale) -> str:
    """An amount in the currency of a sale, as a sentence speaks of it."""
    currency = sale.money.currency
    return with_currency(amount, currency)
