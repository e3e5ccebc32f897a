"""Which records a delivery of events names, of either vendor: when it comes in, and when one that nobody could read is read again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

from app.domain.model.records import Side
from app.oncord import webhook as oncord
from app.quickbooks import webhook as quickbooks
from app.storage.changes.intake import InboundEvent

LONGEST_ID = 100
MERGED_AT_ONCE = 4
"""Of a merge, how many of those that were merged away one event names."""


def read(side: Side, connection_id: str, body: bytes, request_id: str) -> Iterator[InboundEvent]:
    """The events of a verified body whose headers are gone. Raises ValueError where nobody can read it."""
    if side is Side.QUICKBOOKS:
        return of_quickbooks(body, request_id)
    return of_oncord(connection_id, f"body-{sha256(body).hexdigest()}", body, request_id)


def of_oncord(connection_id: str, message_id: str, body: bytes, request_id: str) -> Iterator[InboundEvent]:
    """The events of a site. Raises ValueError where nobody can read the body."""
    for position, webhook_event in enumerate(oncord.parse(body)):
        losers = [one for one in webhook_event.merged_ids if not _too_long(one)]
        along = webhook_event.deleted_with
        first = InboundEvent(
            side=Side.ONCORD,
            event_key=f"{connection_id}/{message_id}/{position}",
            connection_id=connection_id,
            kind=webhook_event.kind,
            record_id=webhook_event.record_id,
            action=webhook_event.action,
            version=webhook_event.version,
            occurred_at=webhook_event.occurred_at,
            also=tuple(losers[:MERGED_AT_ONCE]),
            deleted_with=along if along is not None and not _too_long(along.id) else None,
            problem=webhook_event.problem or _too_long(webhook_event.record_id),
            request_id=request_id,
            detail={"actor": webhook_event.actor} if webhook_event.actor else {},
        )
        yield first
        yield from _further_losers(first, losers[MERGED_AT_ONCE:])


def _further_losers(first: InboundEvent, losers: Sequence[str]) -> Iterator[InboundEvent]:
    """Those of a merge of very many that are told of by events of their own, so that each event is about a few records."""
    for start in range(0, len(losers), MERGED_AT_ONCE):
        record_id, *others = losers[start : start + MERGED_AT_ONCE]
        yield replace(
            first,
            event_key=f"{first.event_key}/{start}",
            record_id=record_id,
            version="",
            also=tuple(others),
            deleted_with=None,
            problem="" if first.kind is not None else first.problem,
        )


def of_quickbooks(body: bytes, request_id: str) -> Iterator[InboundEvent]:
    """The events of companies. Raises ValueError, before the first, where nobody can read the body."""
    post = ""
    for position, webhook_event in enumerate(quickbooks.parse(body)):
        if not webhook_event.event_id and not post:
            post = f"post-{sha256(body).hexdigest()}"  # Intuit repeats a post byte by byte
        problem = "" if webhook_event.record_id else "no record named"
        if webhook_event.kind is None:
            problem = "not a kind of record that is synchronised"
        key = f"{webhook_event.realm_id}/{webhook_event.event_id}" if webhook_event.event_id else post
        yield InboundEvent(
            side=Side.QUICKBOOKS,
            event_key=f"{key}/{position}",
            realm_id=webhook_event.realm_id,
            kind=webhook_event.kind,
            record_id=webhook_event.record_id,
            action=webhook_event.action,
            occurred_at=webhook_event.occurred_at,
            also=(webhook_event.deleted_id,)
            if webhook_event.deleted_id and not _too_long(webhook_event.deleted_id)
            else (),
            problem=problem or _too_long(webhook_event.record_id),
            request_id=request_id,
            detail={"entity": webhook_event.entity} if webhook_event.entity else {},
        )


def _too_long(record_id: str) -> str:
    return "" if len(record_id) <= LONGEST_ID else "its id is longer than an id can be"
