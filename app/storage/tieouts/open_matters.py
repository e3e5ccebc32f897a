"""What persons are asked, and what they were told and left, by the record that it is about."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.domain.model.records import Kind, Side
from app.storage.database import Transaction

Record = tuple[str, str, str]
"""Side, kind and id."""


@dataclass(frozen=True, slots=True)
class Matters:
    """Open questions, and those that a person dismissed."""

    asked: Mapping[Record, str]
    left: Mapping[Record, tuple[str, ...]]

    def question(self, side: Side, kind: Kind, record_id: str) -> str:
        """What an open question about a record says; "" for none."""
        return self.asked.get((side, kind, record_id), "")

    def dismissed(self, side: Side, kind: Kind, record_id: str) -> tuple[str, ...]:
        """What persons were told about a record and left."""
        return self.left.get((side, kind, record_id), ())


async def load(tx: Transaction, connection_id: str, ids: Collection[str] | None = None) -> Matters:
    """The matters of a connection, or those about records with these ids.

    A conflict is none of them: one side's value went on, and both have it.
    """
    found = await tx.execute(
        "SELECT side, record_kind, record_id, state, summary FROM attention WHERE connection_id = %(c)s AND record_id <> ''"
        " AND (state = 'open' OR resolved_by <> 'sync') AND record_kind IN ('sale', 'receipt') AND key NOT LIKE %(settled)s"
        " AND (%(ids)s::text[] IS NULL OR record_id = ANY(%(ids)s)) ORDER BY created_at, id",
        {"c": connection_id, "settled": "conflict:%", "ids": None if ids is None else sorted(ids)},
    )
    asked: dict[Record, str] = {}
    left: dict[Record, list[str]] = defaultdict(list)
    async for row in found:
        record = (row["side"], row["record_kind"], row["record_id"])
        if row["state"] == "open":
            asked.setdefault(record, row["summary"])
        else:
            left[record].append(row["summary"])
    return Matters(asked, {record: tuple(told) for record, told in left.items()})
