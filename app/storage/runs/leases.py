"""At most one run per connection at a time: a lease with owner, epoch and expiry.

The epoch grows at every take-over and fences every later write of the run that held it before: `fence` inside a
transaction makes sure that nobody has taken over, and lets nobody do so until that transaction ends. A take-over waits
for expiry plus `grace`, the longest time a request may still be under way when its sender's lease runs out.

Whoever gives it back says what is left of the vendor's rate limits, and whoever takes it next is told; after a take-over nobody knows.

Expiry is judged by one clock, PostgreSQL's, whatever the clocks of the workers say; a test or a simulation passes `now`.
A holder therefore counts the seconds it has left on its own monotonic clock, from before it asked.
"""

from dataclasses import dataclass
from datetime import datetime

from app.domain.guards.allowance import Refill
from app.errors import LeaseLost
from app.storage.database import Transaction

MOMENT = (
    "coalesce(%(now)s::timestamptz, nullif(current_setting('app.lease_now', true), '')::timestamptz, clock_timestamp())"
)
"""The one clock of leases, as SQL: `now` where it is passed, the setting of a simulation, else PostgreSQL's clock."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to synchronise one connection, for `seconds` from the moment it was asked for.

    `grace` is the longest that a request may take: none is sent with less of the lease left. `left` is what the holder before has left
    of the vendor's rate limits; None where that is not known, as after a take-over.
    """

    connection_id: str
    owner: str
    epoch: int
    seconds: float
    grace: float
    left: Refill | None = None


async def take(
    tx: Transaction, connection_id: str, owner: str, *, seconds: float, grace: float, now: datetime | None = None
) -> Lease | None:
    """Take the lease where it is free, or has run out for longer than `grace`; None while it is held or rests."""
    result = await tx.execute(
        f"INSERT INTO lease AS l (connection_id, owner, epoch, expires_at) "
        f"VALUES (%(c)s, %(owner)s, 1, {MOMENT} + make_interval(secs => %(seconds)s)) "
        f"ON CONFLICT (connection_id) DO UPDATE SET owner = excluded.owner, epoch = l.epoch + 1, "
        f"expires_at = excluded.expires_at, full_calls_at = CASE l.owner WHEN '' THEN l.full_calls_at END, "
        f"full_batches_at = CASE l.owner WHEN '' THEN l.full_batches_at END, "
        f"paused_until = CASE l.owner WHEN '' THEN l.paused_until END "
        f"WHERE l.expires_at + make_interval(secs => CASE WHEN l.owner = '' THEN 0 ELSE %(grace)s END) <= {MOMENT} "
        f"RETURNING epoch, {_left('full_calls_at')}, {_left('full_batches_at')}, {_left('paused_until')}",
        {"c": connection_id, "owner": owner, "seconds": seconds, "grace": grace, "now": now},
    )
    row = await result.fetchone()
    if row is None:
        return None
    known = row["full_calls_at"] is not None
    left = Refill(row["full_calls_at"], row["full_batches_at"], row["paused_until"]) if known else None
    return Lease(connection_id, owner, row["epoch"], seconds, grace, left)


def _left(column: str) -> str:
    """Seconds from now until the moment of a column: 0 where it is over, null where there is none."""
    seconds = f"greatest(0, extract(epoch FROM l.{column} - {MOMENT}))::float8"
    return f"CASE WHEN l.{column} IS NOT NULL THEN {seconds} END AS {column}"


async def renew(tx: Transaction, lease: Lease, *, now: datetime | None = None) -> None:
    """A heartbeat: `lease.seconds` more from now. Raises LeaseLost where somebody has taken over."""
    result = await tx.execute(
        f"UPDATE lease SET expires_at = {MOMENT} + make_interval(secs => %(seconds)s) "
        "WHERE connection_id = %(c)s AND epoch = %(epoch)s AND owner = %(owner)s",
        {"seconds": lease.seconds, "c": lease.connection_id, "epoch": lease.epoch, "owner": lease.owner, "now": now},
    )
    if result.rowcount != 1:
        raise LeaseLost(lease.connection_id)


async def release(
    tx: Transaction,
    lease: Lease,
    *,
    rest_seconds: float = 0,
    left: Refill | None = None,
    now: datetime | None = None,
) -> None:
    """Give the lease back; nobody takes it for `rest_seconds`, since the outside asked for a pause. `left`: what the next holder has
    of the vendor's rate limits.

    Nothing happens where it is somebody else's by now.
    """
    await tx.execute(
        f"UPDATE lease SET owner = '', expires_at = {MOMENT} + make_interval(secs => %(rest)s), "
        f"full_calls_at = {MOMENT} + make_interval(secs => %(calls)s), "
        f"full_batches_at = {MOMENT} + make_interval(secs => %(batches)s), "
        f"paused_until = {MOMENT} + make_interval(secs => %(paused)s) "
        "WHERE connection_id = %(c)s AND epoch = %(epoch)s AND owner = %(owner)s",
        {
            "rest": rest_seconds,
            "calls": left.calls if left else None,
            "batches": left.batches if left else None,
            "paused": left.paused if left else None,
            "c": lease.connection_id,
            "epoch": lease.epoch,
            "owner": lease.owner,
            "now": now,
        },
    )


async def fence(tx: Transaction, connection_id: str, epoch: int) -> None:
    """Go on only as the holder of `epoch`; raises LeaseLost. No take-over can commit before this transaction ends."""
    result = await tx.execute(
        "SELECT 1 AS held FROM lease WHERE connection_id = %s AND epoch = %s AND owner <> '' FOR SHARE",
        (connection_id, epoch),
    )
    if await result.fetchone() is None:
        raise LeaseLost(connection_id)
