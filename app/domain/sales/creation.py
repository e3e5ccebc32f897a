"""The document of a sale that has none yet: made in QuickBooks with what it needs."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.ensure import provide_customer
from app.domain.items.plan import provide_items, reactivate_items
from app.domain.model.link_part import PRIMARY, Part
from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Sale, Side
from app.domain.planning.conversion import check_currency
from app.domain.planning.decisions import obstructed
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.writes import create
from app.domain.sales.adjustments import check_bad_debt, check_reason, with_its_items
from app.domain.sales.conversion import check_codes, sale_to
from app.domain.sales.write_offs import applied_first


def document_created(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    sale: Sale,
    generation: int,
    *,
    part: Part = PRIMARY,
) -> Iterator[Operation]:
    """The invoice or credit memo of a sale, with its customer and items; or what is in the way of that."""
    rule = "S7" if sale.type == "adjustment" else "S1"
    try:
        _check(plan_input, id_map, sale)
        first = applied_first(plan_input, change, sale)
        if first is not None:  # it is looked at again once that is there
            yield first
            return
        yield from _needed(plan_input, id_map, sale, plan_input.configuration.books_currency(sale.money.currency))
        invoice = sale_to(Side.QUICKBOOKS, sale, id_map, plan_input.configuration)
        yield from reactivate_items(plan_input, id_map, invoice)
    except Obstacle as obstacle:
        yield from obstructed(change, rule, obstacle)
        return
    id_map.plan_create(change.key)
    noun = "adjustment" if sale.type == "adjustment" else "sale"
    yield create(
        Side.QUICKBOOKS,
        Kind.SALE,
        change.id,
        invoice,
        rule,
        f"A confirmed {noun} of {sale.money.total} {sale.money.currency} made in Oncord.",
        fields=("money",),
        generation=generation,
        part=part,
        backfill=plan_input.backfill,
    )


def _check(plan_input: PlanInput, id_map: IdMap, sale: Sale) -> None:
    """Raises `Obstacle` before anything is made in vain (C1)."""
    check_currency(sale.money.currency, plan_input.configuration)
    configuration = with_its_items(sale, plan_input.configuration)
    check_codes(Side.QUICKBOOKS, sale, configuration)
    check_reason(sale, configuration)
    check_bad_debt(plan_input, id_map, sale)


def _needed(plan_input: PlanInput, id_map: IdMap, sale: Sale, currency: str) -> Iterator[Operation]:
    """The customer and the items that an invoice needs."""
    configuration = with_its_items(sale, plan_input.configuration)
    yield from customer_provided(plan_input, id_map, sale, currency)
    yield from provide_items(replace(plan_input, configuration=configuration), id_map, sale)


def customer_provided(plan_input: PlanInput, id_map: IdMap, sale: Sale, currency: str) -> Iterator[Operation]:
    """The customer of a new document. Raises `Obstacle` where it has to be asked about first."""
    within = f"in {currency} " if currency else ""
    reason = f"Its first sale {within}is being synchronised."
    yield from provide_customer(plan_input, id_map, str(sale.contact_id), reason, currency)
