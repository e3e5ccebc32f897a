"""Receipts and payments, refunds and applied credits: rules R1 to R7."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.links import Link, Origin
from app.domain.matching import matching_receipts
from app.domain.merge import alike, changed_groups, three_way
from app.domain.operations import Action, Operation
from app.domain.plan_contacts import create_customer
from app.domain.plan_sales import contact_of_customer, obstructed
from app.domain.records import Kind, Receipt, Sale, Side, Snapshot
from app.domain.situation import Situation, Touched
from app.domain.translate import Directory, Obstacle, receipt_to

_FROZEN_WHILE_VOID = frozenset({"payment", "contact_id", "channel", "date", "reference"})


def plan_receipt(situation: Situation, directory: Directory, touched: Touched) -> Iterator[Operation]:
    """Decide about one touched receipt or payment."""
    link = situation.links.live(touched.key)
    snapshot = situation.snapshot(*touched.key)
    tombstone = situation.links.tombstone(touched.key)
    if snapshot is None:
        yield _decision(Action.SKIP, touched, "R7", "It was never seen here, so there is nothing to compare.")
    elif link is not None:
        yield from _linked(situation, directory, touched, link)
    elif tombstone is not None:
        rule = "R4" if tombstone.gone is Side.QUICKBOOKS else "R3"
        yield _decision(
            Action.SKIP, touched, rule, "Its counterpart was deleted; it is only made anew when a person asks for it."
        )
    elif snapshot.deleted:
        yield _decision(Action.SKIP, touched, "R3", "It was deleted before it was ever synchronised.")
    elif touched.side is Side.ONCORD:
        yield from _push_new(situation, directory, touched, snapshot)
    else:
        yield from _pull_new(situation, directory, touched, snapshot)


def _push_new(situation: Situation, directory: Directory, touched: Touched, snapshot: Snapshot) -> Iterator[Operation]:
    receipt = snapshot.record
    assert isinstance(receipt, Receipt)
    rule = "R6" if receipt.payment.amount == 0 else "R1"
    if receipt.payment.amount < 0:
        yield _decision(
            Action.PARK,
            touched,
            "R5",
            f"A refund of {-receipt.payment.amount} {receipt.payment.currency}: enter it in QuickBooks as money out against this customer's credit.",
            "person",
        )
        return
    if receipt.voided:
        yield _decision(Action.SKIP, touched, "R4", "It was voided before it was ever synchronised.")
        return
    if _not_synchronised(situation, receipt):
        yield _decision(Action.SKIP, touched, "R1", "Receipts of its payment method are not synchronised.")
        return
    contact_id = receipt.contact_id if isinstance(receipt.contact_id, str) else ""
    try:
        _start_date(situation, receipt)
        if not receipt.payment.allocations:
            yield from create_customer(
                situation, directory, contact_id, "A receipt of this contact is being synchronised."
            )
        translated = receipt_to(
            Side.QUICKBOOKS, _customer_of_sales(situation, receipt), directory, situation.configuration
        )
        translated = _with_customer(situation, translated)
    except Obstacle as obstacle:
        yield obstructed(touched, rule, obstacle)
        return
    if isinstance(translated.contact_id, str):
        twins = matching_receipts(translated, translated.contact_id, _free(situation, directory, Side.QUICKBOOKS))
        if len(twins) == 1:
            yield _adopt(directory, snapshot.id, twins[0].id)
            return
        if twins:
            yield _decision(
                Action.PARK,
                touched,
                rule,
                f"{len(twins)} QuickBooks payments could be this receipt. Say which one it is.",
                "person",
            )
            return
    directory.coming.add(touched.key)
    yield Operation(
        Action.CREATE,
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        rule,
        f"A receipt of {receipt.payment.amount} {receipt.payment.currency} recorded in Oncord.",
        source_id=snapshot.id,
        record=translated,
        fields=("payment",),
        origin=Origin.ONCORD,
        backfill=situation.backfill,
    )


def _start_date(situation: Situation, receipt: Receipt) -> None:
    start = situation.configuration.start_date
    if not receipt.payment.allocations and receipt.date is not None and receipt.date < start:
        raise Obstacle("person", f"It is dated before the start date {start} and pays no synchronised sale.")


def _not_synchronised(situation: Situation, receipt: Receipt) -> bool:
    chosen = {m.id: m.deposit_account_id for m in situation.configuration.payment_methods}
    return receipt.payment.amount != 0 and receipt.channel in chosen and chosen[receipt.channel] is None


def _customer_of_sales(situation: Situation, receipt: Receipt) -> Receipt:
    """A payment takes its customer from the invoices it pays."""
    owners = {
        sale.contact_id
        for a in receipt.payment.allocations
        if isinstance(sale := situation.record(Side.ONCORD, Kind.SALE, str(a.sale_id)), Sale)
    }
    if len(owners) > 1:
        raise Obstacle("person", "It pays sales of several contacts. Record one receipt for each contact.")
    typed = tuple(
        replace(a, type=sale.type)
        if isinstance(sale := situation.record(Side.ONCORD, Kind.SALE, str(a.sale_id)), Sale)
        else a
        for a in receipt.payment.allocations
    )
    receipt = replace(receipt, payment=replace(receipt.payment, allocations=typed))
    return replace(receipt, contact_id=owners.pop()) if owners else receipt


def _with_customer(situation: Situation, translated: Receipt) -> Receipt:
    """The customer of the invoices that are already there: a sub-customer's invoice is paid by that sub-customer."""
    owners = {
        sale.contact_id
        for a in translated.payment.allocations
        if isinstance(a.sale_id, str)
        and isinstance(sale := situation.record(Side.QUICKBOOKS, Kind.SALE, a.sale_id), Sale)
    }
    return replace(translated, contact_id=owners.pop()) if len(owners) == 1 else translated


def _pull_new(situation: Situation, directory: Directory, touched: Touched, snapshot: Snapshot) -> Iterator[Operation]:
    payment = snapshot.record
    assert isinstance(payment, Receipt)
    rule = "R6" if payment.payment.amount == 0 else "R2"
    if payment.voided:
        yield _decision(Action.SKIP, touched, "R4", "It was voided before it was ever synchronised.")
        return
    if payment.payment.amount == 0 and not payment.payment.allocations:
        yield _decision(Action.SKIP, touched, "R6", "It is a payment of nothing that joins nothing.")
        return
    try:
        contact, prerequisites = contact_of_customer(situation, directory, str(payment.contact_id))
        yield from prerequisites
        if isinstance(contact, str):
            known = dict(directory.known)
            known[(Side.QUICKBOOKS, Kind.CONTACT, str(payment.contact_id))] = contact
            translated = receipt_to(Side.ONCORD, payment, Directory(known, directory.coming), situation.configuration)
            twins = matching_receipts(translated, contact, _free(situation, directory, Side.ONCORD))
            twins = [t for t in twins if isinstance(t.record, Receipt) and t.record.channel == translated.channel]
            if len(twins) == 1:
                yield _adopt(directory, twins[0].id, snapshot.id)
                return
            if twins:
                yield _decision(
                    Action.PARK,
                    touched,
                    rule,
                    f"{len(twins)} Oncord receipts could be this payment. Say which one it is.",
                    "person",
                )
                return
        else:
            translated = receipt_to(
                Side.ONCORD, replace(payment, contact_id=contact), directory, situation.configuration
            )
    except Obstacle as obstacle:
        yield obstructed(touched, rule, obstacle)
        return
    directory.coming.add(touched.key)
    yield Operation(
        Action.CREATE,
        Side.ONCORD,
        Kind.RECEIPT,
        rule,
        f"A payment of {payment.payment.amount} {payment.payment.currency} recorded in QuickBooks.",
        source_id=snapshot.id,
        record=replace(translated, books_status="linked"),
        fields=("payment",),
        origin=Origin.QUICKBOOKS,
        backfill=situation.backfill,
    )


def _linked(situation: Situation, directory: Directory, touched: Touched, link: Link) -> Iterator[Operation]:
    oncord = situation.snapshot(Side.ONCORD, Kind.RECEIPT, link.oncord_id)
    quickbooks = situation.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, link.quickbooks_id)
    if oncord is None or quickbooks is None:
        yield _decision(
            Action.SKIP, touched, "R7", "Its counterpart has not been read yet; there is nothing to compare."
        )
        return
    if oncord.deleted or quickbooks.deleted:
        yield from _deleted(touched, link, oncord, quickbooks)
        return
    ours, theirs = oncord.record, quickbooks.record
    assert isinstance(ours, Receipt)
    assert isinstance(theirs, Receipt)
    if theirs.voided:
        yield from _voided(touched, link, oncord)
        return
    try:
        as_theirs = _with_customer(
            situation,
            receipt_to(Side.QUICKBOOKS, _customer_of_sales(situation, ours), directory, situation.configuration),
        )
        same_contact = directory.across(Side.QUICKBOOKS, Kind.CONTACT, str(theirs.contact_id)) == ours.contact_id
        merged = three_way(
            Kind.RECEIPT,
            base_oncord=link.base_oncord,
            oncord=ours,
            base_quickbooks=link.base_quickbooks,
            quickbooks=theirs,
            winner=situation.configuration.conflict_winner[Kind.RECEIPT],
            same=lambda group: alike(getattr(as_theirs, group), getattr(theirs, group)),
            ignore=(_FROZEN_WHILE_VOID | {"voided"})
            if ours.voided
            else frozenset({"contact_id", "voided"} if same_contact else {"voided"}),
        )
        if merged.to_quickbooks:
            yield Operation(
                Action.UPDATE,
                Side.QUICKBOOKS,
                Kind.RECEIPT,
                "R7",
                f"Changed in Oncord: {_words(merged.to_quickbooks)}.",
                source_id=link.oncord_id,
                target_id=link.quickbooks_id,
                record=as_theirs,
                fields=merged.to_quickbooks,
                expected_version=quickbooks.version,
                disagreements=merged.disagreements,
                backfill=situation.backfill,
            )
        if merged.to_oncord:
            owner, prerequisites = contact_of_customer(situation, directory, str(theirs.contact_id))
            yield from prerequisites
            known = dict(directory.known)
            if isinstance(owner, str):
                known[(Side.QUICKBOOKS, Kind.CONTACT, str(theirs.contact_id))] = owner
            as_ours = receipt_to(
                Side.ONCORD,
                theirs,
                Directory(known, directory.coming),
                situation.configuration,
                current_channel=ours.channel,
            )
            yield Operation(
                Action.UPDATE,
                Side.ONCORD,
                Kind.RECEIPT,
                "R7",
                f"Changed in QuickBooks: {_words(merged.to_oncord)}.",
                source_id=link.quickbooks_id,
                target_id=link.oncord_id,
                record=as_ours,
                fields=merged.to_oncord,
                expected_version=oncord.version,
                disagreements=() if merged.to_quickbooks else merged.disagreements,
                backfill=situation.backfill,
            )
    except Obstacle as obstacle:
        yield obstructed(touched, "R7", obstacle)
        return
    if not merged.to_quickbooks and not merged.to_oncord:
        yield Operation(
            Action.REBASE,
            touched.side.other,
            Kind.RECEIPT,
            "R7",
            "Both sides say the same; nothing to do.",
            source_id=link.id_on(touched.side),
            target_id=link.id_on(touched.side.other),
        )


def _voided(touched: Touched, link: Link, oncord: Snapshot) -> Iterator[Operation]:
    receipt = oncord.record
    assert isinstance(receipt, Receipt)
    if receipt.books_status == "void":
        yield _decision(
            Action.SKIP, touched, "R4", "Its payment is void; the receipt stays as it is in Oncord, marked."
        )
        return
    yield Operation(
        Action.UPDATE,
        Side.ONCORD,
        Kind.RECEIPT,
        "R4",
        "Its payment was voided in QuickBooks. The receipt stays in Oncord, marked.",
        source_id=link.quickbooks_id,
        target_id=link.oncord_id,
        record=replace(receipt, books_status="void"),
        fields=("books_status",),
        expected_version=oncord.version,
    )


def _deleted(touched: Touched, link: Link, oncord: Snapshot, quickbooks: Snapshot) -> Iterator[Operation]:
    if quickbooks.deleted:
        yield Operation(
            Action.TOMBSTONE,
            Side.QUICKBOOKS,
            Kind.RECEIPT,
            "R4",
            "The payment was deleted in QuickBooks. The receipt stays in Oncord, marked, and is not created again.",
            source_id=link.oncord_id,
            target_id=link.quickbooks_id,
        )
        if not oncord.deleted and isinstance(oncord.record, Receipt):
            yield Operation(
                Action.UPDATE,
                Side.ONCORD,
                Kind.RECEIPT,
                "R4",
                "Its payment is gone from the books.",
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
        Kind.RECEIPT,
        "R3",
        "The receipt was deleted in Oncord.",
        source_id=link.quickbooks_id,
        target_id=link.oncord_id,
    )
    if oncord.deleted_with.startswith("contact:") or touched.deleted_with.startswith("contact:"):
        yield replace(
            tombstone,
            rule="C3",
            reason="The receipt was deleted together with its contact. The payment stays in QuickBooks.",
        )
    elif link.origin is not Origin.ONCORD:
        yield replace(
            tombstone,
            reason="The receipt was deleted in Oncord, but it did not begin there. The payment stays in QuickBooks.",
        )
    elif isinstance(quickbooks.record, Receipt) and changed_groups(
        Kind.RECEIPT, link.base_quickbooks, quickbooks.record
    ):
        yield _decision(
            Action.PARK,
            touched,
            "R3",
            "The receipt was deleted in Oncord, but somebody has changed its payment in QuickBooks since. Delete the payment there, or put the receipt back.",
            "person",
        )
    elif "deposited" in quickbooks.extras:
        yield _decision(
            Action.PARK,
            touched,
            "R3",
            "The receipt was deleted in Oncord, but its payment is part of a bank deposit. Take it out of the deposit first.",
            "person",
        )
    else:
        yield Operation(
            Action.DELETE,
            Side.QUICKBOOKS,
            Kind.RECEIPT,
            "R3",
            "The receipt began in Oncord and was deleted there.",
            source_id=link.oncord_id,
            target_id=link.quickbooks_id,
            record=quickbooks.record,
            expected_version=quickbooks.version,
        )


def _free(situation: Situation, directory: Directory, side: Side) -> list[Snapshot]:
    return [
        s
        for s in situation.candidates.get((side, Kind.RECEIPT), ())
        if directory.across(side, Kind.RECEIPT, s.id) is None
    ]


def _adopt(directory: Directory, oncord_id: str, quickbooks_id: str) -> Operation:
    known = directory.known
    assert isinstance(known, dict)
    known[(Side.ONCORD, Kind.RECEIPT, oncord_id)] = quickbooks_id
    known[(Side.QUICKBOOKS, Kind.RECEIPT, quickbooks_id)] = oncord_id
    return Operation(
        Action.ADOPT,
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        "R1",
        "The same money (contact, amount, sales and date) was recorded on both sides; it is one receipt from now on.",
        source_id=oncord_id,
        target_id=quickbooks_id,
        origin=Origin.BOTH,
    )


def _words(groups: tuple[str, ...]) -> str:
    names = {"payment": "amount and allocations", "contact_id": "contact", "channel": "account"}
    return ", ".join(names.get(g, g.replace("_", " ")) for g in groups)


def _decision(action: Action, touched: Touched, rule: str, reason: str, waits_for: str = "") -> Operation:
    return Operation(action, touched.side.other, Kind.RECEIPT, rule, reason, source_id=touched.id, waits_for=waits_for)
