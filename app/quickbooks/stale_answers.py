"""What a 5010 means: somebody was faster only where the record, read again, bears another token than the one that was sent.

QuickBooks also says it of what nobody has touched and of what is not there yet (docs/quickbooks.md 8.3). Tried again, such
a write would be refused for ever. So the closing date is read, once for a batch: what is dated on or before it is refused
like any document of closed books (6200), the rest in QuickBooks' own words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from app.domain.model.exchange import Batch, BatchItem, Document, Outcome, OutcomeState
from app.json_values import text
from app.quickbooks.bulk_reads import rows_by_id
from app.quickbooks.http.fault_codes import ENTRIES
from app.quickbooks.http.wire import Wire
from app.quickbooks.mapping.books import STATEMENTS, Books, closed_until
from app.quickbooks.mapping.snapshots import read_snapshot

STALE = "5010"
_CLOSED = "6200"

Key = tuple[str, str]
"""An entity and an id."""


async def judged(
    wire: Wire, books: Books, batch: Batch, outcomes: Sequence[Outcome], words: Mapping[str, str]
) -> tuple[list[Outcome], list[Document]]:
    """The outcomes of a batch in which no write is called stale whose record has not moved, and the company's preferences where they
    were read for it.

    `words` is what QuickBooks said, by operation. A write that is stale indeed carries what its record is now.
    """
    items = {item.operation_id: item for item in batch.items}
    stale = [items[outcome.operation_id] for outcome in outcomes if outcome.code == STALE]
    if not stale:
        return list(outcomes), []
    now = await _now(wire, stale)
    unmoved = {item.operation_id for item in stale if _is_unmoved(item, now)}
    preferences = (await wire.query(STATEMENTS["Preferences"], upkeep=True))[0] if unmoved else []
    closed = closed_until(next(iter(preferences), {}))
    found = []
    for outcome in outcomes:
        item = items[outcome.operation_id]
        if outcome.operation_id in unmoved:
            found.append(_refused(item, outcome, now, closed, words.get(outcome.operation_id, "")))
        elif outcome.code == STALE and _key(item) in now:
            entity, _ = _key(item)
            found.append(replace(outcome, snapshot=read_snapshot(entity, now[_key(item)], books)))
        else:
            found.append(outcome)
    return found, preferences


async def _now(wire: Wire, items: Iterable[BatchItem]) -> dict[Key, Document]:
    """What the records of some writes are now; those that are gone, or not there yet, are left out."""
    ids: dict[str, set[str]] = {}
    for item in items:
        entity, record_id = _key(item)
        if record_id:
            ids.setdefault(entity, set()).add(record_id)
    now: dict[Key, Document] = {}
    for entity, asked in sorted(ids.items()):
        found = await rows_by_id(wire, entity, sorted(asked))
        now |= {(entity, record_id): row for record_id, row in found.items()}
    return now


def _entity(item: BatchItem) -> str:
    return next(name for name, value in item.body.items() if isinstance(value, dict))


def _key(item: BatchItem) -> Key:
    entity = _entity(item)
    return entity, text(item.body[entity].get("Id"))


def _is_unmoved(item: BatchItem, now: Mapping[Key, Document]) -> bool:
    """Whether nobody has moved the record: it bears the token that was sent, or is yet to be created."""
    entity, record_id = _key(item)
    if not record_id:
        return True
    row = now.get((entity, record_id))
    return row is not None and text(row.get("SyncToken")) == text(item.body[entity].get("SyncToken"))


def _refused(item: BatchItem, outcome: Outcome, now: Mapping[Key, Document], closed: str, said: str) -> Outcome:
    """The refusal of a document by its date, before the change or after it; else in QuickBooks' words."""
    sent, held = item.body[_entity(item)], now.get(_key(item), {})
    dates = [date for date in (text(sent.get("TxnDate")), text(held.get("TxnDate"))) if date]
    if closed and any(date <= closed for date in dates):
        entry = ENTRIES[_CLOSED]
        sentence = f"{entry.sentence} They are closed up to {closed}."
        return replace(
            outcome,
            state=OutcomeState.REFUSED,
            code=_CLOSED,
            message=sentence,
            advice=entry.advice,
            books_closed=True,
        )
    sentence = "QuickBooks refuses this as changed by somebody else, and nobody has changed it."
    told = f"{sentence} QuickBooks says: {said}" if said else sentence
    advice = "Look at it in QuickBooks, and try again."
    return replace(outcome, state=OutcomeState.REFUSED, message=told, advice=advice)
