"""Law 12: what is due is scheduled. Read from the tables, not from the code that fills them."""

from typing import Any

from tests.simulation.life import Life
from tests.support.joint import CONNECTION

_LOOKED_AT = (
    "SELECT 1 FROM schedule WHERE connection_id = %(c)s AND (first_changed_at IS NOT NULL OR due_by IS NOT NULL)"
    " UNION ALL SELECT 1 FROM run WHERE connection_id = %(c)s AND state IN ('queued', 'running')"
    " UNION ALL SELECT 1 FROM connection WHERE id = %(c)s AND first_sync_completed_at IS NULL"  # T4: nothing is yet
)
_DUE = (
    "SELECT side, kind, record_id, mirrored, generation, reason FROM pending_change WHERE connection_id = %(c)s AND NOT parked AND not_before IS NULL"
    " ORDER BY side, kind, record_id"
)


async def due(life: Life) -> int:
    """How many records may be tried now."""
    async with life.joint.runtime.database.transaction(CONNECTION) as tx:
        return len(await (await tx.execute(_DUE, {"c": CONNECTION})).fetchall())


async def unscheduled(life: Life) -> None:
    """Note what waits while nothing is going to look at it."""
    async with life.joint.runtime.database.transaction(CONNECTION) as tx:
        due = await (await tx.execute(_DUE, {"c": CONNECTION})).fetchall()
        looked_at = await (await tx.execute(_LOOKED_AT, {"c": CONNECTION})).fetchall()
    if due and not looked_at:
        first: dict[str, Any] = dict(due[0])
        life.faults.append(
            f"law 12: {len(due)} records wait and nothing is going to look, first"
            f" {first['side']} {first['kind']} {first['record_id']} (tick {life.tick}; mirrored {first['mirrored']},"
            f" generation {first['generation']}, {first['reason']!r})"
        )
