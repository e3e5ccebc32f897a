"""Sales and invoices, adjustments and credit memos that were touched: rules S1 to S7. What is new is decided here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.contacts.ensure import (
    asked_who,
    find_customer,
    provide_contact,
    provide_customer,
)
from app.domain.items.plan import provide_items, wake_items
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Kind,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.conversion import check_currency
from app.domain.planning.decisions import (
    at_fault,
    obstructed,
    park,
    restored,
    skip,
)
from app.domain.planning.id_map import Directory, Obstacle
from app.domain.planning.plan_input import Situation, Touched
from app.domain.planning.questions import subject
from app.domain.sales.conversion import check_codes, sale_to
from app.domain.sales.deletion import sale_removed
from app.domain.sales.matches import document_found, joined_documents
from app.domain.sales.reconcile import agree_sale, below_zero
from app.domain.sales.repeats import left_by_its_pair, outlived, repeated


def plan_sale(situation: Situation, directory: Directory, touched: Touched) -> Iterator[Operation]:
    """Decide about one touched sale or invoice."""
    link = situation.links.live(touched.key)
    snapshot = situation.snapshot(*touched.key)
    tombstone = situation.links.tombstone(touched.key)
    if snapshot is None:
        yield skip(touched, "S2", "It was never seen here, so there is nothing to compare.")
    elif link is not None:
        yield from _linked(situation, directory, touched, link)
    elif tombstone is not None:
        yield from _buried(situation, directory, touched, tombstone)
    elif snapshot.deleted:
        yield skip(touched, "S3", "It was deleted before it was ever synchronised.")
    elif touched.key in situation.links.by_record and isinstance(snapshot.record, Sale) and snapshot.record.voided:
        yield skip(touched, "S5", "It is void, and its sale goes on with a new invoice.")
    elif isinstance(directory.across(*touched.key), str):
        yield skip(touched, "S1", "It has been joined with its counterpart already.")
    else:
        yield from _new(situation, directory, touched, snapshot, situation.links.generation(touched.key))


def _new(
    situation: Situation, directory: Directory, touched: Touched, snapshot: Snapshot, generation: int
) -> Iterator[Operation]:
    if not isinstance(snapshot.record, Sale):
        yield park(touched, "S1", "It could not be read; correct it where it was made.")
    elif touched.side is Side.ONCORD:
        yield from _push_new(situation, directory, touched, snapshot.record, generation)
    else:
        yield from _pull_new(situation, directory, touched, snapshot.record, generation)


def _buried(situation: Situation, directory: Directory, touched: Touched, tombstone: Link) -> Iterator[Operation]:
    back = situation.snapshot(*touched.key)
    other = situation.snapshot(touched.side.other, Kind.SALE, tombstone.id_on(touched.side.other))
    if back is None or back.deleted or tombstone.gone is not touched.side:
        rule = "S6" if tombstone.gone is Side.QUICKBOOKS else "S3"
        yield skip(touched, rule, "Its counterpart was deleted; it is only made anew when a person asks for it.")
    elif other is not None and not other.deleted:
        yield restored(tombstone, "S2", "It is back; it goes on with the same counterpart as before.")
        yield from agree_sale(situation, directory, touched, tombstone)
    else:
        yield from _new(situation, directory, touched, back, tombstone.generation + 1)


def _linked(situation: Situation, directory: Directory, touched: Touched, link: Link) -> Iterator[Operation]:
    oncord = situation.snapshot(Side.ONCORD, Kind.SALE, link.oncord_id)
    quickbooks = situation.snapshot(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)
    if oncord is None or quickbooks is None:
        yield skip(touched, "S2", "Its counterpart has not been read yet; there is nothing to compare.")
    elif oncord.deleted or quickbooks.deleted:
        yield from sale_removed(situation, directory, touched, link)
    else:
        yield from agree_sale(situation, directory, touched, link)


def _push_new(
    situation: Situation, directory: Directory, touched: Touched, sale: Sale, generation: int
) -> Iterator[Operation]:
    rule = "S7" if sale.type == "adjustment" else "S1"
    if sale.status == "draft":
        yield skip(touched, "S1", "It is a draft; it is synchronised once it is confirmed.")
        return
    if sale.status == "cancelled" or sale.voided:
        yield skip(touched, "S5", "It was cancelled or voided before it was ever synchronised.")
        return
    if sale.money.total < 0:
        yield at_fault(touched, rule, below_zero(sale))
        return
    if code := situation.configuration.left_out_code(line.tax_code for line in sale.money.lines):
        yield skip(touched, "S1", f"Sales with the tax code {code} are not synchronised, as the configuration says.")
        return
    contact_id = str(sale.contact_id)
    yield from find_customer(situation, directory, contact_id)
    currency = situation.configuration.books_currency(sale.money.currency)
    customer = directory.customer(contact_id, currency)
    start = situation.configuration.start_date
    early = sale.date is not None and sale.date < start
    if not generation:
        twin = _there_already(situation, directory, touched, sale, customer, early=early)
        if twin:
            who = asked_who(situation, directory, contact_id, currency)
            yield from twin if who is None or not _settles(situation, who, twin) else _after(touched, rule, who)
            return
    if early:
        yield skip(touched, "S1", f"It is dated before the start date {start}, and no invoice matches it.")
        return
    try:
        check_currency(sale.money.currency, situation.configuration)
        check_codes(Side.QUICKBOOKS, sale, situation.configuration)
        why = f"Its first sale {f'in {currency} ' if currency else ''}is being synchronised."
        yield from provide_customer(situation, directory, contact_id, why, currency)
        yield from provide_items(situation, directory, sale)
        translated = sale_to(Side.QUICKBOOKS, sale, directory, situation.configuration)
        yield from wake_items(situation, directory, translated)
    except Obstacle as obstacle:
        yield from obstructed(touched, rule, obstacle)
        return
    directory.coming.add(touched.key)
    yield Operation(
        Action.CREATE,
        Side.QUICKBOOKS,
        Kind.SALE,
        rule,
        f"A confirmed {'adjustment' if sale.type == 'adjustment' else 'sale'} of {sale.money.total} {sale.money.currency} made in Oncord.",
        source_id=touched.id,
        record=translated,
        fields=("money",),
        generation=generation,
        origin=Origin.ONCORD,
        backfill=situation.backfill,
    )


def _settles(situation: Situation, who: Operation, twin: Sequence[Operation]) -> bool:
    """Whether the documents that a sale could be are those of the customers that its contact could be: then the answer
    to the one question answers the other."""
    customers = {c.id for c in who.question.choices} | {who.source_id} if who.question else set()
    documents = [c.id for o in twin if o.question is not None for c in o.question.choices]
    records = [situation.record(Side.QUICKBOOKS, Kind.SALE, document) for document in documents]
    return bool(records) and all(isinstance(r, Sale) and r.contact_id in customers for r in records)


def _after(touched: Touched, rule: str, who: Operation) -> Iterator[Operation]:
    yield who
    words = "It waits until somebody has said which customer its contact is."
    yield from obstructed(touched, rule, Obstacle(subject(who), words))


def _there_already(
    situation: Situation,
    directory: Directory,
    touched: Touched,
    sale: Sale,
    contact: Reference | None,
    *,
    early: bool = False,
) -> list[Operation]:
    """What says that a document is on the other side already: its counterpart, or another one's that it would repeat.

    One that is too `early` to be made there repeats nothing.
    """
    found = left_by_its_pair(situation, touched)
    if found is not None:
        return list(joined_documents(situation, directory, touched, situation.snapshots[touched.key], found))
    situation = outlived(situation, touched)
    repeats = [] if early else list(repeated(situation, directory, touched, sale, contact))
    settled = [o for o in repeats if o.question is None]
    return settled or list(document_found(situation, directory, touched, sale, contact)) or repeats


def _pull_new(
    situation: Situation, directory: Directory, touched: Touched, sale: Sale, generation: int
) -> Iterator[Operation]:
    rule = "S7" if sale.type == "adjustment" else "S4"
    try:
        contact, prerequisites = provide_contact(situation, directory, str(sale.contact_id))
        yield from prerequisites
        if not generation:
            twin = _there_already(situation, directory, touched, sale, contact)
            if twin:
                yield from twin
                return
        translated = sale_to(Side.ONCORD, sale, directory, situation.configuration, contact=contact)
    except Obstacle as obstacle:
        yield from obstructed(touched, rule, obstacle)
        return
    directory.coming.add(touched.key)
    yield Operation(
        Action.CREATE,
        Side.ONCORD,
        Kind.SALE,
        rule,
        f"{'A credit memo' if sale.type == 'adjustment' else 'An invoice'} of {sale.money.total} {sale.money.currency} made in QuickBooks.",
        source_id=touched.id,
        record=replace(translated, books_status="void" if sale.voided else "linked"),
        fields=("money",),
        generation=generation,
        origin=Origin.QUICKBOOKS,
        backfill=situation.backfill,
    )
