"""What a held mass removal is about: which documents, how many, and how much (docs/rules.md 2, I7)."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

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
        found = await _loaded(context, tx, keys)
        if found:
            people = await _people(context, tx, found)
            records = [_listed(snapshot, people) for snapshot in found[:LISTED]]
            detail = {"count": len(found), "amounts": _amounts(found), "records": records}
            await shared_questions.tell(tx, context.connection_id, waits_for, in_words(found), detail)


def in_words(found: Sequence[Snapshot]) -> str:
    """How many, how much, and what a person can do."""
    kind = found[0].kind
    one = len(found) == 1
    money = " and ".join(f"{amount} {currency}" for currency, amount in _amounts(found).items())
    of = f" of {money}{'' if one else ' in all'}" if money else ""
    many = f"1 {kind}{of} was" if one else f"{len(found)} {kind}s{of} were"
    return (
        f"{many} removed in Oncord, which somebody should look at first. Approve, and "
        f"{'its counterpart is' if one else 'their counterparts are'} removed in QuickBooks too; or put "
        f"{'it' if one else 'them'} back in Oncord."
    )


async def _loaded(context: TurnContext, tx: Transaction, keys: Sequence[tuple[Side, Kind, str]]) -> list[Snapshot]:
    found: dict[tuple[Side, Kind, str], Snapshot] = {}
    for side, kind in sorted({key[:2] for key in keys}):
        ids = [i for s, k, i in keys if (s, k) == (side, kind)]
        loaded = await mirrors.load(tx, context.connection_id, side, kind, ids)
        found |= {(side, kind, i): snapshot for i, snapshot in loaded.items()}
    return [found[key] for key in keys if key in found]


async def _people(context: TurnContext, tx: Transaction, found: Sequence[Snapshot]) -> dict[tuple[Side, str], str]:
    names: dict[tuple[Side, str], str] = {}
    for side in Side:
        ids = {str(s.record.contact_id) for s in found if s.side is side and isinstance(s.record, Sale | Receipt)}
        for i, contact in (await mirrors.load(tx, context.connection_id, side, Kind.CONTACT, ids)).items():
            if isinstance(contact.record, Contact):
                names[side, i] = contact_name(contact.record)
    return names


def _listed(snapshot: Snapshot, people: dict[tuple[Side, str], str]) -> dict[str, Any]:
    record = snapshot.record
    person = people.get((snapshot.side, str(record.contact_id)), "") if isinstance(record, Sale | Receipt) else ""
    label = label_to_plain(label_of(snapshot.side, snapshot.kind, record, person))
    return {"side": snapshot.side.value, "kind": snapshot.kind.value, "id": snapshot.id, **label}


def _amounts(found: Sequence[Snapshot]) -> dict[str, str]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for snapshot in found:
        record = snapshot.record
        if isinstance(record, Sale):
            totals[record.money.currency] += record.money.total
        elif isinstance(record, Receipt):
            totals[record.payment.currency] += record.payment.amount
    return {currency: str(amount) for currency, amount in sorted(totals.items())}
