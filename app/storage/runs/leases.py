"""At most one run per connection at a time: a lease with owner, epoch and expiry.

The epoch grows at every take-over and fences every later write of the run that held it before: `fence` inside a
transaction makes sure that nobody has taken over, and lets nobody do so until that transaction ends. A take-over waits
for expiry plus `grace`, the longest time a request may still be under way when its sender's lease runs out.

Expiry is judged by one clock, PostgreSQL's, whatever the clocks of the workers say; a test or a simulation passes `now`.
A holder therefore counts the seconds it has left on its own monotonic clock, from before it asked.
"""

from dataclasses import dataclass
from datetime import datetime

from app.errors import LeaseLost
from app.storage.database import Transaction

MOMENT = (
    "coalesce(%(now)s::timestamptz, nullif(current_setting('app.lease_now', true), '')::timestamptz, clock_timestamp())"
)
"""The one clock of leases, as SQL: `now` where it is passed, the setting of a simulation, else PostgreSQL's clock."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to synchronise one connection, for `seconds` from the moment it was asked for.

    `grace` is the longest that a request may take: none is sent with less of the lease left.
    """

    connection_id: str
    owner: str
    epoch: int
    seconds: float
    grace: float


async def take(
    tx: Transaction, connection_id: str, owner: str, *, seconds: float, grace: float, now: datetime | None = None
) -> Lease | None:
    """Take the lease where it is free, or has run out for longer than `grace`; None while it is held or rests."""
    result = await tx.execute(
        f"INSERT INTO lease AS l (connection_id, owner, epoch, expires_at) "
        f"VALUES (%(c)s, %(owner)s, 1, {MOMENT} + make_interval(secs => %(seconds)s)) "
        f"ON CONFLICT (connection_id) DO UPDATE SET owner = excluded.owner, epoch = l.epoch + 1, "
        f"expires_at = excluded.expires_at "
        f"WHERE l.expires_at + make_interval(secs => CASE WHEN l.owner = '' THEN 0 ELSE %(grace)s END) <= {MOMENT} "
        f"RETURNING epoch",
        {"c": connection_id, "owner": owner, "seconds": seconds, "grace": grace, "now": now},
    )
    row = await result.fetchone()
    return Lease(connection_id, owner, row["epoch"], seconds, grace) if row else None


async def renew(tx: Transaction, lease: Lease, *, now: datetime | None = None) -> None:
    """A heartbeat: `lease.seconds` more from now. Raises LeaseLost where somebody has taken over."""
    result = await tx.execute(
        f"UPDATE lease SET expires_at = {MOMENT} + make_interval(secs => %(seconds)s) "
        "WHERE connection_id = %(c)s AND epoch = %(epoch)s AND owner = %(owner)s",
        {"seconds": lease.seconds, "c": lease.connection_id, "epoch": lease.epoch, "owner": lease.owner, "now": now},
    )
    if result.rowcount != 1:
        raise LeaseLost(lease.connection_id)


async def release(tx: Transaction, lease: Lease, *, rest_seconds: float = 0, now: datetime | None = None) -> None:
    """Give the lease back; nobody takes it for `rest_seconds`, since the outside asked for a pause.

    Nothing happens where it is somebody else's by now.
    """
    await tx.execute(
        f"UPDATE lease SET owner = '', expires_at = {MOMENT} + make_interval(secs => %(rest)s) "
        "WHERE connection_id = %(c)s AND epoch = %(epoch)s AND owner = %(owner)s",
        {
            "rest": rest_seconds,
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
