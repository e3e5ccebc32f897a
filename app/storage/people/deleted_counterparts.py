"""Documents and money that were deleted on one side and stay on the other, where so many were that a person is asked about each."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.model.records import Kind, Side
from app.storage.database import Transaction

KIND = "deleted"
MANY = "many"
"""The member of an item's detail that says that it was asked since many were deleted."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A record of `survivor` whose counterpart was deleted on the other side. `asked`: somebody is asked about it, or was."""

    survivor: Side
    kind: Kind
    id: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Lately:
    """What was lost of one kind on one side since a moment, and how many pairs of it there still are."""

    lost: tuple[Lost, ...]
    links: int


async def lately(tx: Transaction, connection_id: str, since: datetime) -> list[Lately]:
    """What was deleted by itself on one side since, while the other one's record stays and stands. What was voided for it is done
    with; what is of a sealed month has a question of its own; what was merged, or deleted along with something else, is nobody's to
    put back."""
    result = await tx.execute(
        "SELECT l.kind, CASE l.gone WHEN 'oncord' THEN 'quickbooks' ELSE 'oncord' END AS survivor,"
        " CASE l.gone WHEN 'oncord' THEN l.quickbooks_id ELSE l.oncord_id END AS id,"
        " EXISTS (SELECT 1 FROM attention a WHERE a.connection_id = l.connection_id AND a.key = 'person:deleted ' || l.kind || ' '"
        "  || CASE l.gone WHEN 'oncord' THEN l.quickbooks_id ELSE l.oncord_id END AND a.created_at >= l.updated_at) AS asked,"
        " (SELECT count(*) FROM link n WHERE n.connection_id = l.connection_id AND n.kind = l.kind AND n.state = 'live') AS links"
        " FROM link l JOIN mirror g ON g.connection_id = l.connection_id AND g.side = l.gone AND g.kind = l.kind"
        "  AND g.record_id = CASE l.gone WHEN 'oncord' THEN l.oncord_id ELSE l.quickbooks_id END AND g.deleted"
        "  AND g.deleted_with IN ('', 'absence')"
        " JOIN mirror s ON s.connection_id = l.connection_id AND s.side <> l.gone AND s.kind = l.kind"
        "  AND s.record_id = CASE l.gone WHEN 'oncord' THEN l.quickbooks_id ELSE l.oncord_id END AND NOT s.deleted"
        "  AND s.record ->> 'voided' IS DISTINCT FROM 'true'"
        " WHERE l.connection_id = %(c)s AND l.state = 'tombstone' AND l.kind IN ('sale', 'receipt') AND l.updated_at >= %(since)s"
        " AND l.part !~ '^(cancelled$|credit$|difference:)'"
        " AND NOT EXISTS (SELECT 1 FROM sealed_document d WHERE d.connection_id = l.connection_id AND d.side = l.gone"
        "  AND d.kind = l.kind AND d.record_id = g.record_id)"
        " ORDER BY l.kind, l.gone, l.id",
        {"c": connection_id, "since": since},
    )
    groups: dict[tuple[Kind, Side], list[Lost]] = {}
    links: dict[Kind, int] = {}
    for row in await result.fetchall():
        kind, survivor = Kind(row["kind"]), Side(row["survivor"])
        groups.setdefault((kind, survivor), []).append(Lost(survivor, kind, row["id"], row["asked"]))
        links[kind] = row["links"]
    return [Lately(tuple(lost), links[kind]) for (kind, _), lost in groups.items()]


async def settled(tx: Transaction, connection_id: str) -> list[str]:
    """The keys of such open items whose record has its counterpart again, or is gone or voided itself."""
    result = await tx.execute(
        "SELECT a.key FROM attention a WHERE a.connection_id = %s AND a.state = 'open' AND a.kind = %s AND a.detail ? %s AND ("
        " EXISTS (SELECT 1 FROM mirror m WHERE m.connection_id = a.connection_id AND m.side = a.side AND m.kind = a.record_kind"
        "  AND m.record_id = a.record_id AND (m.deleted OR m.record ->> 'voided' = 'true'))"
        " OR EXISTS (SELECT 1 FROM link l WHERE l.connection_id = a.connection_id AND l.kind = a.record_kind AND l.state = 'live'"
        "  AND CASE a.side WHEN 'oncord' THEN l.oncord_id ELSE l.quickbooks_id END = a.record_id)) ORDER BY a.key",
        (connection_id, KIND, MANY),
    )
    return [row["key"] for row in await result.fetchall()]
