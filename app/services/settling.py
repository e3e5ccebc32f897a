"""What has settled a document, by name, and what each side shows as open of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.domain.model.configuration import Configuration
from app.domain.model.links import Link, LinkState
from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot, is_void
from app.domain.settlement.causes import BEYOND, OF_PAYMENTS, Cause
from app.domain.settlement.state import Applied, Standing
from app.services.pairs import Named, named, people_of_both
from app.storage.connections.channel_names import account_called, method_called
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.records import mirrors, settlements

WORDS = {
    Cause.DEPOSIT: "Money up front, on the invoice itself",
    Cause.JOURNAL: "A journal entry",
    Cause.BANK_DEPOSIT: "A bank deposit",
    Cause.REFUND_RECEIPT: "A refund receipt",
    Cause.WRITTEN_OFF: "Written off",
    Cause.CREDIT: "Credit",
}
"""What settles a document in QuickBooks besides payments."""


@dataclass(frozen=True, slots=True)
class Settler:
    """One thing that has settled a part of a document: a receipt with its payments, or what else QuickBooks says that it was.

    `record`: the receipt in Oncord, or the payment that has none; None of anything else, which `called` says. `way`: by which payment
    method, into which account. The amounts are those that either side applies to the document; None where it has none.
    """

    called: str
    record: Named | None
    way: str
    oncord: Decimal | None
    quickbooks: Decimal | None


@dataclass(frozen=True, slots=True)
class Settling:
    """What has settled a document, the first payment first. `open`: what each side shows as open, by side; of a void one nothing."""

    currency: str
    total: Decimal
    open: Mapping[Side, Decimal]
    by: tuple[Settler, ...]


async def read(
    tx: Transaction, connection: Connection, link: Link | None, held: Mapping[Side, Snapshot | None]
) -> Settling | None:
    """What has settled a document, as both sides hold it; None of anything else."""
    documents = {side: found for side in Side if isinstance(found := _record(held.get(side)), Sale)}
    if not documents:
        return None
    sale_id = link.oncord_id if link is not None else _id(held.get(Side.ONCORD))
    standing = await settlements.standing(tx, connection.id, sale_id) if sale_id else Standing()
    if standing.invoice is not None and link is not None and link.state is LinkState.LIVE:
        documents[Side.QUICKBOOKS] = standing.invoice
    applied = standing.applied or await _applied_in_the_books(tx, connection.id, held.get(Side.QUICKBOOKS))
    one = next(iter(documents.values()))
    left = {side: each.money.total - each.paid for side, each in documents.items() if not is_void(each)}
    by = (*await _of_money(tx, connection, applied), *_otherwise(standing))
    return Settling(one.money.currency, one.money.total, left, by)


async def _applied_in_the_books(tx: Transaction, connection_id: str, document: Snapshot | None) -> tuple[Applied, ...]:
    """What pays a document that is in QuickBooks only."""
    if document is None or document.deleted:
        return ()
    payments = await mirrors.that_pay(tx, connection_id, Side.QUICKBOOKS, document.id)
    paid = ((each.id, each.record) for each in payments)
    parts = [
        (i, a) for i, r in paid if isinstance(r, Receipt) for a in r.payment.allocations if a.sale_id == document.id
    ]
    return tuple(Applied(Side.QUICKBOOKS, i, allocation.amount) for i, allocation in parts)


async def _of_money(tx: Transaction, connection: Connection, applied: Iterable[Applied]) -> list[Settler]:
    """Each receipt with its payments once, by its day."""
    groups: dict[str, list[Applied]] = {}
    for each in applied:
        groups.setdefault(each.receipt_id or f"{each.side}:{each.id}", []).append(each)
    keys = [(each.side, Kind.RECEIPT, each.id) for group in groups.values() for each in group]
    found = await mirrors.load_several(tx, connection.id, keys)
    people = await people_of_both(tx, connection.id, found.values())
    settlers = []
    for group in groups.values():
        snapshots = [s for each in group if (s := found.get((each.side, Kind.RECEIPT, each.id))) is not None]
        if not snapshots:
            continue
        first = next((s for s in snapshots if s.side is Side.ONCORD), snapshots[0])
        record = named(first, people[first.side])
        sums = {side: sum((e.amount for e in group if e.side is side), Decimal(0)) for side in Side}
        present = {each.side for each in group}
        way = next(filter(None, (channel_called(connection, s) for s in (first, *snapshots))), "")
        settlers.append(
            Settler(
                str(record.subject.get("label", "")),
                record,
                way,
                *(sums[side] if side in present else None for side in (Side.ONCORD, Side.QUICKBOOKS)),
            )
        )
    return sorted(settlers, key=lambda each: str(each.record.subject.get("date", "")) if each.record else "")


def _otherwise(standing: Standing) -> list[Settler]:
    """What QuickBooks says has settled it besides payments."""
    told = (part for part in standing.otherwise if part.cause not in BEYOND | OF_PAYMENTS)
    return [
        Settler(
            part.label or WORDS.get(part.cause, "Something that QuickBooks does not name"), None, "", None, part.amount
        )
        for part in told
    ]


def channel_called(connection: Connection, snapshot: Snapshot) -> str:
    """Where the money of a receipt is, by name: its payment method and where that leads, or its account; "" where none moved."""
    receipt = snapshot.record
    if not isinstance(receipt, Receipt) or not receipt.payment.amount:
        return ""
    if snapshot.side is Side.QUICKBOOKS:
        return account_called(connection, receipt.channel)
    method = method_called(connection, receipt.channel)
    return f"{method}, {_leads_to(connection, receipt)}" if method else ""


def _leads_to(connection: Connection, receipt: Receipt) -> str:
    configured: Configuration | None = connection.configuration
    currency = receipt.payment.currency
    account = configured.account_for(receipt.channel, currency) if configured is not None else ""
    if account:
        return f"which goes to {account_called(connection, account)}"
    mapped = configured.mapped(receipt.channel, currency) if configured is not None else None
    return "which stays in Oncord" if mapped is not None and mapped.left_out else "which goes to no account yet"


def _record(snapshot: Snapshot | None) -> object:
    return snapshot.record if snapshot is not None and not snapshot.deleted else None


def _id(snapshot: Snapshot | None) -> str:
    return snapshot.id if snapshot is not None else ""
