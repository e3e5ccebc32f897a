"""How much was removed on one side and, for want of an approval, not on the other."""

from dataclasses import dataclass

from app.storage.database import Transaction
from app.storage.people.shared_questions import COUNTERPART_WAITS

_HELD_BACK = f"""
SELECT count(*) FILTER (WHERE asked) AS waiting, count(*) FILTER (WHERE NOT asked) AS dismissed FROM (
    SELECT EXISTS (SELECT 1 FROM attention a WHERE a.connection_id = d.connection_id AND a.state = 'open'
        AND a.kind = 'mass_delete' AND a.record_kind = d.kind) AS asked
    FROM pending_change d WHERE d.connection_id = %s AND d.parked
        AND (d.waits_for = 'approval' OR starts_with(d.waits_for, 'approval:')) AND NOT {COUNTERPART_WAITS}) AS held
"""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Removals that were held and not carried out: those whose question is open, and those that a person let be."""

    waiting: int
    dismissed: int


async def held_back(tx: Transaction, connection_id: str) -> HeldBack:
    """How many records were removed on one side and, for want of an approval, not on the other."""
    result = await tx.execute(_HELD_BACK, (connection_id,))
    row = await result.fetchone()
    assert row is not None  # an aggregate always answers
    return HeldBack(row["waiting"], row["dismissed"])
