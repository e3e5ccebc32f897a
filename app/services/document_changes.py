"""What was done to documents and money, by the period that they are dated in; also of a connection that was removed."""

import datetime as dt

from app.domain.model.currencies import written
from app.domain.model.days import day_in_words
from app.errors import InvalidInput
from app.services.ports import ServiceContainer
from app.services.sites import require_ever
from app.storage.paging import Page
from app.storage.records import document_changes
from app.storage.records.document_changes import DocumentChange


async def list_changes(
    container: ServiceContainer,
    connection_id: str,
    *,
    since: dt.date | None,
    until: dt.date | None,
    limit: int,
    cursor: str | None,
) -> Page[DocumentChange]:
    """The writes to documents that are, or were, dated from `since` to `until`, the latest first.

    Raises `InvalidInput` where the period ends before it begins, `NotFound` where there never was such a connection.
    """
    if since and until and until < since:
        words = "The period ends before it begins."
        raise InvalidInput("invalid-input", words, fields={"until": f"{since.isoformat()} or later"})
    async with container.database.transaction(connection_id) as tx:
        await require_ever(tx, connection_id)
        return await document_changes.page(tx, connection_id, since=since, until=until, limit=limit, cursor=cursor)


def in_words(change: DocumentChange) -> str:
    """A document by its number, and what was done to it: "1041: deleted", "1041: changed from 44.00 AUD to 33.00 AUD"."""
    name = change.number or change.called
    if change.action != "changed":
        return f"{name}: {change.action}"
    moves = []
    if change.amount != change.amount_before and change.amount is not None and change.amount_before is not None:
        was, becomes = (written(amount, change.currency) for amount in (change.amount_before, change.amount))
        moves.append(f"from {was} {change.currency} to {becomes} {change.currency}")
    if change.date != change.date_before and change.date is not None and change.date_before is not None:
        moves.append(f"from {day_in_words(change.date_before)} to {day_in_words(change.date)}")
    return f"{name}: changed {', '.join(moves)}".rstrip()
