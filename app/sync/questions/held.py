"""What a held mass removal is about: which documents, how many, and how much (docs/rules.md 2, I7)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import written
from app.domain.model.operations import Label
from app.domain.model.records import (
    Contact,
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.labels import contact_name, label_of
from app.storage.database import Transaction
from app.storage.encoding import label_to_plain
from app.storage.people import shared_questions
from app.storage.records import mirrors
from app.sync.context import TurnContext

LISTED = 500
"""So many documents are listed; all of them are counted."""


async def list_held(context: TurnContext, tx: Transaction) -> None:
    """Bring the open questions about mass removals up to date at the end of a run."""
    for waits_for in await shared_questions.open_about(tx, context.connection_id, "mass_delete"):
        keys = await shared_questions.held_by(tx, context.connection_id, waits_for)
        removed = list((await mirrors.load_several(tx, context.connection_id, keys)).values())
        if removed:
            people = await names_of_people(context, tx, removed)
            records = [listed(snapshot, people) for snapshot in removed[:LISTED]]
            detail = {"count": len(removed), "amounts": _amounts(removed), "records": records}
            await shared_questions.tell(tx, context.connection_id, waits_for, in_words(removed), detail)


def in_words(removed: Sequence[Snapshot]) -> str:
    """How many, how much, and what a person can do."""
    kind = removed[0].kind
    one = len(removed) == 1
    money = " and ".join(f"{amount} {currency}" for currency, amount in _amounts(removed).items())
    of = f" of {money}{'' if one else ' in all'}" if money else ""
    many = f"1 {kind}{of} was" if one else f"{len(removed)} {kind}s{of} were"
    return (
        f"{many} removed in Oncord, which somebody should look at first. Approve, and "
        f"{'its counterpart is' if one else 'their counterparts are'} removed in QuickBooks too; or put "
        f"{'it' if one else 'them'} back in Oncord."
    )


async def names_of_people(
    context: TurnContext, tx: Transaction, documents: Sequence[Snapshot]
) -> dict[tuple[Side, str], str]:
    """The names of the contacts of some documents, by side and id."""
    names: dict[tuple[Side, str], str] = {}
    for side in Side:
        ids = {str(s.record.contact_id) for s in documents if s.side is side and isinstance(s.record, Sale | Receipt)}
        for i, contact in (await mirrors.load(tx, context.connection_id, side, Kind.CONTACT, ids)).items():
            if isinstance(contact.record, Contact):
                names[side, i] = contact_name(contact.record)
    return names


def called(snapshot: Snapshot, people: Mapping[tuple[Side, str], str]) -> Label:
    """What people call a record."""
    record = snapshot.record
    person = people.get((snapshot.side, str(record.contact_id)), "") if isinstance(record, Sale | Receipt) else ""
    return label_of(snapshot.side, snapshot.kind, record, person, snapshot.id)


def listed(snapshot: Snapshot, people: Mapping[tuple[Side, str], str]) -> dict[str, Any]:
    """A record as it is listed with a question."""
    label = label_to_plain(called(snapshot, people))
    return {"side": snapshot.side.value, "kind": snapshot.kind.value, "id": snapshot.id, **label}


def _amounts(removed: Sequence[Snapshot]) -> dict[str, str]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for snapshot in removed:
        record = snapshot.record
        if isinstance(record, Sale):
            totals[record.money.currency] += record.money.total
        elif isinstance(record, Receipt):
            totals[record.payment.currency] += record.payment.amount
    return {currency: written(amount, currency) for currency, amount in sorted(totals.items())}
