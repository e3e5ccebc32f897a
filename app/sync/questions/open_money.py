"""What the questions about money in QuickBooks that is open have in common: what is read for them, and how one is put.

They are about payments and money out of QuickBooks whose receipts are in Oncord, by the customer whose they are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.domain.model.days import day_in_words
from app.domain.model.links import LinkState
from app.domain.model.records import Contact, Kind, Receipt, Side, Snapshot
from app.domain.planning.labels import contact_name, label_of
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import links, mirrors
from app.sync.context import TurnContext


@dataclass(frozen=True, slots=True)
class Sight:
    """Some payments of QuickBooks by their ids, the receipts that they are, all money of their customers, and those."""

    found: Mapping[str, Snapshot]
    receipts: Mapping[str, str]
    money: Sequence[Snapshot]
    people: Mapping[str, Snapshot]

    def customer_of(self, record: Receipt) -> str:
        """What the customer of some money is called; "" where nobody knows."""
        customer = self.people.get(str(record.contact_id))
        return contact_name(customer.record) if customer is not None and isinstance(customer.record, Contact) else ""


async def read(context: TurnContext, tx: Transaction, payments: Collection[str]) -> Sight:
    """What is known of these payments, by id."""
    connection = context.connection_id
    found = await mirrors.load(tx, connection, Side.QUICKBOOKS, Kind.RECEIPT, payments)
    pairs = await links.of_records(tx, connection, Kind.RECEIPT, Side.QUICKBOOKS, found)
    receipts = {pair.quickbooks_id: pair.oncord_id for pair in pairs if pair.state is LinkState.LIVE}
    owners = {str(s.record.contact_id) for s in found.values() if isinstance(s.record, Receipt)}
    money = await mirrors.of_contacts(tx, connection, Side.QUICKBOOKS, Kind.RECEIPT, owners) if owners else []
    people = await mirrors.load(tx, connection, Side.QUICKBOOKS, Kind.CONTACT, owners)
    return Sight(found, receipts, money, people)


async def ask(
    context: TurnContext,
    tx: Transaction,
    *,
    key: str,
    kind: str,
    rule: str,
    summary: str,
    advice: str,
    receipt_id: str,
    record: Receipt,
    who: str,
    shown: str,
) -> None:
    """Put the question at the receipt of Oncord, unless a person has left just that as it is: `shown` stands for the money asked about."""
    if await attention.was_let_be(tx, context.connection_id, key, summary, shown):
        return
    await attention.open_item(
        tx,
        context.connection_id,
        item_id=context.ids.new("att"),
        key=key,
        kind=kind,
        rule=rule,
        summary=summary,
        advice=advice,
        side=Side.ONCORD,
        record_kind=Kind.RECEIPT,
        record_id=receipt_id,
        detail={"shown": shown},
        actions=("dismiss",),
        run_id=context.run_id,
        subject=label_of(Side.ONCORD, Kind.RECEIPT, record, who),
        now=context.clock.now(),
    )


def dated(record: Receipt) -> str:
    """The day of some money, behind its amount."""
    return f" of {day_in_words(record.date)}" if record.date else ""
