"""How a sale and its invoice come to say the same: rules S2 and S5, and their share of S7.

Amounts move as one block. While either side is void nothing but the void itself moves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.domain.contacts.ownership import belongs
from app.domain.items.plan import provide_items, reactivate_items
from app.domain.matching.documents import differing
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import (
    STATEMENT_CHARGES,
    Kind,
    Money,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.conversion import check_currency, check_same_currency
from app.domain.planning.decisions import (
    agreed,
    agreed_but_for,
    at_fault,
    linked_again,
    obstructed,
    park,
    skip,
)
from app.domain.planning.differences import held_as_sums
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.merge import (
    Merged,
    agrees,
    changed_groups,
    is_unsettled,
    three_way,
    unsettled,
)
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.sales.cancelled import looked_after
from app.domain.sales.differences import (
    agreed_together,
    as_the_books_say,
    check_customer,
    come_to,
    differences_looked_after,
    moved_in_the_books,
)
from app.domain.sales.edits import as_sale, invoice_of, invoice_written, sale_written
from app.domain.sales.joined import joined
from app.domain.sales.moves import made_room
from app.domain.sales.pay_back import paid_back
from app.domain.sales.refused_amounts import amounts_of_a_statement, refused_amounts
from app.domain.sales.whose import after_merges_here, after_merges_there, customer_meant, customer_needed

_FROZEN_WHILE_VOID = frozenset({"money"})
"""Of a void document amounts alone are neither compared nor pushed (S5): what people type besides goes over."""


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A sale beside its invoice, and what has moved on either side since they last agreed."""

    change: ChangedRecord
    link: Link
    rule: str
    oncord: Snapshot
    quickbooks: Snapshot
    sale: Sale
    invoice: Sale
    base_sale: Sale | None
    base_invoice: Sale | None
    changed: frozenset[str]
    ignored: frozenset[str]
    as_sums: bool
    """It is held against its invoice and documents over its differences together (B1)."""


def agree_sale(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    """Compare a pair that is there on both sides and carry over what has moved."""
    oncord = plan_input.snapshots[Side.ONCORD, Kind.SALE, link.oncord_id]
    quickbooks = plan_input.snapshots[Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id]
    rule = _rule(change.side, quickbooks.record)
    if not isinstance(oncord.record, Sale) or not isinstance(quickbooks.record, Sale):
        yield park(change, rule, "One of the two could not be read; correct it where it was made.")
        return
    if oncord.record.type != quickbooks.record.type:
        yield park(change, "S7", "One side has a sale here and the other one a credit. Delete one of the two.")
        return
    if oncord.record.status == "draft":
        yield skip(change, "S1", "It is a draft again; what changes is synchronised once it is confirmed.")
        return
    case = _comparison(plan_input, id_map, change, link, rule, oncord.record, quickbooks.record)
    if not case.sale.voided and not case.invoice.voided:
        yield from linked_again(link, oncord, rule)
    yield from looked_after(plan_input, link, case.sale, case.invoice)
    yield from differences_looked_after(plan_input, link, case.sale, case.invoice)
    yield from joined(plan_input, link, case.sale, case.invoice)
    yield from paid_back(plan_input, change, link, case.sale, case.invoice)
    if not case.changed:
        yield _rested(case)
        return
    if _nothing_new(plan_input, case):
        yield skip(change, rule, "QuickBooks works its amounts out differently than Oncord; that waits for a person.")
        return
    trial = id_map.branch()
    try:
        operations = list(_carried_over(plan_input, trial, case))
    except Obstacle as obstacle:  # all of it or nothing: no payment lets go of an invoice that stays where it is
        yield from obstructed(change, rule, obstacle)
        return
    id_map.accept(trial)
    yield from operations


def _comparison(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    link: Link,
    rule: str,
    sale: Sale,
    invoice: Sale,
) -> _Comparison:
    sale = _effective(sale)
    as_sums = held_as_sums(plan_input, link)
    base_sale, base_invoice = _bases(plan_input, link, sale, invoice, as_sums=as_sums)
    ignored = _ignored(plan_input, id_map, sale, invoice)
    changed_here = changed_groups(Kind.SALE, base_sale, sale)
    changed_there = changed_groups(Kind.SALE, base_invoice, invoice)
    return _Comparison(
        change=change,
        link=link,
        rule=rule,
        oncord=plan_input.snapshots[Side.ONCORD, Kind.SALE, link.oncord_id],
        quickbooks=plan_input.snapshots[Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id],
        sale=sale,
        invoice=invoice,
        base_sale=base_sale,
        base_invoice=base_invoice,
        changed=(changed_here | changed_there) - ignored,
        ignored=ignored,
        as_sums=as_sums,
    )


def _bases(
    plan_input: PlanInput, link: Link, sale: Sale, invoice: Sale, *, as_sums: bool
) -> tuple[Sale | None, Sale | None]:
    """What either side held at the last agreement; what a merge took along since counts as agreed."""
    base_sale, base_invoice = as_sale(link.base_oncord), as_sale(link.base_quickbooks)
    if base_sale is not None:
        base_sale = _effective(base_sale)
        invoice_moved = base_invoice is not None and base_invoice.money != invoice.money
        if is_unsettled(base_sale, sale) and invoice_moved:
            base_sale = replace(base_sale, money=sale.money)  # the books' newer figures go on
    base_sale = after_merges_here(plan_input, base_sale, sale)
    base_invoice = after_merges_there(plan_input, base_invoice, invoice)
    if base_sale is not None and base_invoice is not None and as_sums:
        # What its documents come to together is looked at each time, and not what either of them was.
        base_sale = replace(base_sale, money=unsettled(base_sale.money))
        base_invoice = replace(base_invoice, money=invoice.money)
    return base_sale, base_invoice


def _carried_over(plan_input: PlanInput, id_map: IdMap, case: _Comparison) -> Iterator[Operation]:
    """What has moved, written to the side that does not hold it yet. Raises `Obstacle` where that cannot be done."""
    yield from _prerequisites(plan_input, id_map, case)
    customer = _customer(case)
    with_money = "money" in case.changed and STATEMENT_CHARGES not in case.quickbooks.extras
    as_invoice = invoice_of(
        plan_input, id_map, case.link, case.sale, case.invoice, with_money=with_money, customer=customer
    )
    merged = amounts_of_a_statement(case.quickbooks, _merged(plan_input, case, as_invoice))
    refusal = refused_amounts(case.sale, case.quickbooks, merged)
    told: Money | None = None
    if "money" in merged.to_quickbooks and case.as_sums and moved_in_the_books(plan_input, case.link, case.sale):
        told = as_the_books_say(plan_input, id_map, case.link, case.sale, as_invoice, case.invoice)
        merged = replace(_without_money(merged), to_oncord=(*merged.to_oncord, "money"))
    elif refusal:
        yield at_fault(case.change, case.rule, refusal)
        merged = _without_money(merged)
    elif merged.left_alone and not merged.to_quickbooks and not merged.to_oncord:
        yield agreed_but_for(case.change, case.link, case.rule, merged.left_alone)
    elif not merged.to_quickbooks and not merged.to_oncord:
        yield _comes_to_the_same(case) if case.as_sums else _rested(case)
    if case.as_sums and told is None and "money" not in merged.to_quickbooks and not refusal:
        yield from agreed_together(plan_input, case.link, case.sale)
    yield from _written(plan_input, id_map, case, as_invoice, merged, told)


def _without_money(merged: Merged) -> Merged:
    return replace(merged, to_quickbooks=tuple(group for group in merged.to_quickbooks if group != "money"))


def _written(
    plan_input: PlanInput, id_map: IdMap, case: _Comparison, as_invoice: Sale, merged: Merged, told: Money | None
) -> Iterator[Operation]:
    """The writes of what has moved, and what must be done first; `told`: what Oncord is told of the money of several documents."""
    if "money" in merged.to_quickbooks:
        check_currency(case.sale.money.currency, plan_input.configuration)
        held = frozenset(line.item for line in case.invoice.money.lines)
        yield from reactivate_items(plan_input, id_map, as_invoice, held)
    if "contact_id" in merged.to_quickbooks:
        check_customer(plan_input, case.link)
        yield from made_room(plan_input, id_map, case.link, as_invoice.contact_id)
    if merged.to_quickbooks:
        yield from invoice_written(plan_input, id_map, case.change, case.link, case.quickbooks, as_invoice, merged)
    if merged.to_oncord:
        yield from sale_written(plan_input, id_map, case.link, case.oncord, case.invoice, merged, money=told)


def _prerequisites(plan_input: PlanInput, id_map: IdMap, case: _Comparison) -> Iterator[Operation]:
    """The items and the customer that must be there before the sale can be said in QuickBooks' words."""
    if "money" in case.changed and STATEMENT_CHARGES not in case.quickbooks.extras:
        check_same_currency(case.sale.money.currency, case.invoice.money.currency, plan_input.configuration)
        yield from provide_items(plan_input, id_map, case.sale)
    if "contact_id" in case.changed:
        yield from customer_needed(plan_input, id_map, case.base_sale, case.sale)


def _customer(case: _Comparison) -> Reference | None:
    """The customer that the sale speaks of; None where its contact has to tell."""
    if "contact_id" not in case.changed:
        return case.invoice.contact_id
    return customer_meant(case.base_sale, case.sale, case.base_invoice, case.invoice)


def _merged(plan_input: PlanInput, case: _Comparison, as_invoice: Sale) -> Merged:
    def same(group: str) -> bool:
        if group == "money" and case.as_sums:
            return come_to(plan_input, case.link, case.sale, as_invoice, case.invoice)
        return agrees(group, getattr(as_invoice, group), getattr(case.invoice, group))

    return three_way(
        Kind.SALE,
        base_oncord=case.base_sale,
        oncord=case.sale,
        base_quickbooks=case.base_invoice,
        quickbooks=case.invoice,
        winner=plan_input.configuration.conflict_winner[Kind.SALE],
        same=same,
        ignore=case.ignored,
    )


def _rested(case: _Comparison) -> Operation:
    """Nothing is to be carried over; "the same" is said only of money that is the same (law 11)."""
    rests = agreed(case.change, case.link, case.rule)
    differs = differing(case.sale, case.invoice)
    if not differs or case.sale.voided or case.invoice.voided:
        return rests
    words = " and ".join(differs)
    return replace(
        rests,
        reason=f"Nothing has changed since they became one, but {words}. What you change reaches the other one.",
    )


def _comes_to_the_same(case: _Comparison) -> Operation:
    words = "The invoice and the documents over later differences come to the sale together; nothing to do."
    return replace(agreed(case.change, case.link, case.rule), reason=words)


def _rule(side: Side, document: object) -> str:
    if isinstance(document, Sale) and document.type == "adjustment":
        return "S7"
    return "S2" if side is Side.ONCORD else "S5"


def _effective(sale: Sale) -> Sale:
    """A cancelled sale counts as void."""
    return replace(sale, voided=True) if sale.status == "cancelled" else sale


def _ignored(plan_input: PlanInput, id_map: IdMap, sale: Sale, invoice: Sale) -> frozenset[str]:
    ignored = set(_FROZEN_WHILE_VOID) if sale.voided or invoice.voided else set[str]()
    if plan_input.configuration.document_numbers != "oncord":
        ignored.add("number")
    if sale.type == "adjustment":
        ignored.add("due_date")
    if belongs(plan_input, id_map, invoice.contact_id, sale.contact_id):
        # An invoice on any customer of the contact agrees, on a sub-customer or project of it, too.
        ignored.add("contact_id")
    return frozenset(ignored)


def _nothing_new(plan_input: PlanInput, case: _Comparison) -> bool:
    """Whether all that differs is what QuickBooks has worked out differently before, and only QuickBooks speaks of it: an
    echo of that write, say. An edit or a retry in Oncord tries once more."""
    if case.changed != {"money"} or not is_unsettled(case.link.base_oncord, case.sale):
        return False
    base = as_sale(case.link.base_quickbooks)
    key = (Side.ONCORD, Kind.SALE, case.link.oncord_id)
    spoken_of = any(change.key == key for change in plan_input.changes)
    return base is not None and base.money == case.invoice.money and not spoken_of
