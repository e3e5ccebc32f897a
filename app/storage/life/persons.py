"""Who is one person in a connection: contacts and customers, their documents, and where either still stands."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from app.storage.database import Transaction

Person = tuple[str, str]
"""A side and the id of a contact or customer there."""
Record = tuple[str, str, str]
"""Side, kind and id."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A contact or customer, or a document, that a side still holds, as it is called."""

    side: str
    kind: str
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents and money of a person. Of each pair of which one side is still there, both are in `standing`."""

    standing: tuple[Record, ...]
    gone: tuple[Record, ...]
    shown: tuple[Standing, ...]
    """Those that a side still holds, by number."""

    @property
    def all(self) -> tuple[Record, ...]:
        """Whether they stand or not."""
        return self.standing + self.gone


_AROUND = """
WITH asked AS (SELECT * FROM unnest(%(sides)s::text[], %(ids)s::text[]) AS a(side, id))
SELECT 'quickbooks' AS side, l.quickbooks_id AS id FROM link l JOIN asked a ON a.side = 'oncord' AND a.id = l.oncord_id
    WHERE l.connection_id = %(c)s AND l.kind = 'contact'
UNION SELECT 'oncord', l.oncord_id FROM link l JOIN asked a ON a.side = 'quickbooks' AND a.id = l.quickbooks_id
    WHERE l.connection_id = %(c)s AND l.kind = 'contact'
UNION SELECT m.side, m.merged_into FROM mirror m JOIN asked a ON a.side = m.side AND a.id = m.record_id
    WHERE m.connection_id = %(c)s AND m.kind = 'contact'
UNION SELECT m.side, m.record_id FROM mirror m JOIN asked a ON a.side = m.side AND a.id = m.merged_into
    WHERE m.connection_id = %(c)s AND m.kind = 'contact' AND m.merged_into <> ''
ORDER BY side, id
"""

_STANDING = """
SELECT m.side, m.record_id AS id, m.record -> 'name' AS name FROM mirror m
JOIN unnest(%(sides)s::text[], %(ids)s::text[]) AS p(side, id) ON p.side = m.side AND p.id = m.record_id
WHERE m.connection_id = %(c)s AND m.kind = 'contact' AND NOT m.deleted AND coalesce(m.record ->> 'active', '') <> 'false'
ORDER BY m.side, m.record_id
"""

_DOCUMENTS = """
WITH people AS (SELECT * FROM unnest(%(sides)s::text[], %(ids)s::text[]) AS p(side, id)),
own AS (
    SELECT m.side, m.kind, m.record_id AS id FROM mirror m JOIN people p ON p.side = m.side AND p.id = m.record ->> 'contact_id'
        WHERE m.connection_id = %(c)s AND m.kind IN ('sale', 'receipt')
    UNION SELECT 'oncord', l.kind, l.oncord_id FROM link l JOIN people p ON p.side = 'oncord'
        AND p.id = l.base_oncord ->> 'contact_id' WHERE l.connection_id = %(c)s AND l.kind IN ('sale', 'receipt')
    UNION SELECT 'quickbooks', l.kind, l.quickbooks_id FROM link l JOIN people p ON p.side = 'quickbooks'
        AND p.id = l.base_quickbooks ->> 'contact_id' WHERE l.connection_id = %(c)s AND l.kind IN ('sale', 'receipt')
    UNION SELECT d.side, d.kind, d.record_id FROM document_change d JOIN people p ON p.side = d.side
        AND p.id IN (d.before ->> 'contact_id', d.after ->> 'contact_id') WHERE d.connection_id = %(c)s
), pairs AS (
    SELECT side, kind, id FROM own
    UNION SELECT 'quickbooks', l.kind, l.quickbooks_id FROM link l JOIN own o ON o.side = 'oncord' AND o.kind = l.kind
        AND o.id = l.oncord_id WHERE l.connection_id = %(c)s
    UNION SELECT 'oncord', l.kind, l.oncord_id FROM link l JOIN own o ON o.side = 'quickbooks' AND o.kind = l.kind
        AND o.id = l.quickbooks_id WHERE l.connection_id = %(c)s
), known AS (
    SELECT r.side, r.kind, r.id, m.record, m.record_id IS NOT NULL AND NOT m.deleted AS stands FROM pairs r
    LEFT JOIN mirror m ON m.connection_id = %(c)s AND m.side = r.side AND m.kind = r.kind AND m.record_id = r.id
    WHERE m.record ->> 'contact_id' IS NULL OR EXISTS (SELECT FROM people p WHERE p.side = m.side AND p.id = m.record ->> 'contact_id')
)
SELECT k.side, k.kind, k.id, k.stands, coalesce(k.record ->> 'number', k.record ->> 'reference', '') AS number,
    k.record ->> 'date' AS date, k.stands OR EXISTS (SELECT FROM link l JOIN known o ON o.kind = l.kind AND o.stands AND o.side <> k.side
        AND o.id = CASE k.side WHEN 'oncord' THEN l.quickbooks_id ELSE l.oncord_id END
        WHERE l.connection_id = %(c)s AND l.kind = k.kind
        AND k.id = CASE k.side WHEN 'oncord' THEN l.oncord_id ELSE l.quickbooks_id END) AS pair_stands
FROM known k ORDER BY k.kind DESC, date, k.side, k.id
"""


def _columns(people: Collection[Person]) -> dict[str, Any]:
    known = sorted(people)
    return {"sides": [side for side, _ in known], "ids": [record_id for _, record_id in known]}


async def everybody(tx: Transaction, connection_id: str, start: Collection[Person]) -> set[Person]:
    """All contacts and customers that a link of any age, or a merge, makes one person with these."""
    known, new = set(start), set(start)
    while new:
        found = await tx.execute(_AROUND, {"c": connection_id, **_columns(new)})
        new = {(row["side"], row["id"]) for row in await found.fetchall() if row["id"]} - known
        known |= new
    return known


async def is_known(tx: Transaction, connection_id: str, person: Person) -> bool:
    """Whether anything is, or was, stored about a contact or customer of this id."""
    side, record_id = person
    found = await tx.execute(
        "SELECT EXISTS (SELECT FROM mirror WHERE connection_id = %(c)s AND side = %(s)s AND kind = 'contact' AND record_id = %(i)s)"
        " OR EXISTS (SELECT FROM link WHERE connection_id = %(c)s AND kind = 'contact'"
        " AND CASE %(s)s WHEN 'oncord' THEN oncord_id ELSE quickbooks_id END = %(i)s)"
        " OR EXISTS (SELECT FROM erased_person WHERE connection_id = %(c)s AND side = %(s)s AND record_id = %(i)s) AS known",
        {"c": connection_id, "s": side, "i": record_id},
    )
    row = await found.fetchone()
    return bool(row and row["known"])


async def standing(tx: Transaction, connection_id: str, people: Collection[Person]) -> list[Standing]:
    """Who of these is still a contact in Oncord or an active customer in QuickBooks, as last read."""
    found = await tx.execute(_STANDING, {"c": connection_id, **_columns(people)})
    return [Standing(row["side"], "contact", row["id"], called(row["name"])) for row in await found.fetchall()]


async def name_of(tx: Transaction, connection_id: str, people: Collection[Person]) -> str:
    """What the first of these is called whose record still says so; "" for nobody."""
    found = await tx.execute(
        "SELECT m.record -> 'name' AS name FROM mirror m JOIN unnest(%(sides)s::text[], %(ids)s::text[]) AS p(side, id)"
        " ON p.side = m.side AND p.id = m.record_id WHERE m.connection_id = %(c)s AND m.kind = 'contact'"
        " AND m.record ? 'name' ORDER BY m.side, m.deleted, m.record_id LIMIT 1",
        {"c": connection_id, **_columns(people)},
    )
    row = await found.fetchone()
    return called(row["name"]) if row else ""


async def documents(tx: Transaction, connection_id: str, people: Collection[Person]) -> Documents:
    """The sales, receipts and their counterparts of these people; not those that were moved to somebody else."""
    found = await (await tx.execute(_DOCUMENTS, {"c": connection_id, **_columns(people)})).fetchall()
    return Documents(
        standing=tuple((row["side"], row["kind"], row["id"]) for row in found if row["pair_stands"]),
        gone=tuple((row["side"], row["kind"], row["id"]) for row in found if not row["pair_stands"]),
        shown=tuple(Standing(row["side"], row["kind"], row["id"], row["number"]) for row in found if row["stands"]),
    )


def called(name: dict[str, Any] | None) -> str:
    """A person's name, as records hold it, for people."""
    known = name or {}
    whole = " ".join(part for part in (known.get("first"), known.get("last")) if part)
    return str(known.get("display") or whole or known.get("company") or "")
