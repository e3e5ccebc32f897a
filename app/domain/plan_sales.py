"""Sales and invoices, adjustments and credit memos: rules S1 to S7."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.links import Link, Origin
from app.domain.matching import matching_sales
from app.domain.merge import alike, changed_groups, three_way
from app.domain.operations import Action, Operation
from app.domain.plan_contacts import create_customer, pull_customer
from app.domain.plan_items import provide_items
from app.domain.records import Contact, Kind, Reference, Sale, Side, Snapshot
from app.domain.situation import Situation, Touched
from app.domain.translate import Directory, Obstacle, sale_to

_FROZEN_WHILE_VOID = frozenset(
    {"money", "contact_id", "number", "date", "due_date", "notes", "billing_address", "shipping_address"}
)


def plan_sale(situation: Situation, directory: Directory, touched: Touched) -> Iterator[Operation]:
    """Decide about one touched sale or invoice."""
    link = situation.links.live(touched.key)
    snapshot = situation.snapshot(*touched.key)
    tombstone = situation.links.tombstone(touched.key)
    if snapshot is None:
        yield _decision(Action.SKIP, touched, "S2", "It was never seen here, so there is nothing to compare.")
    elif link is not None:
        yield from _linked(situation, directory, touched, link)
    elif tombstone is not None:
        rule = "S6" if tombstone.gone is Side.QUICKBOOKS else "S3"
        yield _decision(
            Action.SKIP, touched, rule, "Its counterpart was deleted; it is only made anew when a person asks for it."
        )
    elif snapshot.deleted:
        yield _decision(Action.SKIP, touched, "S3", "It was deleted before it was ever synchronised.")
    elif touched.side is Side.ONCORD:
        yield from _push_new(situation, directory, touched, snapshot)
    else:
        yield from _pull_new(situation, directory, touched, snapshot)


def _effective(side: Side, sale: Sale) -> Sale:
    """A cancelled sale counts as void."""
    return replace(sale, voided=True) if side is Side.ONCORD and sale.status == "cancelled" else sale


def _push_new(situation: Situation, directory: Directory, touched: Touched, snapshot: Snapshot) -> Iterator[Operation]:
    sale = snapshot.record
    assert isinstance(sale, Sale)
    rule = "S7" if sale.type == "adjustment" else "S1"
    if sale.status == "draft":
        yield _decision(Action.SKIP, touched, "S1", "It is a draft; it is synchronised once it is confirmed.")
        return
    if sale.status == "cancelled" or sale.voided:
        yield _decision(Action.SKIP, touched, "S5", "It was cancelled or voided before it was ever synchronised.")
        return
    contact_id = sale.contact_id if isinstance(sale.contact_id, str) else ""
    before_start = sale.date is not None and sale.date < situation.configuration.start_date
    known_contact = directory.across(Side.ONCORD, Kind.CONTACT, contact_id)
    if isinstance(known_contact, str):
        twins = matching_sales(sale, known_contact, _free(situation, directory, Side.QUICKBOOKS))
        if len(twins) == 1:
            yield _adopt(directory, snapshot.id, twins[0].id)
            return
        if twins:
            yield _decision(
                Action.PARK,
                touched,
                rule,
                f"{len(twins)} QuickBooks documents could be this sale. Say which one it is.",
                "person",
            )
            return
    if before_start:
        yield _decision(
            Action.SKIP,
            touched,
            "S1",
            f"It is dated before the start date {situation.configuration.start_date}, and no invoice matches it.",
        )
        return
    try:
        prerequisites = list(create_customer(situation, directory, contact_id, "Its first sale is being synchronised."))
        yield from prerequisites
        if any(o.action is Action.PARK for o in prerequisites):
            raise Obstacle(
                f"contact:oncord:{contact_id}", "It waits until somebody has said which customer its contact is."
            )
        yield from _reactivated(situation, contact_id)
        yield from provide_items(situation, directory, sale)
        translated = sale_to(Side.QUICKBOOKS, sale, directory, situation.configuration)
    except Obstacle as obstacle:
        yield obstructed(touched, rule, obstacle)
        return
    directory.coming.add(touched.key)
    yield Operation(
        Action.CREATE,
        Side.QUICKBOOKS,
        Kind.SALE,
        rule,
        f"A confirmed {'adjustment' if sale.type == 'adjustment' else 'sale'} of {sale.money.total} {sale.money.currency} made in Oncord.",
        source_id=snapshot.id,
        record=translated,
        fields=("money",),
        origin=Origin.ONCORD,
        backfill=situation.backfill,
    )


def _reactivated(situation: Situation, contact_id: str) -> Iterator[Operation]:
    link = situation.links.live((Side.ONCORD, Kind.CONTACT, contact_id))
    customer = situation.snapshot(Side.QUICKBOOKS, Kind.CONTACT, link.quickbooks_id) if link else None
    if link is None or customer is None or not isinstance(customer.record, Contact) or customer.record.active:
        return
    yield Operation(
        Action.UPDATE,
        Side.QUICKBOOKS,
        Kind.CONTACT,
        "C6",
        "A sale needs this inactive customer; it is made active again.",
        source_id=contact_id,
        target_id=link.quickbooks_id,
        record=replace(customer.record, active=True),
        fields=("active",),
        expected_version=customer.version,
    )


def _pull_new(situation: Situation, directory: Directory, touched: Touched, snapshot: Snapshot) -> Iterator[Operation]:
    sale = snapshot.record
    assert isinstance(sale, Sale)
    rule = "S7" if sale.type == "adjustment" else "S4"
    customer_id = sale.contact_id if isinstance(sale.contact_id, str) else ""
    try:
        contact, prerequisites = contact_of_customer(situation, directory, customer_id)
        yield from prerequisites
        if isinstance(contact, str):
            twins = matching_sales(sale, contact, _free(situation, directory, Side.ONCORD))
            if len(twins) == 1:
                yield _adopt(directory, twins[0].id, snapshot.id)
                return
            if twins:
                yield _decision(
                    Action.PARK,
                    touched,
                    rule,
                    f"{len(twins)} Oncord sales could be this invoice. Say which one it is.",
                    "person",
                )
                return
        translated = sale_to(Side.ONCORD, sale, directory, situation.configuration, contact=contact)
    except Obstacle as obstacle:
        yield obstructed(touched, rule, obstacle)
        return
    directory.coming.add(touched.key)
    yield Operation(
        Action.CREATE,
        Side.ONCORD,
        Kind.SALE,
        rule,
        f"{'A credit memo' if sale.type == 'adjustment' else 'An invoice'} of {sale.money.total} {sale.money.currency} made in QuickBooks.",
        source_id=snapshot.id,
        record=replace(translated, books_status="void" if sale.voided else "linked"),
        fields=("money",),
        origin=Origin.QUICKBOOKS,
        backfill=situation.backfill,
    )


def contact_of_customer(
    situation: Situation, directory: Directory, customer_id: str
) -> tuple[Reference, list[Operation]]:
    """The Oncord contact that an invoice's customer stands for, and what must be created before it can be used."""
    chosen, seen = customer_id, set[str]()
    while chosen not in seen:
        seen.add(chosen)
        known = directory.across(Side.QUICKBOOKS, Kind.CONTACT, chosen)
        if known is not None:
            return known, []
        customer = situation.record(Side.QUICKBOOKS, Kind.CONTACT, chosen)
        if not isinstance(customer, Contact):
            break
        if customer.parent_id and (customer.is_project or not customer.email):
            chosen = customer.parent_id
            continue
        snapshot = situation.snapshots[(Side.QUICKBOOKS, Kind.CONTACT, chosen)]
        tombstone = situation.links.tombstone((Side.QUICKBOOKS, Kind.CONTACT, chosen))
        if tombstone is not None:
            raise Obstacle(
                "person",
                "Its contact was deleted in Oncord. Ask for the contact to be made anew.",
                f"deleted contact {tombstone.oncord_id}",
            )
        operations = list(pull_customer(situation, directory, replace(snapshot, record=replace(customer, active=True))))
        known = directory.across(Side.QUICKBOOKS, Kind.CONTACT, chosen)
        if known is not None:
            return known, operations
        raise Obstacle(
            f"contact:quickbooks:{chosen}", "It waits until somebody has said which contact its customer is."
        )
    raise Obstacle(f"contact:quickbooks:{chosen}", "It waits until its customer has been read from QuickBooks.")


def _linked(situation: Situation, directory: Directory, touched: Touched, link: Link) -> Iterator[Operation]:
    oncord = situation.snapshot(Side.ONCORD, Kind.SALE, link.oncord_id)
    quickbooks = situation.snapshot(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)
    if oncord is None or quickbooks is None:
        yield _decision(
            Action.SKIP, touched, "S2", "Its counterpart has not been read yet; there is nothing to compare."
        )
        return
    if oncord.deleted or quickbooks.deleted:
        yield from _deleted(situation, touched, link, oncord, quickbooks)
        return
    ours, theirs = oncord.record, quickbooks.record
    assert isinstance(ours, Sale)
    assert isinstance(theirs, Sale)
    ours = _effective(Side.ONCORD, ours)
    base_oncord, base_quickbooks = link.base_oncord, link.base_quickbooks
    assert base_oncord is None or isinstance(base_oncord, Sale)
    assert base_quickbooks is None or isinstance(base_quickbooks, Sale)
    if base_oncord is not None:
        base_oncord = _effective(Side.ONCORD, base_oncord)
    rule = "S7" if theirs.type == "adjustment" else "S2"
    ignored = set[str]()
    if ours.voided or theirs.voided:
        ignored |= _FROZEN_WHILE_VOID
    if situation.configuration.document_numbers != "oncord":
        ignored.add("number")
    try:
        yield from provide_items(situation, directory, ours)
        contact = _contact_reference(directory, base_oncord, ours, theirs)
        as_theirs = sale_to(
            Side.QUICKBOOKS,
            ours,
            directory,
            situation.configuration,
            contact=contact,
            base_source=base_oncord,
            base_target=base_quickbooks,
        )
        if not theirs.voided:
            ignored |= _same_contact(directory, ours, theirs)
        merged = three_way(
            Kind.SALE,
            base_oncord=base_oncord,
            oncord=ours,
            base_quickbooks=base_quickbooks,
            quickbooks=theirs,
            winner=situation.configuration.conflict_winner[Kind.SALE],
            same=lambda group: alike(getattr(as_theirs, group), getattr(theirs, group)),
            ignore=frozenset(ignored),
        )
        if merged.to_quickbooks:
            yield from _to_quickbooks(
                situation, link, quickbooks, as_theirs, merged.to_quickbooks, merged.disagreements, rule
            )
        if merged.to_oncord:
            owner, prerequisites = contact_of_customer(situation, directory, str(theirs.contact_id))
            yield from prerequisites
            as_ours = sale_to(
                Side.ONCORD,
                theirs,
                directory,
                situation.configuration,
                contact=owner,
                base_source=base_quickbooks,
                base_target=base_oncord,
            )
            yield Operation(
                Action.UPDATE,
                Side.ONCORD,
                Kind.SALE,
                "S7" if theirs.type == "adjustment" else "S5",
                "Voided in QuickBooks."
                if merged.to_oncord == ("voided",)
                else f"Changed in QuickBooks: {_words(merged.to_oncord)}.",
                source_id=link.quickbooks_id,
                target_id=link.oncord_id,
                record=replace(as_ours, books_status="void" if theirs.voided else "linked"),
                fields=(*merged.to_oncord, "books_status") if "voided" in merged.to_oncord else merged.to_oncord,
                expected_version=oncord.version,
                disagreements=() if merged.to_quickbooks else merged.disagreements,
                backfill=situation.backfill,
            )
    except Obstacle as obstacle:
        yield obstructed(touched, rule, obstacle)
        return
    if not merged.to_quickbooks and not merged.to_oncord:
        yield Operation(
            Action.REBASE,
            touched.side.other,
            Kind.SALE,
            "S2" if touched.side is Side.ONCORD else "S5",
            "Both sides say the same; nothing to do.",
            source_id=link.id_on(touched.side),
            target_id=link.id_on(touched.side.other),
        )


def _to_quickbooks(
    situation: Situation,
    link: Link,
    quickbooks: Snapshot,
    wanted: Sale,
    fields: tuple[str, ...],
    disagreements: tuple[object, ...],
    rule: str,
) -> Iterator[Operation]:
    theirs = quickbooks.record
    assert isinstance(theirs, Sale)
    target = {
        "side": Side.QUICKBOOKS,
        "kind": Kind.SALE,
        "source_id": link.oncord_id,
        "target_id": link.quickbooks_id,
        "expected_version": quickbooks.version,
        "disagreements": disagreements,
        "backfill": situation.backfill,
    }
    if "voided" in fields and wanted.voided:
        if link.origin is not Origin.ONCORD:
            yield Operation(
                Action.PARK,
                rule="S5",
                reason="The sale was voided in Oncord, but its invoice did not begin there, so it is not voided for you. Void it in QuickBooks, or put the sale back.",
                waits_for="person",
                **target,  # type: ignore[arg-type]
            )
            return
        yield Operation(
            Action.VOID,
            rule="S5",
            reason="Voided in Oncord.",
            record=wanted,
            fields=("voided",),
            **target,  # type: ignore[arg-type]
        )
        return
    if "voided" in fields:
        yield Operation(
            Action.PARK,
            rule="S5",
            reason="The sale is no longer void in Oncord, but QuickBooks cannot bring a voided invoice back. Make a new sale instead.",
            waits_for="person",
            **target,  # type: ignore[arg-type]
        )
        return
    yield Operation(
        Action.UPDATE,
        rule=rule,
        reason=f"Changed in Oncord: {_words(fields)}.",
        record=wanted,
        fields=fields,
        **target,  # type: ignore[arg-type]
    )


def _contact_reference(directory: Directory, base: Sale | None, ours: Sale, theirs: Sale) -> Reference | None:
    """An invoice on any customer of its contact agrees and keeps that customer."""
    if base is None or base.contact_id == ours.contact_id:
        return theirs.contact_id
    return None


def _same_contact(directory: Directory, ours: Sale, theirs: Sale) -> set[str]:
    if not isinstance(theirs.contact_id, str):
        return set()
    return (
        {"contact_id"}
        if directory.across(Side.QUICKBOOKS, Kind.CONTACT, theirs.contact_id) == ours.contact_id
        else set()
    )


def _deleted(
    situation: Situation, touched: Touched, link: Link, oncord: Snapshot, quickbooks: Snapshot
) -> Iterator[Operation]:
    if quickbooks.deleted:
        yield Operation(
            Action.TOMBSTONE,
            Side.QUICKBOOKS,
            Kind.SALE,
            "S6",
            "The invoice was deleted in QuickBooks. The sale stays in Oncord, marked, and is not created again.",
            source_id=link.oncord_id,
            target_id=link.quickbooks_id,
        )
        if not oncord.deleted and isinstance(oncord.record, Sale):
            yield Operation(
                Action.UPDATE,
                Side.ONCORD,
                Kind.SALE,
                "S6",
                "Its invoice is gone from the books.",
                source_id=link.quickbooks_id,
                target_id=link.oncord_id,
                record=replace(oncord.record, books_status="gone"),
                fields=("books_status",),
                expected_version=oncord.version,
            )
        return
    tombstone = Operation(
        Action.TOMBSTONE,
        Side.ONCORD,
        Kind.SALE,
        "S3",
        "The sale was deleted in Oncord.",
        source_id=link.quickbooks_id,
        target_id=link.oncord_id,
    )
    if oncord.deleted_with.startswith("contact:") or touched.deleted_with.startswith("contact:"):
        yield replace(
            tombstone,
            rule="C3",
            reason="The sale was deleted together with its contact. The invoice stays in QuickBooks.",
        )
        return
    if link.origin is not Origin.ONCORD:
        yield replace(
            tombstone,
            reason="The sale was deleted in Oncord, but it did not begin there. The invoice stays in QuickBooks.",
        )
        return
    yield from _delete_invoice(situation, touched, link, quickbooks)


def _delete_invoice(situation: Situation, touched: Touched, link: Link, quickbooks: Snapshot) -> Iterator[Operation]:
    theirs = quickbooks.record
    assert isinstance(theirs, Sale)
    if changed_groups(Kind.SALE, link.base_quickbooks, theirs):
        yield _decision(
            Action.PARK,
            touched,
            "S3",
            "The sale was deleted in Oncord, but somebody has changed its invoice in QuickBooks since. Delete the invoice there, or put the sale back.",
            "person",
        )
        return
    foreign = [p for p in situation.payments_on.get(link.quickbooks_id, ()) if not _ours_and_deleted(situation, p)]
    if foreign:
        yield _decision(
            Action.PARK,
            touched,
            "S3",
            f"The sale was deleted in Oncord, but {len(foreign)} payment(s) that did not begin there, or still exist, are applied to its invoice. Remove them, or put the sale back.",
            "person",
        )
        return
    yield Operation(
        Action.DELETE,
        Side.QUICKBOOKS,
        Kind.SALE,
        "S3",
        "The sale began in Oncord and was deleted there.",
        source_id=link.oncord_id,
        target_id=link.quickbooks_id,
        record=theirs,
        expected_version=quickbooks.version,
    )


def _ours_and_deleted(situation: Situation, payment: Snapshot) -> bool:
    link = situation.links.live((Side.QUICKBOOKS, Kind.RECEIPT, payment.id))
    if link is None or link.origin is not Origin.ONCORD or "deposited" in payment.extras:
        return False
    receipt = situation.snapshot(Side.ONCORD, Kind.RECEIPT, link.oncord_id)
    return receipt is not None and receipt.deleted


def _free(situation: Situation, directory: Directory, side: Side) -> list[Snapshot]:
    return [
        s for s in situation.candidates.get((side, Kind.SALE), ()) if directory.across(side, Kind.SALE, s.id) is None
    ]


def _adopt(directory: Directory, oncord_id: str, quickbooks_id: str) -> Operation:
    known = directory.known
    assert isinstance(known, dict)
    known[(Side.ONCORD, Kind.SALE, oncord_id)] = quickbooks_id
    known[(Side.QUICKBOOKS, Kind.SALE, quickbooks_id)] = oncord_id
    return Operation(
        Action.ADOPT,
        Side.QUICKBOOKS,
        Kind.SALE,
        "S1",
        "The same document (number, contact and total) was there on both sides; they are one from now on.",
        source_id=oncord_id,
        target_id=quickbooks_id,
        origin=Origin.BOTH,
    )


def obstructed(touched: Touched, rule: str, obstacle: Obstacle) -> Operation:
    """The decision about a record that cannot be expressed on the other side yet."""
    waits_for_record = ":" in obstacle.waits_for
    return Operation(
        Action.WAIT if waits_for_record else Action.PARK,
        touched.side.other,
        touched.kind,
        rule,
        obstacle.reason,
        source_id=touched.id,
        waits_for=obstacle.waits_for,
        part=obstacle.matter,
    )


def _words(groups: tuple[str, ...]) -> str:
    names = {"money": "lines and amounts", "contact_id": "contact"}
    return ", ".join(names.get(g, g.replace("_", " ")) for g in groups)


def _decision(action: Action, touched: Touched, rule: str, reason: str, waits_for: str = "") -> Operation:
    return Operation(action, touched.side.other, Kind.SALE, rule, reason, source_id=touched.id, waits_for=waits_for)
