"""Counting removals for the mass-delete fuse: pending ones, recent ones, the links they are judged against, approvals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.model.records import Kind
from app.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one kind. `waiting`: a question about them is open already; `approved`: it was answered with yes lately."""

    pending: int
    recent: int
    links: int
    waiting: bool
    approved: bool


async def count(
    tx: Transaction, connection_id: str, kinds: Sequence[Kind], since: datetime, by_itself: Sequence[str]
) -> dict[Kind, Counted]:
    """What the fuse needs to know about some kinds; recent and approved mean since `since`. What is asked about by
    itself (in an item of one of the kinds `by_itself`) is not pending."""
    result = await tx.execute(
        """
        SELECT k.kind,
          (SELECT count(*) FROM pending_change d
             JOIN mirror m ON m.connection_id = d.connection_id AND m.side = d.side AND m.kind = d.kind
               AND m.record_id = d.record_id AND m.deleted
             JOIN link l ON l.connection_id = d.connection_id AND l.kind = d.kind AND l.oncord_id = d.record_id
               AND l.state = 'live' AND l.origin = 'oncord'
             WHERE d.connection_id = %(c)s AND d.side = 'oncord' AND d.kind = k.kind AND m.deleted_with = ''
               AND NOT EXISTS (SELECT 1 FROM attention a WHERE a.connection_id = d.connection_id AND a.state = 'open'
                 AND a.kind = ANY(%(by_itself)s) AND a.record_kind = d.kind AND a.record_id = d.record_id)) AS pending,
          (SELECT count(*) FROM operation o WHERE o.connection_id = %(c)s AND o.side = 'quickbooks' AND o.kind = k.kind
             AND o.action IN ('delete', 'void') AND o.state = 'done' AND o.created_at >= %(since)s) AS recent,
          (SELECT count(*) FROM link l WHERE l.connection_id = %(c)s AND l.kind = k.kind AND l.state = 'live') AS links,
          EXISTS (SELECT 1 FROM attention a WHERE a.connection_id = %(c)s AND a.state = 'open'
             AND a.kind = 'mass_delete' AND a.record_kind = k.kind) AS waiting,
          EXISTS (SELECT 1 FROM attention a WHERE a.connection_id = %(c)s AND a.state = 'resolved'
             AND a.resolution = 'approve' AND a.resolved_at >= %(since)s
             AND a.kind = 'mass_delete' AND a.record_kind = k.kind) AS approved
        FROM unnest(%(kinds)s::text[]) AS k(kind) ORDER BY k.kind
        """,
        {"c": connection_id, "kinds": list(kinds), "since": since, "by_itself": list(by_itself)},
    )
    return {
        Kind(r["kind"]): Counted(r["pending"], r["recent"], r["links"], r["waiting"], r["approved"])
        for r in await result.fetchall()
    }


async def asked_by_themselves(
    tx: Transaction, connection_id: str, by_itself: Sequence[str]
) -> frozenset[tuple[Kind, str]]:
    """The records that an open item of one of these kinds is about: what of them is a removal was let through the fuse before, or was
    never one of many."""
    result = await tx.execute(
        "SELECT record_kind, record_id FROM attention WHERE connection_id = %s AND state = 'open' AND kind = ANY(%s)",
        (connection_id, list(by_itself)),
    )
    return frozenset((Kind(row["record_kind"]), row["record_id"]) for row in await result.fetchall())
