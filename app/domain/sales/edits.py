"""What has moved of a sale or of its invoice, written to the other side in its own words: rules S2 and S5."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.ensure import provide_contact
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Money, Reference, Sale, Side, Snapshot
from app.domain.model.write_fields import BooksMark, BooksStatus, WriteField
from app.domain.planning.decisions import park, rebase, words
from app.domain.planning.differences import documents_added_to
from app.domain.planning.id_map import IdMap
from app.domain.planning.merge import Merged
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.writes import update, void
from app.domain.sales.cancelled import beside, taken_back, too_late
from app.domain.sales.conversion import sale_to
from app.domain.sales.differences import further_difference


def as_sale(record: object) -> Sale | None:
    """A base of a sale's link as what it is."""
    return record if isinstance(record, Sale) else None


def invoice_of(
    plan_input: PlanInput,
    id_map: IdMap,
    link: Link,
    sale: Sale,
    invoice: Sale,
    *,
    with_money: bool,
    customer: Reference | None,
) -> Sale:
    """The sale in QuickBooks' words; money that has not moved is not converted, so that it cannot stand in the way."""
    converted = sale if with_money else _without_lines(sale)
    return sale_to(
        Side.QUICKBOOKS,
        converted,
        id_map,
        plan_input.configuration,
        contact=customer,
        base_source=as_sale(link.base_oncord),
        base_target=as_sale(link.base_quickbooks),
        standing=invoice,
    )


def _sale_of(
    plan_input: PlanInput, id_map: IdMap, link: Link, invoice: Sale, sale: Sale, *, with_money: bool, contact: Reference
) -> Sale:
    """The invoice in Oncord's words."""
    converted = invoice if with_money else _without_lines(invoice)
    return sale_to(
        Side.ONCORD,
        converted,
        id_map,
        plan_input.configuration,
        contact=contact,
        base_source=as_sale(link.base_quickbooks),
        base_target=as_sale(link.base_oncord),
        standing=sale,
    )


def _without_lines(sale: Sale) -> Sale:
    return replace(sale, money=replace(sale.money, lines=()))


def invoice_written(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    link: Link,
    quickbooks: Snapshot,
    target: Sale,
    merged: Merged,
) -> Iterator[Operation]:
    """What has moved in Oncord, for QuickBooks: an update, or that its invoice is voided, taken back, or stays (S5)."""
    if "money" not in merged.to_quickbooks and isinstance(quickbooks.record, Sale):
        # What it comes to there is what it still has to come to after this write, whatever QuickBooks works out anew.
        target = replace(target, money=quickbooks.record.money)
    write = update(
        quickbooks,
        link.oncord_id,
        target,
        "S7" if target.type == "adjustment" else "S2",
        f"Changed in Oncord: {words(merged.to_quickbooks)}.",
        fields=merged.to_quickbooks,
        disagreements=merged.lost_on(Side.QUICKBOOKS),
        backfill=plan_input.backfill,
    )
    if "voided" not in merged.to_quickbooks:
        yield from _as_it_may_be(plan_input, change, link, quickbooks, write)
        return
    taken_back_already = beside(plan_input, link) is not None
    why = too_late(plan_input, link, quickbooks.record) if isinstance(quickbooks.record, Sale) else ""
    if target.voided and link.origin is Origin.ONCORD and not why and not taken_back_already:
        # What was typed besides is written once the document is void: its version moves on with that.
        yield void(write, "S5", "Voided in Oncord.")
        return
    typed_besides = tuple(group for group in merged.to_quickbooks if group != "voided")
    if typed_besides:
        yield replace(write, fields=typed_besides, reason=f"Changed in Oncord: {words(typed_besides)}.")
    if not target.voided:
        yield _not_revived(change, link)
    elif link.origin is not Origin.ONCORD:
        yield _not_voided(change)
    elif taken_back_already:
        yield rebase(link, Side.QUICKBOOKS, "S5", "It was cancelled, and what takes its document back is there.")
    else:
        yield from taken_back(plan_input, id_map, change, link, quickbooks, why)


def _as_it_may_be(
    plan_input: PlanInput, change: ChangedRecord, link: Link, quickbooks: Snapshot, write: Operation
) -> Iterator[Operation]:
    """An update of an invoice; of one whose differences have documents of their own the amounts become a further one, unless a
    lock holds it and somebody has to be asked (B1)."""
    invoice, lock = quickbooks.record, plan_input.lock
    with_money = "money" in write.groups and bool(documents_added_to(plan_input, link.oncord_id))
    if with_money and isinstance(invoice, Sale) and not (lock is not None and lock.holds(invoice.date)):
        yield from further_difference(plan_input, change, write, invoice)
    else:
        yield write


def _not_voided(change: ChangedRecord) -> Operation:
    return park(
        change,
        "S5",
        "The sale was voided in Oncord, but its invoice did not begin there, so it is not voided for you. Void it in "
        "QuickBooks, or put the sale back.",
    )


def _not_revived(change: ChangedRecord, link: Link) -> Operation:
    question = park(
        change,
        "S5",
        "The sale is no longer void in Oncord, but QuickBooks cannot bring a voided invoice back. Make its invoice "
        "anew, or void the sale again.",
    )
    return replace(question, recreates=(Side.ONCORD, Kind.SALE, link.oncord_id))


def sale_written(
    plan_input: PlanInput,
    id_map: IdMap,
    link: Link,
    oncord: Snapshot,
    invoice: Sale,
    merged: Merged,
    *,
    money: Money | None = None,
) -> Iterator[Operation]:
    """What has moved in QuickBooks, for Oncord, and the contact that it needs there; `money` where it is not the invoice's alone
    (B1)."""
    sale = oncord.record
    assert isinstance(sale, Sale)
    contact: Reference = sale.contact_id
    if "contact_id" in merged.to_oncord:
        contact, prerequisites = provide_contact(plan_input, id_map, str(invoice.contact_id))
        yield from prerequisites
    with_money = "money" in merged.to_oncord and money is None
    record = _sale_of(plan_input, id_map, link, invoice, sale, with_money=with_money, contact=contact)
    record = record if money is None else replace(record, money=money)
    fields, reason = _told(invoice, merged.to_oncord)
    yield update(
        oncord,
        link.quickbooks_id,
        record,
        "S7" if invoice.type == "adjustment" else "S5",
        reason,
        fields=fields,
        disagreements=merged.lost_on(Side.ONCORD),
        backfill=plan_input.backfill,
    )


def _told(invoice: Sale, groups: tuple[str, ...]) -> tuple[tuple[WriteField, ...], str]:
    """The fields of the update of a sale and its reason; a void leaves its mark in both."""
    reason = f"Changed in QuickBooks: {words(groups)}."
    if "voided" not in groups:
        return groups, reason
    if invoice.voided:
        return (*groups, BooksMark(BooksStatus.VOID)), "Voided in QuickBooks."
    return (*groups, BooksMark(BooksStatus.LINKED)), reason
